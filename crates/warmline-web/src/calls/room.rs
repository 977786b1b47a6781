//! Who is on the phone, as the floor page shows it: who waits, who talks, who is owed a call.

use jiff::Timestamp;
use warmline_domain::floor::entrance::Turned;
use warmline_domain::floor::{Call, Callback, Floor, State, routing};
use warmline_domain::site::{Queue, Site};
use warmline_domain::ticket::priority::span_in_words;
use warmline_domain::{AgentId, CustomerId, TicketId};

use crate::App;
use crate::page::{Wrong, moment};

/// A call as the room sees it.
pub(crate) struct Line {
    pub(crate) id: i64,
    pub(crate) who: String,
    pub(crate) number: String,
    pub(crate) state: String,
    pub(crate) since: i64,
    /// Nobody is with them.
    pub(crate) waits: bool,
    pub(crate) alarm: bool,
    pub(crate) listenable: bool,
}

/// A caller who is owed a call.
pub(crate) struct Owed {
    pub(crate) id: i64,
    pub(crate) who: String,
    pub(crate) number: String,
    pub(crate) since: String,
    pub(crate) tries: u32,
    /// What they were promised, or where in line they are.
    pub(crate) promise: String,
    pub(crate) late: bool,
}

/// Counts of breaks, not reasons: nobody is asked why.
pub(crate) fn doing(floor: &Floor, agent: AgentId) -> &'static str {
    let seat = floor.seats.get(&agent);
    match floor.call_of(agent).map(|call| &call.state) {
        Some(State::Offered { .. }) => "phone rings",
        Some(State::Held { .. }) => "caller on hold",
        Some(State::Consulting { .. } | State::Joined { .. }) => "handing over",
        Some(_) => "on a call",
        None if seat.is_some_and(|s| s.wrap_up.is_some()) => "writing up",
        None if seat.is_some_and(|s| s.browser || s.phone) => "phone is on",
        None => "",
    }
}

pub(crate) async fn lines(app: &App, floor: &Floor, site: &Site, now: Timestamp) -> Result<Vec<Line>, Wrong> {
    let mut lines = Vec::new();
    for call in floor.calls.values() {
        let name = |id: &AgentId| site.agents.get(id).map(|a| a.name.clone()).unwrap_or_default();
        let owner = call.owner().as_ref().map(name).unwrap_or_default();
        let queue = site.queues.get(&call.queue).map(|q| q.name.clone()).unwrap_or_default();
        let (state, since) = match &call.state {
            State::Waiting(w) => {
                let place = routing::position(floor, site, call.id).unwrap_or(1);
                let told = w.said.and_then(|said| said.first);
                let told = told.map(|range| format!(", was told {}", range.in_words())).unwrap_or_default();
                (format!("waits in {queue}, place {place}{told}"), w.since)
            }
            State::Choosing { why: Turned::Full, since } => (format!("hears that {queue} is full"), *since),
            State::Choosing { since, .. } => (format!("hears that {queue} is closed"), *since),
            State::Leaving { since, .. } => ("leaves a message".into(), *since),
            State::Parting { since, .. } => ("says goodbye; we call back".into(), *since),
            State::Offered { agent, waiting, .. } => (format!("rings at {}", name(agent)), waiting.since),
            State::Calling { since, .. } => (format!("{owner} calls them"), *since),
            State::Talking { .. } => (format!("talks with {owner}"), call.answered_at.unwrap_or(call.arrived_at)),
            State::Held { hold, .. } => (format!("on hold by {owner}"), hold.since),
            State::Consulting { hold, .. } => (format!("on hold, {owner} consults"), hold.since),
            State::Joined { .. } => (format!("three on the line with {owner}"), call.answered_at.unwrap_or(now)),
            State::Outside { with, .. } => ("with an outside number".into(), with.since),
            State::Orphaned { since, .. } => (format!("{owner} lost the line"), *since),
        };
        let (who, number) = who_and_number(app, call.customer, call.ticket).await?;
        let waits = call.waiting().is_some() || call.hold().is_some() || matches!(call.state, State::Orphaned { .. });
        let late = call.hold().is_some_and(|h| h.overran > 0) || call.hard;
        let listenable = matches!(call.state, State::Talking { .. } | State::Held { .. } | State::Joined { .. });
        let since = since.as_millisecond();
        let state = match () {
            () if call.hard => format!("{state}, marked as abusive"),
            () if call.hold().is_some_and(|h| h.overran > 0) => format!("{state}, longer than promised"),
            () => state,
        };
        lines.push(Line { id: call.id.0, who, number, state, since, waits, alarm: late, listenable });
    }
    lines.sort_by_key(|l| (!l.waits, l.since));
    Ok(lines)
}

pub(crate) async fn owed(app: &App, floor: &Floor, site: &Site, now: Timestamp) -> Result<Vec<Owed>, Wrong> {
    let mut owed = Vec::new();
    for callback in floor.callbacks.values().filter(|c| !floor.calls.contains_key(&c.call)) {
        let (who, number) = who_and_number(app, callback.customer, callback.ticket).await?;
        let since = span_in_words(callback.owed_at, now);
        let zone = &app.settings.zone;
        let promise = match callback.promised {
            Some((from, until)) => {
                format!("promised {} to {}", moment(from, now, zone), moment(until, now, zone))
            }
            None if callback.in_line => {
                let place = routing::position(floor, site, callback.call).unwrap_or(1);
                format!("kept their place, now {place} in line")
            }
            None => String::new(),
        };
        let late = callback.promised.is_some_and(|(_, until)| until <= now);
        owed.push(Owed { id: callback.call.0, who, number, since, tries: callback.tries, promise, late });
    }
    Ok(owed)
}

/// How waiting goes in a queue.
pub(crate) struct Waits {
    pub(crate) queue: String,
    pub(crate) open: String,
    pub(crate) waiting: usize,
    pub(crate) kept: usize,
    pub(crate) handling: String,
    pub(crate) held: String,
}

pub(crate) fn waits(app: &App, floor: &Floor, site: &Site) -> Vec<Waits> {
    let of = |queue: &Queue| {
        let learnt = floor.waits.get(&queue.id).cloned().unwrap_or_default();
        let waiting = |c: &&Call| c.queue == queue.id && c.waiting().is_some();
        let kept = |c: &&Callback| c.queue == queue.id && c.place.is_some();
        let minutes = learnt.handling(&site.policy.phone) / 60.0;
        Waits {
            queue: queue.name.clone(),
            open: crate::queues::in_words(site.hours_of(queue.id), app),
            waiting: floor.calls.values().filter(waiting).count(),
            kept: floor.callbacks.values().filter(kept).count(),
            handling: format!("{minutes:.1} min{}", if learnt.is_measured() { "" } else { ", a guess" }),
            held: match learnt.told {
                0 => "nothing yet".into(),
                told => format!("{} % of {told}", learnt.held * 100 / told),
            },
        }
    };
    site.queues.values().map(of).collect()
}

async fn who_and_number(app: &App, customer: CustomerId, ticket: TicketId) -> Result<(String, String), Wrong> {
    let name = app.desk.store.customer(customer).await?.and_then(|c| c.value.name.open().cloned());
    let number = app.desk.store.ticket(ticket).await?.map(|t| t.value.number.to_string());
    Ok((name.unwrap_or_else(|| "Somebody".into()), number.unwrap_or_default()))
}
