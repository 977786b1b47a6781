//! A ticket: one matter of one customer, from the first word to the solved problem.
//!
//! What the customer sees ([`Message`]) and what is inside ([`Note`]) are different types, travel in different
//! events and live in different tables. Nothing turns one into the other.
//!
//! The story is told in: [`stage`] (its lifecycle, as a table), `arrivals` (what customers send), `answers` (what we
//! send, and what became of it), `promises` (what we said we would do), [`referral`] (not our job), [`charge`] (agreed prices), [`appeal`] (a manager, please), [`chat`] (lines on our page), `work` (assigning, tagging, parking, solving), [`priority`] (its place in the list
//! and the sentence that explains it) and [`threading`] (which ticket a mail belongs to).

mod answers;
pub mod appeal;
mod arrivals;
pub mod articles;
pub mod attempts;
mod calls;
pub mod charge;
pub mod chat;
pub mod click;
mod command;
pub mod content;
mod delivery;
pub mod drop_everything;
pub mod effort;
mod event;
pub mod hand_up;
pub mod honesty;
pub mod ladder;
pub mod other_ways;
pub mod priority;
mod promises;
pub mod record;
mod recordings;
pub mod referral;
pub mod stage;
pub mod stakes;
pub mod targets;
pub mod threading;
pub mod trail;
mod work;

#[cfg(test)]
mod stories;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use answers::{Answer, Block, Reading, Then, delivery_after, may_send};
pub use arrivals::{Acknowledgement, Arrival, Opening, Split};
pub use calls::{CallNews, CallOpening, called_about};
pub use command::Command;
pub use content::{Address, Attachment, Message, Note, Source};
pub use delivery::{Delivery, Outgoing, Standing};
pub use event::Event;
pub use priority::{Impact, Urgency};
pub use promises::{Dates, Known, MadeIn, NewPromise, Promise, PromiseKind, PromiseStanding, Told};
pub use recordings::{Deleted, Recording, may_listen};
pub use stage::Stage;
pub use targets::Target;
pub use threading::Matched;
pub use work::short_word;

use crate::asset::Asset;
use crate::floor::Step;
use crate::site::Site;
use crate::{
    AgentId, By, CallId, CustomerId, MessageId, PromiseId, QueueId, Refusal, Sealed, TicketId, TicketNumber, refusal,
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    pub id: TicketId,
    pub number: TicketNumber,
    pub queue: QueueId,
    pub customer: CustomerId,
    pub subject: Sealed<String>,
    /// What it was called at first, if it was renamed since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_subject: Option<Sealed<String>>,
    pub stage: Stage,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<AgentId>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<String>,
    /// The kind of matter, as this desk calls it; empty until somebody has said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub topic: String,
    #[serde(default, skip_serializing_if = "Impact::is_usual")]
    pub impact: Impact,
    #[serde(default, skip_serializing_if = "Urgency::is_usual")]
    pub urgency: Urgency,
    pub opened_at: Timestamp,
    /// Since when whoever is to move next is to move.
    pub since: Timestamp,
    /// Whether a person of ours has answered yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub answered: bool,
    /// The newest message or note: what an author must have seen before sending.
    pub last_entry: i64,
    /// Parked until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wake_at: Option<Timestamp>,
    /// When a solved ticket closes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close_at: Option<Timestamp>,
    /// Messages of ours that are not safely out: waiting, deferred, failed or bounced.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outgoing: BTreeMap<MessageId, Outgoing>,
    /// Messages somebody unknown sent to this ticket; an agent lets them in or turns them away.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub held: BTreeSet<MessageId>,
    /// Something the desk would not decide alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Question>,
    /// What we said that we would do and have not done yet.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub promises: BTreeMap<PromiseId, Promise>,
    /// How long people have worked on it.
    #[serde(default, skip_serializing_if = "effort::Effort::is_unused")]
    pub effort: effort::Effort,
    #[serde(default, skip_serializing_if = "ladder::Ladder::is_unused")]
    pub ladder: ladder::Ladder,
    #[serde(default, skip_serializing_if = "record::Record::is_empty")]
    pub record: record::Record,
    /// The tier that has it.
    #[serde(default = "first_tier", skip_serializing_if = "is_first_tier")]
    pub tier: u8,
    /// Handed up, and nobody has accepted it yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<hand_up::Offer>,
    /// The customer has not been told that it goes to somebody else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub untold: bool,
    /// Short digests of the addresses that take part.
    pub participants: BTreeSet<String>,
    /// Short digests of the addresses it was forwarded to: vendors and others the customer knows nothing of.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub third_parties: BTreeSet<String>,
    /// What is at stake beside its reach.
    #[serde(default, skip_serializing_if = "stakes::Stakes::is_usual")]
    pub stakes: stakes::Stakes,
    /// Clocks that run, or rest, towards a target.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub targets: BTreeMap<Target, targets::Clock>,
    /// Somebody is asked to drop everything for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropping: Option<drop_everything::Asked>,
    /// Messages that showed words of a note on purpose.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub shown: BTreeSet<MessageId>,
    /// What was kept of its calls.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub recordings: BTreeMap<CallId, Recording>,
    /// When it was not our job.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub referrals: Vec<referral::Referral>,
    #[serde(default, skip_serializing_if = "charge::Charges::is_empty")]
    pub charges: charge::Charges,
    /// When the customer asked for a manager.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub appeals: Vec<appeal::Appeal>,
    #[serde(default, skip_serializing_if = "chat::Chatting::is_unused")]
    pub chats: chat::Chatting,
    /// How we tried to reach each other.
    #[serde(default, skip_serializing_if = "attempts::Attempts::is_empty")]
    pub attempts: attempts::Attempts,
    /// Answers that go to a fax machine.
    #[serde(default, skip_serializing_if = "other_ways::none")]
    pub faxes: BTreeSet<MessageId>,
    /// What was looked at for it, and what the customer was given.
    #[serde(default, skip_serializing_if = "articles::Articles::is_empty")]
    pub articles: articles::Articles,
    /// What answers ask with a link.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asks: Vec<click::Ask>,
}

