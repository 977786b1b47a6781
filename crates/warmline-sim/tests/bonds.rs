//! A promise made in a mail and one made on a call, through their owner's leave, a warning, a notice and a restart:
//! the real desk in virtual time.

use std::path::Path;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use warmline_desk::edge::Edge;
use warmline_desk::{CalendarWish, Core, DeskError, Draft, Opening, Outcome, Recordings, Wish};
use warmline_domain::calendar::{self, Entry, Kind, Weekly};
use warmline_domain::id::Minter;
use warmline_domain::site::{self, Mailbox, Role};
use warmline_domain::ticket::{Address, Command, Message, NewPromise, PromiseStanding};
use warmline_domain::{AgentId, By, EntryId, MailboxId, PromiseId, QueueId, TicketId, refusal};
use warmline_store::{Durability, Ledger, Stands, Store};

const ADA: AgentId = AgentId(1);
const BEN: AgentId = AgentId(2);
const INES: AgentId = AgentId(3);

struct Desk {
    core: Core,
    store: Store,
    minter: Minter,
    now: Timestamp,
}

impl Desk {
    async fn open(folder: &Path) -> Desk {
        let store = Store::sqlite(&folder.join("desk.db"), Durability::Off).await.unwrap();
        let core = Core::load(store.clone(), Edge::seeded(7), Recordings::default()).await.unwrap();
        // A Monday, ten in the morning in Vienna.
        let now = "2026-11-23T09:00:00Z".parse().unwrap();
        let mut desk = Desk { core, store, minter: Minter::new(5), now };
        for (id, name, role) in
            [(ADA, "Ada", Role::Administrator), (BEN, "Ben", Role::Agent), (INES, "Ines", Role::Supervisor)]
        {
            let email = format!("{}@desk.example.com", name.to_lowercase());
            let command = site::Command::AddAgent { id, name: name.into(), email, role };
            let by = if id == ADA { By::Console } else { By::Agent(ADA) };
            desk.ask(Wish::Site { by, command }).await.unwrap();
        }
        let mailbox = Mailbox {
            id: MailboxId(1),
            address: "support@desk.example.com".into(),
            display: "Support".into(),
            queue: QueueId(1),
            fetch: None,
            submit: None,
        };
        for command in [
            site::Command::OpenQueue { id: QueueId(1), name: "Support".into() },
            site::Command::ConnectMailbox { mailbox },
        ] {
            desk.ask(Wish::Site { by: By::Agent(ADA), command }).await.unwrap();
        }
        desk
    }

    /// As after a power cut: all that is known is what was committed.
    async fn again(&mut self) {
        self.core = Core::load(self.store.clone(), Edge::seeded(8), Recordings::default()).await.unwrap();
    }

    async fn ask(&mut self, wish: Wish) -> Result<Outcome, DeskError> {
        self.core.step(vec![wish], self.now).await.outcomes.pop().unwrap()
    }

    async fn on(&mut self, by: AgentId, ticket: TicketId, command: Command) -> Result<Outcome, DeskError> {
        self.ask(Wish::Ticket { by: By::Agent(by), ticket, command }).await
    }

    async fn ticket(&mut self) -> TicketId {
        let opening = Opening {
            message: self.minter.mint(self.now),
            name: "Maria Okafor".into(),
            address: "maria@c.example.net".into(),
            subject: "Printer".into(),
            text: "It is silent.".into(),
            mailbox: None,
        };
        let wish = Wish::Open { by: By::Agent(BEN), opening: Box::new(opening) };
        match self.ask(wish).await.unwrap() {
            Outcome::Opened(ticket, _) => ticket,
            other => panic!("{other:?}"),
        }
    }

    async fn answers(&mut self, by: AgentId, ticket: TicketId, text: &str, promise: NewPromise) {
        let seen = self.store.ticket(ticket).await.unwrap().unwrap().value.last_entry;
        let to = vec![Address::new("Maria Okafor", "maria@c.example.net")];
        let content = Message { to, text: text.into(), ..Message::default() };
        let zone = TimeZone::get("Europe/Vienna").unwrap();
        let draft = Draft {
            promises: vec![promise],
            reason: "as agreed".into(),
            ..Draft::new(self.minter.mint(self.now), seen, content, zone)
        };
        self.ask(Wish::Answer { by: By::Agent(by), ticket, answer: Box::new(draft) }).await.unwrap();
    }

