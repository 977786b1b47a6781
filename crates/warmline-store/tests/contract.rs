//! One contract, two engines: every test here runs on SQLite and on PostgreSQL.

use jiff::Timestamp;
use warmline_domain::customer::meet;
use warmline_domain::floor::Presence;
use warmline_domain::journal::Stream;
use warmline_domain::measure::{self, OnTicket, Tally};
use warmline_domain::site::Site;
use warmline_domain::ticket::{
    self, Address, Arrival, Command, Event, Matched, Message, Note, Opening, Report, Ticket, record,
};
use warmline_domain::{AgentId, AssetId, By, CustomerId, MessageId, NoteId, QueueId, RecordId, TicketId, TicketNumber};
use warmline_store::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

/// Both engines, each with a site of its own, so that tests share a PostgreSQL and not their rows.
async fn engines(site: i64) -> Vec<(Store, tempfile::TempDir)> {
    let folder = || tempfile::tempdir().unwrap();
    let (one, two) = (folder(), folder());
    let sqlite = Store::sqlite(&one.path().join("desk.db"), Durability::Full).await.unwrap();
    let url = std::env::var("WARMLINE_TEST_POSTGRES")
        .expect("WARMLINE_TEST_POSTGRES names a database; ./dev test starts one");
    let postgres = postgres(&url).await;
    vec![(sqlite.on_site(site), one), (postgres.on_site(site), two)]
}

