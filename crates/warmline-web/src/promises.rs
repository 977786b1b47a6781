//! Promises beside a ticket: written down, kept, moved with a notice, handed over, let go; the customer's receipt.

pub(crate) mod ledger;
pub(crate) mod lines;
pub(crate) mod safe;

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use warmline_desk::promises::date_in_full;
use warmline_desk::{DeskError, Wish};
use warmline_domain::id::Minter;
use warmline_domain::ticket::{Command, Event, Message, NewPromise, PromiseKind, PromiseStanding, Then, Told};
use warmline_domain::{AgentId, By, MessageId, PromiseId, Refusal, TicketId};
use warmline_etiquette::Language;
use warmline_store::{PromiseRow, Stands};

pub(crate) use lines::new_promises;

use crate::App;
use crate::calendar::load::{Cut, cuts};
use crate::drafts::keep_draft;
use crate::forms::{addresses, local_moment};
use crate::on::OnTicket;
use crate::page::{Shown, Wrong, moment};
use crate::promises::safe::kind_of;
use crate::tickets::{Trouble, fresh_node, ticket_page_with};
use crate::timeline::{Eyes, author};

/// A promise as pages show it.
pub(crate) struct PromiseView {
    pub(crate) id: PromiseId,
    pub(crate) number: String,
    pub(crate) subject: String,
    pub(crate) customer: String,
    pub(crate) what: String,
    pub(crate) owner_id: AgentId,
    pub(crate) owner: String,
    pub(crate) due: String,
    /// The first date, when it was moved.
    pub(crate) first_due: String,
    pub(crate) standing: &'static str,
    /// That the work is done, rather than a word.
    pub(crate) finish: bool,
    pub(crate) alarm: bool,
    pub(crate) open: bool,
    pub(crate) due_at: Timestamp,
    /// What its owner could leave out to keep it, when it is at risk.
    pub(crate) cuts: Vec<Cut>,
    /// The form that moves it: as it was typed, or with a date proposed.
    pub(crate) form: Typed,
    /// That form stands open: what was typed into it was refused.
    pub(crate) opened: bool,
}

impl PromiseView {
    /// Where its forms go; `query` names the list beside the ticket.
    pub(crate) fn action(&self, query: &str) -> String {
        format!("/tickets/{}/promises/{}{query}", self.number, self.id)
    }
}

/// What somebody typed into a form of promises that was refused.
#[derive(Clone, Debug, Default)]
pub(crate) struct Typed {
    /// The promise it is about; none is a new one.
    pub(crate) promise: Option<PromiseId>,
    pub(crate) what: String,
    pub(crate) due: String,
    pub(crate) kind: String,
    pub(crate) told: String,
    pub(crate) reason: String,
}

fn standing_in_words(row: &PromiseRow) -> &'static str {
    match row.standing {
        Stands::Open(PromiseStanding::Made) => "in time",
        Stands::Open(PromiseStanding::AtRisk) => "at risk",
        Stands::Open(PromiseStanding::Alerted) => "at risk, a supervisor knows",
        Stands::Open(PromiseStanding::Broken) => "broken, still owed",
        Stands::Kept if row.broken => "kept late",
        Stands::Kept if row.moves > 0 => "kept, moved with notice",
        Stands::Kept => "kept",
        Stands::LetGo => "let go",
        Stands::TakenBack => "taken back",
    }
}

/// From the link after a call: the form for what was promised on it stands open.
#[derive(Deserialize)]
pub(crate) struct AfterCall {
    #[serde(default)]
    promised: Option<u8>,
}

impl AfterCall {
    pub(crate) fn opens(&self) -> Option<Typed> {
        self.promised.map(|_| Typed::default())
    }
}

fn shown(app: &App, row: PromiseRow, now: Timestamp, typed: Option<&Typed>) -> PromiseView {
    let (site, zone) = (app.desk.site(), &app.settings.zone);
    let form = typed.filter(|t| t.promise == Some(row.id)).cloned();
    let later = row.due.max(now) + SignedDuration::from_hours(24);
    let proposed = Typed { due: local(app, later), ..Typed::default() };
    PromiseView {
        standing: standing_in_words(&row),
        due_at: row.due,
        cuts: vec![],
        opened: form.is_some(),
        form: form.unwrap_or(proposed),
        first_due: if row.moves > 0 { moment(row.first_due, now, zone) } else { String::new() },
        owner: site.agents.get(&row.owner).map(|a| a.name.clone()).unwrap_or_default(),
        owner_id: row.owner,
        alarm: matches!(row.standing, Stands::Open(standing) if standing != PromiseStanding::Made),
        open: row.settled_at.is_none(),
        finish: row.kind == PromiseKind::Finish,
        id: row.id,
        number: row.number.to_string(),
        due: moment(row.due, now, zone),
        subject: row.subject,
        customer: row.customer,
        what: row.what,
    }
}