    async fn enters(
        &mut self,
        agent: AgentId,
        entry: Entry,
        cover: Option<AgentId>,
        reason: &str,
    ) -> Result<Outcome, DeskError> {
        let command = calendar::Command::Put { id: self.minter.mint::<EntryId>(self.now), entry };
        let wish = CalendarWish { by: By::Agent(agent), agent, command, cover, reason: reason.into() };
        self.ask(Wish::Calendar(wish)).await
    }

    /// Time goes on, and every timer that is due is served, whenever it was.
    async fn time_comes(&mut self, minutes: i64) {
        self.now += SignedDuration::from_mins(minutes);
        for _ in 0..4 {
            for timer in self.store.due_timers(self.now, 100).await.unwrap() {
                self.ask(Wish::TimeCame(timer.stream)).await.unwrap();
            }
        }
        assert!(self.store.due_timers(self.now, 100).await.unwrap().is_empty(), "nothing keeps asking");
    }

    async fn owner(&self, ticket: TicketId) -> AgentId {
        self.store.ticket(ticket).await.unwrap().unwrap().value.promises.values().next().unwrap().owner
    }

    async fn standing(&self, promise: PromiseId) -> PromiseStanding {
        let rows = self.store.ledger(Ledger::Open, 50).await.unwrap();
        match rows.into_iter().find(|r| r.id == promise).unwrap().standing {
            Stands::Open(standing) => standing,
            other => panic!("{other:?}"),
        }
    }
}

fn entry(kind: Kind, starts: &str, ends: &str, days: &[i8]) -> Entry {
    let weekly = (!days.is_empty()).then(|| Weekly {
        days: days.iter().copied().collect(),
        until: None,
        but: Default::default(),
    });
    Entry {
        kind,
        title: String::new(),
        starts: starts.parse().unwrap(),
        ends: ends.parse().unwrap(),
        zone: "Europe/Vienna".into(),
        weekly,
    }
}

fn refused(outcome: Result<Outcome, DeskError>) -> refusal::Kind {
    match outcome {
        Err(DeskError::Refused(refusal)) => refusal.kind,
        other => panic!("{other:?}"),
    }
}

fn run(story: impl AsyncFnOnce(Desk)) {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async { story(Desk::open(folder.path()).await).await });
}

