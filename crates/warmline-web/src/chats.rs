//! Chats in the desk: the strip on the ticket's page, lines of ours, and what can be wished beside them.

pub(crate) mod bar;
mod following;
pub(crate) mod visitors;

use std::collections::BTreeSet;

use axum::Form;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;
use warmline_desk::announce::Topic;
use warmline_desk::{ChatLine, DeskError, FloorWish, Wish};
use warmline_domain::floor::chat::{Chat, State, Step, Target, Wish as Wished, may_write};
use warmline_domain::floor::{Brief, Command, Presence};
use warmline_domain::id::Minter;
use warmline_domain::site::{Role, Site};
use warmline_domain::ticket::Ticket;
use warmline_domain::ticket::chat::Event;
use warmline_domain::{AgentId, ChatId, MessageId, PromiseId, QueueId, Refusal, TicketId, refusal};
use warmline_store::{Draft, Entry};

use crate::App;
use crate::drafts::keep_draft;
use crate::on::OnTicket;
use crate::page::{Shown, Wrong, moment};
use crate::promises::new_promises;
use crate::session::Who;
use crate::tickets::{Trouble, fresh_node};

/// The chat that goes on about a ticket, as its agent sees it.
pub(crate) struct ChatPane {
    pub(crate) id: ChatId,
    pub(crate) kind: Kind,
    pub(crate) first_name: String,
    /// Who has it, and who was asked in or came in.
    pub(crate) agent: String,
    pub(crate) colleague: String,
    /// Since when their page is gone, and their oldest line has no answer.
    pub(crate) gone: String,
    pub(crate) unanswered: Option<i64>,
    pub(crate) late: bool,
    /// What was promised: in milliseconds since 1970.
    pub(crate) until: i64,
    pub(crate) minutes: u32,
    pub(crate) supervises: bool,
    pub(crate) hard: bool,
    pub(crate) colleagues: Vec<(String, String)>,
    /// Their words may be written by this agent.
    pub(crate) form: Option<ChatForm>,
    /// Identifiers for the lines that ask.
    pub(crate) asks_wait: MessageId,
    pub(crate) asks_in: MessageId,
    /// What a colleague reads before coming in, drafted.
    pub(crate) problem: String,
    /// The newest of what was written beside the chat.
    pub(crate) beside: i64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Waiting,
    /// I am asked to take it, or to come in.
    OfferedToMe,
    AskedIn,
    Mine,
    Asked,
    SteppedOut,
    Proposed,
    BringingIn,
    /// A colleague is with us; I brought them in, or came in.
    Joined,
    CameIn,
    Others,
}

pub(crate) struct ChatForm {
    pub(crate) message: MessageId,
    pub(crate) promise: PromiseId,
    pub(crate) text: String,
    pub(crate) promises: String,
    pub(crate) phrases: String,
    pub(crate) reason: String,
    pub(crate) kept: String,
}

