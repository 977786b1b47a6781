//! Customers chat from a page: no account, nothing to install. Their browser holds a secret that finds the chat again.
//!
//! Without a script the page works by sending forms and loading it again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Mutex;

use askama::Template;
use axum::Form;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use warmline_desk::announce::Topic;
use warmline_desk::chats::LINE;
use warmline_desk::{ChatArrival, DeskError, FloorWish, Wish};
use warmline_domain::floor::chat::{self as floor_chat, Chat, State as ChatState, Target};
use warmline_domain::floor::{self};
use warmline_domain::id::Minter;
use warmline_domain::{AgentId, ChatId, MessageId, Refusal, ticket};
use warmline_store::{ChatVisitor, MessageRow};

use super::{following, nobody};
use crate::App;
use crate::page::{Shown, Wrong, drawn, moment, status_of};
use crate::tickets::fresh_node;

const COOKIE: &str = "warmline_chat";
/// Whoever comes back within this goes on where they were.
const KEPT_SECONDS: i64 = 30 * 24 * 3600;
/// Lines that are shown: more than anybody reads again.
const LINES: usize = 300;
/// Chats that may begin in a minute, from wherever: a flood meets a kind word.
const BEGUN_A_MINUTE: usize = 120;
const NAME_CHARS: usize = 80;

#[derive(Template)]
#[template(path = "chats/visitor.html")]
struct VisitorPage {
    company: String,
    assets: &'static str,
    problem: Option<Refusal>,
    talk: Option<Talk>,
    begin: Option<Begin>,
}

/// The form that begins a chat.
struct Begin {
    chat: ChatId,
    message: MessageId,
    name: String,
    address: String,
    text: String,
    greeting: String,
    /// Why nobody chats now; what is written is answered by mail.
    nobody_here: String,
    /// The number of what was chatted about before.
    before: String,
}

struct Talk {
    number: String,
    spoken: String,
    lines: Vec<LineView>,
    status: String,
    /// A question of ours with two answers.
    question: Option<&'static str>,
    going_on: bool,
    message: MessageId,
    text: String,
    can_call: bool,
}

struct LineView {
    id: i64,
    ours: bool,
    who: String,
    at: String,
    /// Ours is formatted, theirs is plain.
    html: String,
    text: String,
}

/// What the browser holds, and what it leads to.
pub(crate) struct Visitor {
    known: Option<ChatVisitor>,
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Wrong;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Wrong> {
        let known = match secret(parts) {
            Some(secret) => app.desk.store.chat_visitor(&Sha256::digest(secret)).await?,
            None => None,
        };
        Ok(Visitor { known })
    }
}

fn secret(parts: &Parts) -> Option<String> {
    let all = parts.headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    let found = all.flat_map(|line| line.split(';')).find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE && value.len() == 64 && value.bytes().all(|b| b.is_ascii_hexdigit())).then_some(value)
    });
    found.map(str::to_owned)
}

pub(crate) async fn show(State(app): State<App>, visitor: Visitor) -> Shown {
    page(&app, &visitor, None, None).await
}

/// The page: the talk that goes on or has just ended, or the form that begins one.
async fn page(app: &App, visitor: &Visitor, problem: Option<Refusal>, begin: Option<Begin>) -> Shown {
    let site = app.desk.site();
    let status = problem.as_ref().map_or(StatusCode::OK, status_of);
    let talk = match (&visitor.known, &begin) {
        (Some(known), None) => Some(talk(app, known, String::new()).await?),
        _ => None,
    };
    let fresh = match (begin, &talk) {
        (Some(begin), _) => Some(begin),
        (None, None) => Some(blank(app, String::new())),
        (None, Some(_)) => None,
    };
    let page =
        VisitorPage { company: site.company.clone(), assets: crate::files::VERSION, problem, talk, begin: fresh };
    Ok(private(drawn(status, &page)))
}

