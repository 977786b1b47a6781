//! How good the lines of a call were: said on its ticket, so that "the line was bad" is no matter of belief.

use serde::{Deserialize, Serialize};

use super::call::{LegId, Step};
use super::{Event, Floor, listening};
use crate::AgentId;

/// What was counted on one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quality {
    /// Tenths of a percent that did not come to us.
    pub lost: u32,
    /// Milliseconds by which the time between packets varied.
    pub jitter: u32,
    /// The same as the other side tells it, of what we sent; absent if it tells nothing.
    pub lost_there: Option<u32>,
    pub jitter_there: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    Good,
    Fair,
    Poor,
}

/// Up to these, in tenths of a percent and in milliseconds, a line is good, and fair: what a jitter buffer of 120 ms and
/// concealment hide from most ears, and from some.
const GOOD: (u32, u32) = (10, 30);
const FAIR: (u32, u32) = (30, 60);

impl Quality {
    /// The worse of both ways.
    pub fn grade(&self) -> Grade {
        let lost = self.lost.max(self.lost_there.unwrap_or(0));
        let jitter = self.jitter.max(self.jitter_there.unwrap_or(0));
        let within = |(most_lost, most_jitter): (u32, u32)| lost <= most_lost && jitter <= most_jitter;
        match () {
            () if within(GOOD) => Grade::Good,
            () if within(FAIR) => Grade::Fair,
            () => Grade::Poor,
        }
    }
}

/// The caller's line is always told, ours when there is something to mend. An outside number's is theirs to mend.
pub(super) fn observe(floor: &Floor, leg: LegId, agent: Option<AgentId>, quality: Quality) -> Vec<Event> {
    let told = match agent {
        None => leg == LegId::caller(leg.call),
        Some(_) => quality.grade() > Grade::Good,
    };
    let ticket = listening::ticket_of(floor, leg.call).filter(|_| told);
    let step = |ticket| Event::Call { call: leg.call, step: Step::LineQuality { agent, ticket, quality } };
    ticket.map(step).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worse_way_decides() {
        let grade = |lost, jitter, lost_there| Quality { lost, jitter, lost_there, jitter_there: None }.grade();
        assert_eq!(grade(10, 30, None), Grade::Good);
        assert_eq!(grade(0, 31, None), Grade::Fair);
        assert_eq!(grade(0, 0, Some(31)), Grade::Poor);
    }
}
