//! What can be asked of the desk, and what comes back.

use jiff::Timestamp;
use warmline_domain::article;
use warmline_domain::asset::Asset;
use warmline_domain::calendar;
use warmline_domain::journal::Stream;
use warmline_domain::phrase;
use warmline_domain::runbook;
use warmline_domain::ticket::honesty::{Ground, Showing};
use warmline_domain::ticket::{self, Message, NewPromise, Then};
use warmline_domain::{
    AgentId, AssetId, By, CallId, ChatId, CustomerId, MailboxId, MessageId, QueueId, Refusal, TicketId, TicketNumber,
};
use warmline_domain::{floor, site};
use warmline_store::{Fault, Outcome as MailOutcome};

use crate::receive::Incoming;

#[derive(Debug)]
pub enum Wish {
    Site {
        by: By,
        command: site::Command,
    },
    /// Connects a mailbox with its passwords (fetching, sending), which are no part of any event.
    ConnectMailbox {
        by: By,
        mailbox: site::Mailbox,
        secrets: (String, String),
    },
    Floor(FloorWish),
    /// An agent notes a number or address of a customer.
    AddAddress {
        by: By,
        customer: CustomerId,
        address: String,
    },
    /// An agent says whom a customer belongs to.
    Belongs {
        by: By,
        customer: CustomerId,
        organisation: String,
    },
    /// Somebody calls.
    CallArrives(Box<CallArrival>),
    /// Somebody begins a chat.
    ChatArrives(Box<ChatArrival>),
    /// They write a line.
    ChatWrites {
        chat: ChatId,
        message: MessageId,
        text: String,
    },
    /// An agent does.
    ChatLine {
        by: By,
        chat: ChatId,
        line: Box<ChatLine>,
    },
    /// An agent calls the customer of a ticket.
    CallCustomer {
        by: By,
        call: CallId,
        ticket: TicketId,
    },
    Ticket {
        by: By,
        ticket: TicketId,
        command: ticket::Command,
    },
    Answer {
        by: By,
        ticket: TicketId,
        answer: Box<Draft>,
    },
    Assign {
        by: By,
        ticket: TicketId,
        to: AgentId,
        reason: String,
    },
    /// Prints the draft, or the answer of its identifier when that was sent.
    Print {
        by: By,
        ticket: TicketId,
        draft: Box<Draft>,
    },
    /// Sends the answer to a fax machine.
    Fax {
        by: By,
        ticket: TicketId,
        answer: Box<Draft>,
        number: String,
    },
    /// Says that the customer cannot be reached.
    GiveUp {
        by: By,
        ticket: TicketId,
    },
    /// Listens to the recording of a call.
    Listen {
        by: By,
        ticket: TicketId,
        call: CallId,
    },
    SplitOff {
        by: By,
        ticket: TicketId,
        message: MessageId,
    },
    /// A ticket an agent opens for a customer, with the customer's words.
    Open {
        by: By,
        opening: Box<Opening>,
    },
    Mail(Box<Incoming>),
    Delivery {
        ticket: TicketId,
        news: ticket::Report,
    },
    Phrase {
        by: By,
        command: phrase::Command,
    },
    Runbook {
        by: By,
        command: runbook::Command,
    },
    /// A customer's, by the link of an answer.
    Click {
        ticket: TicketId,
        click: Box<ticket::click::Click>,
    },
    Article {
        by: By,
        command: article::Command,
    },
    /// Somebody opened a ticket's page, or is away (`None`): their clocks follow them.
    Attention {
        agent: AgentId,
        ticket: Option<TicketId>,
    },
    /// Counts something that no event tells; `measure` is a key of the catalogue.
    Measured {
        by: By,
        measure: &'static str,
        queue: QueueId,
    },
    Calendar(CalendarWish),
    /// Somebody signs in no more; a colleague has what they had.
    Leaves {
        by: By,
        agent: AgentId,
        to: Option<AgentId>,
    },
    /// Registers an asset, or changes it.
    Asset {
        by: By,
        asset: Asset,
    },
    /// Takes over what a sheet says of assets; their identifiers in it mean nothing.
    TakeOver {
        by: By,
        rows: Vec<Asset>,
    },
    LinkAsset {
        by: By,
        ticket: TicketId,
        asset: AssetId,
    },
    /// Asks somebody to drop everything for a ticket, for so many minutes.
    AskToDrop {
        by: By,
        ticket: TicketId,
        to: AgentId,
        minutes: u32,
        reason: String,
    },
    TimeCame(Stream),
    /// May this message be given to a mail server now? Refused when it was taken back meanwhile.
    MaySend {
        ticket: TicketId,
        message: MessageId,
    },
}

