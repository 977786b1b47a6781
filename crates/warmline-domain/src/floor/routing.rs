//! Who gets the next caller.
//!
//! Callers: those who had somebody already first, then by the class of their ticket, then by how long they wait. Whoever
//! kept their place and hung up stands in line as if they were still there. Agents: whom the caller knows, then the first
//! tier that may take them, then whoever has been free the longest; only who knows what the queue asks for. Some may be
//! kept free for critical callers. Somebody on a recovery break, writing up, away, unreachable or on any call is not asked.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::call::{Call, State, Step, Why};
use super::chat::Chat;
use super::wait::{self, Waits};
use super::{Callback, Event, Floor, Presence, Seat, callback};
use crate::site::Site;
use crate::{AgentId, CallId, ChatId, QueueId};

/// Where a caller stands in line: not at the front, class, since when, which call.
pub(super) type Place = (bool, i64, Timestamp, CallId);

/// The class of tickets that callers of the reserve have.
const CRITICAL: i64 = 0;

/// What follows from the calls and is asked all the time: who is on one, and who waits in which order. Kept up to date
/// where calls change, never stored, never compared.
#[derive(Clone, Debug, Default)]
pub struct Index {
    busy: BTreeMap<AgentId, CallId>,
    waiting: BTreeMap<QueueId, BTreeSet<Place>>,
}

impl PartialEq for Index {
    fn eq(&self, _: &Index) -> bool {
        true
    }
}
impl Eq for Index {}

impl Index {
    pub(super) fn of(floor: &Floor) -> Index {
        let mut index = Index::default();
        floor.calls.values().for_each(|call| index.add(Some(call), None));
        for callback in floor.callbacks.values() {
            index.add(floor.calls.get(&callback.call), Some(callback));
        }
        index
    }

    /// A contact as it is now: its call, or the place that is kept for it.
    pub(super) fn add(&mut self, call: Option<&Call>, callback: Option<&Callback>) {
        if let Some(call) = call {
            self.busy.extend(call.agents().map(|agent| (agent, call.id)));
        }
        if let Some((queue, place)) = place(call, callback) {
            self.waiting.entry(queue).or_default().insert(place);
        }
    }

    pub(super) fn remove(&mut self, call: Option<&Call>, callback: Option<&Callback>) {
        for agent in call.into_iter().flat_map(Call::agents) {
            self.busy.remove(&agent);
        }
        if let Some((queue, place)) = place(call, callback)
            && let Some(line) = self.waiting.get_mut(&queue)
        {
            line.remove(&place);
            if line.is_empty() {
                self.waiting.remove(&queue);
            }
        }
    }

    pub(super) fn call_of(&self, agent: AgentId) -> Option<CallId> {
        self.busy.get(&agent).copied()
    }

    pub(super) fn waiting_in(&self, queue: QueueId) -> impl Iterator<Item = CallId> + '_ {
        self.waiting.get(&queue).into_iter().flatten().map(|place| place.3)
    }
}

fn place(call: Option<&Call>, callback: Option<&Callback>) -> Option<(QueueId, Place)> {
    match call.map(|call| (call, &call.state)) {
        Some((call, State::Waiting(w))) => Some((call.queue, (!w.front, call.class, w.since, call.id))),
        // A place counts as soon as it is kept, also while its caller still hears that it is.
        Some((_, State::Parting { .. })) | None => {
            let kept = callback.filter(|c| c.in_line)?;
            let place = kept.place?;
            Some((kept.queue, (!place.front, place.class, place.since, kept.call)))
        }
        Some(_) => None,
    }
}

/// The floor, with a few things as they will be: deciding must not copy a room of ten thousand callers.
struct Room<'a> {
    base: &'a Floor,
    changed: Floor,
    touched: BTreeSet<CallId>,
    changed_chats: BTreeSet<ChatId>,
}

