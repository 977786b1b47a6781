//! Not our job: the directory of who helps with what, and the quick look on a ticket.

use std::collections::BTreeMap;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use warmline_desk::{DeskError, Wish};
use warmline_domain::id::Minter;
use warmline_domain::site::referrals::{Command as Keep, Fitting, Kind, Pointer, Written};
use warmline_domain::site::{Command as SiteCommand, Role};
use warmline_domain::ticket::referral::{self, Choice, Looks, Standing, Uses};
use warmline_domain::ticket::{Command, Ticket, Told};
use warmline_domain::{PointerId, Refusal, csv};
use warmline_store::Entry;

use crate::App;
use crate::forms::percent;
use crate::letters::{draft, reader};
use crate::on::OnTicket;
use crate::page::{Frame, Shown, Wrong, drawn, moment, sheet, status_of};
use crate::session::Who;
use crate::tickets::fresh_node;

/// Entries offered beside a ticket, and in its search.
const OFFERED: usize = 4;
const FOUND: usize = 12;
/// Entries drawn on the page.
const ROWS: usize = 300;
/// The measures are of so many days.
const DAYS: i64 = 30;

/// An entry as pages show it.
pub(crate) struct PointerView {
    pub(crate) id: PointerId,
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    pub(crate) about: String,
    pub(crate) phone: String,
    pub(crate) mail: String,
    pub(crate) link: String,
    pub(crate) languages: String,
    pub(crate) confirmed: String,
    pub(crate) stale: bool,
    pub(crate) uses: Uses,
}

fn shown(app: &App, fitting: &Fitting<'_>, uses: Uses) -> PointerView {
    let (site, now, zone) = (app.desk.site(), app.desk.clock.now(), &app.settings.zone);
    let Pointer { id, name, kind, about, phone, mail, link, languages, confirmed_at, confirmed_by } = fitting.pointer;
    let by = confirmed_by.and_then(|a| site.agents.get(&a)).map(|a| format!(" by {}", a.name)).unwrap_or_default();
    PointerView {
        id: *id,
        name: name.clone(),
        kind: kind.word(),
        about: about.clone(),
        phone: phone.clone(),
        mail: mail.clone(),
        link: link.clone(),
        languages: languages.clone(),
        confirmed: format!("{}{by}", moment(*confirmed_at, now, zone)),
        stale: fitting.stale,
        uses,
    }
}

async fn fitting(app: &App, text: &str, all: bool, limit: usize) -> Result<Vec<PointerView>, Wrong> {
    let uses = app.desk.store.pointer_uses().await?;
    let (site, now) = (app.desk.site(), app.desk.clock.now());
    let often = |id: PointerId| uses.get(&id).map_or(0, |u: &Uses| u.given);
    let found = site.directory.fitting(text, now, site.policy.referrals.stale_months, all, &often);
    let of = |f: &Fitting<'_>| shown(app, f, uses.get(&f.pointer.id).copied().unwrap_or_default());
    Ok(found.iter().take(limit).map(of).collect())
}

/// What stands beside a ticket.
pub(crate) struct ReferralPane {
    /// none, looking, pointed, given, closed or reopened.
    pub(crate) standing: &'static str,
    /// Milliseconds since 1970.
    pub(crate) since: i64,
    pub(crate) budget: String,
    pub(crate) over: bool,
    pub(crate) name: String,
    pub(crate) marks: String,
    pub(crate) offered: Vec<PointerView>,
}

