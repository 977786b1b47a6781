//! The ledger: all promises, how they stand, and how many were kept.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use serde::Deserialize;
use warmline_domain::{AgentId, Refusal};
use warmline_store::{Ledger, PromiseCounts};

use super::{PromiseView, Typed, people, shown, standing_in_words};
use crate::App;
use crate::page::{Frame, Shown, Wrong, draw, drawn, exact, status_of};
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
        rows: rows.into_iter().map(|row| shown(app, row, now, typed.as_ref())).collect(),
        counts,
        kept_percent: (came_due > 0).then(|| (counts.kept + counts.moved) * 100 / came_due),
        days,
        agents: people(app),
        problem,
    };
    if status == StatusCode::OK { draw(&page) } else { Ok(drawn(status, &page)) }
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

/// The same rows as a file (RFC 4180).
pub(crate) async fn export(State(app): State<App>, who: Who, Query(which): Query<Which>) -> Result<Response, Wrong> {
    let (of, ledger) = part(&which.of, who.id);
    let (site, zone) = (app.desk.site(), &app.settings.zone);
    let mut csv = String::from("ticket,customer,promise,kind,owner,made,first date,date,moves,standing,settled\r\n");
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
        csv.push_str(&fields.map(|f| field(&f)).join(","));
        csv.push_str("\r\n");
    }
    let name = format!("attachment; filename=\"promises-{of}.csv\"");
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, csv).into_response())
}

/// Quoted; what a table would take for a formula is text.
fn field(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}
