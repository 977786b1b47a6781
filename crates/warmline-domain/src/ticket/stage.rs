//! The lifecycle of a ticket, as data.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Nobody has answered yet.
    New,
    /// We are to move next.
    Open,
    /// The customer is to move next, or it is parked until a time.
    Waiting,
    Solved,
    /// Solved and past its quiet time. A customer who writes still reopens it.
    Closed,
}

/// What moves a ticket from stage to stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    CustomerWrites,
    Answer,
    /// Answer, and keep the next move with us.
    AnswerAndKeep,
    Park,
    Wake,
    Solve,
    Reopen,
    Close,
}

use Stage::{Closed, New, Open, Solved, Waiting};

/// `(from, step, to)`. What is not here is refused.
pub const TABLE: &[(Stage, Step, Stage)] = &[
    (New, Step::CustomerWrites, New),
    (Open, Step::CustomerWrites, Open),
    (Waiting, Step::CustomerWrites, Open),
    (Solved, Step::CustomerWrites, Open),
    (Closed, Step::CustomerWrites, Open),
    (New, Step::Answer, Waiting),
    (Open, Step::Answer, Waiting),
    (Waiting, Step::Answer, Waiting),
    (Solved, Step::Answer, Solved),
    (Closed, Step::Answer, Waiting),
    (New, Step::AnswerAndKeep, Open),
    (Open, Step::AnswerAndKeep, Open),
    (Waiting, Step::AnswerAndKeep, Open),
    (Solved, Step::AnswerAndKeep, Open),
    (Closed, Step::AnswerAndKeep, Open),
    (New, Step::Park, Waiting),
    (Open, Step::Park, Waiting),
    (Waiting, Step::Park, Waiting),
    (Waiting, Step::Wake, Open),
    (New, Step::Solve, Solved),
    (Open, Step::Solve, Solved),
    (Waiting, Step::Solve, Solved),
    (Waiting, Step::Reopen, Open),
    (Solved, Step::Reopen, Open),
    (Closed, Step::Reopen, Open),
    (Solved, Step::Close, Closed),
];

impl Stage {
    pub const ALL: [Stage; 5] = [New, Open, Waiting, Solved, Closed];

    pub fn after(self, step: Step) -> Option<Stage> {
        TABLE.iter().find(|(from, by, _)| *from == self && *by == step).map(|(_, _, to)| *to)
    }

    pub fn word(self) -> &'static str {
        match self {
            New => "new",
            Open => "open",
            Waiting => "waiting",
            Solved => "solved",
            Closed => "closed",
        }
    }

    /// We are to move next.
    pub fn is_ours(self) -> bool {
        matches!(self, New | Open)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_one_answer_per_stage_and_step() {
        for (i, (from, step, _)) in TABLE.iter().enumerate() {
            assert!(!TABLE[..i].iter().any(|(f, s, _)| f == from && s == step), "{from:?} {step:?} twice");
        }
    }

    #[test]
    fn a_customer_can_write_at_any_stage_and_it_always_becomes_ours() {
        for stage in Stage::ALL {
            assert!(stage.after(Step::CustomerWrites).is_some_and(Stage::is_ours), "{stage:?}");
        }
    }
}
