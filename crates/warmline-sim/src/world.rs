//! The world: real desk, real store, real mails; only time, chance and the network are made.
//!
//! What must hold, whatever happens:
//! 1. every mail that was acknowledged is there once, and only once, however often it was delivered;
//! 2. every answer that was accepted leaves once (by its Message-ID) or is visibly held up, failed or taken back;
//! 3. nothing written inside is in anything that leaves;
//! 4. every ticket that waits for a time has its timer, every message to send its outbox row;
//! 5. rows, counters, chains and journal agree.

mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use warmline_desk::edge::Edge;
use warmline_desk::outbox::outgoing;
use warmline_desk::{Core, Draft, Incoming, Outcome, Recordings, Wish};
use warmline_domain::floor::Presence;
use warmline_domain::id::Minter;
use warmline_domain::site::{self, Mailbox, Role, Submit, Tls};
use warmline_domain::ticket::{self, Address, Command, Delivery, Message, Note, Report, Then};
use warmline_domain::{AgentId, By, MailboxId, MessageId, QueueId, TicketId};
use warmline_mail::compose;
use warmline_store::{Durability, Store, View};

use crate::chance::Chance;

/// A bug put in on purpose, to see it found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    Nothing,
    /// The sending path takes the newest note for the message.
    NoteInOutbox,
    /// A timer's row vanishes.
    LostTimer,
    /// A retry gets a Message-ID of its own.
    DoubledSend,
    /// A row is changed and the journal does not know.
    ChangedRow,
}

#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub seed: u64,
    pub days: i64,
    pub plant: Plant,
}

/// What must hold did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation(pub String);

/// What a world lived through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lived {
    pub steps: usize,
    pub mails_in: usize,
    pub answers: usize,
    pub mails_out: usize,
    pub crashes: usize,
    pub entries: usize,
}

struct World {
    plan: Plan,
    chance: Chance,
    now: Timestamp,
    store: Store,
    core: Option<Core>,
    minter: Minter,
    agents: Vec<AgentId>,
    /// Mails the outside has that the desk has not acknowledged yet; their servers try again.
    unacknowledged: Vec<Vec<u8>>,
    acknowledged: BTreeMap<[u8; 32], usize>,
    /// What left the house: Message-ID to bytes.
    network: BTreeMap<String, Vec<u8>>,
    /// Markers of accepted answers, and the message each is in.
    answers: BTreeMap<String, MessageId>,
    notes: Vec<String>,
    written: usize,
    lived: Lived,
}

const CUSTOMERS: usize = 14;
const MAILBOX: &str = "support@desk.example.com";

/// Runs a world to its end. The folder holds its database.
pub async fn run(plan: Plan, folder: PathBuf) -> Result<Lived, Violation> {
    let store = Store::sqlite(&folder.join(format!("world-{}.db", plan.seed)), Durability::Off).await.map_err(fault)?;
    let mut world = World {
        plan,
        chance: Chance::new(plan.seed),
        now: Timestamp::from_second(1_750_000_000).unwrap_or_default(),
        store,
        core: None,
        minter: Minter::new(7),
        agents: vec![],
        unacknowledged: vec![],
        acknowledged: BTreeMap::new(),
        network: BTreeMap::new(),
        answers: BTreeMap::new(),
        notes: vec![],
        written: 0,
        lived: Lived::default(),
    };
    world.found().await?;
    let end = world.now + SignedDuration::from_hours(24 * plan.days);
    while world.now < end {
        world.step().await?;
        world.lived.steps += 1;
        if world.lived.steps.is_multiple_of(500) {
            world.check().await?;
        }
    }
    world.settle().await?;
    world.check().await?;
    Ok(world.lived)
}

fn fault(error: impl std::fmt::Display) -> Violation {
    Violation(format!("the machine failed: {error}"))
}

impl World {
    /// Starts the desk again from what was committed.
    async fn boot(&mut self) -> Result<(), Violation> {
        let edge = Edge::seeded(self.chance.bits());
        self.core = Some(Core::load(self.store.clone(), edge, Recordings::default()).await.map_err(fault)?);
        Ok(())
    }

    async fn ask(&mut self, wish: Wish) -> Result<Option<Outcome>, Violation> {
        let now = self.now;
        let core = self.core.as_mut().ok_or_else(|| fault("no desk"))?;
        match core.step(vec![wish], now).await.outcomes.into_iter().next() {
            Some(Ok(outcome)) => Ok(Some(outcome)),
            Some(Err(warmline_desk::DeskError::Refused(_))) | None => Ok(None),
            Some(Err(error)) => Err(fault(error)),
        }
    }

