//! P12, the trail: which entries of a ticket's journal may leave the house, and the record of each export.
//!
//! What is not named here stays inside: an event that somebody adds tomorrow is withheld until it is listed.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Event as TicketEvent, Kind, MadeIn};
use crate::MessageId;
use crate::floor::Step;

/// For whom a trail is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// For the customer, or somebody who decides on a complaint: nothing internal.
    #[default]
    Outside,
    /// For people inside, with notes and reasons.
    Inside,
}

impl Form {
    pub fn word(self) -> &'static str {
        match self {
            Form::Outside => "outside",
            Form::Inside => "inside",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Exported { form: Form },
}

/// How much of an entry somebody outside is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    Whole,
    /// That it happened, without what somebody inside wrote about it.
    Happening,
    /// Only that there is an entry.
    Nothing,
}

/// How much of each entry of one ticket leaves in the outside form, in their order.
pub fn outside(events: &[TicketEvent]) -> Vec<Shown> {
    let mut inside: BTreeSet<MessageId> = BTreeSet::new();
    let mut held: BTreeSet<MessageId> = BTreeSet::new();
    for event in events {
        match event {
            TicketEvent::MessageHeld { message, .. } => {
                held.insert(*message);
            }
            TicketEvent::LetIn { message, .. } => {
                held.remove(message);
            }
            TicketEvent::MessageWritten { message, kind: Kind::Forward, .. }
            | TicketEvent::MessageReceived { message, third_party: true, .. }
            // It never left the house, or belongs to another ticket.
            | TicketEvent::Withdrawn { message }
            | TicketEvent::ScheduleStopped { message }
            | TicketEvent::MovedOut { message, .. } => {
                inside.insert(*message);
            }
            TicketEvent::Requeued { message, .. } | TicketEvent::Sent { message } => {
                inside.remove(message);
            }
            _ => {}
        }
    }
    inside.extend(held);
    // A third party stays one, whatever becomes of the mail.
    for event in events {
        if let TicketEvent::MessageWritten { message, kind: Kind::Forward, .. } = event {
            inside.insert(*message);
        }
    }
    events.iter().map(|event| shown(event, &inside)).collect()
}

fn shown(event: &TicketEvent, inside: &BTreeSet<MessageId>) -> Shown {
    match event {
        TicketEvent::MessageReceived { message, .. }
        | TicketEvent::MessageHeld { message, .. }
        | TicketEvent::LetIn { message, .. }
        | TicketEvent::MessageWritten { message, .. }
        | TicketEvent::MovedIn { message, .. }
        | TicketEvent::Sent { message }
        | TicketEvent::Delivered { message }
            if !inside.contains(message) =>
        {
            Shown::Whole
        }
        TicketEvent::Bounced { message, .. } | TicketEvent::Failed { message, .. } if !inside.contains(message) => {
            Shown::Happening
        }
        // Promised in an answer that never left, or that went to somebody else.
        TicketEvent::PromiseMade { made_in: MadeIn::Message(message), .. } if inside.contains(message) => {
            Shown::Nothing
        }
        TicketEvent::StageChanged { wake_at: None, .. }
        | TicketEvent::Opened { .. }
        | TicketEvent::PromiseMade { .. }
        | TicketEvent::PromiseKept { .. }
        | TicketEvent::PromiseBroken { .. }
        | TicketEvent::RecordingKept { .. }
        | TicketEvent::RecordingDeleted { .. }
        | TicketEvent::Attempts(_)
        | TicketEvent::OtherWays(_)
        | TicketEvent::Click(super::click::Event::Answered { .. })
        | TicketEvent::Trail(Event::Exported { form: Form::Outside }) => Shown::Whole,
        TicketEvent::PromiseMoved { .. } | TicketEvent::PromiseLetGo { .. } => Shown::Happening,
        TicketEvent::OnCall { step, .. } => on_call(step),
        _ => Shown::Nothing,
    }
}

fn on_call(step: &Step) -> Shown {
    match step {
        Step::Arrived { .. }
        | Step::TurnedAway { .. }
        | Step::MessageLeft { .. }
        | Step::CallbackAsked { .. }
        | Step::Called { .. }
        | Step::NotReached { .. }
        | Step::Answered { .. }
        | Step::HoldRefused
        | Step::HoldExtended { .. }
        | Step::HoldOverran { .. }
        | Step::Resumed { .. }
        | Step::CameBack
        | Step::Introduced
        | Step::Completed { .. }
        | Step::CallerLost { .. }
        | Step::RecordingStarted
        | Step::RecordingPaused
        | Step::RecordingResumed
        | Step::RecordingRefused
        | Step::Ended { .. } => Shown::Whole,
        Step::HoldAsked { .. } | Step::Held { .. } | Step::SentBlind { .. } => Shown::Happening,
        _ => Shown::Nothing,
    }
}

/// The event without what somebody inside wrote: reasons, and what a mail server said.
pub fn without_reasons(mut event: TicketEvent) -> TicketEvent {
    match &mut event {
        TicketEvent::PromiseMoved { reason, .. } | TicketEvent::PromiseLetGo { reason, .. } => reason.clear(),
        TicketEvent::Bounced { why, .. } | TicketEvent::Failed { why, .. } => why.clear(),
        TicketEvent::OnCall { step, .. } => match &mut **step {
            Step::HoldAsked { reason, .. } | Step::Held { reason, .. } | Step::SentBlind { reason, .. } => {
                reason.clear();
            }
            _ => {}
        },
        _ => {}
    }
    event
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticket::{Message, Note};
    use crate::{AgentId, NoteId, Sealed};

    fn written(id: i64, kind: Kind) -> TicketEvent {
        TicketEvent::MessageWritten {
            chat: false,
            message: MessageId(id),
            kind,
            send_at: jiff::Timestamp::UNIX_EPOCH,
            scheduled: false,
            participants: vec![],
            content: Sealed::new(Message::default()),
        }
    }

    #[test]
    fn notes_third_parties_and_what_was_taken_back_stay_inside() {
        let events = [
            written(1, Kind::Answer),
            TicketEvent::Sent { message: MessageId(1) },
            written(2, Kind::Forward),
            TicketEvent::Sent { message: MessageId(2) },
            written(3, Kind::Answer),
            TicketEvent::Withdrawn { message: MessageId(3) },
            TicketEvent::NoteWritten { note: NoteId(4), content: Sealed::new(Note::default()) },
            TicketEvent::Assigned { to: AgentId(1), reason: "he knows her".into() },
            TicketEvent::Bounced { message: MessageId(1), why: "relay7.int said no".into() },
        ];
        use Shown::{Happening, Nothing, Whole};
        assert_eq!(outside(&events), [Whole, Whole, Nothing, Nothing, Nothing, Nothing, Nothing, Nothing, Happening]);
        let TicketEvent::Bounced { why, .. } = without_reasons(events[8].clone()) else { panic!() };
        assert_eq!(why, "");
    }
}