fn first_tier() -> u8 {
    1
}

fn is_first_tier(tier: &u8) -> bool {
    *tier == first_tier()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// The customer wrote a short thank-you to a solved ticket.
    Reopen(MessageId),
    /// The mail belongs here by its headers, but speaks of something else by its subject.
    OtherMatter(MessageId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Answer,
    /// The automatic "your message is with us under this number".
    Acknowledgement,
    /// To a third party: a leg of the ticket that the customer does not see.
    Forward,
}

/// News.
#[derive(Clone, Debug)]
pub enum Report {
    MailArrived(Box<Arrival>),
    /// A mail server took the message.
    Sent {
        message: MessageId,
    },
    /// It did not, but may later. `why` is what it said.
    NotSent {
        message: MessageId,
        why: String,
    },
    /// It never will.
    Refused {
        message: MessageId,
        why: String,
    },
    /// A delivery status notification (RFC 3464) came back.
    Bounced {
        message: MessageId,
        why: String,
    },
    Delivered {
        message: MessageId,
    },
    /// Whoever has it opened its page.
    AtWork {
        agent: AgentId,
    },
    /// They turned to something else, or are away.
    Left {
        agent: AgentId,
    },
    /// Their page has shown these lines of ours.
    ChatRead {
        lines: Vec<MessageId>,
    },
    /// Something happened in a chat about it.
    OnChat(Box<chat::News>),
    /// Something happened on a call about it.
    OnCall(Box<CallNews>),
    /// A call came in that is about nothing we know.
    CallOpened(Box<CallOpening>),
    /// Whose ticket it is, as far as it is known.
    CustomerKnown(stakes::Customer),
    /// The register says something new of an asset.
    AssetChanged(Box<Asset>),
    /// An article says something else now.
    ArticleChanged(crate::article::Change),
    /// An agent made a message of another ticket a ticket of its own.
    SplitFrom(Box<Split>),
    TimeCame,
}

/// What the outside must now do. Derived from an event, never decided again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Give the message to a mail server at that time.
    Send { message: MessageId, at: Timestamp },
    /// Do not, any more.
    Forget { message: MessageId },
}

pub fn decide(ticket: &Ticket, site: &Site, by: By, now: Timestamp, command: Command) -> Result<Vec<Event>, Refusal> {
    let events = wished(ticket, site, by, now, command)?;
    Ok(followed(Some(ticket), site, now, events))
}

