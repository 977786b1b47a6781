//! The floor: the live room. Who is here, who waits, who talks with whom.
//!
//! An agent's presence is what they said, corrected by what is seen: somebody whose last open page is gone is counted
//! as gone after a while, whatever they said before. Whether they are on a call is never stored: it follows from the
//! calls. Chats are in [`chat`]. The story of a call is told in [`call`] (its states as a table), `legs` (what the telephone tells), [`hold`],
//! [`transfer`], [`hard`], [`routing`] (who gets whom, and why) and [`sound`] (who hears whom, and what the telephone
//! must do).
//!
//! | presence  | may be given work | leads in                                  | leads out                         |
//! |-----------|-------------------|-------------------------------------------|-----------------------------------|
//! | available | yes               | `GoAvailable`                             | `GoAway`, `SignOut`, page lost    |
//! | away      | with a reason     | `SignIn`, `GoAway`, page seen, no answer  | `GoAvailable`, `SignOut`, lost    |
//! | offline   | with a reason     | `SignOut`, page lost too long             | `SignIn`, page seen               |

pub mod call;
mod callback;
pub mod chat;
pub mod entrance;
mod event;
pub mod hard;
pub mod hold;
mod legs;
pub mod listening;
mod presence;
pub mod quality;
pub mod routing;
pub mod sound;
mod steps;
pub mod transfer;
pub mod wait;
pub mod words;

#[cfg(test)]
mod stories;
#[cfg(test)]
mod walk;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use call::{Brief, Call, Ending, LegId, Mode, State, Step, Target};
pub use callback::Callback;
pub use event::{Command, Event, Report};
pub use legs::LegNews;
pub use listening::Heard;
pub use presence::Presence;
pub use quality::Quality;
pub use sound::{Hears, Order, Recorded, Source, hears};

use crate::site::Site;
use crate::{AgentId, CallId, ChatId, Policy, QueueId, Refusal, TicketId};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    pub presence: Presence,
    pub since: Timestamp,
    /// When the last open page went; the clock that makes a lost agent away.
    pub unseen_since: Option<Timestamp>,
    /// A softphone in the browser is connected.
    #[serde(default)]
    pub browser: bool,
    /// A SIP phone is registered.
    #[serde(default)]
    pub phone: bool,
    /// Since when no call was theirs; absent when they have had none.
    #[serde(default)]
    pub idle_since: Option<Timestamp>,
    #[serde(default)]
    pub wrap_up: Option<WrapUp>,
    /// P5: out of every queue until then.
    #[serde(default)]
    pub recovery_until: Option<Timestamp>,
}

/// After a call: time to write down what it came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrapUp {
    pub call: CallId,
    pub ticket: TicketId,
    pub queue: QueueId,
    /// When the call was answered.
    pub began: Timestamp,
    pub since: Timestamp,
    /// It was a hard one: a break is offered.
    pub hard: bool,
}