    async fn found(&mut self) -> Result<(), Violation> {
        self.boot().await?;
        for (i, name) in ["Ada", "Ben", "Cleo"].iter().enumerate() {
            let id = AgentId(i as i64 + 1);
            let role = if i == 0 { Role::Administrator } else { Role::Agent };
            let email = format!("{}@desk.example.com", name.to_lowercase());
            let command = site::Command::AddAgent { id, name: (*name).into(), email, role };
            self.ask(Wish::Site { by: if i == 0 { By::Console } else { By::Agent(AgentId(1)) }, command }).await?;
            self.agents.push(id);
        }
        let by = By::Agent(AgentId(1));
        let queue = QueueId(1);
        self.ask(Wish::Site { by, command: site::Command::OpenQueue { id: queue, name: "Support".into() } }).await?;
        let submit = Submit { host: "mail.example.com".into(), port: 587, tls: Tls::Starttls, user: "desk".into() };
        let mailbox = Mailbox {
            id: MailboxId(1),
            address: MAILBOX.into(),
            display: "Support".into(),
            queue,
            fetch: None,
            submit: Some(submit),
        };
        self.ask(Wish::ConnectMailbox { by, mailbox, secrets: (String::new(), String::new()) }).await?;
        Ok(())
    }

    async fn step(&mut self) -> Result<(), Violation> {
        match self.chance.below(100) {
            0..18 => self.customer_writes(),
            18..30 => self.customer_replies(),
            30..33 => self.deliver_again(),
            33..35 => self.bounce(),
            35..37 => self.stranger_quotes().await?,
            37..55 => self.agent_answers().await?,
            55..62 => self.agent_notes().await?,
            62..74 => self.agent_works().await?,
            74..76 => self.crash().await?,
            76..78 if self.plan.plant != Plant::Nothing => self.plant().await?,
            _ => {
                let minutes = 1 + self.chance.below(240) as i64;
                self.now += SignedDuration::from_mins(minutes);
            }
        }
        self.deliver().await?;
        self.fire_timers().await?;
        self.send_due().await
    }

    // Customers

    fn customer(&mut self) -> (String, String) {
        let i = self.chance.below(CUSTOMERS);
        (format!("Customer {i}"), format!("customer{i}@town{}.example.net", i % 3))
    }

    fn mail(&mut self, from: &str, subject: &str, headers: &str, body: &str) -> Vec<u8> {
        self.written += 1;
        format!(
            "Message-ID: <c{}.{}@example.net>\r\nFrom: {from}\r\nTo: {MAILBOX}\r\nSubject: {subject}\r\n\
             Date: Mon, 16 Jun 2025 10:00:00 +0000\r\n{headers}\r\n{body}\r\n",
            self.written, self.plan.seed
        )
        .into_bytes()
    }

    fn customer_writes(&mut self) {
        let (name, address) = self.customer();
        let subjects = ["Printer stopped", "Cannot sign in", "Invoice total", "Cable fault", "Question about my plan"];
        let subject = self.chance.pick(&subjects).copied().unwrap_or("Help");
        let body = format!("Matter {} has come up, please look at it.", self.written);
        let mail = self.mail(&format!("{name} <{address}>"), subject, "", &body);
        self.unacknowledged.push(mail);
    }

    /// Answers something that left the house: to a person's answer or an acknowledgement, sometimes automatically.
    fn customer_replies(&mut self) {
        let ids: Vec<String> = self.network.keys().cloned().collect();
        let Some(id) = self.chance.pick(&ids).cloned() else { return };
        let Ok(ours) = warmline_mail::read(&self.network[&id]) else { return };
        let Some(to) = ours.to.first() else { return };
        let (extra, body) = match self.chance.below(10) {
            0 => ("Auto-Submitted: auto-replied\r\n", "I am away until Monday."),
            1 | 2 => ("", "Thank you so much!"),
            _ => ("", "That helped a little, but the light still blinks."),
        };
        let subject = if self.chance.percent(5) { "Something else entirely".into() } else { ours.subject.clone() };
        let headers = format!("In-Reply-To: <{id}>\r\nReferences: <{id}>\r\n{extra}");
        let mail = self.mail(&to.address.clone(), &subject, &headers, body);
        self.unacknowledged.push(mail);
    }

    /// A server that did not hear our "250" delivers once more.
    fn deliver_again(&mut self) {
        if let Some(mail) = self.unacknowledged.last().cloned() {
            self.unacknowledged.push(mail);
        }
    }

