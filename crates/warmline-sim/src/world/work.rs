//! What agents of a world do beside answering: the record, the clock, the ladder, the next tier.

use jiff::SignedDuration;
use warmline_domain::AgentId;
use warmline_domain::ticket::{self, Command, effort, hand_up, ladder, record};

use super::World;

impl World {
    /// The record, the clock, the ladder and the next tier.
    pub(super) fn writes_down(&mut self, ticket: &ticket::Ticket) -> Command {
        let id = self.minter.mint(self.now);
        let note = self.minter.mint(self.now);
        let write = |field| Command::Record(record::Command::Write { id, field, text: "As it is.".into() });
        let colleague = *self.chance.pick(&self.agents).unwrap_or(&AgentId(1));
        let asked = ticket.ladder.questions.keys().next().copied();
        match self.chance.below(14) {
            0 => write(record::Field::Environment),
            1 => write(record::Field::State),
            2 => write(record::Field::Solution),
            3 => Command::Record(record::Command::Try {
                id,
                what: "A restart".into(),
                came: record::Came::NoChange,
                ticked: None,
            }),
            4 | 5 => Command::Record(record::Command::Plan {
                id,
                what: "Look again".into(),
                owner: colleague,
                by: self.now + SignedDuration::from_hours(40),
            }),
            6 => Command::Effort(effort::Command::Start),
            7 => Command::Effort(effort::Command::Pause { reason: "lunch".into() }),
            8 => Command::Effort(effort::Command::CarryOn { reason: "nearly there".into() }),
            9 => Command::Ladder(ladder::Command::Search { place: ladder::Place::Web }),
            10 => Command::Ladder(ladder::Command::Ask { id, question: "Seen this?".into(), to: [colleague].into() }),
            11 => match asked {
                Some(question) => Command::Ladder(ladder::Command::Answer { question, note, text: "Yes.".into() }),
                None => Command::HandUp(hand_up::Command::TakeBack),
            },
            12 => Command::HandUp(hand_up::Command::Offer {
                id,
                to: hand_up::Receiver::Agent(colleague),
                ask: "Look, please.".into(),
            }),
            _ => Command::HandUp(hand_up::Command::Accept),
        }
    }
}