/// A change to an agent's calendar.
#[derive(Clone, Debug)]
pub struct CalendarWish {
    pub by: By,
    pub agent: AgentId,
    pub command: calendar::Command,
    /// For leave: who takes what is promised for that time, or why it stays.
    pub cover: Option<AgentId>,
    pub reason: String,
}

#[derive(Debug)]
pub enum FloorWish {
    Wish(By, floor::Command),
    News(floor::Report),
}

/// A call as the telephone reports it.
#[derive(Clone, Debug)]
pub struct CallArrival {
    pub call: CallId,
    pub number: Option<String>,
    pub name: String,
    /// The number of ours they called.
    pub line: String,
    /// What they chatted about in the same browser.
    pub about: Option<TicketId>,
}

/// A chat as it begins on our page.
#[derive(Clone, Debug)]
pub struct ChatArrival {
    pub chat: ChatId,
    pub message: MessageId,
    pub name: String,
    pub address: String,
    pub text: String,
    /// Digest of what their browser holds.
    pub secret: Vec<u8>,
    /// What the same browser chatted about before.
    pub before: Option<TicketId>,
}

/// A line as an agent wrote it.
#[derive(Clone, Debug)]
pub struct ChatLine {
    pub message: MessageId,
    pub text: String,
    pub promises: Vec<NewPromise>,
    pub phrases: Vec<String>,
    /// Why it goes out although the rules for wording say otherwise.
    pub reason: String,
    pub zone: jiff::tz::TimeZone,
    /// It asks for minutes, or whether a colleague may come in.
    pub asks: Option<floor::chat::Wish>,
}

/// An answer as its author wrote it; the desk adds sender, subject, Message-ID and references.
#[derive(Clone, Debug)]
pub struct Draft {
    pub message: MessageId,
    pub seen: i64,
    pub content: Message,
    pub send_at: Option<Timestamp>,
    pub then: Then,
    /// To a third party instead of the customer.
    pub third_party: bool,
    /// What it promises, to go on the record with it.
    pub promises: Vec<NewPromise>,
    /// Phrases of the library that stand in it.
    pub phrases: Vec<String>,
    /// Why it goes out although the rules for wording say otherwise.
    pub reason: String,
    /// What it stands on.
    pub grounds: Vec<Ground>,
    /// The message of ours that it puts right.
    pub corrects: Option<MessageId>,
    /// The note whose words it shows on purpose.
    pub shows: Option<Showing>,
    /// The zone that times in it are meant in.
    pub zone: jiff::tz::TimeZone,
}

impl Draft {
    /// An answer that goes out at once and leaves the next move with the customer; nothing else is said of it.
    pub fn new(message: MessageId, seen: i64, content: Message, zone: jiff::tz::TimeZone) -> Self {
        Draft {
            message,
            seen,
            content,
            zone,
            send_at: None,
            then: Then::Wait,
            third_party: false,
            promises: vec![],
            phrases: vec![],
            reason: String::new(),
            grounds: vec![],
            corrects: None,
            shows: None,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Opening {
    pub message: MessageId,
    pub name: String,
    pub address: String,
    pub subject: String,
    pub text: String,
    pub mailbox: Option<MailboxId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// A ticket was opened.
    Opened(TicketId, TicketNumber),
    /// Of a sheet: so many assets are new, so many say something else now.
    TakenOver {
        added: usize,
        changed: usize,
    },
    /// What became of a mail.
    Mail(MailOutcome),
    /// The mail was here before; nothing happened.
    KnownMail,
}

#[derive(Clone, Debug, thiserror::Error)]
pub enum DeskError {
    /// The person can do something about it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The machine failed; nothing happened.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl DeskError {
    pub(crate) fn stopped() -> Self {
        DeskError::Fault(Fault("Warmline is stopping. Nothing was changed; try again in a moment.".into()))
    }
}
