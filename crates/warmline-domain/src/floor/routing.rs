//! Who gets the next caller.
//!
//! Callers: those who had somebody already first, then by the class of their ticket, then by how long they wait.
//! Agents: whom the caller knows, then whoever has been free the longest. Somebody on a recovery break, writing up,
//! away, unreachable or on any call is not asked.

use jiff::Timestamp;

use super::call::{Call, State, Step, Why};
use super::{Event, Floor, Presence};
use crate::site::Site;
use crate::{AgentId, CallId, QueueId};

/// Offers as long as somebody waits and somebody is free.
pub(super) fn offers(floor: &Floor, site: &Site, now: Timestamp) -> Vec<Event> {
    let mut free = free(floor);
    if free.is_empty() {
        return vec![];
    }
    let mut events = Vec::new();
    for call in waiting(floor) {
        let Some(at) = choose(call, &free, site) else { continue };
        let (agent, _) = free.remove(at.0);
        events.push(Event::Call { call: call.id, step: Step::Offered { agent, why: at.1 } });
        if free.is_empty() {
            break;
        }
    }
    events.extend(calls_back(floor, &free, now));
    events
}

/// Agents who may be given a call, the longest idle first.
pub(super) fn free(floor: &Floor) -> Vec<(AgentId, Timestamp)> {
    let ready = floor.seats.iter().filter(|(_, seat)| {
        seat.presence == Presence::Available
            && (seat.browser || seat.phone)
            && seat.wrap_up.is_none()
            && seat.recovery_until.is_none()
    });
    let mut free: Vec<_> = ready.map(|(agent, seat)| (*agent, seat.idle_since.unwrap_or(seat.since))).collect();
    if free.is_empty() {
        return free;
    }
    let busy: std::collections::BTreeSet<AgentId> = floor.calls.values().flat_map(Call::agents).collect();
    free.retain(|(agent, _)| !busy.contains(agent));
    free.sort_by_key(|(agent, since)| (*since, *agent));
    free
}

fn waiting(floor: &Floor) -> Vec<&Call> {
    let mut waiting: Vec<(bool, i64, Timestamp, CallId, &Call)> = floor
        .calls
        .values()
        .filter_map(|call| match &call.state {
            State::Waiting(w) => Some((!w.front, call.class, w.since, call.id, call)),
            _ => None,
        })
        .collect();
    waiting.sort_by_key(|(back, class, since, id, _)| (*back, *class, *since, *id));
    waiting.into_iter().map(|(.., call)| call).collect()
}

/// Where a caller stands in line, from 1.
pub fn position(floor: &Floor, call: CallId) -> Option<usize> {
    waiting(floor).iter().position(|c| c.id == call).map(|i| i + 1)
}

fn choose(call: &Call, free: &[(AgentId, Timestamp)], site: &Site) -> Option<(usize, Why)> {
    let State::Waiting(waiting) = &call.state else { return None };
    let untried = |agent: &AgentId| !waiting.tried.contains(agent);
    let known = waiting.first.and_then(|first| free.iter().position(|(a, _)| *a == first && untried(a)));
    if let Some(at) = known {
        return Some((at, Why::Known));
    }
    free.iter().position(|(a, _)| untried(a) && serves(site, *a, call.queue)).map(|at| (at, Why::LongestIdle))
}

/// Everybody who works here serves every queue until skills say otherwise.
fn serves(site: &Site, agent: AgentId, _queue: QueueId) -> bool {
    site.agents.get(&agent).is_some_and(|a| a.active)
}

/// Somebody free for a consultation: never the one who asks.
pub(super) fn colleague(floor: &Floor, site: &Site, queue: QueueId, not: AgentId) -> Option<AgentId> {
    free(floor).into_iter().map(|(a, _)| a).find(|a| *a != not && serves(site, *a, queue))
}

/// Whether a call to this agent would ring somewhere now.
pub(super) fn can_ring(floor: &Floor, agent: AgentId) -> bool {
    floor.seats.get(&agent).is_some_and(|s| (s.browser || s.phone) && s.recovery_until.is_none())
        && !floor.calls.values().flat_map(Call::agents).any(|a| a == agent)
}

/// Callers who are owed a call are called by the agent they had, or after a while by whoever is free.
fn calls_back(floor: &Floor, free: &[(AgentId, Timestamp)], now: Timestamp) -> Vec<Event> {
    let mut free: Vec<AgentId> = free.iter().map(|(a, _)| *a).collect();
    let mut events = Vec::new();
    for callback in owed(floor).filter(|c| c.next_at.is_some_and(|at| at <= now)) {
        let patient = now.duration_since(callback.owed_at) < super::SAME_AGENT_FIRST;
        let at = match callback.first {
            Some(first) => match free.iter().position(|a| *a == first) {
                None if patient => None,
                None => (!free.is_empty()).then_some(0),
                at => at,
            },
            None => (!free.is_empty()).then_some(0),
        };
        let Some(at) = at else { continue };
        events.push(Event::Call { call: callback.call, step: callback.called(free.remove(at)) });
    }
    events
}

/// Callers owed a call whom nobody is calling right now.
fn owed(floor: &Floor) -> impl Iterator<Item = &super::Callback> {
    floor.callbacks.values().filter(|c| !floor.calls.contains_key(&c.call))
}

/// When a call back is to be tried next. With nobody free, whoever becomes free brings it about.
pub(super) fn callback_due(floor: &Floor) -> Option<Timestamp> {
    if floor.callbacks.is_empty() {
        return None;
    }
    let free = free(floor);
    let due = owed(floor).filter_map(|c| {
        let known_is_free = c.first.is_none_or(|first| free.iter().any(|(a, _)| *a == first));
        let at = c.next_at?;
        Some(if known_is_free { at } else { at.max(c.owed_at + super::SAME_AGENT_FIRST) })
    });
    due.min().filter(|_| !free.is_empty())
}
