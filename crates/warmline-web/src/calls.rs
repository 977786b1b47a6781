//! The telephone in the desk: the call bar with its cards, the wishes they send, the softphone's connection, the page
//! customers call from, recordings.

pub(crate) mod bar;
pub(crate) mod listening;
pub(crate) mod player;
pub(crate) mod recording;
pub(crate) mod room;
pub(crate) mod softphone;
pub(crate) mod visitors;
pub(crate) mod words;

use axum::Form;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use warmline_desk::{DeskError, FloorWish, Wish};
use warmline_domain::floor::hard::Hard;
use warmline_domain::floor::hold::Hold;
use warmline_domain::floor::transfer::Transfer;
use warmline_domain::floor::{Brief, Command, Mode, Target};
use warmline_domain::id::Minter;
use warmline_domain::{AgentId, CallId, QueueId, Refusal, Sealed};

use crate::App;
use crate::on::OnTicket;
use crate::page::{Shown, Wrong};
use crate::session::Who;

/// A wish of somebody, and the page it was sent from.
pub(crate) struct FromPage {
    app: App,
    who: Who,
    headers: HeaderMap,
}

impl FromRequestParts<App> for FromPage {
    type Rejection = Wrong;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Wrong> {
        let who = <Who as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        Ok(FromPage { app: app.clone(), who, headers: parts.headers.clone() })
    }
}

impl FromPage {
    async fn command(self, command: Command) -> Shown {
        let wish = Wish::Floor(FloorWish::Wish(self.who.by(), command));
        ask(&self.app, &self.who, &self.headers, wish).await
    }
}

/// Asks the desk and goes back to the page the form stood on; a refusal is said in the call bar there.
async fn ask(app: &App, who: &Who, headers: &HeaderMap, wish: Wish) -> Shown {
    let refused = match app.desk.ask(wish).await {
        Ok(_) => None,
        Err(DeskError::Refused(refusal)) => Some(refusal),
        Err(fault) => return Err(fault.into()),
    };
    app.said.say(who.id, refused, app.desk.clock.now());
    Ok(Redirect::to(&back(headers)).into_response())
}

/// The path of the page a form was sent from, if it is one of ours.
pub(crate) fn back(headers: &HeaderMap) -> String {
    let referer = headers.get(header::REFERER).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let path = referer.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map(|(_, path)| path);
    path.map_or_else(|| "/tickets".to_owned(), |path| format!("/{path}"))
}

#[derive(Deserialize)]
pub(crate) struct HoldForm {
    wish: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    minutes: String,
}

pub(crate) async fn hold(page: FromPage, Path(id): Path<i64>, Form(form): Form<HoldForm>) -> Shown {
    let by = page.who.id;
    let minutes = form.minutes.parse().unwrap_or(0);
    let wish = match form.wish.as_str() {
        "ask" => Hold::Ask { reason: form.reason, minutes },
        "agreed" => Hold::Agreed,
        "refused" => Hold::Refused,
        "abrupt" => Hold::Abrupt,
        "extend" => Hold::Extend { minutes },
        "resume" => Hold::Resume,
        _ => return Err(Wrong::Missing),
    };
    page.command(Command::Hold { by, call: CallId(id), wish }).await
}

#[derive(Deserialize)]
pub(crate) struct TransferForm {
    wish: String,
    /// `agent:7`, `queue:3`, or empty when a number is given.
    #[serde(default)]
    to: String,
    #[serde(default)]
    number: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    agreed: Option<String>,
    #[serde(default)]
    problem: String,
    #[serde(default)]
    tried: String,
    #[serde(default)]
    mood: String,
}