    fn bounce(&mut self) {
        let ids: Vec<String> = self.network.keys().cloned().collect();
        let Some(id) = self.chance.pick(&ids).cloned() else { return };
        self.written += 1;
        let mail = format!(
            "Message-ID: <b{}@relay.example.org>\r\nFrom: MAILER-DAEMON@relay.example.org\r\nTo: {MAILBOX}\r\n\
             Subject: Undelivered\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n\
             --x\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n\
             Reporting-MTA: dns; relay.example.org\r\n\r\nFinal-Recipient: rfc822; gone@example.net\r\nAction: failed\r\n\
             Status: 5.1.1\r\n\r\n--x\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{id}>\r\n\r\n--x--\r\n",
            self.written
        );
        self.unacknowledged.push(mail.into_bytes());
    }

    async fn stranger_quotes(&mut self) -> Result<(), Violation> {
        let Some(ticket) = self.any_ticket().await? else { return Ok(()) };
        let subject = format!("About [{}]", ticket.number);
        let from = format!("stranger{}@elsewhere.example.org", self.written);
        let mail = self.mail(&from, &subject, "", "Let me see this ticket.");
        self.unacknowledged.push(mail);
        Ok(())
    }

    /// The outside's mail servers try what has not been acknowledged.
    async fn deliver(&mut self) -> Result<(), Violation> {
        let mails = std::mem::take(&mut self.unacknowledged);
        for mail in mails {
            let incoming = Incoming::read(&mail, vec![MAILBOX.into()], Some("x@example.net".into()), None);
            let identity = incoming.identity;
            if self.chance.percent(1) {
                // It stopped before anything was committed: no "250", so it comes again.
                self.lived.crashes += 1;
                self.boot().await?;
                self.unacknowledged.push(mail);
                continue;
            }
            self.ask(Wish::Mail(Box::new(incoming))).await?;
            if self.chance.percent(1) {
                // It stopped after the commit and before the "250".
                self.lived.crashes += 1;
                self.boot().await?;
                self.unacknowledged.push(mail);
                continue;
            }
            *self.acknowledged.entry(identity).or_default() += 1;
            self.lived.mails_in += 1;
        }
        Ok(())
    }

    // Agents

    async fn any_ticket(&mut self) -> Result<Option<ticket::Ticket>, Violation> {
        let views = [View::Ours, View::Ours, View::Waiting, View::Solved, View::NotHeard, View::ToDecide, View::Closed];
        let view = self.chance.pick(&views).cloned().unwrap_or(View::Ours);
        let page = self.store.list(&view, None, 40).await.map_err(fault)?;
        let tickets: Vec<ticket::Ticket> = page.rows.into_iter().map(|r| r.ticket).collect();
        Ok(self.chance.pick(&tickets).cloned())
    }

    fn agent(&mut self) -> By {
        By::Agent(self.chance.pick(&self.agents).copied().unwrap_or(AgentId(1)))
    }

    async fn agent_answers(&mut self) -> Result<(), Violation> {
        let Some(ticket) = self.any_ticket().await? else { return Ok(()) };
        let message: MessageId = self.minter.mint(self.now);
        let marker = format!("answer-{}-{}", self.plan.seed, message);
        let to = self.last_sender(ticket.id).await?;
        let content = Message {
            to: vec![Address::new("", &to)],
            text: format!("Please try it once more. {marker}"),
            ..Message::default()
        };
        // One in twenty has not seen the newest entry and must be refused.
        let blind = self.chance.percent(5);
        let scheduled = self.chance.percent(10);
        let seen = if blind { ticket.last_entry - 1 } else { ticket.last_entry };
        let draft = Draft {
            send_at: scheduled.then(|| self.now + SignedDuration::from_hours(20)),
            then: if self.chance.percent(30) { Then::Solve } else { Then::Wait },
            promises: self.perhaps_a_promise(),
            ..Draft::new(message, seen, content, jiff::tz::TimeZone::UTC)
        };
        let by = self.agent();
        let twice = self.chance.percent(10);
        for _ in 0..if twice { 2 } else { 1 } {
            let wish = Wish::Answer { by, ticket: ticket.id, answer: Box::new(draft.clone()) };
            let accepted = self.ask(wish).await?.is_some();
            if accepted && blind {
                return Err(Violation("an answer was accepted that had not seen the newest entry".into()));
            }
            if accepted && self.answers.insert(marker.clone(), message).is_none() {
                self.lived.answers += 1;
            }
        }
        if self.chance.percent(8) {
            self.ask(Wish::Ticket { by, ticket: ticket.id, command: Command::Withdraw { message } }).await?;
        }
        Ok(())
    }