impl WrapUp {
    pub fn until(&self, policy: &Policy) -> Timestamp {
        self.since + SignedDuration::from_secs(i64::from(policy.phone.wrap_up_seconds))
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Floor {
    pub seats: BTreeMap<AgentId, Seat>,
    #[serde(default)]
    pub calls: BTreeMap<CallId, Call>,
    #[serde(default)]
    pub callbacks: BTreeMap<CallId, Callback>,
    #[serde(default)]
    pub chats: BTreeMap<ChatId, chat::Chat>,
    /// What was learnt of waiting, queue by queue.
    #[serde(default)]
    pub waits: BTreeMap<QueueId, wait::Waits>,
    #[serde(skip)]
    index: routing::Index,
}

impl Floor {
    pub fn presence(&self, agent: AgentId) -> Presence {
        self.seats.get(&agent).map_or(Presence::Offline, |s| s.presence)
    }

    /// The chats that take this agent's attention.
    pub fn chats_of(&self, agent: AgentId) -> impl Iterator<Item = &chat::Chat> {
        self.chats.values().filter(move |c| c.agents().any(|a| a == agent))
    }

    /// The call an agent is on: theirs, offered, asked into, or listened to.
    pub fn call_of(&self, agent: AgentId) -> Option<&Call> {
        self.calls.get(&self.index.call_of(agent)?)
    }

    /// A floor as it was stored, ready to be worked on.
    #[must_use]
    pub fn loaded(self) -> Floor {
        Floor { index: routing::Index::of(&self), ..self }
    }

    /// Callers whose lines wait in this queue; kept places are not among them.
    fn callers_waiting(&self, queue: QueueId) -> usize {
        self.index.waiting_in(queue).filter(|call| self.calls.contains_key(call)).count()
    }
}

pub fn decide(floor: &Floor, site: &Site, now: Timestamp, command: Command) -> Result<Vec<Event>, Refusal> {
    let on = |call: CallId| floor.calls.get(&call).ok_or_else(over);
    let steps = |call: CallId, steps: Vec<Step>| -> Vec<Event> {
        steps.into_iter().map(|step| Event::Call { call, step }).collect()
    };
    let events = match command {
        Command::Hold { by, call, wish } => steps(call, hold::decide(on(call)?, &site.policy.phone, now, by, wish)?),
        Command::Transfer { by, call, wish } => steps(call, transfer::decide(floor, site, on(call)?, by, wish)?),
        Command::Hard { by, call, wish } => steps(call, hard::decide(floor, on(call)?, site, now, by, wish)?),
        Command::HangUp { by, call } => match floor.calls.get(&call) {
            Some(found) => steps(call, transfer::hang_up(found, by, now)?),
            None => vec![],
        },
        Command::CallCustomer { by, call, queue, customer, ticket } => {
            if floor.calls.contains_key(&call) {
                return Ok(vec![]);
            }
            can_call(floor, by)?;
            let (recorded, objected, own) = (false, false, true);
            steps(call, vec![Step::Called { agent: by, queue, customer, ticket, recorded, objected, own }])
        }
        Command::CallBack { by, call } => {
            can_call(floor, by)?;
            if floor.calls.contains_key(&call) {
                return Err(Refusal::state(
                    "They are being called right now.",
                    "Look at the floor page for who calls.",
                ));
            }
            let callback = floor.callbacks.get(&call).ok_or_else(|| {
                Refusal::state("This caller is not owed a call any more.", "Somebody may have called already.")
            })?;
            steps(call, vec![callback.called(by, true)])
        }
        Command::DropCallback { by, call, reason } => {
            if reason.trim().is_empty() {
                return Err(Refusal::new(
                    crate::refusal::Kind::NeedsReason,
                    "This caller was cut off and is owed a call.",
                    "Call them, or say why not.",
                ));
            }
            let _ = by;
            floor.callbacks.get(&call).map(|_| Event::CallbackDropped { call, reason }).into_iter().collect()
        }
        Command::MoveCall { by, call, ticket } => {
            let found = on(call)?;
            transfer::owns(found, by)?;
            if found.ticket == ticket { vec![] } else { steps(call, vec![Step::Moved { ticket }]) }
        }
        Command::FinishWrapUp { agent, disposition } => {
            let writing = floor.seats.get(&agent).is_some_and(|s| s.wrap_up.is_some());
            writing.then_some(Event::WrapUpEnded { agent, disposition }).into_iter().collect()
        }
        Command::Recover { agent } => {
            if floor.presence(agent) == Presence::Offline {
                return Err(Refusal::state("You are not signed in.", "Sign in first."));
            }
            if floor.call_of(agent).is_some() {
                return Err(Refusal::state(
                    "You are still on a call.",
                    "End it or hand it over, then take your break.",
                ));
            }
            let until = now + SignedDuration::from_mins(i64::from(site.policy.phone.recovery_minutes));
            let wrap_up = floor.seats.get(&agent).and_then(|s| s.wrap_up.as_ref());
            let written = wrap_up.map(|_| Event::WrapUpEnded { agent, disposition: String::new() });
            written.into_iter().chain([Event::RecoveryBegan { agent, until }]).collect()
        }
        Command::EndRecovery { agent } => {
            let resting = floor.seats.get(&agent).is_some_and(|s| s.recovery_until.is_some());
            resting.then_some(Event::RecoveryEnded { agent }).into_iter().collect()
        }
        Command::Chat { by, chat, wish } => {
            let steps = chat::decide(floor, site, now, by, chat, wish)?;
            steps.into_iter().map(|step| Event::Chat { chat, step }).collect()
        }
        presence => presence::decide(floor, presence)?,
    };
    Ok(with_offers(floor, site, now, events, false))
}

fn over() -> Refusal {
    Refusal::state("This call is over.", "Look at its ticket for what happened.")
}

fn can_call(floor: &Floor, by: AgentId) -> Result<(), Refusal> {
    if floor.call_of(by).is_some() {
        return Err(Refusal::state("You are on a call.", "End it first."));
    }
    if !routing::can_ring(floor, by) {
        return Err(Refusal::state(
            "You have no phone connected.",
            "Connect the phone in this page with the button on top, or register your desk phone.",
        ));
    }
    Ok(())
}

pub fn observe(floor: &Floor, site: &Site, now: Timestamp, report: Report) -> Vec<Event> {
    let policy = &site.policy;
    let time_came = matches!(report, Report::TimeCame);
    let events = match report {
        Report::CallArrived { call, queue, customer, ticket, reachable, class, recorded } => {
            if floor.calls.contains_key(&call) {
                return vec![];
            }
            let arrived = Step::Arrived { queue, customer, ticket, reachable, class, recorded };
            let then = entrance::arrived(floor, site, now, call, entrance::Came { queue, customer });
            [Event::Call { call, step: arrived }].into_iter().chain(then).collect()
        }
        Report::Leg { leg, news } => legs::observe(floor, &policy.phone, now, leg, news),
        Report::Referred { leg, to } => match floor.calls.get(&leg.call) {
            Some(call) if transfer::can_take(floor, &to) => {
                let steps = legs::referred(call, leg, to);
                steps.into_iter().map(|step| Event::Call { call: leg.call, step }).collect()
            }
            _ => vec![],
        },
        Report::Devices { agent, browser, phone } => devices(floor, agent, browser, phone),
        Report::Chat { chat, news } => {
            let steps = chat::observe(floor, site, chat, news);
            steps.into_iter().map(|step| Event::Chat { chat, step }).collect()
        }
        Report::Heard { call, agent, heard } => listening::observe(floor, &policy.listening, call, agent, heard),
        Report::Quality { leg, agent, quality } => quality::observe(floor, leg, agent, quality),
        Report::Restarted => {
            let mut events = presence::observe(floor, policy, now, Report::Restarted);
            for call in floor.calls.values() {
                let step = if matches!(call.state, State::Parting { .. }) {
                    Step::Parted
                } else if call.reachable {
                    Step::CallerLost { how: Ending::Lost }
                } else {
                    legs::ended(call, None, Ending::Lost, now)
                };
                events.push(Event::Call { call: call.id, step });
            }
            events.extend(chat::restarted(floor));
            for (agent, _) in floor.seats.iter().filter(|(_, s)| s.browser || s.phone) {
                events.push(Event::DevicesChanged { agent: *agent, browser: false, phone: false });
            }
            return events;
        }
        Report::TimeCame => {
            let mut events = presence::observe(floor, policy, now, Report::TimeCame);
            events.extend(callback::time_came(floor, now));
            events.extend(chat::time_came(floor, &policy.chats, now));
            for call in floor.calls.values() {
                let entered = entrance::time_came(floor, call, site, now);
                for step in legs::time_came(call, &policy.phone, now).into_iter().chain(entered) {
                    let gone = legs::not_taken(&step);
                    events.push(Event::Call { call: call.id, step });
                    events.extend(gone);
                }
            }
            events
        }
        presence => presence::observe(floor, policy, now, presence),
    };
    with_offers(floor, site, now, events, time_came)
}

fn devices(floor: &Floor, agent: AgentId, browser: bool, phone: bool) -> Vec<Event> {
    let before = floor.seats.get(&agent).map_or((false, false), |s| (s.browser, s.phone));
    let mut events = Vec::new();
    if before != (browser, phone) {
        events.push(Event::DevicesChanged { agent, browser, phone });
    }
    let waits = floor
        .calls
        .values()
        .find(|c| matches!(c.state, State::Orphaned { agent: lost, rejoining: None, .. } if lost == agent));
    if let Some(call) = waits.filter(|_| browser || phone) {
        events.push(Event::Call { call: call.id, step: Step::Rejoining });
    }
    events
}

/// Whatever happened may have made somebody free; whoever goes on waiting hears how long it may take.
fn with_offers(floor: &Floor, site: &Site, now: Timestamp, mut events: Vec<Event>, time_came: bool) -> Vec<Event> {
    events.extend(chat::left_behind(floor, &events));
    let tell = routing::to_tell(floor, site, now, &events, time_came);
    events.extend(routing::offers(floor, site, now, &events, &tell));
    // The room is copied only when there are chats.
    if !floor.chats.is_empty() || events.iter().any(|e| matches!(e, Event::Chat { .. })) {
        let after = events.iter().fold(floor.clone(), |floor, event| evolve(floor, now, event));
        events.extend(chat::offers(&after, site, now));
    }
    events
}

pub fn evolve(mut floor: Floor, at: Timestamp, event: &Event) -> Floor {
    match event {
        Event::Call { call, step } => step_taken(&mut floor, *call, at, step),
        Event::Chat { chat, step } => {
            let before = floor.chats.remove(chat);
            floor.chats.extend(chat::evolve(before, *chat, at, step).map(|after| (*chat, after)));
        }
        Event::CallbackDropped { call, .. } => {
            floor.index.remove(floor.calls.get(call), floor.callbacks.get(call));
            floor.callbacks.remove(call);
            floor.index.add(floor.calls.get(call), None);
        }
        Event::CallbackInLine { call } => {
            if let Some(callback) = floor.callbacks.get_mut(call) {
                (callback.in_line, callback.next_at) = (true, None);
            }
            floor.index.add(floor.calls.get(call), floor.callbacks.get(call));
        }
        Event::DevicesChanged { agent, browser, phone } => {
            let seat = floor.seats.entry(*agent).or_insert_with(|| presence::seat(Presence::Away, at));
            (seat.browser, seat.phone) = (*browser, *phone);
        }
        Event::WrapUpEnded { agent, .. } => {
            if let Some(seat) = floor.seats.get_mut(agent) {
                if let Some(done) = seat.wrap_up.take() {
                    wait::done(&mut floor.waits, done.queue, at.duration_since(done.began));
                }
                seat.idle_since = Some(at);
            }
        }
        Event::RecoveryBegan { agent, until } => {
            if let Some(seat) = floor.seats.get_mut(agent) {
                seat.recovery_until = Some(*until);
            }
        }
        Event::RecoveryEnded { agent } => {
            if let Some(seat) = floor.seats.get_mut(agent) {
                seat.recovery_until = None;
                seat.idle_since = Some(at);
            }
        }
        presence => presence::evolve(&mut floor, at, presence),
    }
    floor
}

fn step_taken(floor: &mut Floor, id: CallId, at: Timestamp, step: &Step) {
    let before = floor.calls.remove(&id);
    floor.index.remove(before.as_ref(), floor.callbacks.get(&id));
    let owed = floor.callbacks.get(&id);
    let legs = before.as_ref().map(|c| c.legs).or(owed.map(|c| c.legs));
    let after = match (&before, step) {
        // The legs of a call back are numbered on from those of the call that was lost.
        (None, Step::Called { .. }) => steps::evolve(None, id, at, step).map(|call| renumbered(call, legs)),
        _ => steps::evolve(before.clone(), id, at, step),
    };
    if let Some(before) = before {
        wait::learn(&mut floor.waits, &before, at, step);
        let began = before.answered_at.unwrap_or(at);
        for agent in steps::released(&before, after.as_ref()) {
            if let Some(seat) = floor.seats.get_mut(&agent) {
                seat.idle_since = Some(at);
                seat.wrap_up = Some(WrapUp {
                    call: id,
                    ticket: before.ticket,
                    queue: before.queue,
                    began,
                    since: at,
                    hard: before.hard,
                });
            }
        }
        callback::owe(floor, &before, at, step);
    }
    if matches!(step, Step::Answered { .. }) {
        floor.callbacks.remove(&id);
    }
    floor.index.add(after.as_ref(), floor.callbacks.get(&id));
    floor.calls.extend(after.map(|call| (id, call)));
}

fn renumbered(mut call: Call, legs: Option<u32>) -> Call {
    if let (Some(legs), State::Calling { leg, .. }) = (legs, &mut call.state) {
        leg.n = legs + 1;
        call.legs = legs + 1;
    }
    call
}

/// What the telephone must do because of what happened between two states of the floor.
pub fn orders(before: &Floor, after: &Floor, touched: impl IntoIterator<Item = CallId>) -> Vec<Order> {
    touched.into_iter().flat_map(|call| sound::orders(before.calls.get(&call), after.calls.get(&call))).collect()
}

/// When time itself next has something to say to the floor.
pub fn due(floor: &Floor, site: &Site) -> Option<Timestamp> {
    let calls = floor.calls.values();
    let calls = calls.flat_map(|c| [legs::due(c, &site.policy.phone), entrance::due(c, site)]).flatten();
    let chats = chat::due(floor, &site.policy.chats);
    presence::due(floor, site).into_iter().chain(calls).chain(chats).min()
}
