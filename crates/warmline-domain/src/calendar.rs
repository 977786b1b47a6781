//! An agent's calendar: shifts, meetings, phone time, follow-ups, leave; and how much of a day is free.
//!
//! Entries are in the time of the clock on the wall where the agent is: a shift from nine to five is that in summer and
//! in winter. An hour the clock skips begins when it has jumped; one that comes twice begins the first time.
//!
//! Whoever goes on leave, and whoever's shift ends, hands over what they promised for the time they are away.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::limits::{CALENDAR_DAYS, CALENDAR_ENTRIES, NAME_CHARS, REASON_CHARS};
use crate::site::{Role, Site};
use crate::{AgentId, By, EntryId, Refusal, refusal};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    pub entries: BTreeMap<EntryId, Entry>,
    /// What a calendar elsewhere says; replaced as a whole when it is read again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub kind: Kind,
    /// What its owner calls it; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    pub starts: DateTime,
    pub ends: DateTime,
    /// The zone the clock on the wall is in (IANA).
    pub zone: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekly: Option<Weekly>,
}

/// An entry that comes again on days of the week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weekly {
    /// 0 is Monday.
    pub days: BTreeSet<i8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Days on which it does not take place.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub but: BTreeSet<Date>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// There to work.
    Shift,
    Meeting,
    /// Kept for calls from the queue.
    Phone,
    /// Kept for what was promised.
    FollowUp,
    /// Away: holidays, illness, a course.
    Leave,
}

impl Kind {
    pub const ALL: [Kind; 5] = [Kind::Shift, Kind::Meeting, Kind::Phone, Kind::FollowUp, Kind::Leave];

    pub fn word(self) -> &'static str {
        match self {
            Kind::Shift => "shift",
            Kind::Meeting => "meeting",
            Kind::Phone => "phone time",
            Kind::FollowUp => "follow-up",
            Kind::Leave => "leave",
        }
    }
}

impl std::str::FromStr for Kind {
    type Err = Refusal;
    fn from_str(word: &str) -> Result<Kind, Refusal> {
        Kind::ALL.into_iter().find(|k| k.word() == word).ok_or_else(|| {
            Refusal::input(
                format!("“{word}” is nothing a calendar has."),
                "Choose shift, meeting, phone time, follow-up or leave.",
            )
        })
    }
}

/// An entry as it takes place once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// None for what comes from elsewhere.
    pub entry: Option<EntryId>,
    pub kind: Kind,
    pub title: String,
    pub from: Timestamp,
    pub until: Timestamp,
    /// The day it stands on, where it is.
    pub day: Date,
}

#[derive(Clone, Debug)]
pub enum Command {
    /// Adds an entry, or changes the one with this identifier.
    Put {
        id: EntryId,
        entry: Entry,
    },
    Remove {
        id: EntryId,
    },
    /// It does not take place on this day: one of many, or all of one.
    Skip {
        id: EntryId,
        day: Date,
    },
    /// What takes place on this day takes place at another time instead, for as long. One of many becomes an entry of its
    /// own, under `fresh`.
    Move {
        id: EntryId,
        day: Date,
        to: DateTime,
        fresh: EntryId,
    },
    /// Entries of a file, with identifiers that follow from what they are: the same file again changes nothing.
    Import {
        entries: Vec<(EntryId, Entry)>,
    },
    /// What a calendar elsewhere says now.
    Elsewhere {
        entries: Vec<Entry>,
    },
}

/// What entering leave would leave behind.
#[derive(Clone, Debug, Default)]
pub struct Owed {
    /// Open promises that are due while they are away.
    pub promises: usize,
    /// Who takes them; checked to be there.
    pub cover: Option<AgentId>,
    /// Why they stay all the same.
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Put {
        id: EntryId,
        entry: Entry,
        /// Promises that stay with somebody who is away, and why.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    Removed {
        id: EntryId,
    },
    Skipped {
        id: EntryId,
        day: Date,
    },
    Elsewhere {
        entries: Vec<Entry>,
    },
}

