//! What can have happened to a ticket.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Dates, Deleted, Impact, Kind, MadeIn, Matched, Message, Note, PromiseKind, PromiseStanding, Question, Stage, Told,
    Urgency,
};
use super::{drop_everything, effort, hand_up, honesty, ladder, record, stakes, targets};
use crate::floor::Step;
use crate::forecast::Forecast;
use crate::{AgentId, CallId, CustomerId, MessageId, NoteId, PromiseId, QueueId, Sealed, TicketId, TicketNumber};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Referral(super::referral::Event),
    Charge(super::charge::Event),
    Appeal(super::appeal::Event),
    Chat(super::chat::Event),
    /// Somebody listened to the recording of a call.
    Listened {
        call: CallId,
    },
    /// A call ended of which something was recorded, from `since` on.
    RecordingKept {
        call: CallId,
        since: Timestamp,
        until: Timestamp,
    },
    RecordingDeleted {
        call: CallId,
        why: Deleted,
    },
    OnCall {
        call: CallId,
        step: Box<Step>,
    },
    Opened {
        id: TicketId,
        number: TicketNumber,
        queue: QueueId,
        customer: CustomerId,
        subject: Sealed<String>,
    },
    MessageReceived {
        message: MessageId,
        matched: Matched,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        automatic: bool,
        /// From somebody it was forwarded to: the customer does not see it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        third_party: bool,
        participants: Vec<String>,
        content: Sealed<Message>,
    },
    MessageHeld {
        message: MessageId,
        matched: Matched,
        content: Sealed<Message>,
    },
    LetIn {
        message: MessageId,
        participants: Vec<String>,
    },
    TurnedAway {
        message: MessageId,
    },
    MessageWritten {
        message: MessageId,
        kind: Kind,
        send_at: Timestamp,
        scheduled: bool,
        /// A line of a chat: it goes to a page, not by mail.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        chat: bool,
        participants: Vec<String>,
        content: Sealed<Message>,
    },
    /// It went out although the rules for wording would have stopped it.
    WordsOverridden {
        message: MessageId,
        rules: Vec<String>,
        reason: String,
    },
    /// Phrases of the library that stand in it, by their keys.
    PhrasesUsed {
        message: MessageId,
        phrases: Vec<String>,
    },
    Effort(effort::Event),
    Ladder(ladder::Event),
    Record(record::Event),
    HandUp(hand_up::Event),
    PromiseMade {
        promise: PromiseId,
        what: Sealed<String>,
        owner: AgentId,
        due: Timestamp,
        warn_at: Timestamp,
        alert_at: Timestamp,
        made_in: MadeIn,
        #[serde(default, skip_serializing_if = "PromiseKind::is_word")]
        kind: PromiseKind,
        /// How long such work took, as it was known then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        known: Option<Forecast>,
        /// Why it can be sooner than that.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
        /// Taken back with this answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stands_with: Option<MessageId>,
    },
    PromiseMoved {
        promise: PromiseId,
        due: Timestamp,
        warn_at: Timestamp,
        alert_at: Timestamp,
        told: Told,
        reason: String,
        /// Moved back with this answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stands_with: Option<MessageId>,
    },
    PromiseHandedOver {
        promise: PromiseId,
        to: AgentId,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// The answer that made it was taken back before it left.
    PromiseTakenBack {
        promise: PromiseId,
    },
    /// The answer that moved it was.
    PromiseMovedBack {
        promise: PromiseId,
        dates: Dates,
    },
    PromiseAtRisk {
        promise: PromiseId,
        standing: PromiseStanding,
    },
    PromiseBroken {
        promise: PromiseId,
    },
    PromiseKept {
        promise: PromiseId,
    },
    PromiseLetGo {
        promise: PromiseId,
        reason: String,
    },
    Withdrawn {
        message: MessageId,
    },
    /// The customer wrote before a scheduled answer went out.
    ScheduleStopped {
        message: MessageId,
    },
    Sent {
        message: MessageId,
    },
    Deferred {
        message: MessageId,
        until: Timestamp,
        why: String,
    },
    Failed {
        message: MessageId,
        why: String,
    },
    Bounced {
        message: MessageId,
        why: String,
    },
    Delivered {
        message: MessageId,
    },
    Requeued {
        message: MessageId,
        send_at: Timestamp,
    },
    NoteWritten {
        note: NoteId,
        content: Sealed<Note>,
    },
    Assigned {
        to: AgentId,
        reason: String,
    },
    Released,
    Moved {
        queue: QueueId,
    },
    Tagged {
        tag: String,
    },
    Untagged {
        tag: String,
    },
    /// What kind of matter it is.
    Classified {
        topic: String,
    },
    Prioritised {
        impact: Impact,
        urgency: Urgency,
    },
    Renamed {
        subject: Sealed<String>,
    },
    StageChanged {
        stage: Stage,
        since: Timestamp,
        close_at: Option<Timestamp>,
        wake_at: Option<Timestamp>,
    },
    Stakes(stakes::Event),
    Targets(targets::Event),
    DropEverything(drop_everything::Event),
    Asked {
        question: Question,
    },
    Settled,
    /// What went beside an answer: what it stands on, what it puts right, what it shows.
    Honesty(honesty::Event),
    MovedOut {
        message: MessageId,
        to: TicketId,
    },
    MovedIn {
        message: MessageId,
        from: TicketId,
        participants: Vec<String>,
    },
    Attempts(super::attempts::Event),
    OtherWays(super::other_ways::Event),
    Articles(super::articles::Event),
    Click(super::click::Event),
    Trail(super::trail::Event),
}