/// What happened, and what follows from it for clocks and questions that stand on the ticket.
fn followed(before: Option<&Ticket>, site: &Site, now: Timestamp, mut events: Vec<Event>) -> Vec<Event> {
    if events.is_empty() {
        return events;
    }
    let after = events.iter().fold(before.cloned(), |ticket, event| evolve(ticket, now, event));
    if let Some(after) = after {
        events.extend(targets::follow(&after, site, now).into_iter().map(Event::Targets));
        events.extend(drop_everything::follow(&after).map(Event::DropEverything));
    }
    events
}

fn wished(ticket: &Ticket, site: &Site, by: By, now: Timestamp, command: Command) -> Result<Vec<Event>, Refusal> {
    if let Command::Click(click) = command {
        return click::clicked(ticket, site, now, *click);
    }
    if site.role(by).is_none() {
        return Err(Refusal::new(
            refusal::Kind::Permission,
            "Only people who work at this desk do this.",
            "Sign in as an agent.",
        ));
    }
    match command {
        Command::Referral(command) => referral::decide(ticket, site, now, command),
        Command::Charge(command) => charge::decide(ticket, site, by, command),
        Command::Appeal(command) => appeal::decide(ticket, site, by, now, command),
        Command::Say(line) => chat::say(ticket, site, by, now, *line),
        Command::Answer(answer) => answers::write(ticket, site, by, now, *answer),
        Command::Forward(answer) => answers::forward(ticket, site, now, *answer),
        Command::Effort(command) => {
            Ok(effort::decide(ticket, site, person(by)?, now, command)?.into_iter().map(Event::Effort).collect())
        }
        Command::Ladder(command) => ladder::decide(ticket, site, person(by)?, command),
        Command::Record(command) => {
            Ok(record::decide(ticket, site, now, command)?.into_iter().map(Event::Record).collect())
        }
        Command::HandUp(command) => hand_up::decide(ticket, site, person(by)?, now, command),
        Command::Promise(new) => promises::make(ticket, site, now, promises::owner(ticket, by)?, &new, MadeIn::Words),
        Command::KeepPromise { promise } => promises::keep(ticket, promise),
        Command::MovePromise { promise, due, told, reason } => {
            promises::shift(ticket, site, now, promise, due, told, &reason)
        }
        Command::LetPromiseGo { promise, reason } => promises::let_go(ticket, promise, &reason),
        Command::HandPromiseOver { promise, to, away, reason } => {
            promises::hand_over(ticket, site, promise, to, away, &reason)
        }
        Command::Withdraw { message } => answers::withdraw(ticket, now, message),
        Command::SendAgain { message } => answers::send_again(ticket, now, message),
        Command::Listen { call, going_on } => {
            recordings::may_listen(ticket, site, by, call, going_on).map(|()| vec![Event::Listened { call }])
        }
        Command::LetIn { message, from } => arrivals::let_in(ticket, now, message, &from),
        Command::TurnAway { message } => arrivals::turn_away(ticket, message),
        Command::KeepTogether | Command::LeaveSolved => Ok(settled(ticket)),
        Command::SplitOff { message, to } => arrivals::split_off(ticket, message, to),
        Command::Stakes(command) => Ok(stakes::decide(ticket, command)?.into_iter().map(Event::Stakes).collect()),
        Command::DropEverything(command) => drop_everything::decide(ticket, site, by, command),
        Command::Attempts(command) => attempts::decide(ticket, site, now, command),
        Command::Articles(command) => articles::decide(ticket, command),
        Command::Export { form } => Ok(vec![Event::Trail(trail::Event::Exported { form })]),
        Command::OtherWays(command) => other_ways::decide(ticket, site, by, now, command),
        other => work::decide(ticket, site, by, now, other),
    }
}

/// A question is answered with "it stays as it is". Who said thanks has agreed that it is solved.
fn settled(ticket: &Ticket) -> Vec<Event> {
    let agreed = matches!(ticket.question, Some(Question::Reopen(_)))
        .then_some(Event::Record(record::Event::Agreed { agreed: record::Agreement::Wrote }));
    ticket.question.map(|_| Event::Settled).into_iter().chain(agreed).collect()
}

/// A person of the desk, for what only people do.
fn person(by: By) -> Result<AgentId, Refusal> {
    by.agent().ok_or_else(|| Refusal::state("Only a person at the desk does this.", "Sign in as an agent."))
}