pub fn decide(
    calendar: &Calendar,
    site: &Site,
    by: By,
    owner: AgentId,
    command: Command,
    owed: &Owed,
) -> Result<Vec<Event>, Refusal> {
    may(site, by, owner)?;
    match command {
        Command::Put { id, entry } => put(calendar, site, owner, id, entry, owed),
        Command::Remove { id } => {
            Ok(if calendar.entries.contains_key(&id) { vec![Event::Removed { id }] } else { vec![] })
        }
        Command::Skip { id, day } => skip(calendar, id, day),
        Command::Move { id, day, to, fresh } => moved(calendar, site, owner, (id, day), to, fresh),
        Command::Import { entries } => import(calendar, entries),
        Command::Elsewhere { entries } => {
            let entries: Vec<Entry> =
                entries.into_iter().take(CALENDAR_ENTRIES).filter_map(|e| checked(e).ok()).collect();
            Ok(if entries == calendar.elsewhere { vec![] } else { vec![Event::Elsewhere { entries }] })
        }
    }
}

fn may(site: &Site, by: By, owner: AgentId) -> Result<(), Refusal> {
    site.agents.get(&owner).ok_or_else(|| Refusal::missing("agent"))?;
    if by == By::Agent(owner) && site.role(by).is_some() || site.role(by) >= Some(Role::Supervisor) {
        return Ok(());
    }
    Err(Refusal::new(
        refusal::Kind::Permission,
        "A calendar is changed by its owner, or by a supervisor.",
        "Ask one of them.",
    ))
}

fn put(
    calendar: &Calendar,
    site: &Site,
    owner: AgentId,
    id: EntryId,
    entry: Entry,
    owed: &Owed,
) -> Result<Vec<Event>, Refusal> {
    let mut entry = checked(entry)?;
    if let (Some(before), Some(weekly)) = (calendar.entries.get(&id), &mut entry.weekly) {
        weekly.but.extend(before.weekly.iter().flat_map(|w| w.but.iter().copied()));
    }
    if calendar.entries.get(&id) == Some(&entry) {
        return Ok(vec![]);
    }
    if !calendar.entries.contains_key(&id) && calendar.entries.len() >= CALENDAR_ENTRIES {
        return Err(Refusal::state(
            format!("This calendar has {CALENDAR_ENTRIES} entries."),
            "Take out those that are over.",
        ));
    }
    let reason: String = owed.reason.trim().chars().take(REASON_CHARS).collect();
    let stays = entry.kind == Kind::Leave && owed.promises > 0 && !covered(site, owner, owed);
    if stays && reason.is_empty() {
        let promises =
            if owed.promises == 1 { "A promise is".into() } else { format!("{} promises are", owed.promises) };
        return Err(Refusal::new(
            refusal::Kind::NeedsReason,
            format!("{promises} due in that time, and nobody who is there would keep them."),
            "Name a colleague who takes them over, or say why they stay.",
        ));
    }
    Ok(vec![Event::Put { id, entry, reason: if stays { reason } else { String::new() } }])
}

fn import(calendar: &Calendar, entries: Vec<(EntryId, Entry)>) -> Result<Vec<Event>, Refusal> {
    let checked = entries.into_iter().filter_map(|(id, entry)| Some((id, checked(entry).ok()?)));
    let new: BTreeMap<EntryId, Entry> = checked.filter(|(id, e)| calendar.entries.get(id) != Some(e)).collect();
    let added = new.keys().filter(|id| !calendar.entries.contains_key(id)).count();
    if calendar.entries.len() + added > CALENDAR_ENTRIES {
        return Err(Refusal::input(
            format!("With this file the calendar would have more than {CALENDAR_ENTRIES} entries."),
            "Nothing was taken from it. Export fewer months and try again.",
        ));
    }
    Ok(new.into_iter().map(|(id, entry)| Event::Put { id, entry, reason: String::new() }).collect())
}

