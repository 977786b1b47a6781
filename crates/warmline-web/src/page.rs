//! Drawing pages, and what a page says when something is wrong: what happened, that nothing is lost, what to do.

use askama::Template;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use warmline_desk::DeskError;
use warmline_domain::floor::Presence;
use warmline_domain::{Refusal, refusal};
use warmline_store::{CommitError, Fault};

use crate::App;
use crate::calls::bar::CallBar;
use crate::forms::percent;
use crate::session::Who;

/// What the frame around every signed-in page shows.
pub(crate) struct Frame {
    pub(crate) company: String,
    pub(crate) me: String,
    pub(crate) initials: String,
    pub(crate) administrator: bool,
    pub(crate) available: bool,
    pub(crate) my_id: i64,
    pub(crate) supervises: bool,
    pub(crate) telephone: bool,
    /// Open promises of this agent that are at risk or broken.
    pub(crate) promises_at_risk: i64,
    /// What waits for this agent from colleagues.
    pub(crate) colleagues: usize,
    /// A ticket this agent is asked to drop everything for: its number and subject.
    pub(crate) asked: Option<(String, String)>,
    /// For those who supervise: promises of others that they were warned of.
    pub(crate) team_at_risk: i64,
    pub(crate) bar: CallBar,
    pub(crate) nonce: String,
    pub(crate) sequence: String,
    pub(crate) assets: &'static str,
}

impl Frame {
    pub(crate) async fn new(app: &App, who: &Who) -> Result<Self, Wrong> {
        let site = app.desk.site();
        let supervises = who.role >= warmline_domain::site::Role::Supervisor;
        let team_at_risk = if supervises { app.desk.store.promises_alerted(who.id).await? } else { 0 };
        let letters = who.name.split_whitespace().filter_map(|w| w.chars().next()).take(2);
        Ok(Frame {
            my_id: who.id.0,
            promises_at_risk: app.desk.store.promises_at_risk(who.id).await?,
            asked: app
                .desk
                .store
                .asked_to_drop(who.id)
                .await?
                .map(|(_, number, subject)| (number.to_string(), subject)),
            colleagues: crate::hand_up::waiting(app, who.id).await?,
            supervises,
            team_at_risk,
            telephone: app.desk.telephone.phone().is_some(),
            bar: CallBar::of(app, who).await?,
            company: site.company.clone(),
            me: who.name.clone(),
            initials: letters.flat_map(char::to_uppercase).collect(),
            administrator: who.is_administrator(),
            available: app.desk.floor().presence(who.id) == Presence::Available,
            nonce: who.nonce.clone(),
            sequence: format!("{}.{}", app.desk.announcer.run, app.desk.announcer.last()),
            assets: crate::files::VERSION,
        })
    }
}

/// How an answer goes wrong.
pub(crate) enum Wrong {
    /// Nobody is signed in; where they wanted to go.
    SignIn(String),
    Refused(Refusal),
    Fault(Fault),
    Missing,
}

impl From<Refusal> for Wrong {
    fn from(refusal: Refusal) -> Self {
        Wrong::Refused(refusal)
    }
}
impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Self {
        Wrong::Fault(fault)
    }
}
impl From<DeskError> for Wrong {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Refused(refusal) => Wrong::Refused(refusal),
            DeskError::Fault(fault) => Wrong::Fault(fault),
        }
    }
}
impl From<CommitError> for Wrong {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Fault(fault) => Wrong::Fault(fault),
            CommitError::Conflict => Wrong::Fault(Fault("Somebody changed this at the same time. Try again.".into())),
        }
    }
}

pub(crate) fn status_of(refusal: &Refusal) -> StatusCode {
    match refusal.kind {
        refusal::Kind::Stale | refusal::Kind::State | refusal::Kind::NeedsReason => StatusCode::CONFLICT,
        refusal::Kind::Input | refusal::Kind::Words => StatusCode::UNPROCESSABLE_ENTITY,
        refusal::Kind::Permission => StatusCode::FORBIDDEN,
        refusal::Kind::Missing => StatusCode::NOT_FOUND,
    }
}

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        match self {
            Wrong::SignIn(to) if to.is_empty() => Redirect::to("/sign-in").into_response(),
            Wrong::SignIn(to) => Redirect::to(&format!("/sign-in?to={}", percent(&to))).into_response(),
            Wrong::Refused(refusal) => {
                problem(status_of(&refusal), &refusal.why, &refusal.way).into_response()
            }
            Wrong::Fault(fault) => {
                tracing::error!(%fault, "a page could not be made");
                let words = format!("{fault} What you saved before is safe; go back and try again in a moment.");
                problem(StatusCode::SERVICE_UNAVAILABLE, "The desk cannot reach its data right now", &words)
                    .into_response()
            }
            Wrong::Missing => problem(
                StatusCode::NOT_FOUND,
                "There is nothing here",
                "The address may have been mistyped, or what it named is gone. The search finds tickets by number and words.",
            )
            .into_response(),
        }
    }
}

pub(crate) type Shown = Result<Response, Wrong>;

#[derive(Template)]
#[template(path = "problem.html")]
struct Problem<'a> {
    title: &'a str,
    words: &'a str,
    assets: &'static str,
}

pub(crate) fn problem(status: StatusCode, title: &str, words: &str) -> Response {
    let page = Problem { title, words, assets: crate::files::VERSION };
    drawn(status, &page)
}

pub(crate) fn draw(page: &impl Template) -> Shown {
    Ok(drawn(StatusCode::OK, page))
}

pub(crate) fn drawn(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, [(header::CACHE_CONTROL, "no-store")], Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a template could not be drawn");
            (StatusCode::INTERNAL_SERVER_ERROR, "This page could not be drawn. Nothing was lost.").into_response()
        }
    }
}

pub(crate) async fn not_found() -> Wrong {
    Wrong::Missing
}

/// Answers the framework makes by itself (a form too large, a field missing) are put into words a person can use.
pub(crate) async fn say_in_words(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let plain = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|t| t.to_str().ok())
        .is_some_and(|t| t.starts_with("text/plain"));
    if !plain && response.headers().contains_key(header::CONTENT_TYPE) {
        return response;
    }
    match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE => problem(
            StatusCode::PAYLOAD_TOO_LARGE,
            "That is more than fits",
            "Attachments of one answer may have 25 MB together. Go back; your text is kept as a draft.",
        ),
        status @ (StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::UNSUPPORTED_MEDIA_TYPE) => {
            problem(
                status,
                "That form could not be read",
                "Go back, reload the page and send it again. Nothing was changed.",
            )
        }
        StatusCode::METHOD_NOT_ALLOWED => Wrong::Missing.into_response(),
        _ => response,
    }
}

/// A sheet of comma-separated values, saved under this name.
pub(crate) fn sheet(name: &str, lines: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.csv\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, lines).into_response()
}

/// A moment as people say it: the time today, the date before.
pub(crate) fn moment(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let format = match () {
        () if at.date() == now.date() => "%H:%M",
        () if at.year() == now.year() => "%-d %b, %H:%M",
        () => "%-d %b %Y, %H:%M",
    };
    at.strftime(format).to_string()
}

/// For `<time datetime>`: exact, to the second, with the offset.
pub(crate) fn exact(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

pub(crate) fn bytes_in_words(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} kB", bytes / 1024),
        _ => format!("{:.1} MB", bytes as f64 / 1_048_576.0),
    }
}
