//! Who hears whom, and what that asks of the telephone. Both are derived from a call's state: the orders are the
//! difference between what was and what is, so that no path can forget one.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::call::{Call, LegId, Mode, State, Target};
use super::entrance::{Farewell, Turned};
use super::wait::Said;
use crate::{AgentId, CallId, CustomerId};

/// What can be heard on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    Leg(LegId),
    /// The greeting, then music with a kind word now and then.
    Queue,
    /// Their place and how long it may take, then music. `keeps`: they can keep their place.
    Line {
        said: Said,
        keeps: bool,
    },
    /// Why nobody takes them, and what they can do.
    Choices {
        why: Turned,
        calls: bool,
    },
    /// What to do, and the tone.
    Machine,
    Farewell(Farewell),
    HoldMusic,
    /// "One moment please, we are getting you back", then music.
    Comfort,
    Ringback,
}

/// What the telephone must now do. Derived from what was committed, never decided again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    Answer {
        leg: LegId,
    },
    /// Ring wherever that agent can be reached; `rejoin` answers by itself in their browser.
    RingAgent {
        leg: LegId,
        agent: AgentId,
        rejoin: bool,
    },
    CallCustomer {
        leg: LegId,
        customer: CustomerId,
    },
    CallOutside {
        leg: LegId,
        number: String,
    },
    HangUp {
        leg: LegId,
    },
    Hear {
        call: CallId,
        hears: Hears,
    },
    Record {
        call: CallId,
        on: bool,
    },
    /// Something is said that is not to be kept or measured.
    Private {
        call: CallId,
        on: bool,
    },
}

/// The answering machine in the matrix of who hears whom; legs of phones count from 1.
const MACHINE: u32 = 0;

/// For each leg what it hears; a leg never hears itself.
pub type Hears = BTreeMap<LegId, Vec<Source>>;

pub fn hears(call: &Call) -> Hears {
    let caller = call.caller();
    let mut hears = Hears::new();
    let mut hear = |listener: LegId, source: Source| hears.entry(listener).or_default().push(source);
    let own = match &call.state {
        State::Waiting(waiting) | State::Offered { waiting, .. } => {
            let keeps = call.can_be_called_instead();
            hear(caller, waiting.said.map_or(Source::Queue, |said| Source::Line { said, keeps }));
            None
        }
        State::Choosing { why, .. } => {
            hear(caller, Source::Choices { why: *why, calls: call.can_be_called_instead() });
            None
        }
        State::Leaving { .. } => {
            hear(caller, Source::Machine);
            // Nobody's line: the machine listens, so that what is said is kept.
            hear(LegId { call: call.id, n: MACHINE }, Source::Leg(caller));
            None
        }
        State::Parting { said, .. } => {
            hear(caller, Source::Farewell(*said));
            None
        }
        State::Calling { leg, up, .. } => {
            if *up {
                hear(*leg, Source::Ringback);
            }
            None
        }
        State::Talking { leg, .. } => {
            hear(caller, Source::Leg(*leg));
            hear(*leg, Source::Leg(caller));
            Some(*leg)
        }
        State::Held { leg, .. } => {
            hear(caller, Source::HoldMusic);
            Some(*leg)
        }
        State::Consulting { leg, with, .. } => {
            hear(caller, Source::HoldMusic);
            if with.answered {
                hear(*leg, Source::Leg(with.leg));
                hear(with.leg, Source::Leg(*leg));
            } else {
                hear(*leg, Source::Ringback);
            }
            Some(*leg)
        }
        State::Joined { leg, with, .. } => {
            for (one, other) in [(caller, *leg), (caller, with.leg), (*leg, with.leg)] {
                hear(one, Source::Leg(other));
                hear(other, Source::Leg(one));
            }
            Some(*leg)
        }
        State::Outside { with, .. } => {
            if with.answered {
                hear(caller, Source::Leg(with.leg));
                hear(with.leg, Source::Leg(caller));
            } else {
                hear(caller, Source::Ringback);
            }
            None
        }
        State::Orphaned { .. } => {
            hear(caller, Source::Comfort);
            None
        }
    };
    let caller_speaks = matches!(call.state, State::Talking { .. } | State::Joined { .. });
    for monitor in call.monitors.values().filter(|m| m.up) {
        if let Some(agent) = own {
            hear(monitor.leg, Source::Leg(agent));
            if monitor.mode != Mode::Listen {
                hear(agent, Source::Leg(monitor.leg));
            }
        }
        if caller_speaks {
            hear(monitor.leg, Source::Leg(caller));
            if monitor.mode == Mode::Join {
                hear(caller, Source::Leg(monitor.leg));
            }
        }
    }
    hears
}