impl<'a> Room<'a> {
    fn as_it_is(base: &'a Floor) -> Room<'a> {
        Room { base, changed: Floor::default(), touched: BTreeSet::new(), changed_chats: BTreeSet::new() }
    }

    fn after(base: &'a Floor, now: Timestamp, events: &[Event]) -> Room<'a> {
        let touched: BTreeSet<CallId> = events.iter().filter_map(Event::call).collect();
        let mut changed = Floor::default();
        let mut agents: BTreeSet<AgentId> = events.iter().filter_map(Event::agent).collect();
        for id in &touched {
            if let Some(call) = base.calls.get(id) {
                agents.extend(call.agents());
                changed.calls.insert(*id, call.clone());
            }
            changed.callbacks.extend(base.callbacks.get(id).map(|c| (*id, c.clone())));
        }
        changed.seats.extend(agents.iter().filter_map(|a| base.seats.get(a).map(|s| (*a, s.clone()))));
        let chats = events.iter().filter_map(|e| if let Event::Chat { chat, .. } = e { Some(*chat) } else { None });
        let changed_chats: BTreeSet<ChatId> = chats.collect();
        changed.chats.extend(changed_chats.iter().filter_map(|id| base.chats.get(id).map(|c| (*id, c.clone()))));
        changed.index = Index::of(&changed);
        for event in events {
            changed = super::evolve(changed, now, event);
        }
        Room { base, changed, touched, changed_chats }
    }

    fn seats(&self) -> impl Iterator<Item = (AgentId, &Seat)> {
        let base = self.base.seats.iter().map(|(a, s)| (*a, self.changed.seats.get(a).unwrap_or(s)));
        base.chain(self.changed.seats.iter().filter(|(a, _)| !self.base.seats.contains_key(a)).map(|(a, s)| (*a, s)))
    }

    fn is_busy(&self, agent: AgentId) -> bool {
        self.changed.index.call_of(agent).is_some()
            || self.base.index.call_of(agent).is_some_and(|call| !self.touched.contains(&call))
    }

    /// The queues somebody waits in.
    fn lines(&self) -> BTreeSet<QueueId> {
        self.base.index.waiting.keys().chain(self.changed.index.waiting.keys()).copied().collect()
    }

    /// Everybody who waits in a queue, the next first.
    fn line(&self, queue: QueueId) -> impl Iterator<Item = Place> + '_ {
        let still = |place: &&Place| !self.touched.contains(&place.3);
        let line = move |floor: &'a Floor| floor.index.waiting.get(&queue).into_iter().flatten();
        let changed = self.changed.index.waiting.get(&queue).into_iter().flatten();
        let (mut base, mut changed) = (line(self.base).filter(still).peekable(), changed.peekable());
        std::iter::from_fn(move || {
            let from_base = match (base.peek(), changed.peek()) {
                (Some(one), Some(other)) => one < other,
                (one, _) => one.is_some(),
            };
            if from_base { base.next() } else { changed.next() }.copied()
        })
    }

    fn call(&self, id: CallId) -> Option<&Call> {
        let floor = if self.touched.contains(&id) { &self.changed } else { self.base };
        floor.calls.get(&id)
    }

    fn callback(&self, id: CallId) -> Option<&Callback> {
        let floor = if self.touched.contains(&id) { &self.changed } else { self.base };
        floor.callbacks.get(&id)
    }

    /// Agents who work on this queue now, free or not.
    fn staff(&self, site: &Site, queue: QueueId) -> usize {
        let works = |seat: &Seat| seat.presence == Presence::Available && (seat.browser || seat.phone);
        let here = self.seats().filter(|(_, seat)| works(seat) && seat.recovery_until.is_none());
        here.filter(|(agent, _)| site.serves(*agent, queue)).count()
    }

    /// Callers who are served before one with this place: those of every queue that shares agents with theirs.
    fn before(&self, site: &Site, queue: QueueId, place: Place) -> usize {
        let shares = |other: QueueId| {
            other == queue || site.agents.keys().any(|a| site.serves(*a, queue) && site.serves(*a, other))
        };
        let lines = self.lines().into_iter().filter(|other| shares(*other));
        lines.map(|other| self.line(other).take_while(|p| *p < place).count()).sum()
    }

    /// Agents who may be given a call, the longest idle first.
    fn free(&self) -> Vec<(AgentId, Timestamp)> {
        let chatting: BTreeSet<AgentId> = self.chats().flat_map(Chat::agents).collect();
        let ready = self.seats().filter(|(agent, seat)| {
            seat.presence == Presence::Available
                && (seat.browser || seat.phone)
                && seat.wrap_up.is_none()
                && seat.recovery_until.is_none()
                && !self.is_busy(*agent)
                && !chatting.contains(agent)
        });
        let mut free: Vec<_> = ready.map(|(agent, seat)| (agent, seat.idle_since.unwrap_or(seat.since))).collect();
        free.sort_by_key(|(agent, since)| (*since, *agent));
        free
    }

    /// Chats as they are after what has happened.
    fn chats(&self) -> impl Iterator<Item = &Chat> {
        let untouched = self.base.chats.values().filter(|c| !self.changed_chats.contains(&c.id));
        untouched.chain(self.changed.chats.values())
    }

    fn here_since(&self, agent: AgentId) -> Option<Timestamp> {
        self.changed.seats.get(&agent).or(self.base.seats.get(&agent)).map(|s| s.since)
    }

    fn can_ring(&self, agent: AgentId) -> bool {
        let seat = self.changed.seats.get(&agent).or(self.base.seats.get(&agent));
        seat.is_some_and(|s| (s.browser || s.phone) && s.recovery_until.is_none()) && !self.is_busy(agent)
    }

    /// Callers owed a call out of line, whom nobody is calling right now.
    fn owed(&self) -> impl Iterator<Item = &Callback> {
        let base = self.base.callbacks.values().filter(|c| !self.touched.contains(&c.call));
        let calling = |c: &&Callback| self.call(c.call).is_none() && c.place.is_none();
        base.chain(self.changed.callbacks.values()).filter(calling)
    }
}

/// Agents who are free, the longest idle first.
type Free = Vec<(AgentId, Timestamp)>;

/// Offers as long as somebody waits and somebody is free, given what has just happened; then what those who still wait
/// are told.
pub(super) fn offers(floor: &Floor, site: &Site, now: Timestamp, happened: &[Event], tell: &[CallId]) -> Vec<Event> {
    let room = Room::after(floor, now, happened);
    let queues = room.lines();
    if queues.is_empty() && room.owed().next().is_none() {
        return vec![];
    }
    let mut free = room.free();
    free.retain(|(agent, _)| site.agents.get(agent).is_some_and(|a| a.active));
    let mut events = Vec::new();
    let mut lines: Vec<Line<'_>> = queues.into_iter().map(|queue| Line::new(&room, site, queue)).collect();
    loop {
        lines.retain(|line| line.head.is_some() && line.has_anybody(site, &free));
        let Some(line) = lines.iter_mut().min_by_key(|line| line.head) else { break };
        let Some(place) = std::mem::replace(&mut line.head, line.rest.next()) else { break };
        match line.choose(&room, site, &free, place.3) {
            Choice::Agent(at, why) => {
                let (agent, _) = free.remove(at);
                let kept = room.callback(place.3).filter(|_| room.call(place.3).is_none());
                let step = kept.map_or(Step::Offered { agent, why }, |kept| kept.called(agent, false));
                events.push(Event::Call { call: place.3, step });
            }
            Choice::Nobody => {}
            // Nobody further back is critical.
            Choice::Reserved => line.head = None,
        }
    }
    events.extend(calls_back(&room, site, free, now));
    let offered: BTreeSet<CallId> = events.iter().filter_map(Event::call).collect();
    events.extend(tell.iter().filter(|call| !offered.contains(call)).filter_map(|call| announced(&room, site, *call)));
    events
}

/// A queue in which somebody waits.
struct Line<'a> {
    queue: QueueId,
    /// Whose turn it is, and who comes after them.
    head: Option<Place>,
    rest: Box<dyn Iterator<Item = Place> + 'a>,
    /// So many agents are kept for critical callers; never everybody.
    reserve: usize,
}