pub(crate) async fn chat_pane(
    app: &App,
    who: &Who,
    name: &str,
    ticket: &Ticket,
    entries: &[Entry],
) -> Result<Option<ChatPane>, Wrong> {
    let (floor, site, now, zone) = (app.desk.floor(), app.desk.site(), app.desk.clock.now(), &app.settings.zone);
    let Some(chat) = floor.chats.values().find(|c| c.ticket == ticket.id) else { return Ok(None) };
    let agent_name = |id: AgentId| site.agents.get(&id).map_or_else(|| "a colleague".into(), |a| a.name.clone());
    let kind = kind(chat, who.id);
    let (until, minutes) = match &chat.state {
        State::SteppedOut { until, .. } => (until.as_millisecond(), 0),
        State::Asked { minutes, .. } => (0, *minutes),
        _ => (0, 0),
    };
    let colleague = match &chat.state {
        State::Proposed { to: Target::Agent(id), .. } => agent_name(*id),
        State::Proposed { to: Target::Queue(id), .. } => {
            format!("somebody of {}", site.queues.get(id).map_or("another queue", |q| &q.name))
        }
        State::BringingIn { colleague, .. } | State::Joined { colleague, .. } => agent_name(*colleague),
        State::Offered { agent, .. } => agent_name(*agent),
        _ => String::new(),
    };
    let form = match may_write(chat, who.id) {
        Ok(()) => Some(form(app, who, ticket.id, now).await?),
        Err(_) => None,
    };
    let here =
        |a: &&warmline_domain::site::Agent| a.active && a.id != who.id && floor.presence(a.id) == Presence::Available;
    let colleagues = site.agents.values().filter(here).map(|a| (format!("agent:{}", a.id), a.name.clone()));
    let queues = site.queues.values().map(|q| (format!("queue:{}", q.id), format!("Somebody with room in {}", q.name)));
    let mut minter = Minter::new(fresh_node());
    Ok(Some(ChatPane {
        asks_wait: minter.mint(now),
        asks_in: minter.mint(now),
        id: chat.id,
        kind,
        first_name: name.split(' ').next().unwrap_or(name).to_owned(),
        agent: chat.owner().map(agent_name).unwrap_or_default(),
        colleague,
        gone: chat.gone_since.map(|at| moment(at, now, zone)).unwrap_or_default(),
        unanswered: chat.unanswered_since.map(Timestamp::as_millisecond),
        late: chat.pressed != warmline_domain::floor::chat::Pressed::Nobody,
        until,
        minutes,
        supervises: who.role >= Role::Supervisor,
        hard: chat.hard,
        colleagues: colleagues.chain(queues).collect(),
        form,
        problem: ticket.subject.open().cloned().unwrap_or_default(),
        beside: entries.iter().filter_map(beside_the_chat).max().unwrap_or(0),
    }))
}

fn beside_the_chat(entry: &Entry) -> Option<i64> {
    match entry {
        Entry::Message(m) if m.note_on_arrival != "chat" => Some(m.id.0),
        Entry::Note(n) => Some(n.id.0),
        _ => None,
    }
}

fn kind(chat: &Chat, me: AgentId) -> Kind {
    match &chat.state {
        State::Offered { agent, .. } if *agent == me => Kind::OfferedToMe,
        State::Waiting(_) | State::Offered { .. } => Kind::Waiting,
        State::BringingIn { colleague, .. } if *colleague == me => Kind::AskedIn,
        State::Joined { colleague, .. } if *colleague == me => Kind::CameIn,
        _ if chat.owner() != Some(me) => Kind::Others,
        State::Talking { .. } => Kind::Mine,
        State::Asked { .. } => Kind::Asked,
        State::SteppedOut { .. } => Kind::SteppedOut,
        State::Proposed { .. } => Kind::Proposed,
        State::BringingIn { .. } => Kind::BringingIn,
        State::Joined { .. } => Kind::Joined,
    }
}

async fn form(app: &App, who: &Who, ticket: TicketId, now: Timestamp) -> Result<ChatForm, Wrong> {
    let draft = app.desk.store.draft(who.id, ticket, "chat").await?;
    let kept = draft.as_ref().map(|(at, _)| moment(*at, now, &app.settings.zone)).unwrap_or_default();
    let draft = draft.map(|(_, d)| d).unwrap_or_default();
    let mut minter = Minter::new(fresh_node());
    Ok(ChatForm {
        message: minter.mint(now),
        promise: minter.mint(now),
        text: draft.text,
        promises: draft.promises,
        phrases: draft.phrases,
        reason: draft.reason,
        kept,
    })
}

#[derive(Deserialize)]
pub(crate) struct LineForm {
    chat: i64,
    message: i64,
    text: String,
    /// The first identifier for the promises it makes, and these, a line each.
    #[serde(default)]
    promise: i64,
    #[serde(default)]
    promises: String,
    #[serde(default)]
    phrases: String,
    #[serde(default)]
    reason: String,
    /// `wait` or `bring`: what the line asks for beside what it says.
    #[serde(default)]
    asks: String,
    #[serde(default)]
    minutes: u32,
    /// `agent:7` or `queue:3`.
    #[serde(default)]
    to: String,
    #[serde(default)]
    problem: String,
    #[serde(default)]
    tried: String,
    #[serde(default)]
    mood: String,
}