fn covered(site: &Site, owner: AgentId, owed: &Owed) -> bool {
    owed.cover.is_some_and(|cover| cover != owner && site.agents.get(&cover).is_some_and(|a| a.active))
}

fn skip(calendar: &Calendar, id: EntryId, day: Date) -> Result<Vec<Event>, Refusal> {
    let entry = calendar.entries.get(&id).ok_or_else(|| Refusal::missing("entry"))?;
    match &entry.weekly {
        None => Ok(vec![Event::Removed { id }]),
        Some(weekly) if weekly.but.contains(&day) => Ok(vec![]),
        Some(weekly) if weekly.but.len() >= CALENDAR_ENTRIES => {
            Err(Refusal::state("This entry has been left out very often.", "Remove it, and enter what is left of it."))
        }
        Some(_) => Ok(vec![Event::Skipped { id, day }]),
    }
}

fn moved(
    calendar: &Calendar,
    site: &Site,
    owner: AgentId,
    (id, day): (EntryId, Date),
    to: DateTime,
    fresh: EntryId,
) -> Result<Vec<Event>, Refusal> {
    let entry = calendar.entries.get(&id).ok_or_else(|| Refusal::missing("entry"))?;
    if entry.kind == Kind::Leave {
        return Err(Refusal::state(
            "Leave is not moved in one step: somebody may have to keep what is promised then.",
            "Open it, change its dates and say who covers it.",
        ));
    }
    let ends = to.saturating_add(entry.ends.duration_since(entry.starts));
    let at = Entry { starts: to, ends, weekly: None, ..entry.clone() };
    match &entry.weekly {
        None => put(calendar, site, owner, id, at, &Owed::default()),
        // Moved already: the one that took its place is moved from there.
        Some(weekly) if weekly.but.contains(&day) => Ok(vec![]),
        Some(_) => {
            let mut events = put(calendar, site, owner, fresh, at, &Owed::default())?;
            events.extend(skip(calendar, id, day)?);
            Ok(events)
        }
    }
}

fn checked(mut entry: Entry) -> Result<Entry, Refusal> {
    entry.title = entry.title.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(NAME_CHARS).collect();
    let zone = TimeZone::get(&entry.zone).ok().and_then(|z| z.iana_name().map(str::to_owned));
    entry.zone = zone.ok_or_else(|| {
        Refusal::input(format!("“{}” is not a time zone we know.", entry.zone), "Use a name like Europe/Vienna or UTC.")
    })?;
    let lasts = entry.ends.duration_since(entry.starts);
    let longest = match (&entry.weekly, entry.kind) {
        (Some(_), _) => SignedDuration::from_hours(24),
        (None, _) => SignedDuration::from_hours(24 * CALENDAR_DAYS),
    };
    if lasts <= SignedDuration::ZERO || lasts > longest {
        return Err(Refusal::input(
            "An entry ends after it begins; one that comes each week, within a day.",
            "Correct the times and save again.",
        ));
    }
    if let Some(weekly) = &mut entry.weekly {
        weekly.days.retain(|day| (0..7).contains(day));
        if weekly.days.is_empty() {
            return Err(Refusal::input("An entry that comes again needs a day of the week.", "Choose at least one."));
        }
    }
    Ok(entry)
}

pub fn evolve(mut calendar: Calendar, event: &Event) -> Calendar {
    match event {
        Event::Put { id, entry, .. } => {
            calendar.entries.insert(*id, entry.clone());
        }
        Event::Removed { id } => {
            calendar.entries.remove(id);
        }
        Event::Skipped { id, day } => {
            if let Some(weekly) = calendar.entries.get_mut(id).and_then(|e| e.weekly.as_mut()) {
                weekly.but.insert(*day);
            }
        }
        Event::Elsewhere { entries } => calendar.elsewhere = entries.clone(),
    }
    calendar
}

