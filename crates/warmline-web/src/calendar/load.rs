//! How full a day is: what is promised for it against what the calendar leaves free, and what could be left out of it.

use jiff::{Timestamp, ToSpan};
use warmline_domain::AgentId;
use warmline_domain::calendar::{Block, Calendar};

use crate::App;
use crate::page::Wrong;

const PROMISES: usize = 200;

/// `Thursday: 3 promised already, 1 h 20 min free.` For the day a promise is due on, from now on.
pub(crate) async fn in_words(app: &App, owner: AgentId, due: Timestamp, own: bool) -> Result<String, Wrong> {
    let (now, zone) = (app.desk.clock.now(), &app.settings.zone);
    let day = due.to_zoned(zone.clone()).date();
    let start = |day: jiff::civil::Date| day.to_zoned(zone.clone()).map_or(Timestamp::MAX, |z| z.timestamp());
    let (from, until) = (start(day).max(now), start(day.saturating_add(1.day())));
    let calendar = app.desk.store.calendar(owner).await?.value;
    let open = app.desk.store.open_promises(owner, until, PROMISES).await?;
    let promised = open.iter().filter(|p| p.due >= start(day)).count() as i64;
    let name = day.strftime("%A");
    let site = app.desk.site();
    let who = match site.agents.get(&owner) {
        _ if own => "You are".to_owned(),
        Some(agent) => format!("{} is", agent.name),
        None => "They are".to_owned(),
    };
    if calendar.on_leave(due).is_some() {
        return Ok(format!("{who} on leave on {name}."));
    }
    let already = match promised {
        0 => "nothing promised yet".to_owned(),
        n => format!("{n} promised already"),
    };
    let Some(free) = calendar.free_minutes(from, until) else { return Ok(format!("{name}: {already}.")) };
    let takes = (promised + 1) * i64::from(site.policy.promises.minutes_each);
    let full = if takes > free { " That is more than fits." } else { "" };
    let there = if calendar.is_there(due) { "" } else { " No shift at that time." };
    Ok(format!("{name}: {already}, {} free.{there}{full}", hours_in_words(free)))
}

pub(crate) fn hours_in_words(minutes: i64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// Something that could be left out to keep a promise.
pub(crate) struct Cut {
    pub(crate) words: String,
    /// What it takes to leave it out here; what comes from elsewhere is left out there.
    pub(crate) entry: Option<(warmline_domain::EntryId, String)>,
    /// The next day, at the same time: as date fields write it, and in words.
    pub(crate) later: String,
    pub(crate) later_in_words: String,
}

/// Between now and the time of a promise; for one whose time has passed, today.
pub(crate) fn cuts(app: &App, calendar: &Calendar, due: Timestamp) -> Vec<Cut> {
    let (now, zone) = (app.desk.clock.now(), &app.settings.zone);
    let tomorrow = now.to_zoned(zone.clone()).date().saturating_add(1.day());
    let midnight = tomorrow.to_zoned(zone.clone()).map_or(due, |z| z.timestamp());
    let until = if due > now { due.min(midnight) } else { midnight };
    let clock = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%H:%M").to_string();
    let cut = |b: Block| Cut {
        words: format!(
            "{} {}–{}",
            if b.title.is_empty() { b.kind.word() } else { &b.title },
            clock(b.from),
            clock(b.until)
        ),
        entry: b.entry.map(|e| (e, b.day.to_string())),
        later: super::a_day_later(app, b.from),
        later_in_words: format!("tomorrow {}", clock(b.from)),
    };
    calendar.can_be_cut(now, until).into_iter().map(cut).collect()
}
