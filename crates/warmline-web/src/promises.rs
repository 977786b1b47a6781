//! Promises: beside a ticket, and in the ledger of all of them.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use warmline_domain::id::Minter;
use warmline_domain::ticket::{Command, NewPromise, Told};
use warmline_domain::{AgentId, PromiseId, Refusal, TicketId};
use warmline_store::{Ledger, PromiseCounts, PromiseRow};

use crate::App;
use crate::forms::local_moment;
use crate::on::OnTicket;
use crate::page::{Frame, Shown, Wrong, draw, moment};
use crate::session::Who;
use crate::tickets::fresh_node;

/// The promises of a form: a line each, `2026-11-24T17:00 what`. They are numbered from the form's own identifier on.
pub(crate) fn new_promises(first: i64, lines: &str, zone: &TimeZone) -> Result<Vec<NewPromise>, Refusal> {
    let lines = lines.lines().map(str::trim).filter(|l| !l.is_empty());
    lines
        .enumerate()
        .map(|(n, line)| {
            let (when, what) = line.split_once(' ').unwrap_or((line, ""));
            Ok(NewPromise { id: PromiseId(first + n as i64), what: what.to_owned(), due: local_moment(when, zone)? })
        })
        .collect()
}

/// A promise as pages show it.
pub(crate) struct PromiseView {
    pub(crate) id: PromiseId,
    pub(crate) number: String,
    pub(crate) subject: String,
    pub(crate) what: String,
    pub(crate) owner: String,
    pub(crate) due: String,
    /// For the form that moves it.
    pub(crate) due_local: String,
    /// The first date, when it was moved.
    pub(crate) first_due: String,
    /// In words: made, at risk, broken, kept, let go.
    pub(crate) standing: &'static str,
    pub(crate) alarm: bool,
    pub(crate) open: bool,
    /// The notice to the customer that it moves, drafted.
    pub(crate) notice: String,
}

fn shown(app: &App, row: PromiseRow, now: Timestamp) -> PromiseView {
    let (site, zone) = (app.desk.site(), &app.settings.zone);
    let standing = match row.standing.as_str() {
        "made" => "in time",
        "at_risk" => "at risk",
        "alerted" => "at risk, a supervisor knows",
        "broken" => "broken, still owed",
        "kept" if row.broken => "kept late",
        "kept" if row.moves > 0 => "kept, moved with notice",
        "kept" => "kept",
        _ => "let go",
    };
    let due = moment(row.due, now, zone);
    PromiseView {
        notice: format!(
            "I told you: “{}” That was for {due}. It will take longer, and I want you to hear it from me before then. \
             The reason is … You will have it by …",
            row.what
        ),
        due_local: row.due.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string(),
        first_due: if row.moves > 0 { moment(row.first_due, now, zone) } else { String::new() },
        owner: site.agents.get(&row.owner).map(|a| a.name.clone()).unwrap_or_default(),
        alarm: matches!(row.standing.as_str(), "at_risk" | "alerted" | "broken"),
        open: row.settled_at.is_none(),
        id: row.id,
        number: row.number.to_string(),
        subject: row.subject,
        what: row.what,
        due,
        standing,
    }
}

/// What stands beside a ticket.
pub(crate) struct PromisesPane {
    pub(crate) promises: Vec<PromiseView>,
    /// For one that is written down by hand.
    pub(crate) fresh: PromiseId,
    pub(crate) tomorrow: String,
}

pub(crate) async fn promises_pane(app: &App, ticket: TicketId) -> Result<PromisesPane, Wrong> {
    let now = app.desk.clock.now();
    let rows = app.desk.store.promises_of(ticket).await?;
    let tomorrow = (now + SignedDuration::from_hours(24)).to_zoned(app.settings.zone.clone());
    Ok(PromisesPane {
        promises: rows.into_iter().map(|row| shown(app, row, now)).collect(),
        fresh: Minter::new(fresh_node()).mint(now),
        tomorrow: tomorrow.strftime("%Y-%m-%dT17:00").to_string(),
    })
}

/// How many open promises of this agent are at risk or broken.
pub(crate) async fn at_risk(app: &App, agent: AgentId) -> Result<usize, Wrong> {
    let rows = app.desk.store.ledger(Ledger::OpenOf(agent), ROWS).await?;
    Ok(rows.iter().filter(|r| r.standing != "made").count())
}

#[derive(Deserialize)]
pub(crate) struct NewForm {
    promise: i64,
    what: String,
    due: String,
}

pub(crate) async fn create(on: OnTicket, Form(form): Form<NewForm>) -> Shown {
    let due = match local_moment(&form.due, &on.app.settings.zone) {
        Ok(due) => due,
        Err(refusal) => return on.refused(refusal).await,
    };
    on.command(Command::Promise(NewPromise { id: PromiseId(form.promise), what: form.what, due })).await
}

#[derive(Deserialize)]
pub(crate) struct ChangeForm {
    /// keep, move, let-go or hand-over.
    wish: String,
    #[serde(default)]
    due: String,
    #[serde(default)]
    told: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    to: Option<i64>,
}

pub(crate) async fn change(on: OnTicket, Path((_, id)): Path<(String, i64)>, Form(form): Form<ChangeForm>) -> Shown {
    let promise = PromiseId(id);
    let command = match form.wish.as_str() {
        "keep" => Command::KeepPromise { promise },
        "move" => {
            let due = match local_moment(&form.due, &on.app.settings.zone) {
                Ok(due) => due,
                Err(refusal) => return on.refused(refusal).await,
            };
            let told = match form.told.as_str() {
                "written" => Some(Told::Written),
                "phone" => Some(Told::OnThePhone),
                _ => None,
            };
            Command::MovePromise { promise, due, told, reason: form.reason }
        }
        "let-go" => Command::LetPromiseGo { promise, reason: form.reason },
        "hand-over" => Command::HandPromiseOver { promise, to: AgentId(form.to.ok_or(Wrong::Missing)?) },
        _ => return Err(Wrong::Missing),
    };
    on.command(command).await
}

/// Rows of the ledger on a page.
const ROWS: usize = 200;
/// The kept rate is of so many days.
const DAYS: i64 = 30;

#[derive(Template)]
#[template(path = "promises.html")]
struct LedgerPage {
    frame: Frame,
    which: &'static str,
    rows: Vec<PromiseView>,
    counts: PromiseCounts,
    /// Kept in time, at the first or a moved date, of all that were settled; `None` before the first.
    kept_percent: Option<i64>,
    days: i64,
}

#[derive(Deserialize)]
pub(crate) struct Which {
    #[serde(default)]
    of: String,
}

pub(crate) async fn ledger(State(app): State<App>, who: Who, Query(which): Query<Which>) -> Shown {
    let now = app.desk.clock.now();
    let (name, ledger) = match which.of.as_str() {
        "all" => ("all", Ledger::Open),
        "settled" => ("settled", Ledger::Settled),
        _ => ("mine", Ledger::OpenOf(who.id)),
    };
    let rows = app.desk.store.ledger(ledger, ROWS).await?;
    let counts = app.desk.store.promise_counts(now - SignedDuration::from_hours(24 * DAYS)).await?;
    let settled = counts.kept + counts.moved + counts.late;
    draw(&LedgerPage {
        frame: Frame::new(&app, &who).await?,
        which: name,
        rows: rows.into_iter().map(|row| shown(&app, row, now)).collect(),
        counts,
        kept_percent: (settled > 0).then(|| (counts.kept + counts.moved) * 100 / settled),
        days: DAYS,
    })
}