enum Choice {
    Agent(usize, Why),
    Nobody,
    Reserved,
}

impl<'a> Line<'a> {
    fn new(room: &'a Room<'a>, site: &Site, queue: QueueId) -> Line<'a> {
        let mut rest: Box<dyn Iterator<Item = Place> + 'a> = Box::new(room.line(queue));
        let wanted = site.policy.phone.reserved_agents as usize;
        let reserve = if wanted == 0 { 0 } else { wanted.min(room.staff(site, queue).saturating_sub(1)) };
        Line { queue, head: rest.next(), rest, reserve }
    }

    fn has_anybody(&self, site: &Site, free: &Free) -> bool {
        free.iter().any(|(agent, _)| site.serves(*agent, self.queue))
    }

    fn choose(&self, room: &Room<'_>, site: &Site, free: &Free, call: CallId) -> Choice {
        let waiting = room.call(call).and_then(Call::waiting);
        if room.call(call).is_some() && waiting.is_none() {
            return Choice::Nobody;
        }
        let kept = room.callback(call).and_then(|c| c.place);
        let (front, class) = match (room.call(call), kept) {
            (Some(call), _) => (waiting.is_some_and(|w| w.front), call.class),
            (None, Some(place)) => (place.front, place.class),
            (None, None) => return Choice::Nobody,
        };
        // Somebody who said since then that they are here is asked again.
        let untried = |agent: AgentId| {
            waiting.is_none_or(|w| {
                let here = room.here_since(agent).is_some_and(|since| w.tried_at.is_none_or(|tried| since > tried));
                !w.tried.contains(&agent) || here
            })
        };
        let tier = |agent: AgentId| site.agents.get(&agent).map_or(1, |a| a.tier);
        let able = || free.iter().enumerate().filter(|(_, (agent, _))| site.serves(*agent, self.queue));
        let scarce = self.reserve > 0 && able().nth(self.reserve).is_none();
        if scarce && class > CRITICAL && !front {
            return Choice::Reserved;
        }
        let mut untried = able().filter(|(_, (agent, _))| untried(*agent));
        let first = waiting.and_then(|w| w.first);
        if let Some((at, _)) = first.and_then(|first| untried.clone().find(|(_, (agent, _))| *agent == first)) {
            return Choice::Agent(at, Why::Known);
        }
        let asks_nothing = site.queues.get(&self.queue).is_none_or(|q| q.asks_nothing());
        let why = match () {
            () if scarce => Why::Reserve,
            () if asks_nothing => Why::LongestIdle,
            () => Why::Skilled,
        };
        // Of one tier the first is the longest idle; with everybody in the first tier there is nothing to compare.
        let least = untried.clone().map(|(_, (agent, _))| tier(*agent)).min();
        let chosen = untried.find(|(_, (agent, _))| Some(tier(*agent)) == least);
        chosen.map_or(Choice::Nobody, |(at, _)| Choice::Agent(at, why))
    }
}

