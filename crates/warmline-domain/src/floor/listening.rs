//! P3: how an agent listens. What was heard of a talk comes from the telephone, without a word of it; here it finds its
//! ticket. It is coaching for the one who spoke: nothing ranks anybody by it.

use serde::{Deserialize, Serialize};

use super::call::Step;
use super::{Event, Floor};
use crate::policy::Listening;
use crate::site::{Role, Site};
use crate::{AgentId, By, CallId, TicketId};

/// What was heard of an agent with a caller; times in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// In which they could hear one another.
    pub together: u32,
    pub agent: u32,
    pub caller: u32,
    /// In which neither spoke.
    pub silence: u32,
    /// The longest the agent spoke without the caller taking a turn.
    pub longest: u32,
    /// The agent began while the caller had the floor, and both went on.
    pub interruptions: u32,
    /// Syllables in a minute of the agent's speech; 0: too little was said.
    pub pace: u32,
    /// What the middle 80 % of the agent's pitch span, in tenths of a semitone; 0: too little was said.
    pub pitch_range: u32,
}

/// Shorter talks say nothing about anybody.
const SAYS_SOMETHING: u32 = 10_000;

impl Heard {
    /// The agent's share of what was said, in percent.
    pub fn share(&self) -> u32 {
        let spoken = u64::from(self.agent) + u64::from(self.caller);
        (u64::from(self.agent) * 100 + spoken / 2).checked_div(spoken).unwrap_or(0) as u32
    }
}

/// What is told of a line may come after the end of the call; then whoever writes it up knows its ticket.
pub(super) fn ticket_of(floor: &Floor, call: CallId) -> Option<TicketId> {
    let written = || floor.seats.values().filter_map(|s| s.wrap_up.as_ref()).find(|w| w.call == call).map(|w| w.ticket);
    floor.calls.get(&call).map(|c| c.ticket).or_else(written)
}

pub(super) fn observe(floor: &Floor, policy: &Listening, call: CallId, agent: AgentId, heard: Heard) -> Vec<Event> {
    if !policy.measured || heard.together < SAYS_SOMETHING || heard.agent + heard.caller == 0 {
        return vec![];
    }
    let step = |ticket| Event::Call { call, step: Step::Heard { agent, ticket, heard } };
    ticket_of(floor, call).map(step).into_iter().collect()
}

/// Whose ears it is for: the agent's own, and supervisors' where the policy says so.
pub fn may_see(site: &Site, by: By, agent: AgentId) -> bool {
    let supervises = site.role(by) >= Some(Role::Supervisor);
    by == By::Agent(agent) || supervises && site.policy.listening.supervisors_see
}
