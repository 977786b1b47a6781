//! Who gets the next chat: whoever has the fewest, of those the one who has been free the longest, and never somebody who
//! is on a call, writing one up, on a break, or away.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Chat, State, Step, Target, evolve};
use crate::floor::{Event, Floor, Presence, Seat};
use crate::site::Site;
use crate::{AgentId, ChatId, QueueId};

/// Where somebody stands in line: not at the front, class, since when.
type Place = (bool, i64, Timestamp, ChatId);

fn place(chat: &Chat) -> Option<Place> {
    match &chat.state {
        State::Waiting(place) | State::Offered { place, .. } => Some((!place.front, chat.class, place.since, chat.id)),
        _ => None,
    }
}

/// Where somebody who waits stands, from 1.
pub fn position(floor: &Floor, chat: &Chat) -> Option<usize> {
    let own = place(chat)?;
    let before = floor.chats.values().filter(|c| c.queue == chat.queue).filter_map(place).filter(|p| *p < own);
    Some(before.count() + 1)
}

/// Whether somebody is here who may take chats of this queue, now or when they have room.
pub fn can_take(floor: &Floor, site: &Site, queue: QueueId) -> bool {
    floor.seats.iter().any(|(agent, seat)| is_here(seat) && site.serves(*agent, queue))
}

fn is_here(seat: &Seat) -> bool {
    seat.presence == Presence::Available && seat.unseen_since.is_none() && seat.recovery_until.is_none()
}

/// Who has room for one more, with how many they have: chats do not come to somebody who talks or is to write up.
fn room(floor: &Floor, site: &Site, chats: &BTreeMap<ChatId, Chat>) -> Vec<(AgentId, u32, Timestamp)> {
    let mut load: BTreeMap<AgentId, u32> = BTreeMap::new();
    for agent in chats.values().flat_map(Chat::agents) {
        *load.entry(agent).or_default() += 1;
    }
    let able = floor
        .seats
        .iter()
        .filter(|(agent, seat)| is_here(seat) && seat.wrap_up.is_none() && floor.call_of(**agent).is_none());
    let with = able.map(|(agent, seat)| {
        let has = load.get(agent).copied().unwrap_or(0);
        (*agent, has, seat.idle_since.unwrap_or(seat.since))
    });
    let mut room: Vec<_> = with.filter(|(_, has, _)| *has < site.policy.chats.at_once).collect();
    room.sort_by_key(|(agent, has, since)| (*has, *since, *agent));
    room
}

/// Somebody to bring in.
pub(super) fn colleague(floor: &Floor, site: &Site, chat: &Chat, to: Target) -> Option<AgentId> {
    let mut room = room(floor, site, &floor.chats).into_iter().map(|(agent, ..)| agent);
    let other = |agent: &AgentId| chat.owner() != Some(*agent);
    match to {
        Target::Agent(wanted) => room.find(|agent| *agent == wanted && other(agent)),
        Target::Queue(queue) => room.find(|agent| site.serves(*agent, queue) && other(agent)),
    }
}

/// Offers as long as somebody waits and somebody has room. `after` is the floor with all that has just happened.
pub(in crate::floor) fn offers(after: &Floor, site: &Site, now: Timestamp) -> Vec<Event> {
    let waits = |c: &&Chat| matches!(c.state, State::Waiting(_));
    let mut line: Vec<&Chat> = after.chats.values().filter(waits).collect();
    line.sort_by_key(|chat| place(chat));
    let mut chats = after.chats.clone();
    let mut events = Vec::new();
    for chat in line {
        let State::Waiting(place) = &chat.state else { continue };
        let mut room = room(after, site, &chats).into_iter().map(|(agent, ..)| agent);
        let fits = |agent: &AgentId| site.serves(*agent, chat.queue) && !place.tried.contains(agent);
        let Some(agent) = room.find(fits) else { continue };
        let step = Step::Offered { agent };
        chats.extend(evolve(Some(chat.clone()), chat.id, now, &step).map(|c| (c.id, c)));
        events.push(Event::Chat { chat: chat.id, step });
    }
    events
}