/// What one browser sees is nobody else's, and not to be kept on the way.
fn private(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn blank(app: &App, before: String) -> Begin {
    let (site, floor, now) = (app.desk.site(), app.desk.floor(), app.desk.clock.now());
    let queue = site.queue_of_line(LINE);
    let hours = site.hours_of(queue);
    let nobody_here = if !hours.is_open(now) {
        format!("We are {}.", crate::queues::in_words(hours, app))
    } else if !floor_chat::can_take(&floor, &site, queue) {
        "Nobody is free to chat right now.".into()
    } else {
        String::new()
    };
    let mut minter = Minter::new(fresh_node());
    Begin {
        chat: minter.mint(now),
        message: minter.mint(now),
        name: String::new(),
        address: String::new(),
        text: String::new(),
        greeting: site.policy.chats.greeting.clone(),
        nobody_here,
        before,
    }
}

async fn talk(app: &App, known: &ChatVisitor, text: String) -> Result<Talk, Wrong> {
    let (site, floor, now, zone) = (app.desk.site(), app.desk.floor(), app.desk.clock.now(), &app.settings.zone);
    let ticket = app.desk.store.ticket(known.ticket).await?.ok_or(Wrong::Missing)?.value;
    let rows = app.desk.store.chat_lines(known, LINES).await?;
    let agent_name = |id: AgentId| site.agents.get(&id).map_or_else(|| "A colleague".into(), |a| a.name.clone());
    let line = |row: MessageRow| {
        let ours = row.kind == "answer";
        LineView {
            id: row.id.0,
            ours,
            who: match row.by {
                warmline_domain::By::Agent(id) if ours => agent_name(id),
                _ => "You".into(),
            },
            at: moment(row.at, now, zone),
            html: if ours { warmline_mail::markdown_to_html(&row.content.text) } else { String::new() },
            text: if ours { String::new() } else { row.content.text },
        }
    };
    let lines: Vec<LineView> = rows.into_iter().map(line).collect();
    let chat = floor.chats.get(&known.chat);
    let question = chat.and_then(|c| match &c.state {
        ChatState::Asked { .. } => Some("Is that all right?"),
        ChatState::Proposed { .. } => Some("Is that all right?"),
        _ => None,
    });
    Ok(Talk {
        number: ticket.number.to_string(),
        spoken: ticket.number.spoken(),
        lines,
        status: chat.map_or_else(|| over(&ticket), |c| status(c, &floor, &agent_name, now, zone)),
        question,
        going_on: chat.is_some(),
        message: Minter::new(fresh_node()).mint(now),
        text,
        can_call: app.desk.telephone.phone().is_some(),
    })
}

fn status(
    chat: &Chat,
    floor: &floor::Floor,
    name: &dyn Fn(AgentId) -> String,
    now: Timestamp,
    zone: &jiff::tz::TimeZone,
) -> String {
    match &chat.state {
        ChatState::Waiting(_) | ChatState::Offered { .. } => match floor_chat::position(floor, chat) {
            Some(1) | None => "You are next. Write what helps us to help you; nothing is lost.".into(),
            Some(n) => format!("{} before you. Write what helps us to help you; nothing is lost.", n - 1),
        },
        ChatState::Talking { agent } | ChatState::Asked { agent, .. } => format!("{} is with you.", name(*agent)),
        ChatState::SteppedOut { agent, until } if *until > now => {
            format!("{} looks into it and is back by {}.", name(*agent), moment(*until, now, zone))
        }
        ChatState::SteppedOut { agent, .. } => {
            format!("It takes {} longer than said. We see that you wait.", name(*agent))
        }
        ChatState::Proposed { agent, to, .. } => match to {
            Target::Agent(other) => format!("{} is with you, and would bring {} in.", name(*agent), name(*other)),
            Target::Queue(_) => format!("{} is with you, and would bring a colleague in.", name(*agent)),
        },
        ChatState::BringingIn { agent, colleague, .. } => {
            format!("{} is with you. {} is being asked.", name(*agent), name(*colleague))
        }
        ChatState::Joined { agent, colleague } => format!("{} and {} are with you.", name(*agent), name(*colleague)),
    }
}

fn over(ticket: &ticket::Ticket) -> String {
    match ticket.answered {
        true => "This chat is over. What you wrote and what we said is kept under your number.".into(),
        false => "We have what you wrote, and answer by mail.".into(),
    }
}

#[derive(Deserialize)]
pub(crate) struct BeginForm {
    chat: i64,
    message: i64,
    name: String,
    address: String,
    text: String,
    #[serde(default)]
    go_on: Option<String>,
}

/// Begins a chat; with nobody here it becomes a ticket all the same.
pub(crate) async fn begin(State(app): State<App>, visitor: Visitor, Form(form): Form<BeginForm>) -> Shown {
    let now = app.desk.clock.now();
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|e| Wrong::Fault(warmline_store::Fault(e.to_string())))?;
    let value = hex::encode(bytes);
    let go_on = form.go_on.is_some();
    let arrival = ChatArrival {
        chat: ChatId(form.chat),
        message: MessageId(form.message),
        name: form.name.chars().filter(|c| !c.is_control()).take(NAME_CHARS).collect(),
        address: form.address.trim().to_owned(),
        text: form.text.replace("\r\n", "\n"),
        secret: Sha256::digest(&value).to_vec(),
        before: visitor.known.filter(|_| go_on).map(|known| known.ticket),
    };
    let asked = if admitted(now) {
        app.desk.ask(Wish::ChatArrives(Box::new(arrival))).await
    } else {
        Err(DeskError::Refused(Refusal::state(
            "Very many people write to us this minute.",
            "Your words are still here. Wait a moment, then send them again.",
        )))
    };
    match asked {
        Ok(warmline_desk::Outcome::Opened(..)) => {
            let mut response = Redirect::to("/chat").into_response();
            let secure = if app.settings.secure_cookies { "; Secure" } else { "" };
            let cookie = format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={KEPT_SECONDS}{secure}");
            let cookie = HeaderValue::from_str(&cookie).map_err(|_| Wrong::Missing)?;
            response.headers_mut().insert(header::SET_COOKIE, cookie);
            Ok(response)
        }
        // Sent twice: the first one counts, and its browser has what it needs.
        Ok(_) => Ok(Redirect::to("/chat").into_response()),
        Err(DeskError::Refused(refusal)) => {
            let begin = Begin { name: form.name, address: form.address, text: form.text, ..blank(&app, String::new()) };
            page(&app, &visitor, Some(refusal), Some(begin)).await
        }
        Err(fault) => Err(fault.into()),
    }
}

