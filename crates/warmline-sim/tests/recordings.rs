//! How long recordings live: the real desk in virtual time, with a real folder of them.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use warmline_desk::edge::Edge;
use warmline_desk::{CallArrival, Core, DeskError, FloorWish, Outcome, Recordings, Wish};
use warmline_domain::floor::{self, Command, LegId, LegNews, hard::Hard};
use warmline_domain::site::{self, Role};
use warmline_domain::{AgentId, By, CallId, QueueId};
use warmline_store::{Durability, Store, View};

const ADA: AgentId = AgentId(1);
const BY: By = By::Agent(ADA);

struct Desk {
    core: Core,
    store: Store,
    now: Timestamp,
    folder: std::path::PathBuf,
}

impl Desk {
    async fn open(folder: &Path) -> Desk {
        let store = Store::sqlite(&folder.join("desk.db"), Durability::Off).await.unwrap();
        let recordings = folder.join("recordings");
        let core = Core::load(store.clone(), Edge::seeded(7), Recordings(Some(recordings.clone()))).await.unwrap();
        let mut desk = Desk { core, store, now: Timestamp::from_second(1_750_000_000).unwrap(), folder: recordings };
        let ada = site::Command::AddAgent {
            id: ADA,
            name: "Ada".into(),
            email: "ada@desk.example.com".into(),
            role: Role::Administrator,
        };
        desk.ask(Wish::Site { by: By::Console, command: ada }).await.unwrap();
        let policy =
            "[phone]\nrecord_percent = 100\nwrap_up_seconds = 0\n[recordings]\nkeep_days = 30\nkeep_hard_days = 60\n";
        for command in [
            site::Command::OpenQueue { id: QueueId(1), name: "Support".into() },
            site::Command::ChangePolicy { toml: policy.into() },
        ] {
            desk.ask(Wish::Site { by: BY, command }).await.unwrap();
        }
        desk.news(floor::Report::Devices { agent: ADA, browser: true, phone: false }).await;
        desk.floor(Command::GoAvailable(ADA)).await;
        desk
    }

    async fn ask(&mut self, wish: Wish) -> Result<Outcome, DeskError> {
        self.core.step(vec![wish], self.now).await.outcomes.pop().unwrap()
    }
    async fn floor(&mut self, command: Command) {
        self.ask(Wish::Floor(FloorWish::Wish(BY, command))).await.unwrap();
    }
    async fn news(&mut self, report: floor::Report) {
        self.ask(Wish::Floor(FloorWish::News(report))).await.unwrap();
    }
    async fn line(&mut self, call: CallId, n: u32, news: LegNews) {
        self.news(floor::Report::Leg { leg: LegId { call, n }, news }).await;
    }

    /// A call that is talked for a minute, recorded as the engine would.
    async fn call(&mut self, call: i64, happens: Option<Hard>) {
        let call = CallId(call);
        let number = Some(format!("+1202555{:04}", call.0));
        let arrival = CallArrival { call, number, name: "Maria".into(), line: String::new(), about: None };
        self.ask(Wish::CallArrives(Box::new(arrival))).await.unwrap();
        self.line(call, 2, LegNews::Answered).await;
        let folder = self.folder.join(call.to_string());
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("1.wav"), b"words").unwrap();
        self.now += SignedDuration::from_secs(60);
        if let Some(wish) = happens {
            self.floor(Command::Hard { by: ADA, call, wish }).await;
        }
        assert!(!self.can_listen(call.0).await, "not while the call goes on");
        self.line(call, 1, LegNews::Ended(floor::Ending::HungUp)).await;
        self.time_comes(1).await;
    }

    /// Time goes on, and every timer that is due is served.
    async fn time_comes(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
        for timer in self.store.due_timers(self.now, 100).await.unwrap() {
            self.ask(Wish::TimeCame(timer.stream)).await.unwrap();
        }
    }

    async fn can_listen(&mut self, call: i64) -> bool {
        let number = format!("tel:+1202555{call:04}");
        let customer = self.store.customer_by_address(&number).await.unwrap().unwrap();
        let ticket = self.store.list(&View::Customer(customer), None, 1).await.unwrap().rows[0].ticket.id;
        self.ask(Wish::Listen { by: BY, ticket, call: CallId(call) }).await.is_ok()
    }

    fn is_there(&self, call: i64) -> bool {
        self.folder.join(call.to_string()).exists()
    }
}

const DAY: i64 = 24 * 3600;

#[test]
fn recordings_go_when_their_time_is_over_and_at_once_when_the_caller_objects() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut desk = Desk::open(folder.path()).await;
        desk.call(101, None).await;
        desk.call(102, Some(Hard::Mark)).await;
        desk.call(103, Some(Hard::Object)).await;
        assert_eq!([101, 102, 103].map(|c| desk.is_there(c)), [true, true, false]);
        assert!(desk.can_listen(101).await && desk.can_listen(102).await && !desk.can_listen(103).await);

        desk.time_comes(29 * DAY).await;
        assert!(desk.is_there(101), "a day too early");
        desk.time_comes(2 * DAY).await;
        assert_eq!([101, 102].map(|c| desk.is_there(c)), [false, true], "marked as abusive: kept longer");
        assert!(!desk.can_listen(101).await && desk.can_listen(102).await);
        desk.time_comes(30 * DAY).await;
        assert!(!desk.is_there(102));
        assert!(desk.store.due_timers(desk.now, 100).await.unwrap().is_empty(), "nothing keeps asking");
    });
}
