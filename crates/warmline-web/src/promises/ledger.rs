//! The ledger: all promises, how they stand, and how many were kept.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use warmline_desk::{DeskError, Wish};
use warmline_domain::ticket::Command;
use warmline_domain::{AgentId, Refusal, calendar, csv};
use warmline_store::{Ledger, OpenPromise, PromiseCounts};

use super::{PromiseView, Typed, people, shown, standing_in_words, with_cuts};
use crate::App;
use crate::page::{Frame, Shown, Wrong, draw, drawn, exact, sheet, status_of};
use crate::promises::safe::said;
use crate::session::Who;

/// Rows of the ledger on a page.
const ROWS: usize = 200;
/// Rows of the ledger in a file.
const FILE_ROWS: usize = 20_000;
/// Periods the kept rate can be of, in days.
const PERIODS: [i64; 3] = [7, 30, 90];

#[derive(Template)]
#[template(path = "promises.html")]
struct LedgerPage {
    frame: Frame,
    of: &'static str,
    parts: [(&'static str, &'static str); 6],
    empty: &'static str,
    rows: Vec<PromiseView>,
    counts: PromiseCounts,
    /// Kept in time, at the first or a moved date, of all that came due; `None` before the first.
    kept_percent: Option<i64>,
    days: i64,
    agents: Vec<(AgentId, String)>,
    problem: Option<Refusal>,
    /// What is said to somebody whose shift ends soon.
    leaving: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Which {
    #[serde(default)]
    of: String,
    #[serde(default)]
    days: Option<i64>,
}

const PARTS: [(&str, &str); 6] = [
    ("mine", "Mine"),
    ("team", "The team’s"),
    ("risk", "At risk"),
    ("broken", "Broken"),
    ("kept", "Kept"),
    ("settled", "Settled"),
];

fn part(of: &str, me: AgentId) -> (&'static str, Ledger) {
    match of {
        "team" => ("team", Ledger::Open),
        "risk" => ("risk", Ledger::AtRisk),
        "broken" => ("broken", Ledger::Broken),
        "kept" => ("kept", Ledger::Kept),
        "settled" => ("settled", Ledger::Settled),
        _ => ("mine", Ledger::OpenOf(me)),
    }
}

pub(crate) async fn show(State(app): State<App>, who: Who, Query(which): Query<Which>) -> Shown {
    drawn_with(&app, &who, &which, None).await
}

/// The ledger after one of its forms was refused.
pub(crate) async fn page(app: &App, who: &Who, of: &str, trouble: Option<(Refusal, Typed)>) -> Shown {
    drawn_with(app, who, &Which { of: of.to_owned(), days: None }, trouble).await
}

async fn drawn_with(app: &App, who: &Who, which: &Which, trouble: Option<(Refusal, Typed)>) -> Shown {
    let now = app.desk.clock.now();
    let (of, ledger) = part(&which.of, who.id);
    let days = which.days.filter(|d| PERIODS.contains(d)).unwrap_or(30);
    let rows = app.desk.store.ledger(ledger, ROWS).await?;
    let counts = app.desk.store.promise_counts(now - SignedDuration::from_hours(24 * days)).await?;
    let came_due = counts.kept + counts.moved + counts.late + counts.owed;
    let (problem, typed) = trouble.map_or((None, None), |(refusal, typed)| (Some(refusal), Some(typed)));
    let status = problem.as_ref().map_or(StatusCode::OK, status_of);
    let page = LedgerPage {
        frame: Frame::new(app, who).await?,
        of,
        parts: PARTS,
        empty: empty(of),
        rows: with_cuts(app, rows.into_iter().map(|row| shown(app, row, now, typed.as_ref())).collect()).await?,
        leaving: leaving(app, who).await?,
        counts,
        kept_percent: (came_due > 0).then(|| (counts.kept + counts.moved) * 100 / came_due),
        days,
        agents: people(app),
        problem,
    };
    if status == StatusCode::OK { draw(&page) } else { Ok(drawn(status, &page)) }
}

/// How long before the end of a shift is asked who goes on.
const SOON: SignedDuration = SignedDuration::from_hours(2);

/// The promises of somebody whose shift ends soon that are due before they are back, and when that is.
async fn left_behind(app: &App, who: &Who) -> Result<Option<(Timestamp, Timestamp, Vec<OpenPromise>)>, Wrong> {
    let now = app.desk.clock.now();
    let calendar = app.desk.store.calendar(who.id).await?.value;
    let (Some(ends), true) = (calendar.shift_end(now), calendar.is_there(now)) else { return Ok(None) };
    let Some(back) = calendar.back(ends).filter(|_| ends < now + SOON) else { return Ok(None) };
    let open = app.desk.store.open_promises(who.id, back, ROWS).await?;
    let left: Vec<OpenPromise> = open.into_iter().filter(|p| p.due > now).collect();
    Ok((!left.is_empty()).then_some((ends, back, left)))
}

async fn leaving(app: &App, who: &Who) -> Result<Option<String>, Wrong> {
    let Some((ends, back, left)) = left_behind(app, who).await? else { return Ok(None) };
    let (site, now, zone) = (app.desk.site(), app.desk.clock.now(), &app.settings.zone);
    let cover = calendar::cover(&site, &app.desk.store.calendars().await?, who.id, ends);
    let cover = cover.and_then(|id| site.agents.get(&id)).map_or("stay with you", |a| a.name.as_str());
    let (ends, back) = (said(ends, now, zone), said(back, now, zone));
    let promises = if left.len() == 1 { "A promise is".to_owned() } else { format!("{} promises are", left.len()) };
    let goes = if cover == "stay with you" { cover.to_owned() } else { format!("go to {cover}") };
    Ok(Some(format!(
        "Your shift ends {ends} and you are back {back}. {promises} due before then and will {goes} when it ends."
    )))
}

#[derive(Deserialize)]
pub(crate) struct HandOverForm {
    to: i64,
}

/// Everything that is due before they are back, to one colleague.
pub(crate) async fn hand_over(State(app): State<App>, who: Who, Form(form): Form<HandOverForm>) -> Shown {
    let left = left_behind(&app, &who).await?.map(|(_, _, left)| left).unwrap_or_default();
    for promise in left {
        let command =
            Command::HandPromiseOver { promise: promise.id, to: AgentId(form.to), away: false, reason: String::new() };
        match app.desk.ask(Wish::Ticket { by: who.by(), ticket: promise.ticket, command }).await {
            Ok(_) => {}
            Err(DeskError::Refused(refusal)) => {
                return page(&app, &who, "mine", Some((refusal, Typed::default()))).await;
            }
            Err(fault) => return Err(fault.into()),
        }
    }
    Ok(Redirect::to("/promises").into_response())
}

fn empty(of: &str) -> &'static str {
    match of {
        "risk" => "No promise is at risk.",
        "broken" => "No promise was ever broken.",
        "kept" => "No promise was kept yet.",
        "settled" => "No promise was settled yet.",
        _ => {
            "Nothing is promised. A promise you write in an answer is found and offered with one key; one made on the \
             phone is written down beside its ticket."
        }
    }
}

const COLUMNS: [&str; 11] =
    ["ticket", "customer", "promise", "kind", "owner", "made", "first date", "date", "moves", "standing", "settled"];

/// The same rows as a file.
pub(crate) async fn export(State(app): State<App>, who: Who, Query(which): Query<Which>) -> Result<Response, Wrong> {
    let (of, ledger) = part(&which.of, who.id);
    let (site, zone) = (app.desk.site(), &app.settings.zone);
    let mut lines = csv::line(COLUMNS);
    for row in app.desk.store.ledger(ledger, FILE_ROWS).await? {
        let owner = site.agents.get(&row.owner).map(|a| a.name.clone()).unwrap_or_default();
        let kind = if row.kind.is_word() { "word" } else { "finish" };
        let fields = [
            row.number.to_string(),
            row.customer.clone(),
            row.what.clone(),
            kind.to_owned(),
            owner,
            exact(row.made_at, zone),
            exact(row.first_due, zone),
            exact(row.due, zone),
            row.moves.to_string(),
            standing_in_words(&row).to_owned(),
            row.settled_at.map(|at| exact(at, zone)).unwrap_or_default(),
        ];
        lines.push_str(&csv::line(fields));
    }
    Ok(sheet(&format!("promises-{of}"), lines))
}