static BEGUN: Mutex<VecDeque<Timestamp>> = Mutex::new(VecDeque::new());

fn admitted(now: Timestamp) -> bool {
    let Ok(mut begun) = BEGUN.lock() else { return false };
    while begun.front().is_some_and(|at| now.duration_since(*at).as_secs() >= 60) {
        begun.pop_front();
    }
    let room = begun.len() < BEGUN_A_MINUTE;
    if room {
        begun.push_back(now);
    }
    room
}

/// A new chat of somebody who chatted before: about the same matter, or another.
pub(crate) async fn anew(State(app): State<App>, visitor: Visitor) -> Shown {
    let before = match &visitor.known {
        Some(known) => app.desk.store.ticket(known.ticket).await?,
        None => None,
    };
    let open = before.filter(|t| !matches!(t.value.stage, ticket::Stage::Solved | ticket::Stage::Closed));
    let begin = blank(&app, open.map(|t| t.value.number.to_string()).unwrap_or_default());
    page(&app, &visitor, None, Some(begin)).await
}

#[derive(Deserialize)]
pub(crate) struct LineForm {
    message: i64,
    text: String,
}

pub(crate) async fn write(State(app): State<App>, visitor: Visitor, Form(form): Form<LineForm>) -> Shown {
    let Some(known) = visitor.known else { return Ok(Redirect::to("/chat").into_response()) };
    let text = form.text.replace("\r\n", "\n");
    let wish = Wish::ChatWrites { chat: known.chat, message: MessageId(form.message), text: text.clone() };
    match app.desk.ask(wish).await {
        Ok(_) => Ok(Redirect::to("/chat").into_response()),
        Err(DeskError::Refused(refusal)) => {
            let talk = talk(&app, &known, text).await?;
            let company = app.desk.site().company.clone();
            let status = status_of(&refusal);
            let (assets, problem) = (crate::files::VERSION, Some(refusal));
            let page = VisitorPage { company, assets, problem, talk: Some(talk), begin: None };
            Ok(private(drawn(status, &page)))
        }
        Err(fault) => Err(fault.into()),
    }
}