/// What somebody who goes on waiting is told.
fn announced(room: &Room<'_>, site: &Site, id: CallId) -> Option<Event> {
    let call = room.call(id)?;
    let State::Waiting(waiting) = &call.state else { return None };
    let (_, place) = place(Some(call), None)?;
    let before = room.before(site, call.queue, place);
    let agents = room.staff(site, call.queue);
    let learnt = room.base.waits.get(&call.queue).cloned().unwrap_or_default();
    let range = Waits::range(&learnt, before, agents, &site.policy.phone);
    let position = u32::try_from(before + 1).unwrap_or(u32::MAX);
    Some(Event::Call { call: id, step: Step::Announced { position, range, again: waiting.said.is_some() } })
}

/// Who is to be told about their wait now: whoever has just come, and whoever has heard nothing for long.
pub(super) fn to_tell(floor: &Floor, site: &Site, now: Timestamp, happened: &[Event], time_came: bool) -> Vec<CallId> {
    let phone = &site.policy.phone;
    let came = happened.iter().filter_map(|event| match event {
        Event::Call { call, step: Step::Arrived { .. } } => Some(*call),
        _ => None,
    });
    let came = came.filter(|_| phone.announce_seconds > 0);
    if !time_came {
        // News comes all the time; a room of ten thousand is walked when time says so.
        return came.collect();
    }
    let due = |call: &&Call| wait::announced_next(call, phone).is_some_and(|at| at <= now);
    came.chain(floor.calls.values().filter(due).map(|call| call.id)).collect()
}

