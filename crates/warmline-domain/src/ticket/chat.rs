//! A chat about this ticket (P26): its lines are messages like any others, read before they go out, promised on, sealed.
//!
//! What the customer's page has shown is delivered. What it has not shown when the chat ends goes to them by mail.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::answers::read_before_sending;
use super::content::short_digest;
use super::{
    Event as TicketEvent, Kind, MadeIn, Message, NewPromise, Note, Reading, Stage, Ticket, charge, promises, referral,
    stage,
};
use crate::floor::chat::{End, Step};
use crate::limits;
use crate::site::Site;
use crate::{By, ChatId, MessageId, NoteId, Refusal, Sealed};

/// What a ticket knows of its chats.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chatting {
    /// The one that goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<ChatId>,
    /// Lines of ours that their page has not shown.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unread: BTreeSet<MessageId>,
}

impl Chatting {
    pub fn is_unused(&self) -> bool {
        *self == Chatting::default()
    }
}

/// A line an agent writes.
#[derive(Clone, Debug)]
pub struct Line {
    pub chat: ChatId,
    pub message: MessageId,
    pub content: Message,
    pub promises: Vec<NewPromise>,
    pub phrases: Vec<String>,
    pub reading: Reading,
}

/// Something happened in a chat about this ticket.
#[derive(Clone, Debug)]
pub struct News {
    pub chat: ChatId,
    pub step: Step,
    /// A brief is kept as a note, under this identifier.
    pub note: NoteId,
    /// At its end: the mail with what their page has not shown, and the lines it carries.
    pub missed: Option<(MessageId, Message)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Happened {
        chat: ChatId,
        step: Box<Step>,
    },
    /// These lines were not shown before it ended; the mail carries them.
    Missed {
        lines: BTreeSet<MessageId>,
        mail: MessageId,
    },
}

pub(super) fn say(
    ticket: &Ticket,
    site: &Site,
    by: By,
    now: Timestamp,
    line: Line,
) -> Result<Vec<TicketEvent>, Refusal> {
    if ticket.chats.now != Some(line.chat) {
        return Err(Refusal::state("This chat is over.", "Send it as a mail instead. Your text is kept."));
    }
    let text = &line.content.text;
    if text.trim().is_empty() {
        return Err(Refusal::input("There is nothing in this line yet.", "Write, then send."));
    }
    if text.len() > limits::CHAT_LINE_BYTES {
        return Err(Refusal::input(
            format!("This is longer than {} kB, too long for a chat.", limits::CHAT_LINE_BYTES / 1024),
            "Send the long part as a mail, and say so here. Your text is kept.",
        ));
    }
    let overridden = read_before_sending(line.message, &line.reading)?;
    let mut said = charge::carried(ticket, line.message, text);
    said.extend(referral::carried(ticket, line.message, text));
    let phrases: Vec<String> = line.phrases.into_iter().take(limits::PHRASES_USED).collect();
    let used = (!phrases.is_empty()).then_some(TicketEvent::PhrasesUsed { message: line.message, phrases });
    let mut made = Vec::new();
    for mut promise in line.promises {
        if promise.reason.trim().is_empty() {
            promise.reason.clone_from(&line.reading.reason);
        }
        let owner = promises::owner(ticket, by)?;
        made.extend(promises::make(ticket, site, now, owner, &promise, MadeIn::Message(line.message))?);
    }
    let participants = line.content.to.iter().map(|a| short_digest(&a.address)).collect();
    let written = TicketEvent::MessageWritten {
        message: line.message,
        kind: Kind::Answer,
        send_at: now,
        scheduled: false,
        chat: true,
        participants,
        content: Sealed::new(line.content),
    };
    let stage = ours(ticket, now);
    Ok(std::iter::once(written).chain(overridden).chain(used).chain(said).chain(made).chain(stage).collect())
}

/// While we talk it is ours.
fn ours(ticket: &Ticket, now: Timestamp) -> Option<TicketEvent> {
    let stage = ticket.stage.after(stage::Step::AnswerAndKeep).filter(|stage| *stage != ticket.stage)?;
    Some(TicketEvent::StageChanged { stage, since: now, close_at: None, wake_at: None })
}

/// Their page has shown these lines.
pub(super) fn read(ticket: &Ticket, lines: &[MessageId]) -> Vec<TicketEvent> {
    let shown = ticket.chats.unread.iter().filter(|message| lines.contains(message));
    shown.map(|message| TicketEvent::Delivered { message: *message }).collect()
}

pub(super) fn happened(ticket: &Ticket, now: Timestamp, news: News) -> Vec<TicketEvent> {
    let News { chat, step, note, missed } = news;
    let mut events = Vec::new();
    match &step {
        Step::Taken { agent, .. } | Step::TookOver { by: agent, .. } | Step::Left { colleague: agent, .. } => {
            if ticket.assignee.is_none() || !matches!(step, Step::Taken { .. }) && ticket.assignee != Some(*agent) {
                let reason = if ticket.assignee.is_none() { "" } else { "took the chat over" };
                events.push(TicketEvent::Assigned { to: *agent, reason: reason.into() });
            }
            events.extend(ours(ticket, now));
        }
        Step::Proposed { brief, .. } => {
            if let Some(brief) = brief.open() {
                let text = brief.written("Brief for who is asked in");
                events.push(TicketEvent::NoteWritten { note, content: Sealed::new(Note { text }) });
            }
        }
        Step::Ended { .. } if !ticket.stage.is_ours() && ticket.stage != Stage::Waiting => {}
        Step::Ended { how: End::NobodyFree | End::Gone, .. } => {
            events.extend((!ticket.stage.is_ours()).then_some(TicketEvent::StageChanged {
                stage: Stage::Open,
                since: now,
                close_at: None,
                wake_at: None,
            }));
        }
        _ => {}
    }
    if let Some((mail, content)) = missed {
        let participants = content.to.iter().map(|a| short_digest(&a.address)).collect();
        events.push(TicketEvent::MessageWritten {
            message: mail,
            kind: Kind::Answer,
            send_at: now,
            scheduled: false,
            chat: false,
            participants,
            content: Sealed::new(content),
        });
        let lines = ticket.chats.unread.clone();
        events.push(TicketEvent::Chat(Event::Missed { lines, mail }));
    }
    if is_told(&step) {
        events.insert(0, TicketEvent::Chat(Event::Happened { chat, step: Box::new(step) }));
    }
    events
}

/// What does not change the customer's story is on the floor's journal alone.
fn is_told(step: &Step) -> bool {
    !matches!(
        step,
        Step::Offered { .. }
            | Step::Declined { .. }
            | Step::NotTaken { .. }
            | Step::AskedAround
            | Step::Gone
            | Step::Seen
            | Step::TheyWrote
            | Step::WeWrote { .. }
    )
}

pub(super) fn evolve(ticket: &mut Ticket, event: &TicketEvent) {
    match event {
        TicketEvent::Chat(Event::Happened { chat, step }) => match **step {
            Step::Came { .. } => ticket.chats.now = Some(*chat),
            Step::Ended { .. } => ticket.chats = Chatting::default(),
            _ => {}
        },
        TicketEvent::MessageWritten { message, chat: true, .. } => {
            ticket.chats.unread.insert(*message);
        }
        TicketEvent::Delivered { message } => {
            ticket.chats.unread.remove(message);
        }
        _ => {}
    }
}