#[test]
fn a_word_outlives_leave_a_power_cut_and_a_change_of_plan() {
    run(async |mut desk: Desk| {
        let (mailed, called) = (desk.ticket().await, desk.ticket().await);
        let tomorrow: Timestamp = "2026-11-24T16:00:00Z".parse().unwrap();
        let (by_mail, by_phone) = (desk.minter.mint(desk.now), desk.minter.mint(desk.now));
        let text = "Hello Maria,\n\nI will call you tomorrow by five.";
        desk.answers(BEN, mailed, text, NewPromise::new(by_mail, "I will call you tomorrow by five.", tomorrow)).await;
        let said = NewPromise::new(by_phone, "I will send you the drawing.", tomorrow);
        desk.on(BEN, called, Command::Promise(said)).await.unwrap();

        // Ben goes on leave: not before somebody has his promises who is there.
        let leave = || entry(Kind::Leave, "2026-11-24T00:00", "2026-11-28T00:00", &[]);
        assert_eq!(refused(desk.enters(BEN, leave(), None, "").await), refusal::Kind::NeedsReason);
        desk.enters(INES, leave(), None, "").await.unwrap();
        assert_eq!(
            refused(desk.enters(BEN, leave(), Some(INES), "").await),
            refusal::Kind::NeedsReason,
            "she is away, too"
        );
        desk.enters(BEN, leave(), Some(ADA), "").await.unwrap();
        assert_eq!((desk.owner(mailed).await, desk.owner(called).await), (ADA, ADA));
        // And he makes none for a day he is away; nor is he handed one.
        let again = NewPromise::new(desk.minter.mint(desk.now), "I will write to you.", tomorrow);
        assert_eq!(refused(desk.on(BEN, called, Command::Promise(again)).await), refusal::Kind::State);
        let back = Command::HandPromiseOver { promise: by_phone, to: BEN, away: false, reason: String::new() };
        assert_eq!(refused(desk.on(ADA, called, back).await), refusal::Kind::State);

        // The power goes; then the new owner is warned.
        desk.again().await;
        desk.time_comes(31 * 60 - 50).await;
        assert_eq!(desk.standing(by_mail).await, PromiseStanding::AtRisk);
        desk.again().await;
        // The notice moves one, with its first date kept; the other is kept in time.
        let later: Timestamp = "2026-11-25T16:00:00Z".parse().unwrap();
        let moved = NewPromise {
            moves: Some(by_mail),
            reason: "the line is down".into(),
            ..NewPromise::new(desk.minter.mint(desk.now), "I will call you.", later)
        };
        desk.answers(ADA, mailed, "Hello Maria,\n\nI call you a day later; the line is down.", moved).await;
        desk.on(ADA, called, Command::KeepPromise { promise: by_phone }).await.unwrap();
        desk.again().await;
        assert_eq!(desk.standing(by_mail).await, PromiseStanding::Made);
        desk.time_comes(20 * 60).await;
        desk.on(ADA, mailed, Command::KeepPromise { promise: by_mail }).await.unwrap();

        let counts = desk.store.promise_counts(desk.now - SignedDuration::from_hours(72)).await.unwrap();
        assert_eq!((counts.kept, counts.moved, counts.late, counts.owed), (1, 1, 0, 0));
        let rows = desk.store.ledger(Ledger::Kept, 10).await.unwrap();
        assert!(rows.iter().all(|r| r.first_due == tomorrow && r.customer == "Maria Okafor"));
        let verdict = desk.store.replay(|_| {}).await.unwrap();
        assert_eq!(verdict.disagreements, vec![]);
    });
}

#[test]
fn nothing_stays_with_somebody_whose_shift_has_ended() {
    run(async |mut desk: Desk| {
        let days = &[0, 1, 2, 3, 4];
        desk.enters(BEN, entry(Kind::Shift, "2026-11-23T09:00", "2026-11-23T17:00", days), None, "").await.unwrap();
        let (tonight, later) = (desk.ticket().await, desk.ticket().await);
        let promise = |desk: &mut Desk, due: &str| {
            NewPromise::new(desk.minter.mint(desk.now), "I will write to you.", due.parse().unwrap())
        };
        let soon = promise(&mut desk, "2026-11-23T19:00:00Z");
        desk.on(BEN, tonight, Command::Promise(soon)).await.unwrap();
        let tomorrow = promise(&mut desk, "2026-11-24T15:00:00Z");
        desk.on(BEN, later, Command::Promise(tomorrow)).await.unwrap();
        desk.time_comes(6 * 60).await;
        assert_eq!(desk.owner(tonight).await, BEN, "his shift goes on");
        desk.time_comes(70).await;
        assert_eq!(
            (desk.owner(tonight).await, desk.owner(later).await),
            (ADA, BEN),
            "a supervisor has what is due tonight"
        );
        assert_eq!(desk.store.replay(|_| {}).await.unwrap().disagreements, vec![]);
    });
}

#[test]
fn the_demo_is_founded_and_its_rows_are_what_its_journal_tells() {
    run(async |desk: Desk| {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::sqlite(&folder.path().join("demo.db"), Durability::Off).await.unwrap();
        let nowhere = "127.0.0.1:9".parse().unwrap();
        warmline_sim::demo::found(&store, nowhere, "no password").await.unwrap();
        let counts = store.promise_counts(desk.now - SignedDuration::from_hours(24 * 200)).await.unwrap();
        assert!(counts.kept > 10 && counts.moved > 5 && counts.late > 1, "{counts:?}");
        assert_eq!(store.replay(|_| {}).await.unwrap().disagreements, vec![]);
    });
}