pub(crate) async fn pane(app: &App, ticket: &Ticket, entries: &[Entry]) -> Result<ReferralPane, Wrong> {
    let last = ticket.referrals.last();
    let standing = last.map_or("none", |r| if r.standing == Standing::Ours { "none" } else { r.standing.word() });
    let offered = if matches!(standing, "looking" | "pointed") {
        let first = entries.iter().find_map(|e| match e {
            Entry::Message(m) if m.kind == "received" => Some(m.content.text.as_str()),
            _ => None,
        });
        let words = format!("{} {}", ticket.subject.open().cloned().unwrap_or_default(), first.unwrap_or_default());
        fitting(app, &words, false, OFFERED).await?
    } else {
        vec![]
    };
    let budget = last.map_or(app.desk.site().policy.referrals.look_seconds, |r| r.budget_seconds);
    let spent = |r: &referral::Referral| app.desk.clock.now().duration_since(r.since).as_secs();
    Ok(ReferralPane {
        standing,
        since: last.map_or(0, |r| r.since.as_millisecond()),
        budget: format!("{}:{:02}", budget / 60, budget % 60),
        over: last.is_some_and(|r| r.standing == Standing::Looking && spent(r) > i64::from(r.budget_seconds)),
        name: last.and_then(|r| r.to.as_ref()).map(|t| t.name.clone()).unwrap_or_default(),
        marks: last.and_then(|r| r.to.as_ref()).map(|t| t.marks.join(" · ")).unwrap_or_default(),
        offered,
    })
}

#[derive(Deserialize)]
pub(crate) struct ReferralForm {
    /// look, point, link, said, ours or close.
    wish: String,
    #[serde(default)]
    pointer: i64,
    #[serde(default)]
    link: String,
    #[serde(default)]
    name: String,
}

pub(crate) async fn change(on: OnTicket, Form(form): Form<ReferralForm>) -> Shown {
    let choice = match form.wish.as_str() {
        "point" => Choice::Directory(PointerId(form.pointer)),
        "link" => Choice::Found { link: form.link.clone(), name: form.name },
        wish => {
            let command = match wish {
                "look" => referral::Command::Look,
                "said" => referral::Command::Said,
                "ours" => referral::Command::Ours,
                "close" => referral::Command::Close,
                _ => return Err(Wrong::Missing),
            };
            return on.command(Command::Referral(command)).await;
        }
    };
    let command = Command::Referral(referral::Command::Point(choice));
    match on.app.desk.ask(on.wish(command)).await {
        Ok(_) => {}
        Err(DeskError::Refused(refusal)) => return on.refused(refusal).await,
        Err(fault) => return Err(fault.into()),
    }
    let reader = reader(&on).await?;
    let Some(to) = reader.ticket.referrals.last().and_then(|r| r.to.as_ref()) else { return on.back() };
    let site = on.app.desk.site();
    let pointer = to.pointer.and_then(|id| site.directory.pointers.get(&id));
    let link = to.marks.first().map_or("", String::as_str);
    draft(&on, &referral::letter(reader.language, &reader.first_name, &to.name, pointer, link)).await?;
    on.back()
}

#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    q: String,
}

impl Typed {
    pub(crate) fn text(&self) -> &str {
        &self.q
    }
}

/// A choice of the dialog that searches while somebody types.
#[derive(Serialize)]
pub(crate) struct Choosable {
    /// An identifier; as text, for scripts count to 2^53 only.
    pub(crate) value: String,
    pub(crate) title: String,
    pub(crate) text: String,
}

pub(crate) fn choosable(choices: &[Choosable]) -> Response {
    let json = serde_json::to_string(choices).unwrap_or_default();
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], json).into_response()
}

/// The directory for the ticket's dialog.
pub(crate) async fn find(on: OnTicket, Query(typed): Query<Typed>) -> Result<Response, Wrong> {
    let all = typed.q.trim().is_empty();
    let found = fitting(&on.app, &typed.q, all, FOUND).await?;
    let choice = |p: PointerView| Choosable {
        value: p.id.to_string(),
        text: format!("{} · {}{}", p.about, ways(&p), if p.stale { " · not confirmed for long" } else { "" }),
        title: p.name,
    };
    Ok(choosable(&found.into_iter().map(choice).collect::<Vec<_>>()))
}

fn ways(p: &PointerView) -> String {
    [&p.phone, &p.mail, &p.link].into_iter().filter(|w| !w.is_empty()).cloned().collect::<Vec<_>>().join(", ")
}

