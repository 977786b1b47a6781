//! What comes first, on the real desk in virtual time: targets run, places move, rank counts when it is let, the register
//! tells its tickets, and the journal agrees with all of it.

use jiff::{SignedDuration, Timestamp};
use warmline_desk::edge::Edge;
use warmline_desk::{Core, DeskError, Incoming, Outcome, Recordings, Wish};
use warmline_domain::asset::{Asset, Criticality};
use warmline_domain::site::targets::{self, QueueTargets};
use warmline_domain::site::{self, Mailbox, Role};
use warmline_domain::ticket::{Command, Impact, NewPromise, Target, Urgency, drop_everything};
use warmline_domain::{AgentId, AssetId, By, MailboxId, PromiseId, QueueId, TicketId};
use warmline_store::{Durability, Store, View};

const ADA: AgentId = AgentId(1);
const BEN: AgentId = AgentId(2);
const BY: By = By::Agent(ADA);

struct Desk {
    core: Core,
    store: Store,
    now: Timestamp,
    mails: u32,
}

impl Desk {
    async fn open(folder: &std::path::Path) -> Desk {
        let store = Store::sqlite(&folder.join("desk.db"), Durability::Off).await.unwrap();
        let core = Core::load(store.clone(), Edge::seeded(7), Recordings::default()).await.unwrap();
        let mut desk = Desk { core, store, now: Timestamp::from_second(1_750_000_000).unwrap(), mails: 0 };
        for (id, name, role) in [(ADA, "Ada", Role::Administrator), (BEN, "Ben", Role::Agent)] {
            let email = format!("{name}@desk.example.com");
            let command = site::Command::AddAgent { id, name: name.into(), email, role };
            let by = if id == ADA { By::Console } else { BY };
            desk.ask(Wish::Site { by, command }).await.unwrap();
        }
        desk.site(site::Command::OpenQueue { id: QueueId(1), name: "Support".into() }).await;
        let mailbox = Mailbox {
            id: MailboxId(1),
            address: "help@desk.example.com".into(),
            display: "Help".into(),
            queue: QueueId(1),
            fetch: None,
            submit: None,
        };
        desk.site(site::Command::ConnectMailbox { mailbox }).await;
        desk
    }

    async fn ask(&mut self, wish: Wish) -> Result<Outcome, DeskError> {
        self.core.step(vec![wish], self.now).await.outcomes.pop().unwrap()
    }
    async fn site(&mut self, command: site::Command) {
        self.ask(Wish::Site { by: BY, command }).await.unwrap();
    }
    async fn wish(&mut self, ticket: TicketId, command: Command) {
        self.ask(Wish::Ticket { by: BY, ticket, command }).await.unwrap();
    }

    /// Somebody writes; a minute goes by.
    async fn writes(&mut self, from: &str, subject: &str) -> TicketId {
        self.mails += 1;
        let mail = format!(
            "Message-ID: <{}@example.net>\r\nFrom: {from}\r\nTo: help@desk.example.com\r\nSubject: {subject}\r\n\r\nPlease.\r\n",
            self.mails
        );
        let incoming =
            Incoming::read(mail.as_bytes(), vec!["help@desk.example.com".into()], Some(from.to_owned()), None);
        self.ask(Wish::Mail(Box::new(incoming))).await.unwrap();
        let rows = self.store.list(&View::Ours, None, 100).await.unwrap().rows;
        let newest = rows.iter().map(|r| r.ticket.id).max().unwrap();
        self.passes(1).await;
        newest
    }

    /// Minutes go by; every timer that is due is served, and nothing keeps asking.
    async fn passes(&mut self, minutes: i64) {
        for _ in 0..minutes {
            self.now += SignedDuration::from_mins(1);
            let mut rounds = 0;
            loop {
                let due = self.store.due_timers(self.now, 100).await.unwrap();
                if due.is_empty() {
                    break;
                }
                for timer in due {
                    self.ask(Wish::TimeCame(timer.stream)).await.unwrap();
                }
                rounds += 1;
                assert!(rounds < 10, "something keeps asking");
            }
        }
    }

    async fn order(&self) -> Vec<TicketId> {
        self.store.list(&View::Ours, None, 100).await.unwrap().rows.iter().map(|r| r.ticket.id).collect()
    }
    async fn late(&self) -> Vec<TicketId> {
        self.store.list(&View::Late, None, 100).await.unwrap().rows.iter().map(|r| r.ticket.id).collect()
    }
    async fn agrees(&self) {
        let verdict = self.store.replay(|_| {}).await.unwrap();
        assert_eq!(verdict.disagreements, []);
    }
}

fn press(criticality: Criticality) -> Asset {
    Asset {
        // As a form would have made it, some time ago.
        id: AssetId(1_000_000_000_000),
        name: "Press line 2".into(),
        kind: "press".into(),
        place: "Hall B".into(),
        organisation: "Brightwell Printing".into(),
        criticality,
        retired: false,
    }
}

fn run(test: impl AsyncFnOnce(Desk)) {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async { test(Desk::open(folder.path()).await).await });
}

