//! A desk to look at: an invented company, a day's tickets, customers who go on writing and answer what you send.

mod articles;
mod bonds;
mod clicks;
mod house;
mod stakes;
mod work;

use std::net::SocketAddr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use warmline_desk::edge::Edge;
use warmline_desk::{Core, Desk, DeskError, Draft, Incoming, Recordings, Wish};
use warmline_domain::floor;
use warmline_domain::hours::Written;
use warmline_domain::id::Minter;
use warmline_domain::site::queue::read_skills;
use warmline_domain::site::{Command, Mailbox, Overflow, Queue, Role, Submit, Tls};
use warmline_domain::ticket::{self, Address, Impact, Message, Note, Then, Urgency};
use warmline_domain::{AgentId, By, Hours, MailboxId, QueueId, TicketId};
use warmline_store::{Store, View};

use crate::scripts::{HISTORY, Script, TO_COME};
use crate::sink::{Received, Sink, deliver};

pub const EMAIL: &str = "you@lumenloom.example.com";
pub const PASSWORD: &str = "warm words win";
const MAILBOX: &str = "support@lumenloom.example.com";
/// The desk phone of the scripted colleague.
pub const PHONE_USER: &str = "102";
pub const PHONE_PASSWORD: &str = "only in the demo";
const PHONE_REALM: &str = "warmline";
pub const YOU: AgentId = AgentId(1);
const RAVI: AgentId = AgentId(2);
const INES: AgentId = AgentId(3);
/// Scripted; they come into a chat when they are asked.
pub const COLLEAGUES: &[AgentId] = &[RAVI, INES];

/// A fax gateway, a tool for remote sessions, and who hears complaints about charges.
const POLICY: &str = "[other_ways]\nfax = \"{number}@fax.example.com\"\n\
    remote = \"https://remote.example.com/join?ticket={number}&name={name}\"\n\n\
    [charges]\ncomplaints_to = \"managers@lumenloom.example.com\"\n\n[help]\naddress = \"https://help.lumenloom.example.com\"\n";

/// Between two customers' mails, and before a customer answers yours.
const PAUSE: Duration = Duration::from_secs(40);
const THINKING: Duration = Duration::from_secs(25);

/// Founds the company and lets its day so far happen, as of now. `outside` takes the mails that leave;
/// `password` is the stored form of [`PASSWORD`].
pub async fn found(store: &Store, outside: SocketAddr, password: &str) -> Result<(), String> {
    let mut past = Past {
        core: Core::load(store.clone(), Edge::system(0), Recordings::default()).await.map_err(|e| e.to_string())?,
        minter: Minter::new(900),
        store: store.clone(),
    };
    let mut batch = store.batch();
    batch.password(YOU, password);
    batch.phone_login(RAVI, PHONE_USER, &warmline_phone::ha1(PHONE_USER, PHONE_REALM, PHONE_PASSWORD));
    store.commit(batch).await.map_err(|e| e.to_string())?;
    let start = Timestamp::now() - SignedDuration::from_hours(24 * (bonds::DAYS + 1));
    past.company(start, outside).await?;
    past.stakes(start).await?;
    past.bonds().await?;
    let mut history: Vec<&Script> = HISTORY.iter().collect();
    history.sort_by_key(|s| -s.minutes_ago);
    for script in history {
        past.happened(script).await?;
    }
    past.numbers().await?;
    past.work(Timestamp::now()).await?;
    past.open_promises().await?;
    past.house().await?;
    past.at_stake().await?;
    past.articles(Timestamp::now()).await?;
    past.weeks().await?;
    Ok(())
}

struct Past {
    core: Core,
    minter: Minter,
    store: Store,
}