/// Says for those at risk what their owners could leave out.
async fn with_cuts(app: &App, mut promises: Vec<PromiseView>) -> Result<Vec<PromiseView>, Wrong> {
    if promises.iter().any(|p| p.alarm) {
        let calendars = app.desk.store.calendars().await?;
        for promise in promises.iter_mut().filter(|p| p.alarm) {
            promise.cuts = calendars.get(&promise.owner_id).map(|c| cuts(app, c, promise.due_at)).unwrap_or_default();
        }
    }
    Ok(promises)
}

/// As date fields write it.
fn local(app: &App, at: Timestamp) -> String {
    at.to_zoned(app.settings.zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string()
}

/// What stands beside a ticket.
pub(crate) struct PromisesPane {
    pub(crate) promises: Vec<PromiseView>,
    /// For one that is written down by hand.
    pub(crate) fresh: PromiseId,
    /// For the mail of a receipt.
    pub(crate) message: MessageId,
    pub(crate) agents: Vec<(AgentId, String)>,
    pub(crate) new: Typed,
    pub(crate) opened: bool,
}

pub(crate) async fn promises_pane(app: &App, ticket: TicketId, typed: Option<&Typed>) -> Result<PromisesPane, Wrong> {
    let now = app.desk.clock.now();
    let rows = app.desk.store.promises_of(ticket).await?;
    let tomorrow = (now + SignedDuration::from_hours(24)).to_zoned(app.settings.zone.clone());
    let mut new = typed.filter(|t| t.promise.is_none()).cloned();
    let opened = new.is_some();
    let due = tomorrow.strftime("%Y-%m-%dT17:00").to_string();
    let form = new.get_or_insert_default();
    if form.due.is_empty() {
        form.due = due;
    }
    let mut minter = Minter::new(fresh_node());
    Ok(PromisesPane {
        promises: with_cuts(app, rows.into_iter().map(|row| shown(app, row, now, typed)).collect()).await?,
        fresh: minter.mint(now),
        message: minter.mint(now),
        agents: people(app),
        opened,
        new: new.unwrap_or_default(),
    })
}

/// Whom a promise can be handed to.
fn people(app: &App) -> Vec<(AgentId, String)> {
    app.desk.site().agents.values().filter(|a| a.active).map(|a| (a.id, a.name.clone())).collect()
}

#[derive(Deserialize)]
pub(crate) struct NewForm {
    promise: i64,
    what: String,
    due: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    reason: String,
}

pub(crate) async fn create(on: OnTicket, Form(form): Form<NewForm>) -> Shown {
    let typed = Typed {
        promise: None,
        what: form.what.clone(),
        due: form.due.clone(),
        kind: form.kind.clone(),
        reason: form.reason.clone(),
        ..Typed::default()
    };
    let new = local_moment(&form.due, &on.app.settings.zone).map(|due| NewPromise {
        kind: kind_of(&form.kind, &form.what),
        reason: form.reason,
        ..NewPromise::new(PromiseId(form.promise), form.what, due)
    });
    answered(&on, new.map(|new| on.wish(Command::Promise(new))), typed, "").await
}

#[derive(Deserialize)]
pub(crate) struct ChangeForm {
    /// keep, move, notice, let-go or hand-over.
    wish: String,
    #[serde(default)]
    due: String,
    #[serde(default)]
    told: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    to: Option<i64>,
    /// The part of the ledger it was sent from.
    #[serde(default)]
    ledger: String,
}

pub(crate) async fn change(on: OnTicket, Path((_, id)): Path<(String, i64)>, Form(form): Form<ChangeForm>) -> Shown {
    let promise = PromiseId(id);
    let typed = Typed {
        promise: Some(promise),
        due: form.due.clone(),
        told: form.told.clone(),
        reason: form.reason.clone(),
        ..Typed::default()
    };
    let due = || local_moment(&form.due, &on.app.settings.zone);
    let command = match form.wish.as_str() {
        "keep" => Ok(Command::KeepPromise { promise }),
        "move" => due().map(|due| {
            let told = match form.told.as_str() {
                "written" => Some(Told::Written),
                "phone" => Some(Told::OnThePhone),
                _ => None,
            };
            Command::MovePromise { promise, due, told, reason: form.reason.clone() }
        }),
        "notice" => match due() {
            Ok(due) => return notice(&on, promise, due, &form.reason).await,
            Err(refusal) => Err(refusal),
        },
        "let-go" => Ok(Command::LetPromiseGo { promise, reason: form.reason.clone() }),
        "hand-over" => {
            let to = AgentId(form.to.ok_or(Wrong::Missing)?);
            Ok(Command::HandPromiseOver { promise, to, away: false, reason: form.reason.clone() })
        }
        _ => return Err(Wrong::Missing),
    };
    answered(&on, command.map(|command| on.wish(command)), typed, &form.ledger).await
}

/// Asks, and goes back to where the form was: the ticket, or a part of the ledger. What was refused is still typed.
async fn answered(on: &OnTicket, wish: Result<Wish, Refusal>, typed: Typed, part: &str) -> Shown {
    let asked = match wish {
        Ok(wish) => on.app.desk.ask(wish).await,
        Err(refusal) => Err(DeskError::Refused(refusal)),
    };
    match asked {
        Ok(_) if part.is_empty() => on.back(),
        Ok(_) => Ok(Redirect::to(&format!("/promises?of={}", crate::forms::percent(part))).into_response()),
        Err(DeskError::Refused(refusal)) if !part.is_empty() => {
            ledger::page(&on.app, &on.who, part, Some((refusal, typed))).await
        }
        Err(DeskError::Refused(refusal)) => refused(on, refusal, typed).await,
        Err(fault) => Err(fault.into()),
    }
}

async fn refused(on: &OnTicket, refusal: Refusal, typed: Typed) -> Shown {
    let trouble = Trouble { refusal, seen: None, reason_for: None, about_words: false };
    ticket_page_with(&on.app, &on.who, &on.number, &on.view, Some(trouble), Some(&typed)).await
}

/// The notice that a promise moves, written into the composer; sent, it moves the promise.
async fn notice(on: &OnTicket, promise: PromiseId, due: Timestamp, reason: &str) -> Shown {
    let (app, now) = (&on.app, on.app.desk.clock.now());
    let rows = app.desk.store.promises_of(on.id).await?;
    let row = rows.into_iter().find(|r| r.id == promise && r.settled_at.is_none()).ok_or(Wrong::Missing)?;
    let mut draft = app.desk.store.draft(on.who.id, on.id, "answer").await?.map(|(_, d)| d).unwrap_or_default();
    let messages = app.desk.store.newest_messages(on.id, 10).await?;
    let theirs = messages.iter().rev().find(|m| m.kind == "received").map_or("", |m| m.content.text.as_str());
    let german = Language::guess(theirs) == Language::of("de");
    let dates = [row.due, due.max(now)].map(|at| date_in_full(at, &app.settings.zone, german));
    let words = notice_in_words(&row.customer, &row.what, &dates, reason, german);
    draft.text = if draft.text.trim().is_empty() { words } else { format!("{words}\n\n{}", draft.text) };
    let line = lines::moving(promise, &local(app, due), reason.trim(), &row.what);
    let mark = format!("m={promise};");
    let others = draft.promises.lines().filter(|l| !l.contains(&mark)).map(str::to_owned);
    draft.promises = others.chain([line]).collect::<Vec<_>>().join("\n");
    keep_draft(app, on.who.id, on.id, "answer", &draft).await?;
    on.back()
}

/// `dates`: what was promised, and what is promised now.
pub(crate) fn notice_in_words(customer: &str, what: &str, dates: &[String; 2], reason: &str, german: bool) -> String {
    let first = customer.split_whitespace().next().unwrap_or_default();
    let [before, after] = dates;
    let (reason, what) = (reason.trim().trim_end_matches('.'), what.trim());
    if german {
        let because = if reason.is_empty() { String::new() } else { format!(" Der Grund: {reason}.") };
        return format!(
            "Guten Tag {customer},\n\nich habe Ihnen bis {before} zugesagt: „{what}“ Es dauert länger, und das sollen Sie von mir \
             vorher erfahren.{because} Der neue Termin ist {after}."
        );
    }
    let because = if reason.is_empty() { String::new() } else { format!(" The reason: {reason}.") };
    format!(
        "Hello {first},\n\nI promised you by {before}: “{what}” It takes longer, and I want you to hear it from me \
         first.{because} The new date is {after}."
    )
}

#[derive(Template)]
#[template(path = "promises/receipt.txt", escape = "none")]
struct ReceiptMail<'a> {
    first: &'a str,
    receipt: &'a str,
    german: bool,
}