/// What happened, for the timeline.
pub(crate) fn sentence(event: &referral::Event, who: &str) -> String {
    match event {
        referral::Event::Looked { .. } => format!("{who} looks who else can help with this"),
        referral::Event::Pointed { to, looked_seconds } => {
            format!("{who} found {} after {}:{:02}", to.name, looked_seconds / 60, looked_seconds % 60)
        }
        referral::Event::Given { told: Told::Written, .. } => "The message says who can help".into(),
        referral::Event::Given { told: Told::OnThePhone, .. } => format!("{who} said on the phone who can help"),
        referral::Event::Closed => "Closed as out of scope; the customer knows who helps".into(),
        referral::Event::Ours => format!("{who} found that it is ours after all"),
    }
}

#[derive(Template)]
#[template(path = "referrals.html")]
struct DirectoryPage {
    frame: Frame,
    q: String,
    told: String,
    rows: Vec<PointerView>,
    count: usize,
    stale: usize,
    months: u32,
    looks: Looks,
    days: i64,
    open: Option<(PointerId, Written)>,
    /// What an import could not be read with, given back.
    csv: String,
    removes: bool,
    problem: Option<Refusal>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    q: String,
    /// An identifier, or `new`.
    open: String,
    told: String,
}

pub(crate) async fn show(State(app): State<App>, who: Who, Query(asked): Query<Asked>) -> Shown {
    let open = match asked.open.as_str() {
        "" => None,
        "new" => Some((fresh(&app), Written { kind: Kind::Vendor.word().into(), ..Written::default() })),
        id => {
            let id = PointerId(id.parse().map_err(|_| Wrong::Missing)?);
            Some((id, written(app.desk.site().directory.pointers.get(&id).ok_or(Wrong::Missing)?)))
        }
    };
    page(&app, &who, asked, open, None).await
}

fn fresh(app: &App) -> PointerId {
    Minter::new(fresh_node()).mint(app.desk.clock.now())
}

fn written(pointer: &Pointer) -> Written {
    Written {
        name: pointer.name.clone(),
        kind: pointer.kind.word().into(),
        about: pointer.about.clone(),
        phone: pointer.phone.clone(),
        mail: pointer.mail.clone(),
        link: pointer.link.clone(),
        languages: pointer.languages.clone(),
    }
}

async fn page(
    app: &App,
    who: &Who,
    asked: Asked,
    open: Option<(PointerId, Written)>,
    problem: Option<(Refusal, String)>,
) -> Shown {
    let now = app.desk.clock.now();
    let site = app.desk.site();
    let months = site.policy.referrals.stale_months;
    let rows = fitting(app, &asked.q, asked.q.trim().is_empty(), ROWS).await?;
    let (problem, csv) = problem.map_or((None, String::new()), |(p, text)| (Some(p), text));
    let status = problem.as_ref().map_or(axum::http::StatusCode::OK, status_of);
    let page = DirectoryPage {
        frame: Frame::new(app, who).await?,
        rows,
        count: site.directory.pointers.len(),
        stale: site.directory.pointers.values().filter(|p| p.is_stale(now, months)).count(),
        months,
        looks: app.desk.store.looks(now - SignedDuration::from_hours(24 * DAYS)).await?,
        days: DAYS,
        q: asked.q,
        told: asked.told,
        open,
        csv,
        removes: who.role >= Role::Supervisor,
        problem,
    };
    Ok(drawn(status, &page))
}

#[derive(Deserialize)]
pub(crate) struct KeepForm {
    id: i64,
    name: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    about: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    mail: String,
    #[serde(default)]
    link: String,
    #[serde(default)]
    languages: String,
}

async fn ask(app: &App, who: &Who, command: Keep) -> Result<Option<Refusal>, Wrong> {
    match app.desk.ask(Wish::Site { by: who.by(), command: SiteCommand::Directory(command) }).await {
        Ok(_) => Ok(None),
        Err(DeskError::Refused(refusal)) => Ok(Some(refusal)),
        Err(fault) => Err(fault.into()),
    }
}