impl Entry {
    /// As it takes place from `from` on and before `until`, in order.
    pub fn blocks(&self, id: Option<EntryId>, from: Timestamp, until: Timestamp) -> Vec<Block> {
        let zone = TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC);
        let moment = |at: DateTime| zone.to_timestamp(at).unwrap_or(Timestamp::MAX);
        let block = |starts: DateTime, ends: DateTime| Block {
            entry: id,
            kind: self.kind,
            title: self.title.clone(),
            from: moment(starts),
            until: moment(ends),
            day: starts.date(),
        };
        let meets = |b: &Block| b.from < until && b.until > from;
        let Some(weekly) = &self.weekly else {
            return Some(block(self.starts, self.ends)).into_iter().filter(meets).collect();
        };
        let lasts = self.ends.duration_since(self.starts);
        let first = zone.to_datetime(from).date().saturating_sub(1.day()).max(self.starts.date());
        let last = zone.to_datetime(until).date().min(weekly.until.unwrap_or(Date::MAX));
        first
            .series(1.day())
            .take(CALENDAR_DAYS as usize)
            .take_while(|day| *day <= last)
            .filter(|day| weekly.days.contains(&monday_zero(day.weekday())) && !weekly.but.contains(day))
            .map(|day| {
                let starts = day.to_datetime(self.starts.time());
                block(starts, starts.saturating_add(lasts))
            })
            .filter(meets)
            .collect()
    }
}

fn monday_zero(day: Weekday) -> i8 {
    day.to_monday_zero_offset()
}

impl Calendar {
    /// Everything between two moments, by its beginning.
    pub fn blocks(&self, from: Timestamp, until: Timestamp) -> Vec<Block> {
        let own = self.entries.iter().flat_map(|(id, entry)| entry.blocks(Some(*id), from, until));
        let mut blocks: Vec<Block> =
            own.chain(self.elsewhere.iter().flat_map(|e| e.blocks(None, from, until))).collect();
        blocks.sort_by_key(|b| (b.from, b.until, b.kind, b.entry));
        blocks
    }

    /// Whether they are on leave then, and until when.
    pub fn on_leave(&self, at: Timestamp) -> Option<Timestamp> {
        let blocks = self.blocks(at, at + SignedDuration::from_secs(1));
        blocks.into_iter().filter(|b| b.kind == Kind::Leave && b.from <= at && at < b.until).map(|b| b.until).max()
    }

    /// Whether shifts are entered at all; without them nothing is said of when somebody is there.
    /// Time kept for what was promised, from now on.
    pub fn follow_ups(&self, now: Timestamp) -> Vec<(EntryId, Entry)> {
        let until = now + SignedDuration::from_hours(24 * CALENDAR_DAYS);
        let ahead = |e: &Entry| e.kind == Kind::FollowUp && !e.blocks(None, now, until).is_empty();
        self.entries.iter().filter(|(_, e)| ahead(e)).map(|(id, e)| (*id, e.clone())).collect()
    }

    pub fn has_shifts(&self) -> bool {
        self.entries.values().any(|e| e.kind == Kind::Shift)
    }

    /// Whether they are there then: in a shift, if they have any, and not on leave.
    pub fn is_there(&self, at: Timestamp) -> bool {
        let blocks = self.blocks(at, at + SignedDuration::from_secs(1));
        let covers = |kind| blocks.iter().any(|b| b.kind == kind && b.from <= at && at < b.until);
        !covers(Kind::Leave) && (!self.has_shifts() || covers(Kind::Shift))
    }

    /// The end of the shift that is, or comes next; `None` when none is in sight.
    pub fn shift_end(&self, at: Timestamp) -> Option<Timestamp> {
        self.shifts(at).next().map(|b| b.until)
    }