pub(crate) fn receipt_in_words(customer: &str, what: &str, due: Timestamp, zone: &jiff::tz::TimeZone) -> String {
    let receipt = warmline_desk::promises::receipt(what, what, due, zone);
    let first = customer.split_whitespace().next().unwrap_or_default();
    let german = Language::guess(what) == Language::of("de");
    ReceiptMail { first, receipt: &receipt, german }.render().unwrap_or_default()
}

#[derive(Deserialize)]
pub(crate) struct ReceiptForm {
    message: i64,
    seen: i64,
    to: String,
}

/// A short mail of its own for what was promised on the phone; goes out as every answer does.
pub(crate) async fn receipt(on: OnTicket, Path((_, id)): Path<(String, i64)>, Form(form): Form<ReceiptForm>) -> Shown {
    let (app, zone) = (&on.app, &on.app.settings.zone);
    let rows = app.desk.store.promises_of(on.id).await?;
    let row = rows.into_iter().find(|r| r.id == PromiseId(id) && r.settled_at.is_none()).ok_or(Wrong::Missing)?;
    let text = receipt_in_words(&row.customer, &row.what, row.due, zone);
    let content = Message { to: addresses(&form.to), text, ..Message::default() };
    let answer = warmline_desk::Draft {
        then: Then::Keep,
        ..warmline_desk::Draft::new(MessageId(form.message), form.seen, content, zone.clone())
    };
    on.ask(Wish::Answer { by: on.who.by(), ticket: on.id, answer: Box::new(answer) }).await
}

