//! What can be wished of a ticket.

use jiff::Timestamp;

use super::{Answer, Impact, NewPromise, Note, Told, Urgency};
use super::{drop_everything, effort, hand_up, ladder, record, stakes};
use crate::floor::Presence;
use crate::{AgentId, CallId, MessageId, NoteId, PromiseId, QueueId, TicketId};

/// A wish.
#[derive(Clone, Debug)]
pub enum Command {
    Referral(super::referral::Command),
    Charge(super::charge::Command),
    Appeal(super::appeal::Command),
    /// A line of a chat.
    Say(Box<super::chat::Line>),
    Answer(Box<Answer>),
    /// Asks a third party, with the same care as an answer.
    Forward(Box<Answer>),
    /// Take an answer back while it can be.
    Withdraw {
        message: MessageId,
    },
    /// Try again to send what failed.
    SendAgain {
        message: MessageId,
    },
    WriteNote {
        note: NoteId,
        content: Note,
    },
    /// `presence` is where the one who gets it is now; `reason` is needed unless they are available.
    Assign {
        to: AgentId,
        presence: Presence,
        reason: String,
    },
    Release,
    Move {
        queue: QueueId,
    },
    Tag {
        tag: String,
    },
    Untag {
        tag: String,
    },
    /// Says what kind of matter it is; empty takes it back.
    Classify {
        topic: String,
    },
    Prioritise {
        impact: Impact,
        urgency: Urgency,
    },
    Stakes(stakes::Command),
    DropEverything(drop_everything::Command),
    Rename {
        subject: String,
    },
    /// A promise made on the phone or in person, written down.
    Promise(NewPromise),
    KeepPromise {
        promise: PromiseId,
    },
    /// `told` is how the customer heard of it.
    MovePromise {
        promise: PromiseId,
        due: Timestamp,
        told: Option<Told>,
        reason: String,
    },
    LetPromiseGo {
        promise: PromiseId,
        reason: String,
    },
    /// `away` says whether they are on leave when it is due; then it takes a reason.
    HandPromiseOver {
        promise: PromiseId,
        to: AgentId,
        away: bool,
        reason: String,
    },
    /// `agreed` is how we know that the customer thinks so too.
    Solve {
        agreed: Option<record::Agreement>,
    },
    Effort(effort::Command),
    Ladder(ladder::Command),
    Record(record::Command),
    HandUp(hand_up::Command),
    Reopen,
    Park {
        until: Timestamp,
    },
    /// `from` is the address it came from.
    LetIn {
        message: MessageId,
        from: String,
    },
    TurnAway {
        message: MessageId,
    },
    /// The answer to [`Question::OtherMatter`]: it belongs here after all.
    KeepTogether,
    /// The answer to [`Question::OtherMatter`]: it becomes the ticket `to`.
    SplitOff {
        message: MessageId,
        to: TicketId,
    },
    /// Somebody listens to the recording of a call; `going_on` says whether the call is on the floor now.
    Listen {
        call: CallId,
        going_on: bool,
    },
    /// The answer to [`Question::Reopen`]: it was just a thank-you.
    LeaveSolved,
    Attempts(super::attempts::Command),
    OtherWays(super::other_ways::Command),
    Articles(super::articles::Command),
    /// The customer's own, by the link of an answer.
    Click(Box<super::click::Click>),
    /// Its trail leaves the house, or is printed for people inside.
    Export {
        form: super::trail::Form,
    },
}