/// Says a line. Whatever goes wrong, the text stays as a draft.
pub(crate) async fn say(on: OnTicket, Form(form): Form<LineForm>) -> Shown {
    let text = form.text.replace("\r\n", "\n");
    let draft = Draft {
        text: text.clone(),
        promises: form.promises.clone(),
        phrases: form.phrases.clone(),
        reason: form.reason.clone(),
        ..Draft::default()
    };
    let line = ChatLine {
        message: MessageId(form.message),
        text,
        promises: new_promises(form.promise, &form.promises, &on.app.settings.zone)?,
        phrases: form.phrases.split_whitespace().map(str::to_owned).collect(),
        reason: form.reason.clone(),
        zone: on.app.settings.zone.clone(),
        asks: asks(&form),
    };
    let wish = Wish::ChatLine { by: on.who.by(), chat: ChatId(form.chat), line: Box::new(line) };
    let written = form.asks.is_empty();
    match on.app.desk.ask(wish).await {
        Ok(_) => {
            if written {
                keep_draft(&on.app, on.who.id, on.id, "chat", &Draft::default()).await?;
            }
            on.back()
        }
        Err(DeskError::Refused(refusal)) => {
            if written {
                keep_draft(&on.app, on.who.id, on.id, "chat", &draft).await?;
            }
            let about_words = matches!(refusal.kind, refusal::Kind::Words | refusal::Kind::NeedsReason);
            on.trouble(Trouble { refusal, seen: None, reason_for: None, about_words }).await
        }
        Err(fault) => Err(fault.into()),
    }
}

fn asks(form: &LineForm) -> Option<Wished> {
    match form.asks.as_str() {
        "wait" => Some(Wished::AskToWait { minutes: form.minutes }),
        "bring" => {
            let brief = Brief { problem: form.problem.clone(), tried: form.tried.clone(), mood: form.mood.clone() };
            Some(Wished::Propose { to: target(&form.to)?, brief })
        }
        _ => None,
    }
}

fn target(to: &str) -> Option<Target> {
    let (kind, id) = to.split_once(':')?;
    let id = id.parse().ok()?;
    match kind {
        "agent" => Some(Target::Agent(AgentId(id))),
        "queue" => Some(Target::Queue(QueueId(id))),
        _ => None,
    }
}

#[derive(Deserialize)]
pub(crate) struct WishForm {
    chat: i64,
    wish: String,
    #[serde(default)]
    reason: String,
}

pub(crate) async fn change(on: OnTicket, Form(form): Form<WishForm>) -> Shown {
    let wish = match form.wish.as_str() {
        "take" => Wished::Take,
        "decline" => Wished::Decline,
        "yes" => Wished::HearYes,
        "no" => Wished::HearNo,
        "take-back" => Wished::TakeBack,
        "back" => Wished::Back,
        "join" => Wished::Join,
        "leave" => Wished::Leave,
        "return" => Wished::Return { reason: form.reason },
        "hard" => Wished::MarkHard,
        "take-over" => Wished::TakeOver,
        "end" => Wished::End { reason: form.reason },
        _ => return Err(Wrong::Missing),
    };
    let back = form.wish == "back";
    let command = Command::Chat { by: on.who.id, chat: ChatId(form.chat), wish };
    match on.app.desk.ask(Wish::Floor(FloorWish::Wish(on.who.by(), command))).await {
        Ok(_) => {
            if back {
                thank(&on).await?;
            }
            on.back()
        }
        Err(DeskError::Refused(refusal)) => on.refused(refusal).await,
        Err(fault) => Err(fault.into()),
    }
}

/// Who comes back says thank you; the words are there already.
async fn thank(on: &OnTicket) -> Result<(), Wrong> {
    let draft = on.app.desk.store.draft(on.who.id, on.id, "chat").await?.map(|(_, d)| d).unwrap_or_default();
    if !draft.text.trim().is_empty() {
        return Ok(());
    }
    let text = "Thank you for waiting. ".to_owned();
    keep_draft(&on.app, on.who.id, on.id, "chat", &Draft { text, ..draft }).await
}