impl Past {
    async fn ask(&mut self, at: Timestamp, wish: Wish) -> Result<(), String> {
        let at = Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at);
        match self.core.step(vec![wish], at).await.outcomes.into_iter().next() {
            Some(Err(error)) => Err(error.to_string()),
            _ => Ok(()),
        }
    }

    async fn company(&mut self, at: Timestamp, outside: SocketAddr) -> Result<(), String> {
        let by = By::Agent(YOU);
        let people = [
            (YOU, "Robin Ames", EMAIL, Role::Administrator),
            (RAVI, "Ravi Menon", "ravi@lumenloom.example.com", Role::Agent),
            (INES, "Ines Prado", "ines@lumenloom.example.com", Role::Supervisor),
        ];
        for (id, name, email, role) in people {
            let command = Command::AddAgent { id, name: name.into(), email: email.into(), role };
            self.ask(at, Wish::Site { by: if id == YOU { By::Console } else { by }, command }).await?;
        }
        self.ask(at, Wish::Site { by, command: Command::Name { company: "Lumen & Loom".into() } }).await?;
        for (id, name) in [(1, "Support"), (2, "Billing")] {
            self.ask(at, Wish::Site { by, command: Command::OpenQueue { id: QueueId(id), name: name.into() } }).await?;
        }
        let toml = POLICY.to_owned();
        self.ask(at, Wish::Site { by, command: Command::ChangePolicy { toml } }).await?;
        self.queues(at).await?;
        let submit =
            Submit { host: outside.ip().to_string(), port: outside.port(), tls: Tls::None, user: String::new() };
        let mailbox = Mailbox {
            id: MailboxId(1),
            address: MAILBOX.into(),
            display: "Lumen & Loom Support".into(),
            queue: QueueId(1),
            fetch: None,
            submit: Some(submit),
        };
        self.ask(at, Wish::ConnectMailbox { by, mailbox, secrets: (String::new(), String::new()) }).await
    }

    /// Support is always there; Billing keeps office hours, asks for people who know accounts, and overflows.
    async fn queues(&mut self, at: Timestamp) -> Result<(), String> {
        let by = By::Agent(YOU);
        let skills = |text: &str| read_skills(text).map_err(|r| r.to_string());
        let office = Written {
            zone: "Europe/Vienna".into(),
            week: ["9-12:30, 13:30-17", "9-17", "9-17", "9-17", "9-15", "", ""].map(str::to_owned),
            exceptions: "2026-12-24 9-12 Christmas Eve\n2026-12-25 Christmas".into(),
        };
        let billing = Queue {
            hours: Some(Hours::read(&office).map_err(|r| r.to_string())?),
            room: 10,
            overflow: Some(Overflow { to: QueueId(1), after_minutes: Some(5), from_waiting: Some(6) }),
            skills: skills("accounts 2")?,
            ..Queue::named(QueueId(2), "Billing")
        };
        let people = [
            (YOU, "printers 3, network 2", 1),
            (RAVI, "accounts 2, printers 1", 1),
            (INES, "accounts 3, network 4", 2),
        ];
        let known = people.into_iter().map(|(id, text, tier)| Ok(Command::Qualify { id, skills: skills(text)?, tier }));
        let known: Result<Vec<Command>, String> = known.collect();
        let line = Command::MapLine { number: "200".into(), queue: QueueId(2) };
        for command in [Command::ChangeQueue(Box::new(billing)), line].into_iter().chain(known?) {
            self.ask(at, Wish::Site { by, command }).await?;
        }
        Ok(())
    }

    /// Maria has called before; the desk knows her number.
    async fn numbers(&mut self) -> Result<(), String> {
        let found = self.store.customer_by_address("maria.okafor@brightwell.example.com").await;
        let Some(customer) = found.map_err(|f| f.to_string())? else { return Ok(()) };
        let wish = Wish::Belongs { by: By::Agent(YOU), customer, organisation: "Brightwell Printing".into() };
        self.ask(Timestamp::now(), wish).await?;
        let wish = Wish::AddAddress { by: By::Agent(YOU), customer, address: crate::callers::MARIA.into() };
        self.ask(Timestamp::now(), wish).await
    }

    async fn happened(&mut self, script: &Script) -> Result<(), String> {
        let came = Timestamp::now() - SignedDuration::from_mins(script.minutes_ago);
        let later = |percent: i64| came + SignedDuration::from_secs(script.minutes_ago * 60 * percent / 100);
        let mail = mail(script, script.subject, "", script.text);
        self.ask(came, Wish::Mail(Box::new(incoming(&mail, script.address)))).await?;
        let Some(ticket) = self.newest().await? else { return Ok(()) };
        self.everything_left(came).await?;
        if let Some(tag) = script.tag {
            let command = ticket::Command::Tag { tag: tag.into() };
            self.ask(later(10), Wish::Ticket { by: By::Agent(INES), ticket, command }).await?;
        }
        if script.stopped {
            let command = ticket::Command::Prioritise { impact: Impact::Site, urgency: Urgency::Stopped };
            self.ask(later(15), Wish::Ticket { by: By::Agent(INES), ticket, command }).await?;
        }
        if let Some(note) = script.note {
            let note =
                ticket::Command::WriteNote { note: self.minter.mint(later(30)), content: Note { text: note.into() } };
            self.ask(later(30), Wish::Ticket { by: By::Agent(INES), ticket, command: note }).await?;
        }
        if let Some(answer) = script.answer {
            let who = if answer.ends_with("Ravi") { RAVI } else { INES };
            self.ask(later(35), Wish::Assign { by: By::Agent(who), ticket, to: who, reason: String::new() }).await?;
            let seen = self.core_seen(ticket).await?;
            let then = if script.solved { Then::Solve } else { Then::Wait };
            let draft = draft(self.minter.mint(later(40)), seen, script, answer, then);
            self.ask(later(40), Wish::Answer { by: By::Agent(who), ticket, answer: Box::new(draft) }).await?;
            if script.solved {
                self.clicked(ticket, later(44)).await?;
            }
            self.everything_left(later(45)).await?;
            if !script.solved && script.minutes_ago > 200 && script.minutes_ago < 1000 {
                self.replied(script, ticket, later(80)).await?;
            }
        }
        Ok(())
    }

    async fn replied(&mut self, script: &Script, ticket: TicketId, at: Timestamp) -> Result<(), String> {
        let messages = self.store.messages(ticket).await.map_err(|f| f.to_string())?;
        let Some(ours) = messages.iter().rev().find(|m| m.kind == "answer") else { return Ok(()) };
        let headers = format!("In-Reply-To: <{}>\r\n", ours.content.message_id);
        let mail = mail(script, &format!("Re: {}", script.subject), &headers, script.reply);
        self.ask(at, Wish::Mail(Box::new(incoming(&mail, script.address)))).await
    }

    async fn newest(&self) -> Result<Option<TicketId>, String> {
        let page = self.store.list(&View::Ours, None, 100).await.map_err(|f| f.to_string())?;
        Ok(page.rows.iter().map(|r| r.ticket.id).max())
    }

    async fn core_seen(&self, ticket: TicketId) -> Result<i64, String> {
        let loaded = self.store.ticket(ticket).await.map_err(|f| f.to_string())?;
        Ok(loaded.map_or(0, |t| t.value.last_entry))
    }

    /// In the past everything that was to leave has left.
    async fn everything_left(&mut self, at: Timestamp) -> Result<(), String> {
        for due in self.store.all_outbox().await.map_err(|f| f.to_string())? {
            let news = ticket::Report::Sent { message: due.message };
            self.ask(at + SignedDuration::from_secs(12), Wish::Delivery { ticket: due.ticket, news }).await?;
        }
        Ok(())
    }
}