    async fn last_sender(&self, ticket: TicketId) -> Result<String, Violation> {
        let messages = self.store.messages(ticket).await.map_err(fault)?;
        let theirs = messages.iter().rev().find(|m| m.kind == "received");
        Ok(theirs.map_or_else(|| "customer0@town0.example.net".into(), |m| m.content.from.address.clone()))
    }

    fn promise(&mut self) -> ticket::NewPromise {
        let due = self.now + SignedDuration::from_mins(20 + self.chance.below(2_000) as i64);
        ticket::NewPromise::new(self.minter.mint(self.now), "I will call you back.", due)
    }

    fn perhaps_a_promise(&mut self) -> Vec<ticket::NewPromise> {
        if self.chance.percent(15) { vec![self.promise()] } else { vec![] }
    }

    async fn agent_notes(&mut self) -> Result<(), Violation> {
        let Some(ticket) = self.any_ticket().await? else { return Ok(()) };
        let marker = format!("inside-canary-{}", self.notes.len());
        self.notes.push(marker.clone());
        let content = Note { text: format!("Only for us: {marker}") };
        let command = Command::WriteNote { note: self.minter.mint(self.now), content };
        let by = self.agent();
        self.ask(Wish::Ticket { by, ticket: ticket.id, command }).await?;
        Ok(())
    }

    async fn agent_works(&mut self) -> Result<(), Violation> {
        let Some(ticket) = self.any_ticket().await? else { return Ok(()) };
        let by = self.agent();
        let held = ticket.held.iter().next().copied();
        let failed = ticket.outgoing.iter().find(|(_, o)| o.delivery.not_heard()).map(|(m, _)| *m);
        let promise = ticket.promises.keys().next().copied();
        let command = match self.chance.below(20) {
            12.. => self.writes_down(&ticket),
            10 | 11 => match promise {
                Some(promise) if self.chance.percent(70) => Command::KeepPromise { promise },
                Some(promise) => Command::MovePromise {
                    promise,
                    due: self.now + SignedDuration::from_hours(30),
                    told: Some(ticket::Told::Written),
                    reason: "the part is late".into(),
                },
                None => Command::Promise(self.promise()),
            },
            0 => Command::Solve { agreed: Some(ticket::record::Agreement::Said) },
            1 => Command::Reopen,
            2 => Command::Park { until: self.now + SignedDuration::from_hours(1 + self.chance.below(72) as i64) },
            3 => Command::Tag { tag: format!("tag {}", self.chance.below(5)) },
            4 => Command::Release,
            5 => Command::Rename { subject: format!("Matter {}", self.chance.below(50)) },
            6 => match ticket.question {
                Some(ticket::Question::OtherMatter(message)) => {
                    self.ask(Wish::SplitOff { by, ticket: ticket.id, message }).await?;
                    return Ok(());
                }
                _ => Command::KeepTogether,
            },
            7 => match (held, self.chance.percent(50)) {
                (Some(message), true) => Command::LetIn { message, from: "stranger@elsewhere.example.org".into() },
                (Some(message), false) => Command::TurnAway { message },
                (None, _) => Command::LeaveSolved,
            },
            8 => match failed {
                Some(message) => Command::SendAgain { message },
                None => Command::Prioritise { impact: ticket::Impact::Site, urgency: ticket::Urgency::Stopped },
            },
            _ => Command::Assign {
                to: *self.chance.pick(&self.agents).unwrap_or(&AgentId(1)),
                presence: Presence::Away,
                reason: "knows it".into(),
            },
        };
        self.ask(Wish::Ticket { by, ticket: ticket.id, command }).await?;
        Ok(())
    }

    // Time and the network

    async fn fire_timers(&mut self) -> Result<(), Violation> {
        for timer in self.store.due_timers(self.now, 100).await.map_err(fault)? {
            self.ask(Wish::TimeCame(timer.stream)).await?;
        }
        Ok(())
    }

    async fn send_due(&mut self) -> Result<(), Violation> {
        for due in self.store.due_messages(self.now, 50).await.map_err(fault)? {
            let Some((_, mut row)) = self.store.message(due.message).await.map_err(fault)? else {
                return Err(Violation(format!("the outbox names message {} that is not there", due.message)));
            };
            let ticket = self.store.ticket(due.ticket).await.map_err(fault)?.ok_or_else(|| fault("no ticket"))?;
            self.planted_on_the_way(&mut row).await?;
            let mail = compose(&outgoing(&row, &ticket.value.number.to_string(), vec![]));
            let message = due.message;
            let news = match self.chance.below(20) {
                0 | 1 => Report::NotSent { message, why: "451 try later".into() },
                2 => Report::Refused { message, why: "550 no".into() },
                outcome => {
                    self.take(&row.content.message_id, &mail)?;
                    if outcome == 3 {
                        // The server took it, and the desk stopped before it could know.
                        self.lived.crashes += 1;
                        self.boot().await?;
                        continue;
                    }
                    Report::Sent { message }
                }
            };
            self.ask(Wish::Delivery { ticket: due.ticket, news }).await?;
        }
        Ok(())
    }