pub fn observe(ticket: Option<&Ticket>, site: &Site, now: Timestamp, report: Report) -> Vec<Event> {
    let events = observed(ticket, site, now, report);
    followed(ticket, site, now, events)
}

fn observed(ticket: Option<&Ticket>, site: &Site, now: Timestamp, report: Report) -> Vec<Event> {
    match (report, ticket) {
        (Report::MailArrived(arrival), ticket) => arrivals::arrived(ticket, site, now, *arrival),
        (Report::CallOpened(opening), None) => calls::opened(*opening),
        (Report::SplitFrom(split), None) => arrivals::split_from(*split),
        (_, None) => vec![],
        (Report::SplitFrom(_) | Report::CallOpened(_), Some(_)) => vec![],
        (Report::AtWork { agent }, Some(ticket)) => {
            effort::opened(ticket, site, agent).map(Event::Effort).into_iter().collect()
        }
        (Report::Left { agent }, Some(ticket)) => {
            effort::left_all(ticket, agent).into_iter().map(Event::Effort).collect()
        }
        (Report::ChatRead { lines }, Some(ticket)) => chat::read(ticket, &lines),
        (Report::OnChat(news), Some(ticket)) => chat::happened(ticket, now, *news),
        (Report::OnCall(news), Some(ticket)) => calls::happened(ticket, site, now, *news),
        (Report::TimeCame, Some(ticket)) => {
            let mut events = promises::time_came(ticket, now);
            events.extend(effort::time_came(ticket, now).map(Event::Effort));
            events.extend(hand_up::time_came(ticket, now));
            events.extend(work::time_came(ticket, now));
            events.extend(recordings::time_came(ticket, now));
            events.extend(appeal::time_came(ticket, site, now));
            events.extend(targets::time_came(ticket, now).into_iter().map(Event::Targets));
            events.extend(attempts::time_came(ticket, site, now));
            events
        }
        (Report::CustomerKnown(customer), Some(ticket)) => {
            stakes::customer_known(ticket, site, &customer).into_iter().map(Event::Stakes).collect()
        }
        (Report::AssetChanged(asset), Some(ticket)) => {
            stakes::asset_changed(ticket, &asset).into_iter().map(Event::Stakes).collect()
        }
        (Report::ArticleChanged(change), Some(ticket)) => articles::changed(ticket, site, now, change),
        (delivery, Some(ticket)) => answers::delivery_news(ticket, site, now, delivery),
    }
}

/// The state after an event that happened at `at`.
pub fn evolve(ticket: Option<Ticket>, at: Timestamp, event: &Event) -> Option<Ticket> {
    if let Event::Opened { id, number, queue, customer, subject } = event {
        return Some(opened(*id, *number, *queue, *customer, subject.clone(), at));
    }
    let mut ticket = ticket?;
    if let Event::OnCall { step, .. } = event
        && matches!(**step, Step::Answered { .. })
    {
        ticket.answered = true;
    }
    recordings::evolve(&mut ticket, event);
    chat::evolve(&mut ticket, event);
    work_goes_on(&mut ticket, at, event);
    referral::evolve(&mut ticket, at, event);
    charge::evolve(&mut ticket, at, event);
    appeal::evolve(&mut ticket, at, event);
    match event {
        Event::Stakes(event) => stakes::evolve(&mut ticket, event),
        Event::Targets(event) => targets::evolve(&mut ticket, event),
        Event::DropEverything(event) => drop_everything::evolve(&mut ticket, event),
        _ => {}
    }
    other_ways::evolve(&mut ticket, event);
    attempts::evolve(&mut ticket, at, event);
    articles::evolve(&mut ticket, event);
    click::evolve(&mut ticket, event);
    let known = honesty::evolve(&mut ticket, event)
        || arrivals::evolve(&mut ticket, event)
        || answers::evolve(&mut ticket, at, event)
        || promises::evolve(&mut ticket, event);
    if !known {
        work::evolve(&mut ticket, event);
    }
    Some(ticket)
}

pub fn orders(event: &Event) -> Option<Order> {
    match event {
        Event::MessageWritten { chat: true, .. } => None,
        Event::MessageWritten { message, send_at, .. } | Event::Requeued { message, send_at } => {
            Some(Order::Send { message: *message, at: *send_at })
        }
        Event::Deferred { message, until, .. } => Some(Order::Send { message: *message, at: *until }),
        Event::Withdrawn { message }
        | Event::ScheduleStopped { message }
        | Event::Sent { message }
        | Event::Bounced { message, .. }
        | Event::Failed { message, .. } => Some(Order::Forget { message: *message }),
        _ => None,
    }
}