fn draft(message: warmline_domain::MessageId, seen: i64, script: &Script, text: &str, then: Then) -> Draft {
    let content =
        Message { to: vec![Address::new(script.name, script.address)], text: text.to_owned(), ..Message::default() };
    Draft { then, ..Draft::new(message, seen, content, jiff::tz::TimeZone::UTC) }
}

fn incoming(mail: &[u8], from: &str) -> Incoming {
    Incoming::read(mail, vec![MAILBOX.into()], Some(from.to_owned()), None)
}

fn mail(script: &Script, subject: &str, headers: &str, text: &str) -> Vec<u8> {
    let id = warmline_domain::sealed::Digest::of_bytes(format!("{subject}{text}{}", Timestamp::now()).as_bytes()).hex();
    format!(
        "Message-ID: <{}@customers.example.net>\r\nFrom: {} <{}>\r\nTo: {MAILBOX}\r\nSubject: {subject}\r\n\
         Content-Type: text/plain; charset=utf-8\r\n{headers}\r\n{}\r\n",
        &id[..20],
        script.name,
        script.address,
        text.replace('\n', "\r\n")
    )
    .into_bytes()
}

/// Customers write and answer; colleagues come in and take what nobody has. Runs until it is stopped.
pub async fn live(desk: Desk, smtp: SocketAddr, mut outside: Sink) {
    // Ravi is here and can be asked; calls from the queue are yours.
    for (agent, presence) in [(RAVI, floor::Command::GoAway(RAVI)), (INES, floor::Command::GoAvailable(INES))] {
        for command in [floor::Command::SignIn(agent), presence] {
            tell(&desk, Wish::Floor(warmline_desk::FloorWish::Wish(By::Agent(agent), command))).await;
        }
    }
    let mut coming = TO_COME.iter().cycle();
    let mut next = tokio::time::interval(PAUSE);
    next.tick().await;
    loop {
        tokio::select! {
            _ = next.tick() => {
                if let Some(script) = coming.next() {
                    let written = mail(script, script.subject, "", script.text);
                    send(smtp, script.address, written).await;
                }
            }
            Some(received) = outside.mails.recv() => {
                tokio::spawn(answer(smtp, received));
            }
        }
    }
}

async fn tell(desk: &Desk, wish: Wish) {
    if let Err(DeskError::Fault(fault)) = desk.ask(wish).await {
        tracing::warn!(%fault, "a scripted colleague could not work");
    }
}

/// A customer reads what came and answers once; nobody answers an acknowledgement.
async fn answer(smtp: SocketAddr, received: Received) {
    let Ok(mail_read) = warmline_mail::read(&received.bytes) else { return };
    if matches!(mail_read.nature, warmline_mail::Nature::Automatic(_)) {
        return;
    }
    let Some(to) = received.recipients.first() else { return };
    let Some(script) = HISTORY.iter().chain(TO_COME).find(|s| s.address == to) else { return };
    let answered_before = mail_read.refers_to.len() > 3;
    if answered_before {
        return;
    }
    tokio::time::sleep(THINKING).await;
    let id = mail_read.message_id.unwrap_or_default();
    let headers = format!("In-Reply-To: <{id}>\r\nReferences: <{id}>\r\n");
    let quoted: String = mail_read.text.lines().map(|l| format!("> {l}\n")).collect();
    let text = format!("{}\n\nOn the desk of Lumen & Loom, someone wrote:\n{quoted}", script.reply);
    send(smtp, script.address, mail(script, &mail_read.subject, &headers, &text)).await;
}

async fn send(smtp: SocketAddr, from: &str, mail: Vec<u8>) {
    if let Err(error) = deliver(smtp, from, MAILBOX, &mail).await {
        tracing::warn!(%error, "a scripted customer's mail was not taken");
    }
}