    /// The outside receives a mail. The same Message-ID twice must be the same bytes.
    fn take(&mut self, id: &str, mail: &[u8]) -> Result<(), Violation> {
        let text = String::from_utf8_lossy(mail);
        if let Some(note) = self.notes.iter().find(|n| text.contains(n.as_str())) {
            return Err(Violation(format!("a mail to a customer holds what was written inside: {note}")));
        }
        match self.network.insert(id.to_owned(), mail.to_vec()) {
            Some(before) if before != mail => Err(Violation(format!("two different mails carry the Message-ID {id}"))),
            Some(_) => Ok(()),
            None => {
                self.lived.mails_out += 1;
                Ok(())
            }
        }
    }

    async fn crash(&mut self) -> Result<(), Violation> {
        self.lived.crashes += 1;
        self.boot().await
    }

    async fn plant(&mut self) -> Result<(), Violation> {
        let timers = self.store.all_timers().await.map_err(fault)?;
        match self.plan.plant {
            Plant::LostTimer => {
                if let Some(timer) = self.chance.pick(&timers) {
                    let mut batch = self.store.batch();
                    batch.timer(timer.stream, None);
                    self.store.commit(batch).await.map_err(fault)?;
                }
            }
            Plant::ChangedRow => {
                if let Some(ticket) = self.any_ticket().await? {
                    let mut batch = self.store.batch();
                    batch.tamper_subject(ticket.id, "Nobody wrote this");
                    self.store.commit(batch).await.map_err(fault)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    async fn planted_on_the_way(&mut self, row: &mut warmline_store::MessageRow) -> Result<(), Violation> {
        match self.plan.plant {
            Plant::NoteInOutbox => {
                if let Some(note) = self.notes.last() {
                    row.content.text.push_str(note);
                }
            }
            Plant::DoubledSend => row.content.message_id = format!("again.{}.{}", self.written, row.content.message_id),
            _ => {}
        }
        Ok(())
    }

    /// Lets time pass until nothing is on its way any more.
    async fn settle(&mut self) -> Result<(), Violation> {
        for _ in 0..200 {
            self.now += SignedDuration::from_hours(1);
            self.deliver().await?;
            self.fire_timers().await?;
            self.send_due().await?;
        }
        Ok(())
    }

    async fn check(&mut self) -> Result<(), Violation> {
        let verdict = self.store.replay(|_| {}).await.map_err(fault)?;
        self.lived.entries = verdict.entries;
        if let Some(wrong) = verdict.disagreements.first() {
            return Err(Violation(format!("{}: {}", wrong.stream, wrong.what)));
        }
        for identity in self.acknowledged.keys() {
            if self.store.inbound(identity).await.map_err(fault)?.is_none() {
                return Err(Violation("an acknowledged mail is gone".into()));
            }
        }
        self.check_answers().await
    }

    async fn check_answers(&self) -> Result<(), Violation> {
        let mut seen: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let bodies: Vec<(&String, String)> =
            self.network.iter().map(|(id, mail)| (id, String::from_utf8_lossy(mail).replace("=\r\n", ""))).collect();
        for (id, body) in &bodies {
            if let Some(at) = body.find("answer-") {
                let marker = body[at..].split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).next().unwrap_or("");
                seen.entry(marker).or_default().insert(id);
            }
        }
        for (marker, message) in &self.answers {
            let times = seen.get(marker.as_str()).map_or(0, BTreeSet::len);
            let row = self.store.message(*message).await.map_err(fault)?;
            let Some((_, row)) = row else { return Err(Violation(format!("an accepted answer is gone: {marker}"))) };
            let delivery = Delivery::ALL.into_iter().find(|d| d.word() == row.delivery);
            let fine = match delivery {
                Some(Delivery::Sent | Delivery::Delivered) => times == 1,
                Some(Delivery::Withdrawn) => times == 0,
                Some(_) => times <= 1,
                None => false,
            };
            if !fine {
                return Err(Violation(format!("{marker} is {} and left {times} times", row.delivery)));
            }
        }
        Ok(())
    }
}
