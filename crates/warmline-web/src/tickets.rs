//! The desk: the list with its reasons, and one ticket with its timeline, composer and what matters now.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use serde::Deserialize;
use warmline_desk::{Opening, Outcome, Wish};
use warmline_domain::customer::phone_number;
use warmline_domain::id::Minter;
use warmline_domain::site::Site;
use warmline_domain::ticket::attempts::{Channel, Outcome as Reached};
use warmline_domain::ticket::charge::Standing;
use warmline_domain::ticket::{Impact, Question, Ticket, Urgency, priority};
use warmline_domain::{AgentId, MessageId, Refusal, TicketId, TicketNumber, refusal};
use warmline_store::View;

use crate::App;
use crate::assets::{StakesPane, stakes_pane};
use crate::attempts::{AttemptsPane, attempts_pane};
use crate::chats::{ChatPane, chat_pane};
use crate::composer::{Composer, composer};
use crate::drop_everything::{AskedView, asked_view};
use crate::effort::{ClockPane, clock_pane};
use crate::forms::InView;
use crate::hand_up::{HandUpPane, hand_up_pane};
use crate::honesty::Known;
use crate::ladder::{LadderPane, ladder_pane};
use crate::other_ways::{WaysPane, ways_pane};
use crate::page::{Frame, Shown, Wrong, draw, drawn, exact, moment, status_of};
use crate::promises::{AfterCall, PromisesPane, Typed, promises_pane};
use crate::record::{RecordPane, record_pane};
use crate::session::Who;
use crate::targets::{ClockView, clocks};
use crate::timeline::{Eyes, Item, items};
use crate::tone::{Hint, hints};

const ROWS: usize = 40;

#[derive(Template)]
#[template(path = "desk.html")]
struct DeskPage {
    frame: Frame,
    list: ListPane,
    ticket: Option<TicketPane>,
    problem: Option<Problem>,
    /// The answer was stopped for its words; with a reason it goes out.
    ask_reason: bool,
    about_words: bool,
}

/// A refusal as the page shows it.
pub(crate) struct Problem {
    why: String,
    way: String,
    /// The wish can be repeated with a reason: who would get the ticket.
    reason_for: Option<i64>,
}

struct ListPane {
    title: String,
    key: String,
    query: String,
    views: Vec<ViewLink>,
    rows: Vec<RowView>,
    more: Option<String>,
    empty: (&'static str, &'static str),
}

struct ViewLink {
    key: &'static str,
    label: &'static str,
    count: i64,
    on: bool,
    alarm: bool,
}

struct RowView {
    number: String,
    subject: String,
    customer: String,
    waited: String,
    since: String,
    lead: &'static str,
    rest: String,
    assignee: String,
    on: bool,
}

