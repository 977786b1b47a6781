//! An agent's week: what stands in it, what is free, what is promised; and the same for calendar programs.

pub(crate) mod feed;
pub(crate) mod load;

use askama::Template;
use axum::Form;
use axum::extract::{Multipart, Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::Deserialize;
use warmline_desk::{CalendarWish, DeskError, Wish, elsewhere, ics};
use warmline_domain::calendar::{Block, Calendar, Command, Entry, Kind, Weekly};
use warmline_domain::hours::WEEKDAYS;
use warmline_domain::id::Minter;
use warmline_domain::limits::CALENDAR_BYTES;
use warmline_domain::site::Role;
use warmline_domain::{AgentId, EntryId, Refusal};
use warmline_store::{CalendarSource, OpenPromise};

use crate::App;
use crate::page::{Frame, Shown, Wrong, drawn, moment, status_of};
use crate::session::Who;
use crate::tickets::fresh_node;

/// Promises shown in a week.
const PROMISES: usize = 200;

#[derive(Template)]
#[template(path = "calendar.html")]
struct CalendarPage {
    frame: Frame,
    agent: AgentId,
    name: String,
    own: bool,
    /// Whose calendars may be looked at.
    people: Vec<(AgentId, String)>,
    week: String,
    title: String,
    before: String,
    after: String,
    days: Vec<Day>,
    kinds: [Kind; 5],
    form: EntryForm,
    editing: bool,
    weekdays: Vec<(usize, &'static str, bool)>,
    /// Shown once, when it was just made.
    address: String,
    has_address: bool,
    source: Option<SourceView>,
    problem: Option<Refusal>,
}

struct Day {
    name: String,
    today: bool,
    free: String,
    items: Vec<DayItem>,
}

struct DayItem {
    from: Timestamp,
    time: String,
    kind: &'static str,
    class: String,
    title: String,
    /// The entry and the day, for what can be changed here.
    entry: Option<(EntryId, Date)>,
    /// Where it is moved to unless another time is chosen: the next day. Empty for what is not moved in one step.
    moves_to: String,
    /// The next one of its owner: the key moves this one.
    next: bool,
    /// The ticket of a promise.
    ticket: String,
}

struct SourceView {
    host: String,
    read: String,
    error: String,
}

/// A form for an entry, as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EntryForm {
    agent: i64,
    week: String,
    id: i64,
    kind: String,
    title: String,
    starts: String,
    ends: String,
    d0: String,
    d1: String,
    d2: String,
    d3: String,
    d4: String,
    d5: String,
    d6: String,
    until: String,
    cover: String,
    reason: String,
}

impl EntryForm {
    fn days(&self) -> [&str; 7] {
        [&self.d0, &self.d1, &self.d2, &self.d3, &self.d4, &self.d5, &self.d6].map(String::as_str)
    }

    fn of(id: EntryId, entry: &Entry) -> EntryForm {
        let on = |day: i8| {
            if entry.weekly.as_ref().is_some_and(|w| w.days.contains(&day)) { "on".into() } else { String::new() }
        };
        let local = |at: DateTime| at.strftime("%Y-%m-%dT%H:%M").to_string();
        let until = entry.weekly.as_ref().and_then(|w| w.until).map(|d| d.to_string()).unwrap_or_default();
        EntryForm {
            id: id.0,
            kind: entry.kind.word().into(),
            title: entry.title.clone(),
            starts: local(entry.starts),
            ends: local(entry.ends),
            d0: on(0),
            d1: on(1),
            d2: on(2),
            d3: on(3),
            d4: on(4),
            d5: on(5),
            d6: on(6),
            until,
            ..EntryForm::default()
        }
    }

    fn entry(&self, zone: &str) -> Result<Entry, Refusal> {
        let unread = |what: &str| Refusal::input(format!("The {what} could not be read."), "Choose a day and a time.");
        let days: std::collections::BTreeSet<i8> =
            self.days().iter().zip(0..).filter(|(on, _)| !on.is_empty()).map(|(_, day)| day).collect();
        let until = match self.until.as_str() {
            "" => None,
            text => Some(text.parse().map_err(|_| unread("last day"))?),
        };
        let weekly = (!days.is_empty()).then_some(Weekly { days, until, but: Default::default() });
        Ok(Entry {
            kind: self.kind.parse()?,
            title: self.title.clone(),
            starts: self.starts.parse().map_err(|_| unread("beginning"))?,
            ends: self.ends.parse().map_err(|_| unread("end"))?,
            zone: zone.to_owned(),
            weekly,
        })
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Looked {
    agent: Option<i64>,
    /// A day of the week shown.
    week: String,
    edit: Option<i64>,
}

pub(crate) async fn show(State(app): State<App>, who: Who, Query(looked): Query<Looked>) -> Shown {
    page(&app, &who, &looked, None, None, String::new()).await
}

/// Whose calendar it is: one's own, or for supervisors anybody's.
fn whose(app: &App, who: &Who, agent: Option<i64>) -> Result<AgentId, Wrong> {
    let agent = agent.filter(|a| *a != 0).map_or(who.id, AgentId);
    if agent != who.id && who.role < Role::Supervisor || !app.desk.site().agents.contains_key(&agent) {
        return Err(Wrong::Missing);
    }
    Ok(agent)
}

async fn page(
    app: &App,
    who: &Who,
    looked: &Looked,
    typed: Option<EntryForm>,
    problem: Option<Refusal>,
    address: String,
) -> Shown {
    let agent = whose(app, who, looked.agent)?;
    let (site, zone, now) = (app.desk.site(), &app.settings.zone, app.desk.clock.now());
    let calendar = app.desk.store.calendar(agent).await?.value;
    let today = now.to_zoned(zone.clone()).date();
    let chosen: Date = looked.week.parse().unwrap_or(today);
    let monday = chosen.saturating_sub(i64::from(chosen.weekday().to_monday_zero_offset()).days());
    let until = midnight(app, monday.saturating_add(7.days()));
    let promises = app.desk.store.open_promises(agent, until, PROMISES).await?;
    let mut days = Vec::with_capacity(7);
    for offset in 0..7_i64 {
        days.push(day(app, &calendar, &promises, monday.saturating_add(offset.days()), today).await?);
    }
    let mut items = days.iter_mut().flat_map(|d| d.items.iter_mut());
    if let Some(next) = items.find(|i| i.from > now && i.entry.is_some() && !i.moves_to.is_empty()) {
        next.next = true;
    }
    let known = looked.edit.and_then(|id| calendar.entries.get(&EntryId(id)).map(|e| EntryForm::of(EntryId(id), e)));
    let editing = known.is_some();
    let mut form = typed.or(known).unwrap_or_else(|| fresh(app, today.max(monday)));
    form.agent = agent.0;
    form.week = monday.to_string();
    let source = app.desk.store.calendar_sources().await?.into_iter().find(|s| s.agent == agent);
    let status = problem.as_ref().map_or(axum::http::StatusCode::OK, status_of);
    let page = CalendarPage {
        frame: Frame::new(app, who).await?,
        agent,
        name: site.agents.get(&agent).map(|a| a.name.clone()).unwrap_or_default(),
        own: agent == who.id,
        people: site.agents.values().filter(|a| a.active).map(|a| (a.id, a.name.clone())).collect(),
        week: monday.to_string(),
        title: monday.strftime("Week %-V, %-d %B %Y").to_string(),
        before: monday.saturating_sub(7.days()).to_string(),
        after: monday.saturating_add(7.days()).to_string(),
        days,
        kinds: Kind::ALL,
        weekdays: WEEKDAYS.iter().zip(form.days()).enumerate().map(|(n, (d, on))| (n, *d, !on.is_empty())).collect(),
        form,
        editing,
        has_address: app.desk.store.has_calendar_feed(agent).await?,
        address,
        source: source.map(|s| source_view(s, app, now)),
        problem,
    };
    Ok(drawn(status, &page))
}

fn fresh(app: &App, day: Date) -> EntryForm {
    EntryForm {
        id: Minter::new(fresh_node()).mint::<EntryId>(app.desk.clock.now()).0,
        kind: Kind::Meeting.word().into(),
        starts: format!("{day}T10:00"),
        ends: format!("{day}T11:00"),
        ..EntryForm::default()
    }
}

fn source_view(source: CalendarSource, app: &App, now: Timestamp) -> SourceView {
    let host = source.url.split("://").nth(1).and_then(|rest| rest.split(['/', '?']).next()).unwrap_or_default();
    SourceView {
        host: host.to_owned(),
        read: source.read_at.map(|at| moment(at, now, &app.settings.zone)).unwrap_or_default(),
        error: source.error,
    }
}

fn midnight(app: &App, day: Date) -> Timestamp {
    day.to_zoned(app.settings.zone.clone()).map_or(Timestamp::MAX, |z| z.timestamp())
}

async fn day(app: &App, calendar: &Calendar, promises: &[OpenPromise], day: Date, today: Date) -> Result<Day, Wrong> {
    let (from, until) = (midnight(app, day), midnight(app, day.saturating_add(1.day())));
    let mut items: Vec<DayItem> = calendar.blocks(from, until).iter().map(|b| item(app, b, from, until)).collect();
    for promise in promises.iter().filter(|p| (from..until).contains(&p.due)) {
        let number =
            app.desk.store.ticket(promise.ticket).await?.map(|t| t.value.number.to_string()).unwrap_or_default();
        let time = promise.due.to_zoned(app.settings.zone.clone()).strftime("%H:%M").to_string();
        items.push(DayItem {
            from: promise.due,
            time,
            kind: "promise",
            class: "promise".into(),
            title: format!("Promised on {number}"),
            entry: None,
            moves_to: String::new(),
            next: false,
            ticket: number,
        });
    }
    items.sort_by_key(|i| i.from);
    Ok(Day {
        name: day.strftime("%A, %-d %b").to_string(),
        today: day == today,
        free: calendar.free_minutes(from, until).map(load::hours_in_words).unwrap_or_default(),
        items,
    })
}

fn item(app: &App, block: &Block, from: Timestamp, until: Timestamp) -> DayItem {
    let clock = |at: Timestamp| at.to_zoned(app.settings.zone.clone()).strftime("%H:%M").to_string();
    let time = match (block.from < from, block.until > until) {
        (true, true) => "all day".into(),
        (true, false) => format!("until {}", clock(block.until)),
        (false, true) => format!("from {}", clock(block.from)),
        (false, false) => format!("{}–{}", clock(block.from), clock(block.until)),
    };
    DayItem {
        from: block.from,
        time,
        kind: block.kind.word(),
        class: block.kind.word().replace(' ', "-"),
        title: block.title.clone(),
        entry: block.entry.map(|e| (e, block.day)),
        moves_to: if block.kind == Kind::Leave { String::new() } else { a_day_later(app, block.from) },
        next: false,
        ticket: String::new(),
    }
}

/// As date fields write it.
fn a_day_later(app: &App, at: Timestamp) -> String {
    let local = at.to_zoned(app.settings.zone.clone()).datetime();
    local.saturating_add(1.day()).strftime("%Y-%m-%dT%H:%M").to_string()
}

fn at(agent: AgentId, week: &str) -> Response {
    Redirect::to(&format!("/calendar?agent={agent}&week={}", crate::forms::percent(week))).into_response()
}

/// Adds an entry, or changes one.
pub(crate) async fn put(State(app): State<App>, who: Who, Form(form): Form<EntryForm>) -> Shown {
    let agent = whose(&app, &who, Some(form.agent))?;
    let zone = app.settings.zone.iana_name().unwrap_or("UTC");
    let asked = match form.entry(zone) {
        Ok(entry) => {
            let wish = CalendarWish {
                by: who.by(),
                agent,
                command: Command::Put { id: EntryId(form.id), entry },
                cover: form.cover.parse().ok().filter(|c| *c != 0).map(AgentId),
                reason: form.reason.clone(),
            };
            app.desk.ask(Wish::Calendar(wish)).await
        }
        Err(refusal) => Err(DeskError::Refused(refusal)),
    };
    match asked {
        Ok(_) => Ok(at(agent, form.starts.split('T').next().unwrap_or_default())),
        Err(DeskError::Refused(refusal)) => {
            let looked = Looked { agent: Some(agent.0), week: form.week.clone(), edit: None };
            page(&app, &who, &looked, Some(form), Some(refusal), String::new()).await
        }
        Err(fault) => Err(fault.into()),
    }
}

#[derive(Deserialize)]
pub(crate) struct RemovalForm {
    agent: i64,
    /// The day on which it does not take place; empty takes all of it out.
    #[serde(default)]
    day: String,
    #[serde(default)]
    week: String,
    /// The part of the ledger it was sent from.
    #[serde(default)]
    ledger: String,
}

pub(crate) async fn remove(
    State(app): State<App>,
    who: Who,
    Path(id): Path<i64>,
    Form(form): Form<RemovalForm>,
) -> Shown {
    let agent = whose(&app, &who, Some(form.agent))?;
    let id = EntryId(id);
    let command = match form.day.parse() {
        Ok(day) => Command::Skip { id, day },
        Err(_) => Command::Remove { id },
    };
    let wish = CalendarWish { by: who.by(), agent, command, cover: None, reason: String::new() };
    app.desk.ask(Wish::Calendar(wish)).await?;
    if form.ledger.is_empty() {
        return Ok(at(agent, &form.week));
    }
    Ok(Redirect::to(&format!("/promises?of={}", crate::forms::percent(&form.ledger))).into_response())
}

#[derive(Deserialize)]
pub(crate) struct MoveForm {
    agent: i64,
    day: Date,
    to: DateTime,
    #[serde(default)]
    week: String,
    /// The part of the ledger it was sent from.
    #[serde(default)]
    ledger: String,
}

/// What takes place on a day takes place at another time.
pub(crate) async fn move_to(
    State(app): State<App>,
    who: Who,
    Path(id): Path<i64>,
    Form(form): Form<MoveForm>,
) -> Shown {
    let agent = whose(&app, &who, Some(form.agent))?;
    let fresh = Minter::new(fresh_node()).mint(app.desk.clock.now());
    let command = Command::Move { id: EntryId(id), day: form.day, to: form.to, fresh };
    let wish = CalendarWish { by: who.by(), agent, command, cover: None, reason: String::new() };
    app.desk.ask(Wish::Calendar(wish)).await?;
    if form.ledger.is_empty() {
        return Ok(at(agent, &form.week));
    }
    Ok(Redirect::to(&format!("/promises?of={}", crate::forms::percent(&form.ledger))).into_response())
}

#[derive(Deserialize)]
pub(crate) struct SourceForm {
    /// Empty: none any more.
    #[serde(default)]
    url: String,
}

/// A calendar elsewhere that is read from now on: always one's own.
pub(crate) async fn source(State(app): State<App>, who: Who, Form(form): Form<SourceForm>) -> Shown {
    let looked = Looked::default();
    let url = form.url.trim().to_owned();
    let mut batch = app.desk.store.batch();
    if url.is_empty() {
        batch.no_calendar_source(who.id);
        app.desk.store.commit(batch).await?;
        let command = Command::Elsewhere { entries: vec![] };
        let wish = CalendarWish { by: who.by(), agent: who.id, command, cover: None, reason: String::new() };
        app.desk.ask(Wish::Calendar(wish)).await?;
        return Ok(at(who.id, ""));
    }
    if let Err(why) = elsewhere::address(&url, &app.desk.site().policy.calendars) {
        let refusal = Refusal::input(
            format!("That calendar cannot be read: {why}."),
            "Copy its secret address in the iCal format from the other program.",
        );
        return page(&app, &who, &looked, None, Some(refusal), String::new()).await;
    }
    let source = CalendarSource { agent: who.id, url, read_at: None, error: String::new() };
    batch.calendar_source(&source);
    app.desk.store.commit(batch).await?;
    elsewhere::read_one(&app.desk, &app.settings.fetcher.tls, &app.settings.zone, source).await;
    Ok(at(who.id, ""))
}

/// A file in the iCalendar format: taken over once, into one's own.
pub(crate) async fn import(State(app): State<App>, who: Who, mut form: Multipart) -> Shown {
    let mut text = String::new();
    while let Ok(Some(field)) = form.next_field().await {
        if field.name() == Some("file") {
            let bytes = field.bytes().await.map_err(|_| too_large())?;
            text = String::from_utf8_lossy(&bytes).into_owned();
        }
    }
    let (now, zone) = (app.desk.clock.now(), app.settings.zone.clone());
    let year = SignedDuration::from_hours(24 * 365);
    let read = tokio::task::spawn_blocking(move || ics::read(&text, &zone, now - year / 12, now + year)).await;
    let asked = match read.map_err(|e| e.to_string()).and_then(|read| read) {
        Ok(entries) => {
            let command = Command::Import { entries };
            let wish = CalendarWish { by: who.by(), agent: who.id, command, cover: None, reason: String::new() };
            app.desk.ask(Wish::Calendar(wish)).await
        }
        Err(why) => Err(DeskError::Refused(Refusal::input(
            format!("That file cannot be read: {why}."),
            "Nothing was changed. Export it as an .ics file and try again.",
        ))),
    };
    match asked {
        Ok(_) => Ok(at(who.id, "")),
        Err(DeskError::Refused(refusal)) => {
            page(&app, &who, &Looked::default(), None, Some(refusal), String::new()).await
        }
        Err(fault) => Err(fault.into()),
    }
}

fn too_large() -> Refusal {
    Refusal::input(
        format!("A calendar file has {} MB at most.", CALENDAR_BYTES >> 20),
        "Export fewer months and try again.",
    )
}

/// The page that shows a new address is not drawn a second time: whoever looks again gets the calendar.
pub(crate) async fn without_address(_: Who) -> Redirect {
    Redirect::to("/calendar")
}

/// A new secret address; the one before is good for nothing from now on.
pub(crate) async fn address(State(app): State<App>, who: Who) -> Result<Response, Wrong> {
    let secret = feed::make(&app, who.id).await?;
    page(&app, &who, &Looked::default(), None, None, format!("/calendar/feed/{secret}")).await
}