/// Where a caller stands in line, from 1.
pub fn position(floor: &Floor, site: &Site, call: CallId) -> Option<usize> {
    let (queue, place) = place(floor.calls.get(&call), floor.callbacks.get(&call))?;
    Some(Room::as_it_is(floor).before(site, queue, place) + 1)
}

/// Somebody free for a consultation: never the one who asks.
pub(super) fn colleague(floor: &Floor, site: &Site, queue: QueueId, not: AgentId) -> Option<AgentId> {
    let free = Room::as_it_is(floor).free();
    free.into_iter().map(|(a, _)| a).find(|a| *a != not && site.serves(*a, queue))
}

/// Whether a call to this agent would ring somewhere now.
pub(super) fn can_ring(floor: &Floor, agent: AgentId) -> bool {
    Room::as_it_is(floor).can_ring(agent)
}

/// Callers who were cut off are called by the agent they had, or after a while by whoever is free.
fn calls_back(room: &Room<'_>, site: &Site, free: Free, now: Timestamp) -> Vec<Event> {
    let mut free: Vec<AgentId> = free.into_iter().map(|(a, _)| a).collect();
    let mut events = Vec::new();
    for owed in room.owed().filter(|c| c.next_at.is_some_and(|at| at <= now)) {
        if free.is_empty() {
            break;
        }
        let patient = now.duration_since(owed.owed_at) < callback::SAME_AGENT_FIRST;
        let first = owed.first.and_then(|first| free.iter().position(|a| *a == first));
        let anybody = || free.iter().position(|a| site.serves(*a, owed.queue));
        let at = if owed.first.is_some() && patient { first } else { first.or_else(anybody) };
        let Some(at) = at else { continue };
        events.push(Event::Call { call: owed.call, step: owed.called(free.remove(at), false) });
    }
    events
}

/// When a call back is to be tried next, or a kept place counts. With nobody free, whoever becomes free brings it about.
pub(super) fn callback_due(floor: &Floor, site: &Site) -> Option<Timestamp> {
    if floor.callbacks.is_empty() {
        return None;
    }
    let room = Room::as_it_is(floor);
    let free = room.free();
    let somebody =
        |c: &&Callback| free.iter().any(|(agent, _)| c.first == Some(*agent) || site.serves(*agent, c.queue));
    let due = room.owed().filter(somebody).filter_map(|c| {
        let known_is_free = c.first.is_none_or(|first| free.iter().any(|(a, _)| *a == first));
        let at = c.next_at?;
        Some(if known_is_free { at } else { at.max(c.owed_at + callback::SAME_AGENT_FIRST) })
    });
    let joins = floor.callbacks.values().filter(|c| !floor.calls.contains_key(&c.call)).filter_map(Callback::joins_at);
    due.chain(joins).min()
}
