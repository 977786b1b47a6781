//! P6: recordings of calls about a ticket. What was kept of a call, and until when, is said when the call ends; nobody
//! listens before, and the end of its time is an entry like any other.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Event, Ticket};
use crate::floor::{Recorded, Step};
use crate::policy::Recordings;
use crate::site::{Role, Site};
use crate::{By, CallId, Refusal, refusal};

/// Something was kept of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    pub until: Timestamp,
}

/// Why a recording is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deleted {
    /// Its time was over.
    Retention,
    /// The caller objected after something had been kept.
    Objected,
}

/// Whether somebody may hear the recording of a call. `going_on`: the call has not ended.
pub fn may_listen(ticket: &Ticket, site: &Site, by: By, call: CallId, going_on: bool) -> Result<(), Refusal> {
    if going_on {
        let way = "A supervisor can listen from the floor page.";
        return Err(Refusal::state("This call is still going on.", way));
    }
    if !ticket.recordings.contains_key(&call) {
        let (why, way) =
            ("There is no recording of this call.", "If there was one, the timeline says what became of it.");
        return Err(Refusal::new(refusal::Kind::Missing, why, way));
    }
    let own = ticket.assignee.is_some() && ticket.assignee == by.agent();
    if !own && site.role(by) < Some(Role::Supervisor) {
        return Err(Refusal::new(
            refusal::Kind::Permission,
            "Recordings are heard by supervisors, and by the agent whose ticket it is.",
            "Ask a supervisor, or take the ticket first.",
        ));
    }
    Ok(())
}

/// A call has ended; `recorded` is what was kept of it.
pub(super) fn ended(
    policy: &Recordings,
    now: Timestamp,
    call: CallId,
    step: &Step,
    recorded: Recorded,
) -> Option<Event> {
    if !step.is_last() {
        return None;
    }
    if recorded.objected {
        return Some(Event::RecordingDeleted { call, why: Deleted::Objected });
    }
    let days = if recorded.hard { policy.keep_hard_days } else { policy.keep_days };
    let until = now + SignedDuration::from_hours(24 * i64::from(days));
    Some(Event::RecordingKept { call, since: recorded.since, until })
}

pub(super) fn time_came(ticket: &Ticket, now: Timestamp) -> impl Iterator<Item = Event> {
    let over = ticket.recordings.iter().filter(move |(_, recording)| recording.until <= now);
    over.map(|(call, _)| Event::RecordingDeleted { call: *call, why: Deleted::Retention })
}

pub(super) fn evolve(ticket: &mut Ticket, event: &Event) {
    match event {
        Event::RecordingKept { call, until, .. } => {
            // A caller who was called back has one recording; the longer time holds.
            let before = ticket.recordings.get(call).map_or(*until, |r| r.until);
            ticket.recordings.insert(*call, Recording { until: before.max(*until) });
        }
        Event::RecordingDeleted { call, .. } => {
            ticket.recordings.remove(call);
        }
        _ => {}
    }
}

pub(super) fn due(ticket: &Ticket) -> Option<Timestamp> {
    ticket.recordings.values().map(|r| r.until).min()
}