/// A line that the state needs, and how it comes to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Caller,
    Customer(CustomerId),
    Agent(AgentId, bool),
    Outside(String),
}

pub(super) fn lines(call: &Call) -> BTreeMap<LegId, Line> {
    let mut lines = BTreeMap::new();
    match &call.state {
        State::Calling { agent, leg, up, own, .. } => {
            lines.insert(*leg, Line::Agent(*agent, *own));
            if *up {
                lines.insert(call.caller(), Line::Customer(call.customer));
            }
            return lines;
        }
        _ => lines.insert(call.caller(), Line::Caller),
    };
    match &call.state {
        State::Offered { agent, leg, .. }
        | State::Talking { agent, leg }
        | State::Held { agent, leg, .. }
        | State::Consulting { agent, leg, .. }
        | State::Joined { agent, leg, .. } => {
            lines.insert(*leg, Line::Agent(*agent, false));
        }
        State::Orphaned { agent, rejoining: Some(leg), .. } => {
            lines.insert(*leg, Line::Agent(*agent, true));
        }
        _ => {}
    }
    if let Some(party) = call.party() {
        let line = match &party.target {
            Target::Agent(agent) => Line::Agent(*agent, false),
            Target::Outside(number) => {
                Line::Outside(number.open().and_then(|n| crate::customer::phone_number(n)).unwrap_or_default())
            }
            // A queue is resolved to one of its agents before anything rings.
            Target::Queue(_) => return lines,
        };
        lines.insert(party.leg, line);
    }
    for (supervisor, monitor) in &call.monitors {
        // What one starts oneself connects by itself.
        lines.insert(monitor.leg, Line::Agent(*supervisor, true));
    }
    lines
}

/// What the telephone must do so that `after` is so.
pub fn orders(before: Option<&Call>, after: Option<&Call>) -> Vec<Order> {
    let (had, has) = (before.map(lines).unwrap_or_default(), after.map(lines).unwrap_or_default());
    let mut orders: Vec<Order> =
        had.keys().filter(|leg| !has.contains_key(leg)).map(|leg| Order::HangUp { leg: *leg }).collect();
    for (leg, line) in has.iter().filter(|(leg, _)| !had.contains_key(leg)) {
        let leg = *leg;
        orders.push(match line {
            Line::Caller => Order::Answer { leg },
            Line::Customer(customer) => Order::CallCustomer { leg, customer: *customer },
            Line::Agent(agent, rejoin) => Order::RingAgent { leg, agent: *agent, rejoin: *rejoin },
            Line::Outside(number) => Order::CallOutside { leg, number: number.clone() },
        });
    }
    let Some(call) = after else {
        // Nobody hears anything any more: the sound of this call ends with it.
        orders.extend(before.map(|c| Order::Hear { call: c.id, hears: Hears::new() }));
        return orders;
    };
    let now = hears(call);
    if before.map(hears).as_ref() != Some(&now) {
        orders.push(Order::Hear { call: call.id, hears: now });
    }
    if before.is_some_and(records) != records(call) {
        orders.push(Order::Record { call: call.id, on: records(call) });
    }
    if before.is_some_and(|was| was.recording_paused) != call.recording_paused {
        orders.push(Order::Private { call: call.id, on: call.recording_paused });
    }
    orders
}

/// Words are recorded while somebody of ours speaks with the caller, and messages for us; music and private talk are
/// not.
pub(super) fn records(call: &Call) -> bool {
    if matches!(call.state, State::Leaving { .. }) {
        return true;
    }
    let together = matches!(call.state, State::Talking { .. } | State::Joined { .. });
    together && call.is_recorded() && !call.recording_paused
}

/// What was kept of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its first words.
    pub since: Timestamp,
    /// P4: kept longer.
    pub hard: bool,
    /// The caller does not want it.
    pub objected: bool,
}

impl Call {
    /// Recorded whenever somebody of ours speaks with the caller.
    pub fn is_recorded(&self) -> bool {
        self.recorded && !self.objected
    }

    /// What lies among the recordings by now.
    pub fn kept(&self) -> Option<Recorded> {
        self.kept_since.map(|since| Recorded { since, hard: self.hard, objected: self.objected })
    }
}