/// What happened to a promise, for the timeline.
pub(crate) fn sentence(event: &Event, who: &str, eyes: &Eyes<'_>) -> Option<String> {
    let name = |id| author(By::Agent(id), eyes.site, "");
    let at = |t: Timestamp| moment(t, eyes.now, eyes.zone);
    let word = |id: &PromiseId| eyes.promised.get(id).map_or(String::new(), |what| format!("“{what}”"));
    Some(match event {
        Event::PromiseMade { promise, owner, due, known, reason, .. } => {
            let made = format!("{} promised by {}: {}", name(*owner), at(*due), word(promise));
            match known {
                Some(known) if *due < known.safe => {
                    format!("{made} (8 of 10 like it took until {}; sooner, because {reason})", at(known.safe))
                }
                Some(known) => format!("{made} (8 of 10 like it were done by {})", at(known.safe)),
                None => made,
            }
        }
        Event::PromiseMoved { promise, due, reason, told, .. } => {
            let how = match told {
                Told::Written => "in writing",
                Told::OnThePhone => "on the phone",
            };
            let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            format!("{who} moved the promise {} to {}; the customer was told {how}{why}", word(promise), at(*due))
        }
        Event::PromiseMovedBack { promise, dates } => {
            format!("The notice was taken back, so the promise {} is for {} again", word(promise), at(dates.due))
        }
        Event::PromiseTakenBack { .. } => "What the answer promised was taken back with it".into(),
        Event::PromiseHandedOver { promise, to, reason } => {
            let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            format!("{} has the promise {} now{why}", name(*to), word(promise))
        }
        Event::PromiseAtRisk { standing: PromiseStanding::Alerted, .. } => {
            "A promise is at risk; a supervisor is told".into()
        }
        Event::PromiseAtRisk { .. } => "A promise is at risk; its owner is told".into(),
        Event::PromiseBroken { .. } => "The promised time has passed; it is owed all the same".into(),
        Event::PromiseKept { promise } => format!("{who} kept the promise {}", word(promise)),
        Event::PromiseLetGo { promise, reason } => format!("{who} let the promise {} go: {reason}", word(promise)),
        _ => return None,
    })
}