pub(crate) async fn keep(State(app): State<App>, who: Who, Form(form): Form<KeepForm>) -> Shown {
    let KeepForm { id, name, kind, about, phone, mail, link, languages } = form;
    let written = Written { name, kind, about, phone, mail, link, languages };
    let (id, now) = (PointerId(id), app.desk.clock.now());
    let command = Keep::Keep { id, written: written.clone(), now };
    match ask(&app, &who, command).await? {
        None => Ok(Redirect::to(&format!("/referrals?q={}", percent(&written.name))).into_response()),
        Some(refusal) => page(&app, &who, Asked::default(), Some((id, written)), Some((refusal, String::new()))).await,
    }
}

#[derive(Deserialize)]
pub(crate) struct ChangeForm {
    /// still-right or remove.
    wish: String,
    #[serde(default)]
    q: String,
}

pub(crate) async fn confirm(
    State(app): State<App>,
    who: Who,
    Path(id): Path<i64>,
    Form(form): Form<ChangeForm>,
) -> Shown {
    let (id, now) = (PointerId(id), app.desk.clock.now());
    let command = match form.wish.as_str() {
        "still-right" => Keep::StillRight { id, now },
        "remove" => Keep::Remove { id },
        _ => return Err(Wrong::Missing),
    };
    match ask(&app, &who, command).await? {
        None => Ok(Redirect::to(&format!("/referrals?q={}", percent(&form.q))).into_response()),
        Some(refusal) => page(&app, &who, Asked::default(), None, Some((refusal, String::new()))).await,
    }
}

const COLUMNS: [&str; 8] = ["name", "kind", "about", "phone", "mail", "link", "languages", "confirmed"];

/// The directory as a spreadsheet reads it.
pub(crate) async fn export(State(app): State<App>, _who: Who) -> Response {
    let site = app.desk.site();
    let mut file = csv::line(COLUMNS);
    for p in site.directory.pointers.values() {
        let confirmed = p.confirmed_at.to_zoned(app.settings.zone.clone()).date().to_string();
        let cells = [&p.name, p.kind.word(), &p.about, &p.phone, &p.mail, &p.link, &p.languages, &confirmed];
        file.push_str(&csv::line(cells));
    }
    sheet("referrals", file)
}

#[derive(Deserialize)]
pub(crate) struct ImportForm {
    csv: String,
}

/// Takes a file in: all of it or nothing. Its first line names the columns; the order is free.
pub(crate) async fn import(State(app): State<App>, who: Who, Form(form): Form<ImportForm>) -> Shown {
    let now = app.desk.clock.now();
    let entries = match entries(&form.csv, now) {
        Ok(entries) => entries,
        Err(refusal) => return page(&app, &who, Asked::default(), None, Some((refusal, form.csv))).await,
    };
    let told = format!(
        "{} read and taken in.",
        if entries.len() == 1 { "1 entry".into() } else { format!("{} entries", entries.len()) }
    );
    match ask(&app, &who, Keep::TakeIn { entries, now }).await? {
        None => Ok(Redirect::to(&format!("/referrals?told={}", percent(&told))).into_response()),
        Some(refusal) => page(&app, &who, Asked::default(), None, Some((refusal, form.csv))).await,
    }
}

fn entries(text: &str, now: Timestamp) -> Result<Vec<(PointerId, Written)>, Refusal> {
    let mut rows = csv::read(text)?.into_iter().map(|record| record.cells);
    let names: Vec<String> = rows.next().unwrap_or_default().iter().map(|c| c.trim().to_lowercase()).collect();
    if !names.iter().any(|n| n == "name") {
        return Err(Refusal::input(
            "The first line names no columns.",
            format!("It should have these, in any order: {}. An export shows how.", COLUMNS.join(", ")),
        ));
    }
    let mut minter = Minter::new(fresh_node());
    Ok(rows
        .map(|row| {
            let cells: BTreeMap<&str, &str> =
                names.iter().map(String::as_str).zip(row.iter().map(String::as_str)).collect();
            let cell = |name: &str| cells.get(name).copied().unwrap_or_default().to_owned();
            let written = Written {
                name: cell("name"),
                kind: cell("kind"),
                about: cell("about"),
                phone: cell("phone"),
                mail: cell("mail"),
                link: cell("link"),
                languages: cell("languages"),
            };
            (minter.mint(now), written)
        })
        .collect())
}
