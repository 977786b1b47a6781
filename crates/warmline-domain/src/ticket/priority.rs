//! Where a ticket stands in the list, and the sentence that says why.
//!
//! The class comes from impact × urgency; within a class the one who has waited longest is first, so that nothing
//! starves for want of a louder voice.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Question, Stage, Ticket};

/// How many are stopped or hindered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    #[default]
    Person,
    Team,
    Site,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    Low,
    #[default]
    Normal,
    /// Work has stopped.
    Stopped,
}

impl Impact {
    pub(crate) fn is_usual(&self) -> bool {
        *self == Impact::default()
    }
    pub const ALL: [Impact; 3] = [Impact::Person, Impact::Team, Impact::Site];
    pub fn word(self) -> &'static str {
        match self {
            Impact::Person => "person",
            Impact::Team => "team",
            Impact::Site => "site",
        }
    }
    fn subject(self) -> &'static str {
        match self {
            Impact::Person => "one person",
            Impact::Team => "a team",
            Impact::Site => "the whole site",
        }
    }
}

impl Urgency {
    pub(crate) fn is_usual(&self) -> bool {
        *self == Urgency::default()
    }
    pub const ALL: [Urgency; 3] = [Urgency::Low, Urgency::Normal, Urgency::Stopped];
    pub fn word(self) -> &'static str {
        match self {
            Urgency::Low => "low",
            Urgency::Normal => "normal",
            Urgency::Stopped => "stopped",
        }
    }
}

/// 0 is worked first, 4 last.
pub fn class(impact: Impact, urgency: Urgency) -> i64 {
    4 - impact as i64 - urgency as i64
}

/// Why this ticket stands where it stands, for somebody who reads the list at `now`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Said with emphasis, may be empty.
    pub lead: &'static str,
    pub rest: String,
}

pub fn reason(ticket: &Ticket, now: Timestamp) -> Reason {
    let waited = span_in_words(ticket.since, now);
    let (lead, rest) = match ticket.stage {
        _ if ticket.not_heard() => ("Has not heard from us:", "our mail did not arrive.".to_owned()),
        _ if !ticket.held.is_empty() => ("Held:", "somebody unknown wrote to this ticket; let them in or not.".into()),
        _ if matches!(ticket.question, Some(Question::OtherMatter(_))) => {
            ("Decide first:", "the last mail may be about something else.".into())
        }
        Stage::Solved | Stage::Closed if ticket.question.is_some() => ("", "Said thanks after it was solved.".into()),
        Stage::Solved => ("", format!("Solved {waited} ago.")),
        Stage::Closed => ("", format!("Closed; quiet for {waited}.")),
        Stage::Waiting if ticket.outgoing.values().any(|o| o.scheduled) => {
            ("", "Our answer is scheduled and has not gone out yet.".into())
        }
        Stage::Waiting if ticket.wake_at.is_some() => ("", "Parked; comes back by itself.".into()),
        Stage::Waiting => ("", format!("The customer is to move; we wrote {waited} ago.")),
        Stage::New | Stage::Open => return ours(ticket, &waited),
    };
    Reason { lead, rest }
}

fn ours(ticket: &Ticket, waited: &str) -> Reason {
    let waits = if ticket.answered { "for our next word" } else { "for a first answer" };
    match (ticket.impact, ticket.urgency) {
        (impact, Urgency::Stopped) => {
            Reason { lead: "Stopped:", rest: format!("{} cannot work; waits {waited} {waits}.", impact.subject()) }
        }
        (Impact::Site, _) => Reason { lead: "", rest: format!("Touches the whole site; waits {waited} {waits}.") },
        (Impact::Team, _) => Reason { lead: "", rest: format!("Touches a team; waits {waited} {waits}.") },
        (Impact::Person, Urgency::Low) => Reason { lead: "", rest: format!("Can wait, but has for {waited}.") },
        (Impact::Person, Urgency::Normal) => Reason { lead: "", rest: format!("Waits {waited} {waits}.") },
    }
}

/// "4 min", "2 h", "3 days": one figure, rounded down.
pub fn span_in_words(from: Timestamp, to: Timestamp) -> String {
    let minutes = (to.as_second() - from.as_second()).max(0) / 60;
    match minutes {
        0 => "under a minute".into(),
        1..60 => format!("{minutes} min"),
        60..1440 => format!("{} h", minutes / 60),
        1440..2880 => "a day".into(),
        _ => format!("{} days", minutes / 1440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_impact_or_urgency_never_moves_a_ticket_back() {
        for impact in Impact::ALL {
            for urgency in Urgency::ALL {
                for (more_impact, more_urgency) in [(Impact::Site, urgency), (impact, Urgency::Stopped)] {
                    assert!(class(more_impact, more_urgency) <= class(impact, urgency));
                }
            }
        }
        assert_eq!(class(Impact::Site, Urgency::Stopped), 0);
        assert_eq!(class(Impact::Person, Urgency::Low), 4);
    }
}