struct TicketPane {
    id: TicketId,
    number: String,
    spoken: String,
    subject: String,
    stage: &'static str,
    ours: bool,
    queue: String,
    assignee: Option<String>,
    mine: bool,
    tags: Vec<String>,
    impact: Impact,
    urgency: Urgency,
    stopped: bool,
    reason: priority::Reason,
    opened: String,
    items: Vec<Item>,
    decide_reopen: bool,
    decide_split: Option<MessageId>,
    composer: Composer,
    customer: CustomerPane,
    agents: Vec<(AgentId, String, &'static str)>,
    queues: Vec<(i64, String)>,
    wake: Option<String>,
    promises: PromisesPane,
    clock: ClockPane,
    ladder: LadderPane,
    record: RecordPane,
    hand_up: HandUpPane,
    /// What a receiver is asked to do, drafted.
    hand_up_ask: String,
    referral: crate::referrals::ReferralPane,
    charges: crate::charges::ChargesPane,
    appeal: crate::appeals::AppealPane,
    stakes: StakesPane,
    clocks: Vec<ClockView>,
    asked: Option<AskedView>,
    attempts: AttemptsPane,
    ways: WaysPane,
    articles: crate::articles::beside::ArticlesPane,
    hints: Vec<Hint>,
    /// The chat that goes on.
    chat: Option<ChatPane>,
}

impl TicketPane {
    /// This agent may write in the chat.
    fn chats(&self) -> bool {
        self.chat.as_ref().is_some_and(|c| c.form.is_some())
    }
    /// In a chat the editor stays while lines come and go; anything else that was written makes it a new one.
    fn keep_chat(&self) -> String {
        match self.chat.as_ref().filter(|c| c.form.is_some()) {
            Some(chat) => format!("chat.{}.{}", chat.id, chat.beside),
            None => self.composer.seen.to_string(),
        }
    }
}

struct CustomerPane {
    organisation: String,
    /// They can be called.
    phone: bool,
    name: String,
    addresses: Vec<String>,
    view: String,
    others: Vec<(String, String, &'static str)>,
}

pub(crate) async fn home(State(app): State<App>) -> Response {
    Redirect::to(if app.desk.site().is_new() { "/setup" } else { "/tickets" }).into_response()
}

pub(crate) async fn list(State(app): State<App>, who: Who, Query(view): Query<InView>) -> Shown {
    let list = list_pane(&app, &who, &view, None).await?;
    draw(&DeskPage {
        frame: Frame::new(&app, &who).await?,
        list,
        ticket: None,
        problem: None,
        ask_reason: false,
        about_words: false,
    })
}

pub(crate) async fn show(
    State(app): State<App>,
    who: Who,
    Path(number): Path<String>,
    Query(view): Query<InView>,
    Query(after): Query<AfterCall>,
) -> Shown {
    ticket_page_with(&app, &who, &number, &view, None, after.opens().as_ref()).await
}

/// What went wrong with a form on the ticket page.
pub(crate) struct Trouble {
    pub(crate) refusal: Refusal,
    /// What its author had seen, when something new came in.
    pub(crate) seen: Option<i64>,
    pub(crate) reason_for: Option<AgentId>,
    /// It is about the words of an answer, and over when they are mended.
    pub(crate) about_words: bool,
}

/// The ticket page, after a refusal with what was refused on top.
pub(crate) async fn ticket_page(app: &App, who: &Who, number: &str, view: &InView, trouble: Option<Trouble>) -> Shown {
    ticket_page_with(app, who, number, view, trouble, None).await
}

/// The same, with what was typed into a refused form of promises.
pub(crate) async fn ticket_page_with(
    app: &App,
    who: &Who,
    number: &str,
    view: &InView,
    trouble: Option<Trouble>,
    typed: Option<&Typed>,
) -> Shown {
    let id = ticket_id(app, number).await?;
    let seen = trouble.as_ref().and_then(|t| t.seen);
    let ticket = ticket_pane(app, who, id, seen, typed).await?;
    let list = list_pane(app, who, view, Some(id)).await?;
    let status = trouble.as_ref().map_or(StatusCode::OK, |t| status_of(&t.refusal));
    let needs_reason = |t: &Trouble| t.about_words && t.refusal.kind == refusal::Kind::NeedsReason;
    let ask_reason = trouble.as_ref().is_some_and(needs_reason);
    let about_words = trouble.as_ref().is_some_and(|t| t.about_words);
    let problem =
        trouble.map(|t| Problem { why: t.refusal.why, way: t.refusal.way, reason_for: t.reason_for.map(|a| a.0) });
    Ok(drawn(
        status,
        &DeskPage { frame: Frame::new(app, who).await?, list, ticket: Some(ticket), problem, ask_reason, about_words },
    ))
}

pub(crate) async fn ticket_id(app: &App, number: &str) -> Result<TicketId, Wrong> {
    let number: TicketNumber = number.parse().map_err(|_| Wrong::Missing)?;
    app.desk.store.ticket_by_number(number).await?.ok_or(Wrong::Missing)
}

async fn list_pane(app: &App, who: &Who, view: &InView, open: Option<TicketId>) -> Result<ListPane, Wrong> {
    let now = app.desk.clock.now();
    let site = app.desk.site();
    let chosen = view.view(who.id);
    let after = if view.after.is_empty() { None } else { Some(view.after.parse()?) };
    let page = app.desk.store.list(&chosen, after, ROWS).await?;
    let counters = app.desk.store.counters().await?;
    let count = |name: String| counters.get(&name).copied().unwrap_or(0);
    let mine = count(format!("agent:{}:0", who.id));
    let link = |key, label, count, alarm| ViewLink { key, label, count, on: view.key() == key, alarm };
    let views = vec![
        link("next", "Next for you", mine + count("agent:0:0".into()), false),
        link("mine", "Mine", mine, false),
        link("unassigned", "Nobody’s", count("agent:0:0".into()), false),
        link("ours", "All that is ours", count("stage:0".into()), false),
        link("late", "Late or nearly", count("pressing".into()), true),
        link("unheard", "Has not heard from us", count("attention:1".into()), true),
        link("decide", "To decide", count("attention:2".into()), true),
        link("waiting", "Waiting for the customer", count("stage:1".into()), false),
        link("solved", "Solved", count("stage:2".into()), false),
        link("closed", "Closed", count("stage:3".into()), false),
    ];
    let title = match &chosen {
        View::Tag(tag) => format!("Tagged {tag}"),
        View::Organisation(name) => name.clone(),
        View::Customer(id) => app
            .desk
            .store
            .customer(*id)
            .await?
            .and_then(|c| c.value.name.open().cloned())
            .unwrap_or_else(|| "Customer".into()),
        _ => views.iter().find(|v| v.on).map_or("Next for you", |v| v.label).to_owned(),
    };
    let zone = &app.settings.zone;
    let rows = page.rows.iter().map(|row| row_view(&row.ticket, &row.customer, &site, now, zone, open)).collect();
    let more = page.next.map(|cursor| format!("{}&after={cursor}", view.query()));
    Ok(ListPane { title, key: view.key().to_owned(), query: view.query(), views, rows, more, empty: empty(view.key()) })
}

fn row_view(
    ticket: &Ticket,
    customer: &str,
    site: &Site,
    now: Timestamp,
    zone: &jiff::tz::TimeZone,
    open: Option<TicketId>,
) -> RowView {
    let reason = priority::reason(ticket, site, now);
    RowView {
        number: ticket.number.to_string(),
        subject: ticket.subject.open().cloned().unwrap_or_default(),
        customer: customer.to_owned(),
        waited: priority::span_in_words(ticket.since, now),
        since: exact(ticket.since, zone),
        lead: reason.lead,
        rest: reason.rest,
        assignee: ticket.assignee.and_then(|a| site.agents.get(&a)).map(|a| a.name.clone()).unwrap_or_default(),
        on: open == Some(ticket.id),
    }
}

fn empty(key: &str) -> (&'static str, &'static str) {
    match key {
        "next" => ("Nothing waits for you", "Mail that comes in appears here by itself, the most pressing first."),
        "mine" => ("You have no tickets", "Open one from “Next for you” and press A to take it."),
        "unassigned" => ("Everything has somebody", "New mail shows up here until someone takes it."),
        "late" => {
            ("Nothing is late", "Promises and targets stand here when little of their time is left, the nearest first.")
        }
        "unheard" => ("Everybody has heard from us", "When a mail of ours does not arrive, its ticket stands here."),
        "decide" => (
            "Nothing to decide",
            "Held mail, doubtful subjects and answers whose article changed stand here until somebody decides.",
        ),
        "waiting" => ("Nobody owes us an answer", "Tickets rest here while the customer is to move."),
        "solved" => ("Nothing solved lately", "Solved tickets rest here for two weeks before they close."),
        _ => ("Nothing here", "Choose another list, or search with the / key."),
    }
}

async fn ticket_pane(
    app: &App,
    who: &Who,
    id: TicketId,
    seen: Option<i64>,
    typed: Option<&Typed>,
) -> Result<TicketPane, Wrong> {
    let store = &app.desk.store;
    let ticket = store.ticket(id).await?.ok_or(Wrong::Missing)?.value;
    let (site, floor, now, zone) = (app.desk.site(), app.desk.floor(), app.desk.clock.now(), &app.settings.zone);
    let entries = store.timeline(id).await?;
    let customer = customer_pane(app, &ticket).await?;
    let rows = store.record(id).await?;
    let record = record_pane(app, &ticket, &entries, &rows);
    let ladder = ladder_pane(app, &ticket, &entries, &rows).await?;
    let hand_up = hand_up_pane(app, who.id, &ticket, &rows);
    let written = rows.into_iter().map(|r| (r.id, r.text)).collect();
    let composer = composer(app, who, &ticket, &entries, (&customer.name, &customer.addresses)).await?;
    let attempts = attempts_pane(app, &site, &ticket, &entries).await?;
    let engine = app.desk.words.engine(&site.wording);
    let promises = promises_pane(app, id, typed).await?;
    let referral = crate::referrals::pane(app, &ticket, &entries).await?;
    let charges = crate::charges::pane(app, who, &ticket, &customer.organisation);
    let appeal = crate::appeals::pane(app, who, &ticket, &entries, &customer.organisation);
    let stakes = stakes_pane(app, &ticket.stakes, &customer.organisation).await?;
    let articles = crate::articles::beside::pane(app, &ticket, &entries).await?;
    let asked = asked_view(app, who, &ticket).await?;
    let chat = chat_pane(app, who, &customer.name, &ticket, &entries).await?;
    let promised = promises.promises.iter().map(|p| (p.id, p.what.clone())).collect();
    let rule =
        |id: &str| engine.packs().flat_map(|p| &p.rules).find(|r| r.source.id == id).map(|r| r.source.say.clone());
    let says = |id: &str| rule(id).unwrap_or_else(|| id.to_owned());
    let known = Known::of(app, id, &entries).await?;
    let eyes = Eyes {
        site: &site,
        ticket: &ticket,
        who: who.by(),
        now,
        zone,
        promised: &promised,
        written: &written,
        says: &says,
        seen,
        beside: &known,
    };
    let hints = hints(&engine, &entries, &site.policy.words.danger_protocol);
    let items = items(entries, &eyes);
    let agents = site.agents.values().filter(|a| a.active);
    Ok(TicketPane {
        id,
        number: ticket.number.to_string(),
        spoken: ticket.number.spoken(),
        subject: ticket.subject.open().cloned().unwrap_or_default(),
        stage: ticket.stage.word(),
        ours: ticket.stage.is_ours(),
        queue: site.queues.get(&ticket.queue).map_or("No queue", |q| &q.name).to_owned(),
        assignee: ticket.assignee.and_then(|a| site.agents.get(&a)).map(|a| a.name.clone()),
        mine: ticket.assignee == Some(who.id),
        tags: ticket.tags.iter().cloned().collect(),
        impact: ticket.impact,
        urgency: ticket.urgency,
        stopped: ticket.urgency == Urgency::Stopped,
        reason: priority::reason(&ticket, &site, now),
        opened: moment(ticket.opened_at, now, zone),
        items,
        decide_reopen: matches!(ticket.question, Some(Question::Reopen(_))),
        decide_split: match ticket.question {
            Some(Question::OtherMatter(message)) => Some(message),
            _ => None,
        },
        attempts,
        ways: ways_pane(app, &ticket, &customer.name),
        composer,
        customer,
        agents: agents.map(|a| (a.id, a.name.clone(), floor.presence(a.id).word())).collect(),
        queues: site.queues.values().map(|q| (q.id.0, q.name.clone())).collect(),
        wake: ticket.wake_at.map(|at| moment(at, now, zone)),
        promises,
        clock: clock_pane(&ticket, who.id, now),
        ladder,
        record,
        hand_up,
        hand_up_ask: format!("Find out why: {}", ticket.subject.open().cloned().unwrap_or_default()),
        referral,
        charges,
        appeal,
        stakes,
        clocks: clocks(app, &site, &ticket),
        asked,
        articles,
        hints,
        chat,
    })
}

async fn customer_pane(app: &App, ticket: &Ticket) -> Result<CustomerPane, Wrong> {
    let store = &app.desk.store;
    let customer = store.customer(ticket.customer).await?;
    let addresses = store.customer_addresses(ticket.customer).await?;
    let others = store.list(&View::Customer(ticket.customer), None, 6).await?;
    let other = |t: &Ticket| (t.number.to_string(), t.subject.open().cloned().unwrap_or_default(), t.stage.word());
    Ok(CustomerPane {
        name: customer.as_ref().and_then(|c| c.value.name.open().cloned()).unwrap_or_default(),
        organisation: customer
            .as_ref()
            .and_then(|c| c.value.organisation.as_ref()?.open().cloned())
            .unwrap_or_default(),
        phone: addresses.iter().any(|a| is_dialled(a)),
        addresses: addresses.into_iter().filter_map(shown).collect(),
        view: format!("customer:{}", ticket.customer),
        others: others.rows.iter().filter(|r| r.ticket.id != ticket.id).map(|r| other(&r.ticket)).take(5).collect(),
    })
}

/// A number as people read it; callers without one have nothing to show.
fn shown(address: String) -> Option<String> {
    match address.strip_prefix("tel:") {
        Some(number) => phone_number(number),
        None => Some(address),
    }
}

fn is_dialled(address: &str) -> bool {
    address.strip_prefix("tel:").and_then(phone_number).is_some()
}

/// Forms make their own identifiers, so that a form sent twice is one wish; the node part keeps pages apart.
pub(crate) fn fresh_node() -> u16 {
    let mut bytes = [0; 2];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    u16::from_le_bytes(bytes)
}

#[derive(Template)]
#[template(path = "new_ticket.html")]
struct NewTicket {
    frame: Frame,
    message: MessageId,
    form: NewTicketForm,
    problem: Option<Refusal>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct NewTicketForm {
    message: i64,
    name: String,
    address: String,
    subject: String,
    text: String,
}

pub(crate) async fn new(State(app): State<App>, who: Who) -> Shown {
    let message = Minter::new(fresh_node()).mint(app.desk.clock.now());
    draw(&NewTicket { frame: Frame::new(&app, &who).await?, message, form: NewTicketForm::default(), problem: None })
}

pub(crate) async fn create(State(app): State<App>, who: Who, Form(form): Form<NewTicketForm>) -> Shown {
    let opening = Opening {
        message: MessageId(form.message),
        name: form.name.clone(),
        address: form.address.clone(),
        subject: form.subject.clone(),
        text: form.text.clone(),
        mailbox: None,
    };
    match app.desk.ask(Wish::Open { by: who.by(), opening: Box::new(opening) }).await {
        Ok(Outcome::Opened(_, number)) => Ok(Redirect::to(&format!("/tickets/{number}")).into_response()),
        Ok(_) => Ok(Redirect::to("/tickets").into_response()),
        Err(warmline_desk::DeskError::Refused(refusal)) => {
            let status = status_of(&refusal);
            let message = MessageId(form.message);
            let page = NewTicket { frame: Frame::new(&app, &who).await?, message, form, problem: Some(refusal) };
            Ok(drawn(status, &page))
        }
        Err(fault) => Err(fault.into()),
    }
}