/// Several tests may open the database at once; the first one brings the schema.
async fn postgres(url: &str) -> Store {
    let mut tries = 0;
    loop {
        match Store::postgres(url).await {
            Ok(store) => return store,
            Err(fault) if tries > 20 => panic!("{fault}"),
            Err(_) => tries += 1,
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

fn site() -> Site {
    let mut site = Site { policy_version: 1, ..Site::default() };
    let role = warmline_domain::site::Role::Administrator;
    let agent = warmline_domain::site::Agent::new(AgentId(1), "Ada".into(), "ada@example.com".into(), role);
    site.agents.insert(agent.id, agent);
    site
}

/// A ticket's life as the desk writes it.
struct Life {
    store: Store,
    site_number: i64,
    now: i64,
}

impl Life {
    fn id(&self, n: i64) -> i64 {
        self.site_number * 1_000_000 + n
    }

    async fn customer(&mut self, n: i64, address: &str) -> CustomerId {
        let id = CustomerId(self.id(n));
        let events = meet(id, &format!("Customer {n}"), address);
        let after = warmline_domain::customer::evolve(None, &events[0]).unwrap();
        let mut batch = self.store.batch();
        batch.customer(&CustomerChange {
            before: None,
            after: &after,
            events: &events,
            by: By::Stranger,
            at: at(self.now),
            policy: 1,
        });
        self.store.commit(batch).await.unwrap();
        id
    }

    async fn save(&mut self, before: Option<&Loaded<Ticket>>, events: &[Event], by: By) -> Result<Ticket, CommitError> {
        self.now += 60;
        let mut after = before.map(|b| b.value.clone());
        let mut tally = Tally::default();
        for event in events {
            let happened = OnTicket { before: after.as_ref(), event, by, at: at(self.now) };
            let day = measure::day(at(self.now), &jiff::tz::TimeZone::UTC);
            measure::of_ticket(&happened).iter().for_each(|figure| tally.add(day, figure));
            after = ticket::evolve(after, at(self.now), event);
        }
        let after = after.unwrap();
        let mut batch = self.store.batch();
        let (at, inbound) = (at(self.now), None);
        batch.ticket(&TicketChange { before, after: &after, events, by, at, policy: 1, inbound, tally });
        self.store.commit(batch).await?;
        Ok(after)
    }

    async fn opened(&mut self, n: i64, customer: CustomerId, subject: &str, text: &str) -> Ticket {
        let content = Message {
            from: Address::new("Maria", "maria@example.net"),
            subject: subject.into(),
            text: text.into(),
            message_id: format!("{}@example.net", self.id(n)),
            ..Message::default()
        };
        let arrival = Arrival {
            message: MessageId(self.id(n + 500)),
            content,
            automatic: false,
            matched: Matched::Opening,
            held: false,
            opening: Opening {
                ticket: TicketId(self.id(n)),
                number: TicketNumber(n as u64),
                queue: QueueId(1),
                customer,
                acknowledgement: None,
            },
        };
        let events = ticket::observe(None, &site(), at(self.now), Report::MailArrived(Box::new(arrival)));
        self.save(None, &events, By::Customer(customer)).await.unwrap()
    }

    async fn wish(&mut self, id: TicketId, command: Command) -> Ticket {
        let before = self.store.ticket(id).await.unwrap().unwrap();
        let events = ticket::decide(&before.value, &site(), By::Agent(AgentId(1)), at(self.now), command).unwrap();
        self.save(Some(&before), &events, By::Agent(AgentId(1))).await.unwrap()
    }

    async fn records(&mut self, id: TicketId, field: record::Field) {
        let entry =
            record::Command::Write { id: RecordId(self.id(7_000 + self.now)), field, text: "A new cable".into() };
        self.wish(id, Command::Record(entry)).await;
    }

    async fn solved(&mut self, id: TicketId) -> Ticket {
        self.records(id, record::Field::Solution).await;
        self.wish(id, Command::Solve { agreed: Some(record::Agreement::Said) }).await
    }

    /// As much of a record as a rest until then needs.
    async fn plans(&mut self, id: TicketId, by: Timestamp) {
        self.records(id, record::Field::State).await;
        let entry = RecordId(self.id(8_000 + self.now));
        let plan = record::Command::Plan { id: entry, what: "Look again".into(), owner: AgentId(1), by };
        self.wish(id, Command::Record(plan)).await;
    }
}

/// A site nobody used before: a database may have been tested on already.
fn fresh(test: i64) -> i64 {
    Timestamp::now().as_second() % 1_000_000 * 1000 + test
}

async fn lives(test: i64) -> Vec<(Life, tempfile::TempDir)> {
    let site_number = fresh(test);
    let engines = engines(site_number).await;
    engines.into_iter().map(|(store, folder)| (Life { store, site_number, now: 0 }, folder)).collect()
}

#[tokio::test]
async fn a_ticket_is_read_back_as_it_was_written_and_the_journal_agrees() {
    for (mut life, _folder) in lives(101).await {
        let customer = life.customer(1, "maria@example.net").await;
        let ticket = life.opened(10, customer, "Printer", "It says error 42.").await;
        let note = Note { text: "Same as in March".into() };
        life.wish(ticket.id, Command::WriteNote { note: NoteId(life.id(900)), content: note }).await;
        life.wish(ticket.id, Command::Tag { tag: "printer".into() }).await;
        let last = life.solved(ticket.id).await;
        let loaded = life.store.ticket(ticket.id).await.unwrap().unwrap();
        assert_eq!(loaded.value, last);
        assert_eq!(loaded.value.subject.open().unwrap(), "Printer");
        assert_eq!(life.store.ticket_by_number(TicketNumber(10)).await.unwrap(), Some(ticket.id));
        assert_eq!(life.store.customer_by_address(" MARIA@example.net").await.unwrap(), Some(customer));
        let verdict = life.store.replay(|_| {}).await.unwrap();
        assert_eq!(verdict.disagreements, vec![]);
        assert_eq!(verdict.streams, 2);
        // What the customer may see holds no note, and the note is where insiders look.
        let seen = format!("{:?}", life.store.messages(ticket.id).await.unwrap());
        assert!(seen.contains("error 42") && !seen.contains("March"));
        assert_eq!(
            life.store.timeline(ticket.id).await.unwrap().iter().filter(|e| matches!(e, Entry::Note(_))).count(),
            1
        );
    }
}

#[tokio::test]
async fn two_writers_at_one_ticket_collide_and_nothing_of_the_second_stays() {
    for (mut life, _folder) in lives(102).await {
        let customer = life.customer(1, "maria@example.net").await;
        let ticket = life.opened(10, customer, "Printer", "text").await;
        let before = life.store.ticket(ticket.id).await.unwrap().unwrap();
        life.save(Some(&before), &[Event::Tagged { tag: "first".into() }], By::Desk).await.unwrap();
        let second = life.save(Some(&before), &[Event::Tagged { tag: "second".into() }], By::Desk).await;
        assert!(matches!(second, Err(CommitError::Conflict)));
        let tags = life.store.ticket(ticket.id).await.unwrap().unwrap().value.tags;
        assert_eq!(tags.into_iter().collect::<Vec<_>>(), ["first"]);
        assert_eq!(life.store.list(&View::Tag("second".into()), None, 5).await.unwrap().rows.len(), 0);
        assert_eq!(life.store.replay(|_| {}).await.unwrap().disagreements, vec![]);
    }
}

#[tokio::test]
async fn lists_go_by_key_and_counters_follow() {
    for (mut life, _folder) in lives(103).await {
        let customer = life.customer(1, "maria@example.net").await;
        for n in 10..30 {
            life.opened(n, customer, &format!("Matter {n}"), "text").await;
        }
        let urgent = Command::Prioritise { impact: ticket::Impact::Site, urgency: ticket::Urgency::Stopped };
        let first = TicketId(life.id(25));
        life.wish(first, urgent).await;
        let me = AgentId(1);
        for n in [12, 14] {
            let assign = Command::Assign { to: me, presence: Presence::Available, reason: String::new() };
            life.wish(TicketId(life.id(n)), assign).await;
        }
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = life.store.list(&View::Next(me), after, 7).await.unwrap();
            seen.extend(page.rows.iter().map(|r| r.ticket.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), 20, "each once");
        assert_eq!(seen[0], first, "stopped work comes first");
        assert!(seen[1..].is_sorted(), "then by how long they wait, mine and nobody's in one order");
        let mine = life.store.list(&View::Mine(me), None, 9).await.unwrap();
        assert_eq!(mine.rows.len(), 2);
        life.solved(first).await;
        let counters = life.store.counters().await.unwrap();
        assert_eq!((counters["stage:0"], counters["stage:2"], counters["agent:1:0"]), (19, 1, 2));
        assert_eq!(life.store.list(&View::Solved, None, 5).await.unwrap().rows[0].ticket.id, first);
    }
}

#[tokio::test]
async fn search_sees_a_commit_at_once_and_keeps_inside_apart() {
    for (mut life, _folder) in lives(104).await {
        let customer = life.customer(1, "maria@example.net").await;
        let one = life.opened(10, customer, "Printer jam", "The drum squeaks loudly.").await;
        let two = life.opened(11, customer, "Drum again", "Another drum; it squeaks.").await;
        let note = Note { text: "zanzibar is what we call it".into() };
        life.wish(one.id, Command::WriteNote { note: NoteId(life.id(901)), content: note }).await;
        let found = |q: &'static str, order, inside| {
            let store = life.store.clone();
            async move { store.search(q, order, inside).await.unwrap().iter().map(|f| f.ticket).collect::<Vec<_>>() }
        };
        assert_eq!(found("squeak", Order::Newest, true).await, [two.id, one.id], "the last word may be a beginning");
        assert_eq!(found("drum squeaks loudly", Order::Newest, true).await, [one.id]);
        assert_eq!(found("drum", Order::Relevance, true).await[0], two.id);
        assert_eq!(found("zanzibar", Order::Newest, true).await, [one.id]);
        assert_eq!(found("zanzibar", Order::Newest, false).await, []);
        assert_eq!(found("maria@example.net jam", Order::Newest, true).await, [one.id]);
        assert_eq!(life.store.search(&one.number.to_string(), Order::Newest, true).await.unwrap()[0].ticket, one.id);
        assert_eq!(found("\" OR 1=1 -- '*", Order::Newest, true).await, []);
    }
}

#[tokio::test]
async fn timers_and_outbox_are_due_in_order() {
    for (mut life, _folder) in lives(105).await {
        let customer = life.customer(1, "maria@example.net").await;
        let ticket = life.opened(10, customer, "Printer", "text").await;
        life.plans(ticket.id, at(100_000)).await;
        life.wish(ticket.id, Command::Park { until: at(100_000) }).await;
        assert_eq!(life.store.due_timers(at(99_999), 10).await.unwrap(), vec![]);
        let due = life.store.due_timers(at(100_000), 10).await.unwrap();
        assert_eq!(due, [DueTimer { stream: Stream::Ticket(ticket.id.0), at: at(100_000) }]);
        let before = life.store.ticket(ticket.id).await.unwrap().unwrap();
        let came = ticket::observe(Some(&before.value), &site(), at(100_000), Report::TimeCame);
        life.save(Some(&before), &came, By::Desk).await.unwrap();
        assert_eq!(life.store.due_timers(at(200_000), 10).await.unwrap(), vec![]);

        let mut batch = life.store.batch();
        let message = MessageId(life.id(950));
        let content = warmline_domain::Sealed::new(Message::default());
        let written = Event::MessageWritten {
            message,
            kind: ticket::Kind::Answer,
            send_at: at(500),
            scheduled: false,
            chat: false,
            participants: vec![],
            content,
        };
        batch.timer(Stream::Floor, Some(at(7)));
        life.store.commit(batch).await.unwrap();
        let before = life.store.ticket(ticket.id).await.unwrap().unwrap();
        life.save(Some(&before), &[written], By::Desk).await.unwrap();
        assert_eq!(life.store.due_messages(at(499), 5).await.unwrap(), vec![]);
        assert_eq!(life.store.due_messages(at(500), 5).await.unwrap()[0].message, message);
        let before = life.store.ticket(ticket.id).await.unwrap().unwrap();
        life.save(Some(&before), &[Event::Sent { message }], By::Desk).await.unwrap();
        assert_eq!(life.store.outbox_length().await.unwrap(), 0);
        assert_eq!(life.store.message(message).await.unwrap().unwrap().1.delivery, "sent");
    }
}

#[tokio::test]
async fn a_change_behind_the_journals_back_is_named() {
    for (mut life, _folder) in lives(106).await {
        let customer = life.customer(1, "maria@example.net").await;
        let ticket = life.opened(10, customer, "Printer", "text").await;
        let mut batch = life.store.batch();
        batch.tamper_subject(ticket.id, "Other words");
        life.store.commit(batch).await.unwrap();
        let verdict = life.store.replay(|_| {}).await.unwrap();
        assert_eq!(verdict.disagreements.len(), 1);
        assert_eq!(verdict.disagreements[0].stream, Stream::Ticket(ticket.id.0));
    }
}

#[tokio::test]
async fn measures_are_checked_and_counted_again_by_another_catalogue() {
    for (mut life, _folder) in lives(108).await {
        let customer = life.customer(1, "maria@example.net").await;
        let ticket = life.opened(10, customer, "Printer", "text").await;
        life.solved(ticket.id).await;
        let mut told = Tally::default();
        told.add(20_240_101, &measure::told("p18.previews", QueueId(1), None).unwrap());
        let mut batch = life.store.batch();
        batch.measured(told);
        life.store.commit(batch).await.unwrap();
        let rows = life.store.measures(0, i64::MAX).await.unwrap();
        assert!(rows.iter().any(|r| r.place.measure == "p23.numbers" && r.sum.n == 1), "{rows:?}");
        assert!(rows.iter().any(|r| r.place.measure == "p26.solved" && r.place.agent == 1), "{rows:?}");
        assert_eq!(life.store.replay(|_| {}).await.unwrap().disagreements, vec![]);

        let mut more = Tally::default();
        let place = rows.iter().find(|r| r.place.measure == "p26.solved").unwrap().place.clone();
        more.sums.insert(place, measure::Sum { n: 1, sum: 1 });
        let mut batch = life.store.batch();
        batch.measured(more);
        life.store.commit(batch).await.unwrap();
        let wrong = life.store.replay(|_| {}).await.unwrap().disagreements;
        assert!(wrong.len() == 1 && wrong[0].what.contains("p26.solved"), "{wrong:?}");

        life.store.count_by_catalogue().await.unwrap();
        assert_eq!(life.store.measures(0, i64::MAX).await.unwrap(), rows, "as the journal says, and what it does not");
        assert_eq!(life.store.replay(|_| {}).await.unwrap().disagreements, vec![]);
    }
}

#[tokio::test]
async fn drafts_sessions_and_secrets_are_kept_and_taken_away() {
    for (life, _folder) in lives(107).await {
        let store = &life.store;
        let (agent, ticket) = (AgentId(1), TicketId(5));
        let draft = Draft { text: "Hello".into(), to: "maria@example.net".into(), ..Draft::default() };
        let mut batch = store.batch();
        batch.draft(agent, ticket, "answer", at(1), &draft);
        batch.start_session(b"token", agent, at(1), at(100));
        batch.password(agent, "$argon2id$x");
        batch.mailbox_secret(warmline_domain::MailboxId(1), "in", "out");
        store.commit(batch).await.unwrap();
        assert_eq!(store.draft(agent, ticket, "answer").await.unwrap(), Some((at(1), draft)));
        assert_eq!(store.draft(agent, ticket, "note").await.unwrap(), None);
        assert_eq!(store.session(b"token").await.unwrap(), Some((agent, at(100))));
        assert_eq!(store.password(agent).await.unwrap().as_deref(), Some("$argon2id$x"));
        assert_eq!(store.mailbox_secret(warmline_domain::MailboxId(1)).await.unwrap(), ("in".into(), "out".into()));
        let mut batch = store.batch();
        batch.draft(agent, ticket, "answer", at(2), &Draft::default());
        batch.end_session(b"token");
        store.commit(batch).await.unwrap();
        assert_eq!(store.draft(agent, ticket, "answer").await.unwrap(), None);
        assert_eq!(store.session(b"token").await.unwrap(), None);
    }
}

#[tokio::test]
async fn the_register_is_searched_and_goes_by_key_and_a_changed_row_is_named() {
    use warmline_domain::asset::{self, Asset, Criticality};
    for (store, _folder) in engines(911).await {
        let mut batch = store.batch();
        for n in 1..=25i64 {
            let asset = Asset {
                id: AssetId(911_000_000 + n),
                name: format!("Press {n:02} 100%_new"),
                kind: "press".into(),
                place: if n % 5 == 0 { "Hall B".into() } else { String::new() },
                organisation: if n % 2 == 0 { "Brightwell".into() } else { String::new() },
                criticality: if n == 4 { Criticality::Critical } else { Criticality::Ordinary },
                retired: n == 6,
            };
            let events = [asset::Event::Registered(asset.clone())];
            let before = Default::default();
            let by = By::Agent(AgentId(1));
            batch.asset(&AssetChange { before, after: &asset, events: &events, by, at: at(n), policy: 1 });
        }
        // A database of an earlier run is as good.
        if store.asset(AssetId(911_000_001)).await.unwrap().is_none() {
            store.commit(batch).await.unwrap();
        }
        let names = |page: &Assets| page.rows.iter().map(|a| a.id.0 - 911_000_000).collect::<Vec<_>>();
        let first = store.assets("", None, 20).await.unwrap();
        assert_eq!(names(&first), (1..=20).collect::<Vec<_>>());
        let rest = store.assets("", first.next, 20).await.unwrap();
        assert_eq!((names(&rest), rest.next), ((21..=25).collect(), None));
        assert_eq!(names(&store.assets("HALL press", None, 20).await.unwrap()), [5, 10, 15, 20, 25]);
        assert_eq!(names(&store.assets("100%_n", None, 2).await.unwrap()), [1, 2], "signs of patterns are letters");
        assert!(store.assets("100%n", None, 2).await.unwrap().rows.is_empty());
        let offered = store.assets_of("brightwell", 3).await.unwrap();
        assert_eq!(offered.iter().map(|a| a.id.0 % 100).collect::<Vec<_>>(), [4, 2, 8], "critical first, those in use");
        let twin = store.asset_named("press 04 100%_NEW", "BRIGHTWELL").await.unwrap();
        assert_eq!(twin.map(|t| t.value.id), Some(AssetId(911_000_004)));
        assert_eq!(store.replay(|_| {}).await.unwrap().disagreements, []);
    }
}

/// Rows of referrals, charges and requests for a manager: what lists and measures read, on both engines.
#[tokio::test]
async fn what_is_not_ours_what_it_costs_and_who_decides_is_counted() {
    use warmline_domain::money::Money;
    use warmline_domain::ticket::{appeal, charge, referral};
    use warmline_domain::{PointerId, PromiseId, RequestId};
    for (mut life, _folder) in lives(114).await {
        let customer = life.customer(1, "maria@example.net").await;
        let ticket = life.opened(10, customer, "Toner", "It leaks.").await;
        let to = referral::To { pointer: Some(PointerId(7)), name: "Maker".into(), marks: vec!["+15550100".into()] };
        let price = Money { minor: 12_000, currency: "EUR".into() };
        let (waived, reason) = (Some(Money { minor: 2_000, ..price.clone() }), "the first was ours".to_owned());
        let pays = Some(Money { minor: 10_000, ..price.clone() });
        let (promise, due) = (PromiseId(life.id(77)), at(9_000));
        let told = ticket::Told::OnThePhone;
        let steps = [
            Event::Referral(referral::Event::Looked { budget_seconds: 120 }),
            Event::Referral(referral::Event::Pointed { to, looked_seconds: 60 }),
            Event::Referral(referral::Event::Given { told, message: None }),
            Event::Charge(charge::Event::Quoted { entry: RequestId(3), request: "Rescue".into(), price: Some(price) }),
            Event::Charge(charge::Event::Offered { n: 0, told, message: None }),
            Event::Charge(charge::Event::Excepted { n: 0, price: pays, waived, reason }),
            Event::Charge(charge::Event::ComplaintPassed { message: MessageId(life.id(500)) }),
            Event::Appeal(appeal::Event::Begun { by: Some(AgentId(1)) }),
            Event::Appeal(appeal::Event::Asked { to: AgentId(1), then: vec![], pass_at: at(900), due, promise }),
        ];
        for step in steps {
            let before = life.store.ticket(ticket.id).await.unwrap().unwrap();
            life.save(Some(&before), &[step], By::Agent(AgentId(1))).await.unwrap();
        }
        let uses = life.store.pointer_uses().await.unwrap();
        assert_eq!((uses[&PointerId(7)].given, uses[&PointerId(7)].reopened), (1, 0));
        let looks = life.store.looks(at(0)).await.unwrap();
        assert_eq!((looks.looks, looks.in_budget, looks.given, looks.closed), (1, 1, 1, 0));
        assert_eq!(life.store.exceptions(at(0)).await.unwrap()[&RequestId(3)], 1);
        assert!(life.store.exceptions(at(90_000)).await.unwrap().is_empty());
        let counts = life.store.charge_counts().await.unwrap();
        assert_eq!((counts.offered, counts.excepted, counts.complaints), (0, 1, 1));
        let open = life.store.open_appeals().await.unwrap();
        assert_eq!((open.len(), open[0].owner, open[0].due), (1, Some(AgentId(1)), Some(due)));
        assert_eq!(life.store.appeals_since(at(0)).await.unwrap().len(), 1);
        assert_eq!(life.store.replay(|_| {}).await.unwrap().disagreements, []);
    }
}

#[tokio::test]
async fn a_calendar_and_a_course_are_what_was_written() {
    use warmline_domain::calendar::{self, Entry, Kind};
    for (store, _folder) in engines(16).await {
        let (agent, stamp) = (AgentId(1), Stamp { by: By::Agent(AgentId(1)), at: at(0), policy: 1 });
        let entry = Entry {
            kind: Kind::Meeting,
            title: "Round".into(),
            starts: "2026-11-24T10:00".parse().unwrap(),
            ends: "2026-11-24T11:00".parse().unwrap(),
            zone: "UTC".into(),
            weekly: None,
        };
        let event = calendar::Event::Put { id: warmline_domain::EntryId(7), entry, reason: String::new() };
        let before = store.calendar(agent).await.unwrap();
        let after = calendar::evolve(before.value, &event);
        let mut batch = store.batch();
        batch.calendar(before.head, agent, &after, &[event], stamp);
        batch.calendar_feed(agent, &[1, 2, 3]);
        let source =
            CalendarSource { agent, url: "https://c.example.com/a".into(), read_at: None, error: String::new() };
        batch.calendar_source(&source);
        store.commit(batch).await.unwrap();
        assert_eq!(store.calendar(agent).await.unwrap().value, after);
        assert_eq!(store.calendars().await.unwrap().get(&agent), Some(&after));
        assert_eq!(store.calendar_behind(&[1, 2, 3]).await.unwrap(), Some(agent));
        assert_eq!(store.calendar_behind(&[1, 2]).await.unwrap(), None);
        assert_eq!(store.calendar_sources().await.unwrap(), vec![source.clone()]);
        // What was read under another address than it has now says nothing.
        let mut batch = store.batch();
        batch.calendar_source_read(&CalendarSource {
            url: "https://old.example.com/".into(),
            error: "gone".into(),
            ..source
        });
        store.commit(batch).await.unwrap();
        assert_eq!(store.calendar_sources().await.unwrap()[0].error, "");
        let replayed = store.replay(|_| {}).await.unwrap();
        assert!(replayed.disagreements.iter().all(|d| d.stream != Stream::Calendar(1)), "{replayed:?}");
        assert_eq!(store.promises_at_risk(agent).await.unwrap() + store.promises_alerted(agent).await.unwrap(), 0);
        assert_eq!(store.courses(at(-1), 10).await.unwrap(), vec![]);
    }
}

#[tokio::test]
async fn articles_are_found_by_their_words_from_the_moment_they_are_kept() {
    use warmline_domain::article::{self, Article, Audience, State, Written};
    use warmline_domain::journal::{Head, Stream};
    for (store, _folder) in engines(41).await {
        let id = warmline_domain::ArticleId(4_100_001);
        let keep = |version: u32, text: &str| {
            let written = Written {
                title: "Ink pressure is low".into(),
                language: "en".into(),
                topics: vec!["presses".into()],
                audience: Audience::Customers,
                state: State::Published,
                review: None,
                text: text.into(),
            };
            Article { key: "ink-low".into(), written, version }
        };
        let mut head = Head::default();
        for (version, text) in [(1, "Turn the blue valve."), (2, "Turn the green valve.")] {
            let article = keep(version, text);
            let event = article::Event::Written {
                article: Box::new(article.clone()),
                what: String::new(),
                says_else: false,
                overruled: None,
            };
            let mut batch = store.batch();
            let (by, stream) = (By::Desk, Stream::Article(id.0));
            head = batch.of_library(stream, head, Some(&article), &[event], by, at(i64::from(version)), 1);
            batch.index_article(id, &article);
            batch.article_viewed("ink-low", version == 2);
            store.commit(batch).await.unwrap();
        }
        assert_eq!(store.article_head(id).await.unwrap(), head);
        let found = |words: &'static str| {
            let store = store.clone();
            async move { store.search_articles(words).await.unwrap().len() }
        };
        assert_eq!((found("gre").await, found("green press").await, found("blue").await), (1, 1, 0));
        assert_eq!(store.articles_about("the pressure, and nothing else").await.unwrap()[0].version, 2);
        let rows = store.article_rows().await.unwrap();
        assert_eq!((rows.len(), rows[0].at), (1, at(2)));
        let uses = store.article_uses().await.unwrap()["ink-low"];
        assert_eq!((uses.opened, uses.by_link, uses.given), (2, 1, 0));
        assert!(store.replay(|_| {}).await.unwrap().disagreements.is_empty());
    }
}