pub(crate) async fn transfer(page: FromPage, Path(id): Path<i64>, Form(form): Form<TransferForm>) -> Shown {
    let by = page.who.id;
    let found = match form.wish.as_str() {
        "consult" | "blind" => target(&form),
        _ => Ok(Target::Queue(QueueId(0))),
    };
    let target = match found {
        Ok(target) => target,
        Err(refusal) => {
            page.app.said.say(by, Some(refusal), page.app.desk.clock.now());
            return Ok(Redirect::to(&back(&page.headers)).into_response());
        }
    };
    let wish = match form.wish.as_str() {
        "consult" => Transfer::Consult {
            target,
            agreed: form.agreed.is_some(),
            reason: form.reason,
            brief: Brief { problem: form.problem, tried: form.tried, mood: form.mood },
        },
        "blind" => Transfer::Blind { target, reason: form.reason },
        "introduce" => Transfer::Introduce,
        "complete" => Transfer::Complete,
        "back" => Transfer::Back,
        _ => return Err(Wrong::Missing),
    };
    page.command(Command::Transfer { by, call: CallId(id), wish }).await
}

fn target(form: &TransferForm) -> Result<Target, Refusal> {
    if !form.number.trim().is_empty() {
        return Ok(Target::Outside(Sealed::new(form.number.trim().to_owned())));
    }
    let (kind, id) = form.to.split_once(':').unwrap_or_default();
    match (kind, id.parse()) {
        ("agent", Ok(id)) => Ok(Target::Agent(AgentId(id))),
        ("queue", Ok(id)) => Ok(Target::Queue(QueueId(id))),
        _ => Err(Refusal::input("Nobody was chosen.", "Choose a colleague or a queue, or enter a number.")),
    }
}

#[derive(Deserialize)]
pub(crate) struct WishForm {
    #[serde(default)]
    wish: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    disposition: String,
}

pub(crate) async fn hard(page: FromPage, Path(id): Path<i64>, Form(form): Form<WishForm>) -> Shown {
    let by = page.who.id;
    let wish = match form.wish.as_str() {
        "mark" => Hard::Mark,
        "warn" => Hard::Warn,
        "end" => Hard::End { threat: false },
        "threat" => Hard::End { threat: true },
        "listen" => Hard::Monitor { mode: Mode::Listen },
        "whisper" => Hard::Monitor { mode: Mode::Whisper },
        "join" => Hard::Monitor { mode: Mode::Join },
        "stop" => Hard::StopMonitoring,
        "take-over" => Hard::TakeOver,
        "record" => Hard::Record,
        "pause" => Hard::PauseRecording,
        "continue" => Hard::ResumeRecording,
        "object" => Hard::Object,
        _ => return Err(Wrong::Missing),
    };
    page.command(Command::Hard { by, call: CallId(id), wish }).await
}

/// Ends, declines, or leaves.
pub(crate) async fn end(page: FromPage, Path(id): Path<i64>) -> Shown {
    let by = page.who.id;
    page.command(Command::HangUp { by, call: CallId(id) }).await
}

pub(crate) async fn call_back(page: FromPage, Path(id): Path<i64>) -> Shown {
    let by = page.who.id;
    page.command(Command::CallBack { by, call: CallId(id) }).await
}

pub(crate) async fn drop_callback(page: FromPage, Path(id): Path<i64>, Form(form): Form<WishForm>) -> Shown {
    let by = page.who.id;
    let wish = Command::DropCallback { by, call: CallId(id), reason: form.reason };
    page.command(wish).await
}

/// Calls the customer of a ticket.
pub(crate) async fn place(on: OnTicket, headers: HeaderMap) -> Shown {
    let call: CallId = Minter::new(crate::tickets::fresh_node()).mint(on.app.desk.clock.now());
    ask(&on.app, &on.who, &headers, Wish::CallCustomer { by: on.who.by(), call, ticket: on.id }).await
}

pub(crate) async fn wrap_up(page: FromPage, Form(form): Form<WishForm>) -> Shown {
    let agent = page.who.id;
    let disposition = form.disposition.chars().take(80).collect();
    page.command(Command::FinishWrapUp { agent, disposition }).await
}

/// P5: granted at once, without asking anybody.
pub(crate) async fn recover(page: FromPage, Form(form): Form<WishForm>) -> Shown {
    let agent = page.who.id;
    let wish = match form.wish.as_str() {
        "end" => Command::EndRecovery { agent },
        _ => Command::Recover { agent },
    };
    page.command(wish).await
}