    /// When they are next there after `at`, which lies in a shift or between two; `None` when that is not in sight.
    pub fn back(&self, at: Timestamp) -> Option<Timestamp> {
        self.shifts(at).map(|b| b.from).find(|from| *from > at)
    }

    fn shifts(&self, at: Timestamp) -> impl Iterator<Item = Block> {
        let sight = at + SignedDuration::from_hours(24 * SIGHT_DAYS);
        let mut blocks = self.blocks(at, sight);
        blocks.retain(|b| b.kind == Kind::Shift && b.until > at);
        let away: Vec<(Timestamp, Timestamp)> =
            self.blocks(at, sight).into_iter().filter(|b| b.kind == Kind::Leave).map(|b| (b.from, b.until)).collect();
        blocks.into_iter().filter(move |b| !away.iter().any(|(from, until)| *from <= b.from && b.until <= *until))
    }

    /// Minutes between two moments in which they are there and nothing else is entered; `None` without shifts.
    pub fn free_minutes(&self, from: Timestamp, until: Timestamp) -> Option<i64> {
        if !self.has_shifts() {
            return None;
        }
        let blocks = self.blocks(from, until);
        let clip = |b: &Block| (b.from.max(from), b.until.min(until));
        let there = merged(blocks.iter().filter(|b| b.kind == Kind::Shift).map(clip).collect());
        // Time kept for follow-ups is what promises are kept in.
        let busy = blocks.iter().filter(|b| matches!(b.kind, Kind::Meeting | Kind::Phone | Kind::Leave));
        let busy = merged(busy.map(clip).collect());
        let overlap = |(from, until): &(Timestamp, Timestamp)| {
            let seconds = busy.iter().map(|(f, u)| u.min(until).as_second() - f.max(from).as_second());
            until.as_second() - from.as_second() - seconds.filter(|s| *s > 0).sum::<i64>()
        };
        Some(there.iter().map(overlap).sum::<i64>() / 60)
    }

    /// What could be left out between now and a moment, to have time for what was promised.
    pub fn can_be_cut(&self, from: Timestamp, until: Timestamp) -> Vec<Block> {
        let mut blocks = self.blocks(from, until);
        blocks.retain(|b| matches!(b.kind, Kind::Meeting | Kind::Phone));
        blocks
    }
}

/// How far ahead is looked for a shift.
const SIGHT_DAYS: i64 = 60;

fn merged(mut spans: Vec<(Timestamp, Timestamp)>) -> Vec<(Timestamp, Timestamp)> {
    spans.sort_unstable();
    let mut merged: Vec<(Timestamp, Timestamp)> = Vec::with_capacity(spans.len());
    for (from, until) in spans {
        match merged.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(until),
            _ => merged.push((from, until)),
        }
    }
    merged
}

/// When time next has something to say: the end of the shift that is, or comes next. Where none is in sight, one may come
/// into it.
pub fn due(calendar: &Calendar, now: Timestamp) -> Option<Timestamp> {
    let look_again = now + SignedDuration::from_hours(24 * SIGHT_DAYS / 2);
    calendar.has_shifts().then(|| calendar.shift_end(now).unwrap_or(look_again))
}

/// Who takes over from somebody at a moment: a supervisor who is there, or else one who is not on leave.
pub fn cover(site: &Site, calendars: &BTreeMap<AgentId, Calendar>, from: AgentId, at: Timestamp) -> Option<AgentId> {
    let nothing = Calendar::default();
    let of = |id: &AgentId| calendars.get(id).unwrap_or(&nothing);
    let others: Vec<AgentId> =
        site.agents.values().filter(|a| a.active && a.id != from && a.role >= Role::Supervisor).map(|a| a.id).collect();
    let there = others.iter().find(|id| of(id).is_there(at));
    there.or_else(|| others.iter().find(|id| of(id).on_leave(at).is_none())).copied()
}

#[cfg(test)]
mod stories;
#[cfg(test)]
mod tests;