/// Somebody is writing; nothing was said yet, so nothing is kept.
pub(crate) async fn typing(on: OnTicket) -> Response {
    let floor = on.app.desk.floor();
    let chat = floor.chats.values().find(|c| c.ticket == on.id && may_write(c, on.who.id).is_ok());
    if let Some(chat) = chat {
        on.app.desk.announcer.announce(BTreeSet::from([Topic::AgentTypes(chat.id)]));
    }
    StatusCode::NO_CONTENT.into_response()
}

/// What happened in a chat, for the timeline.
pub(crate) fn sentence(event: &Event, who: &str, name: &dyn Fn(AgentId) -> String, site: &Site) -> Option<String> {
    let step = match event {
        Event::Missed { lines, .. } if lines.len() == 1 => {
            return Some("Their page was closed before it showed our last line; it goes to them by mail".into());
        }
        Event::Missed { lines, .. } => {
            return Some(format!(
                "Their page was closed before it showed {} of our lines; they go by mail",
                lines.len()
            ));
        }
        Event::Happened { step, .. } => step,
    };
    Some(match &**step {
        Step::Came { .. } => "Came into the chat on our page".into(),
        Step::Taken { agent, waited } => format!("{} took the chat after {}", name(*agent), in_words(*waited)),
        Step::AskedToWait { agent, minutes } => format!("{} asked to be given {minutes} min", name(*agent)),
        Step::Proposed { agent, to: Target::Agent(to), .. } => {
            format!("{} asked whether {} may come in", name(*agent), name(*to))
        }
        Step::Proposed { agent, to: Target::Queue(to), .. } => {
            let queue = site.queues.get(to).map_or("another queue", |q| &q.name);
            format!("{} asked whether somebody of {queue} may come in", name(*agent))
        }
        Step::Agreed { colleague: None } => "They agreed to wait".into(),
        Step::Agreed { colleague: Some(colleague) } => format!("They agreed; {} is asked", name(*colleague)),
        Step::RatherNot => "They would rather not".into(),
        Step::Withdrawn => format!("{who} took the question back"),
        Step::Back { over: 0 } => "Back in the chat, in time".into(),
        Step::Back { over } => format!("Back in the chat, {} later than said", in_words(*over)),
        Step::Joined { colleague } => format!("{} read the brief and came in", name(*colleague)),
        Step::NotJoined { colleague: Some(colleague) } => format!("{} did not come in", name(*colleague)),
        Step::NotJoined { colleague: None } => "Nobody there had room".into(),
        Step::Left { agent, colleague } => format!("{} left them with {}", name(*agent), name(*colleague)),
        Step::Returned { agent, reason } => format!("Back in line, first: {} ({reason})", name(*agent)),
        Step::TookOver { by, .. } => format!("{} took the chat over", name(*by)),
        Step::Pressing { who: warmline_domain::floor::chat::Pressed::Supervisors } => {
            "They wait too long; supervisors see it".into()
        }
        Step::Pressing { .. } => "They wait for an answer".into(),
        Step::MarkedHard => format!("{who} marked the chat as abusive"),
        Step::Ended { how, reason } => ended(*how, reason, who),
        _ => return None,
    })
}

fn ended(how: warmline_domain::floor::chat::End, reason: &str, who: &str) -> String {
    use warmline_domain::floor::chat::End;
    match how {
        End::ByAgent if reason.is_empty() => format!("{who} ended the chat"),
        End::ByAgent => format!("{who} ended the chat without an answer to their last line: {reason}"),
        End::ByCustomer => "They ended the chat".into(),
        End::Gone => "The chat ended: their page was closed".into(),
        End::NobodyFree => "Nobody had room in time; they get their answer by mail".into(),
    }
}

fn in_words(seconds: i64) -> String {
    if seconds < 120 { format!("{seconds} s") } else { format!("{} min", seconds / 60) }
}

/// What a chat is refused with when it is asked of nobody.
fn nobody() -> Refusal {
    Refusal::state("This chat is over.", "Begin another one, or write us a mail; we know what it is about.")
}