#[derive(Deserialize)]
pub(crate) struct AnswerForm {
    answer: String,
}

/// Their answer to a question of ours, or the end.
pub(crate) async fn answer(State(app): State<App>, visitor: Visitor, Form(form): Form<AnswerForm>) -> Shown {
    let Some(known) = visitor.known else { return Ok(Redirect::to("/chat").into_response()) };
    let news = match form.answer.as_str() {
        "yes" => floor_chat::Report::Answered { yes: true },
        "no" => floor_chat::Report::Answered { yes: false },
        "end" => floor_chat::Report::Left,
        _ => return Err(Wrong::Missing),
    };
    app.desk.ask(Wish::Floor(FloorWish::News(floor::Report::Chat { chat: known.chat, news }))).await?;
    Ok(Redirect::to("/chat").into_response())
}

#[derive(Deserialize)]
pub(crate) struct ReadForm {
    /// Separated by spaces.
    lines: String,
}

/// The page has shown these lines.
pub(crate) async fn read(State(app): State<App>, visitor: Visitor, Form(form): Form<ReadForm>) -> Shown {
    let known = visitor.known.ok_or(Wrong::Missing)?;
    let lines = form.lines.split(' ').take(LINES).filter_map(|id| id.parse().ok()).map(MessageId).collect();
    let news = ticket::Report::ChatRead { lines };
    app.desk.ask(Wish::Delivery { ticket: known.ticket, news }).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) async fn typing(State(app): State<App>, visitor: Visitor) -> Shown {
    let known = visitor.known.ok_or(Wrong::Missing)?;
    if app.desk.floor().chats.contains_key(&known.chat) && is_news(known.chat, app.desk.clock.now()) {
        app.desk.announcer.announce(BTreeSet::from([Topic::CustomerTypes(known.chat)]));
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A page says it every few seconds; one that says it all the time is not passed on to everybody.
const TYPING_EVERY: SignedDuration = SignedDuration::from_secs(2);
static TYPED: Mutex<BTreeMap<ChatId, Timestamp>> = Mutex::new(BTreeMap::new());

fn is_news(chat: ChatId, now: Timestamp) -> bool {
    let Ok(mut typed) = TYPED.lock() else { return false };
    typed.retain(|_, at| now.duration_since(*at) < TYPING_EVERY);
    let news = !typed.contains_key(&chat);
    typed.entry(chat).or_insert(now);
    news
}

pub(crate) async fn changes(State(app): State<App>, visitor: Visitor) -> Shown {
    let known = visitor.known.ok_or(Wrong::Missing)?;
    if !app.desk.floor().chats.contains_key(&known.chat) {
        return Err(nobody().into());
    }
    let full = || Refusal::state("This chat is open in many windows already.", "Close one of them, then reload.");
    following::follow(&app.desk, known.chat).await.ok_or_else(|| full().into())
}

impl Visitor {
    /// The ticket that a call from the same browser is about.
    pub(crate) fn ticket(&self) -> Option<warmline_domain::TicketId> {
        self.known.as_ref().map(|known| known.ticket)
    }
}