#[test]
fn targets_warn_bend_the_list_and_are_late() {
    run(async |mut desk: Desk| {
        let others = [(Target::FirstAnswer, 60)].into();
        let targets = QueueTargets { critical: [].into(), others, ..QueueTargets::default() };
        desk.site(site::Command::Targets(targets::Command::Set { queue: QueueId(1), targets })).await;
        let one = desk.writes("maria@example.net", "The press").await;
        let two = desk.writes("jo@example.net", "A cable").await;
        let urgent = Command::Prioritise { impact: Impact::Team, urgency: Urgency::Normal };
        desk.wish(two, urgent).await;
        assert_eq!(desk.order().await, [two, one], "a team before one person");
        assert_eq!(desk.late().await, []);
        desk.passes(43).await;
        // Three quarters of an hour are gone for the first: two notches, more than a team's one.
        assert_eq!((desk.late().await, desk.order().await), (vec![one], vec![one, two]));
        desk.passes(20).await;
        assert_eq!(desk.late().await, [one, two], "the earliest date first");
        desk.agrees().await;
        let toml = "[record]\nbefore_solving = false\ncustomer_agrees = false\n";
        desk.site(site::Command::ChangePolicy { toml: toml.into() }).await;
        desk.wish(one, Command::Solve { agreed: None }).await;
        assert_eq!(desk.late().await, [two]);
        assert_eq!(desk.store.counter("pressing").await.unwrap(), 1);
        let told = desk.store.journal(warmline_domain::journal::Stream::Ticket(one.0)).await.unwrap();
        let ended = told.iter().find(|e| e.body.contains("target_ended")).expect("what came of the target");
        assert!(ended.body.contains("\"minutes\":60") && ended.body.contains("\"late\":5"), "{}", ended.body);
        desk.agrees().await;
    });
}

#[test]
fn rank_counts_when_the_policy_says_so_one_notch_and_never_critical() {
    run(async |mut desk: Desk| {
        let first = desk.writes("maria@example.net", "The press").await;
        let boss = desk.writes("boss@brightwell.example.org", "My laptop").await;
        assert_eq!(desk.order().await, [first, boss], "who asks raises nothing");
        let toml = "[priority]\nrank_counts = true\nranked = [\"boss@brightwell.example.org\"]\n";
        desk.site(site::Command::ChangePolicy { toml: toml.into() }).await;
        let again = desk.writes("boss@brightwell.example.org", "My other laptop").await;
        assert_eq!(desk.order().await[0], again, "now it does, from here on");
        for ticket in [again, first] {
            desk.wish(ticket, Command::Prioritise { impact: Impact::Person, urgency: Urgency::Stopped }).await;
        }
        assert_eq!(desk.order().await[..2], [first, again], "stopped is stopped, whoever asks; the older is first");
        desk.site(site::Command::ChangePolicy { toml: "[priority]\nrank_counts = false\n".into() }).await;
        desk.wish(again, Command::Prioritise { impact: Impact::Person, urgency: Urgency::Normal }).await;
        assert_eq!(desk.order().await, [first, boss, again], "and it goes when the policy goes");
        desk.agrees().await;
    });
}

#[test]
fn the_register_tells_its_tickets_and_takes_sheets_over() {
    run(async |mut desk: Desk| {
        let older = desk.writes("jo@example.net", "A cable").await;
        let ticket = desk.writes("maria@example.net", "The press").await;
        desk.ask(Wish::Asset { by: BY, asset: press(Criticality::Ordinary) }).await.unwrap();
        desk.ask(Wish::LinkAsset { by: BY, ticket, asset: press(Criticality::Ordinary).id }).await.unwrap();
        for one in [older, ticket] {
            desk.wish(one, Command::Prioritise { impact: Impact::Person, urgency: Urgency::Stopped }).await;
        }
        assert_eq!(desk.order().await, [older, ticket]);
        let row = Asset { id: AssetId(0), ..press(Criticality::Critical) };
        let other = Asset { name: "Router".into(), ..row.clone() };
        let taken = desk.ask(Wish::TakeOver { by: BY, rows: vec![row.clone(), other.clone()] }).await.unwrap();
        assert_eq!(taken, Outcome::TakenOver { added: 1, changed: 1 });
        assert_eq!(desk.order().await, [ticket, older], "critical now, and before all else");
        let again = desk.ask(Wish::TakeOver { by: BY, rows: vec![row, other] }).await.unwrap();
        assert_eq!(again, Outcome::TakenOver { added: 0, changed: 0 });
        let agent = desk.ask(Wish::TakeOver { by: By::Agent(BEN), rows: vec![] }).await;
        assert!(matches!(agent, Err(DeskError::Refused(_))), "agents look it up only");
        desk.agrees().await;
    });
}

#[test]
fn who_is_asked_to_drop_everything_sees_what_becomes_late() {
    run(async |mut desk: Desk| {
        let press = desk.writes("maria@example.net", "The press").await;
        let laptop = desk.writes("tom@example.net", "A laptop").await;
        let due = desk.now + SignedDuration::from_mins(30);
        let promise = NewPromise::new(PromiseId(5), "I will order it.", due);
        let wish = Wish::Ticket { by: By::Agent(BEN), ticket: laptop, command: Command::Promise(promise) };
        desk.ask(wish).await.unwrap();
        let reason = "the line waits".to_owned();
        desk.ask(Wish::AskToDrop { by: BY, ticket: press, to: BEN, minutes: 60, reason }).await.unwrap();
        let asked = desk.store.asked_to_drop(BEN).await.unwrap();
        assert_eq!(asked.map(|(id, ..)| id), Some(press));
        let stands = desk.store.ticket(press).await.unwrap().unwrap().value.dropping.unwrap();
        assert_eq!(
            stands.late.iter().map(|l| (l.ticket, l.promise)).collect::<Vec<_>>(),
            [(laptop, Some(PromiseId(5)))]
        );
        desk.agrees().await;
        let accept = drop_everything::Command::Accept { gives: "Tom waits until tomorrow".into() };
        let wish = Wish::Ticket { by: By::Agent(BEN), ticket: press, command: Command::DropEverything(accept) };
        desk.ask(wish).await.unwrap();
        assert_eq!(desk.store.asked_to_drop(BEN).await.unwrap().map(|a| a.0), None);
        assert_eq!(desk.store.ticket(press).await.unwrap().unwrap().value.assignee, Some(BEN));
        desk.agrees().await;
    });
}