/// When time itself next has something to say to this ticket.
pub fn due(ticket: &Ticket) -> Option<Timestamp> {
    let own = [
        ticket.wake_at,
        ticket.close_at,
        promises::due(ticket),
        recordings::due(ticket),
        effort::due(ticket),
        hand_up::due(ticket),
        appeal::due(ticket),
        targets::due(ticket),
        attempts::due(ticket),
    ];
    own.into_iter().flatten().min()
}

/// What events of other parts mean for the clock, the record and a hand-up.
fn work_goes_on(ticket: &mut Ticket, at: Timestamp, event: &Event) {
    match event {
        Event::Effort(event) => effort::evolve(&mut ticket.effort, at, event),
        Event::Ladder(event) => ladder::evolve(&mut ticket.ladder, event),
        Event::Record(event) => record::evolve(ticket, event),
        Event::HandUp(event) => hand_up::evolve(ticket, at, event),
        Event::MessageReceived { message, automatic: false, third_party: false, .. } => {
            ticket.record.first_words.get_or_insert(*message);
        }
        Event::MessageWritten { kind: Kind::Answer, .. } => ticket.untold = false,
        Event::Assigned { to, .. } if ticket.assignee != Some(*to) => {
            ticket.effort.rest(at);
            ticket.offer = None;
        }
        Event::Released => ticket.effort.rest(at),
        Event::StageChanged { stage, .. } if stage.is_ours() => ticket.record.reopened(ticket.stage),
        Event::StageChanged { stage: Stage::Solved, .. } => ticket.effort.begin_anew(at),
        Event::StageChanged { .. } => ticket.effort.rest(at),
        _ => {}
    }
}

fn opened(
    id: TicketId,
    number: TicketNumber,
    queue: QueueId,
    customer: CustomerId,
    subject: Sealed<String>,
    at: Timestamp,
) -> Ticket {
    Ticket {
        id,
        number,
        queue,
        customer,
        subject,
        first_subject: None,
        stage: Stage::New,
        assignee: None,
        tags: BTreeSet::new(),
        topic: String::new(),
        impact: Impact::default(),
        urgency: Urgency::default(),
        opened_at: at,
        since: at,
        answered: false,
        last_entry: 0,
        wake_at: None,
        close_at: None,
        outgoing: BTreeMap::new(),
        held: BTreeSet::new(),
        question: None,
        promises: BTreeMap::new(),
        effort: effort::Effort::default(),
        ladder: ladder::Ladder::default(),
        record: record::Record::default(),
        tier: first_tier(),
        offer: None,
        untold: false,
        participants: BTreeSet::new(),
        third_parties: BTreeSet::new(),
        stakes: stakes::Stakes::default(),
        targets: BTreeMap::new(),
        dropping: None,
        shown: BTreeSet::new(),
        recordings: BTreeMap::new(),
        referrals: vec![],
        charges: charge::Charges::default(),
        chats: chat::Chatting::default(),
        appeals: vec![],
        attempts: attempts::Attempts::default(),
        faxes: BTreeSet::new(),
        articles: articles::Articles::default(),
        asks: vec![],
    }
}

impl Ticket {
    /// What its mails are called, whatever the ticket is renamed to: customers' programs go by it.
    pub fn mail_subject(&self) -> &Sealed<String> {
        self.first_subject.as_ref().unwrap_or(&self.subject)
    }
    pub fn standing(&self) -> Standing {
        Standing { stage: self.stage, since: self.since, close_at: self.close_at, wake_at: self.wake_at }
    }
    pub fn is_participant(&self, address: &str) -> bool {
        self.participants.contains(&content::short_digest(address))
    }
    pub fn is_third_party(&self, address: &str) -> bool {
        let digest = content::short_digest(address);
        self.third_parties.contains(&digest) && !self.participants.contains(&digest)
    }
    /// Whether something we wrote did not reach the customer.
    pub fn not_heard(&self) -> bool {
        self.outgoing.values().any(|o| o.delivery.not_heard())
    }
}
