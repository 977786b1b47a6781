//! A customer asks for a manager: the front line's fair try, the request beside the ticket, and the supervisors' list.

use std::collections::BTreeSet;

use askama::Template;
use axum::Form;
use axum::extract::State;
use jiff::SignedDuration;
use serde::Deserialize;
use warmline_desk::DeskError;
use warmline_domain::floor::Presence;
use warmline_domain::id::Minter;
use warmline_domain::site::Role;
use warmline_domain::ticket::appeal::{self, Standing};
use warmline_domain::ticket::{Command, Event as TicketEvent, Ticket};
use warmline_domain::{AgentId, By, PromiseId};
use warmline_store::{AppealRow, Entry};

use crate::App;
use crate::letters::{draft, reader, spoken};
use crate::on::OnTicket;
use crate::page::{Frame, Shown, Wrong, draw, moment};
use crate::session::Who;
use crate::tickets::fresh_node;
use crate::timeline::{Eyes, author};

/// The measures are of so many days.
const DAYS: i64 = 30;
/// A note in the manager's view is cut to this.
const NOTE_CHARS: usize = 240;

/// What stands beside a ticket.
pub(crate) struct AppealPane {
    /// none, trying, asked, taken or returned.
    pub(crate) standing: &'static str,
    /// Whose task it is.
    pub(crate) owner: String,
    pub(crate) mine: bool,
    pub(crate) due: String,
    /// When they would hear, if it were asked for now.
    pub(crate) by_then: String,
    pub(crate) late: bool,
    pub(crate) word: String,
    pub(crate) supervises: bool,
    pub(crate) promise: PromiseId,
    /// The case as a manager sees it; drawn while the request is open.
    pub(crate) view: Vec<(&'static str, String)>,
}

pub(crate) fn pane(app: &App, who: &Who, ticket: &Ticket, entries: &[Entry], organisation: &str) -> AppealPane {
    let (site, now, zone) = (app.desk.site(), app.desk.clock.now(), &app.settings.zone);
    let open = ticket.appeals.last().filter(|a| a.standing.is_open());
    let minutes = site.policy.managers.answer_minutes;
    let by_then = site.hours_of(ticket.queue).add_open_minutes(now, minutes);
    let name = |id: AgentId| site.agents.get(&id).map(|a| a.name.clone()).unwrap_or_default();
    AppealPane {
        standing: open.map_or("none", |a| a.standing.word()),
        owner: open.and_then(|a| a.to).map(name).unwrap_or_default(),
        mine: open.is_some_and(|a| a.to == Some(who.id)),
        due: open.and_then(|a| a.due).map(|at| moment(at, now, zone)).unwrap_or_default(),
        by_then: by_then.map(|at| moment(at, now, zone)).unwrap_or_default(),
        late: open.is_some_and(|a| a.late),
        word: open.map(|a| a.word.clone()).unwrap_or_default(),
        supervises: who.role >= Role::Supervisor,
        promise: Minter::new(fresh_node()).mint(now),
        view: if open.is_some() { view(app, ticket, entries, organisation) } else { vec![] },
    }
}

/// Everything a manager would want to know first, also what is not their own field.
fn view(app: &App, ticket: &Ticket, entries: &[Entry], organisation: &str) -> Vec<(&'static str, String)> {
    let (site, now, zone) = (app.desk.site(), app.desk.clock.now(), &app.settings.zone);
    let of_kind = |kind: &str| entries.iter().filter(|e| matches!(e, Entry::Message(m) if m.kind == kind)).count();
    let events: Vec<TicketEvent> = entries
        .iter()
        .filter_map(|e| match e {
            Entry::Event(e) => serde_json::from_str(&e.body).ok(),
            _ => None,
        })
        .collect();
    let count = |is: &dyn Fn(&TicketEvent) -> bool| events.iter().filter(|e| is(e)).count();
    let by = |e: &Entry| match e {
        Entry::Message(m) if m.kind == "answer" => Some(m.by),
        Entry::Note(n) => Some(n.by),
        _ => None,
    };
    let people: BTreeSet<String> =
        entries.iter().filter_map(by).filter(|b| matches!(b, By::Agent(_))).map(|b| author(b, &site, "")).collect();
    let queues = events.iter().filter_map(|e| match e {
        TicketEvent::Moved { queue } => site.queues.get(queue).map(|q| q.name.clone()),
        _ => None,
    });
    let queues: Vec<String> = queues.chain(site.queues.get(&ticket.queue).map(|q| q.name.clone())).collect();
    let broken = count(&|e| matches!(e, TicketEvent::PromiseBroken { .. }));
    let moved = count(&|e| matches!(e, TicketEvent::PromiseMoved { .. }));
    let note = entries.iter().rev().find_map(|e| match e {
        Entry::Note(n) => Some(n.content.text.split_whitespace().collect::<Vec<_>>().join(" ")),
        _ => None,
    });
    let prices = ticket.charges.list.iter().map(|c| {
        let price = c.price.as_ref().map_or("not done here".into(), ToString::to_string);
        format!("{}: {price}, {}", c.request, c.standing.word().replace('_', " "))
    });
    let plan = site.catalogue.plan_of(organisation).map(|p| format!(", plan {p}")).unwrap_or_default();
    let facts = [
        ("Since", moment(ticket.opened_at, now, zone)),
        ("Said", format!("{} by them, {} by us", of_kind("received"), of_kind("answer"))),
        ("Who", people.into_iter().collect::<Vec<_>>().join(", ")),
        ("Went through", queues.join(", ")),
        ("Belongs to", if organisation.is_empty() { String::new() } else { format!("{organisation}{plan}") }),
        ("Promises", format!("{} open, {moved} moved, {broken} broken", ticket.promises.len())),
        ("Prices", prices.collect::<Vec<_>>().join("; ")),
        (
            "Reopened",
            match count(
                &|e| matches!(e, TicketEvent::StageChanged { stage, .. } if *stage == warmline_domain::ticket::Stage::Solved),
            ) {
                0 => String::new(),
                n => format!("was solved {n}× before"),
            },
        ),
        ("Last note", note.map(|n| n.chars().take(NOTE_CHARS).collect()).unwrap_or_default()),
    ];
    facts.into_iter().filter(|(_, words)| !words.is_empty()).collect()
}

#[derive(Deserialize)]
pub(crate) struct AppealForm {
    /// begin, ask, take, return or settle.
    wish: String,
    #[serde(default)]
    promise: i64,
    #[serde(default)]
    word: String,
}

pub(crate) async fn change(on: OnTicket, Form(form): Form<AppealForm>) -> Shown {
    let command = match form.wish.as_str() {
        "begin" => appeal::Command::Begin,
        "ask" => return ask(on, PromiseId(form.promise)).await,
        "take" => appeal::Command::Take,
        "return" => appeal::Command::Return { word: form.word },
        "settle" => appeal::Command::Settle { word: form.word },
        _ => return Err(Wrong::Missing),
    };
    on.command(Command::Appeal(command)).await
}

/// It goes to the supervisors, those who are here first; the words that tell the customer when are drafted.
async fn ask(on: OnTicket, promise: PromiseId) -> Shown {
    let (site, floor) = (on.app.desk.site(), on.app.desk.floor());
    let here = site.agents.keys().copied().filter(|a| floor.presence(*a) == Presence::Available).collect();
    let command = Command::Appeal(appeal::Command::Ask { promise, here });
    match on.app.desk.ask(on.wish(command)).await {
        Ok(_) => {}
        Err(DeskError::Refused(refusal)) => return on.refused(refusal).await,
        Err(fault) => return Err(fault.into()),
    }
    let reader = reader(&on).await?;
    if let Some(due) = reader.ticket.appeals.last().and_then(|a| a.due) {
        let by = spoken(due, reader.language, on.app.desk.clock.now(), &on.app.settings.zone);
        draft(&on, &appeal::letter(reader.language, &reader.first_name, &by)).await?;
    }
    on.back()
}

/// What happened, for the timeline.
pub(crate) fn sentence(event: &appeal::Event, who: &str, eyes: &Eyes<'_>) -> String {
    let name = |id: &AgentId| author(By::Agent(*id), eyes.site, "");
    match event {
        appeal::Event::Begun { .. } => format!("The customer asks for a manager; {who} tries first"),
        appeal::Event::Asked { to, due, .. } => {
            format!("{who} asked {}; the customer hears by {}", name(to), moment(*due, eyes.now, eyes.zone))
        }
        appeal::Event::PassedOn { pass_at: None, to } => {
            format!("Nobody has taken the request for a manager; {} is the last who was asked", name(to))
        }
        appeal::Event::PassedOn { to, .. } => format!("Not taken in time; {} is asked now", name(to)),
        appeal::Event::Late => "The customer should have heard from a manager by now".into(),
        appeal::Event::Taken { by } => format!("{} took the request for a manager", name(by)),
        appeal::Event::Returned { word } => format!("{who} gave the request back: {word}"),
        appeal::Event::Settled { word, by_manager: true } => format!("{who} decided: {word}"),
        appeal::Event::Settled { word, .. } => format!("{who} settled it without a manager: {word}"),
    }
}

/// A request that waits for a supervisor, for their bar.
pub(crate) struct Asked {
    pub(crate) number: String,
    pub(crate) customer: String,
    pub(crate) due: String,
    pub(crate) late: bool,
}

/// For supervisors: what is theirs to take; when it is late, everybody's.
pub(crate) async fn asked(app: &App, who: &Who) -> Result<Vec<Asked>, Wrong> {
    if who.role < Role::Supervisor {
        return Ok(vec![]);
    }
    let (now, zone) = (app.desk.clock.now(), &app.settings.zone);
    let theirs = |a: &AppealRow| a.is(Standing::Asked) && (a.owner == Some(who.id) || a.late);
    let rows = app.desk.store.open_appeals().await?;
    let shown = |a: AppealRow| Asked {
        number: a.number.to_string(),
        customer: a.customer,
        due: a.due.map(|at| moment(at, now, zone)).unwrap_or_default(),
        late: a.late,
    };
    Ok(rows.into_iter().filter(theirs).map(shown).collect())
}

#[derive(Template)]
#[template(path = "managers.html")]
struct ManagersPage {
    frame: Frame,
    rows: Vec<RowView>,
    counts: Counts,
    days: i64,
}

struct RowView {
    number: String,
    subject: String,
    customer: String,
    since: String,
    standing: &'static str,
    owner: String,
    due: String,
    late: bool,
}

/// How requests of a time ended.
struct Counts {
    asked: usize,
    /// Settled by the front line.
    front: usize,
    /// Went to a supervisor.
    passed: usize,
    /// The median of minutes from being asked to being taken.
    minutes: Option<i64>,
    /// In a hundred that a supervisor took, before the time the customer was told.
    in_time: Option<usize>,
}

fn counts(rows: &[AppealRow]) -> Counts {
    let mut minutes: Vec<i64> =
        rows.iter().filter_map(|r| Some(r.taken_at?.duration_since(r.asked_at?).as_mins())).collect();
    minutes.sort_unstable();
    // Those that are late and still wait are no less late than those that were taken.
    let told: Vec<bool> = rows.iter().filter(|r| r.taken_at.is_some() || r.late).map(|r| !r.late).collect();
    let kept = told.iter().filter(|in_time| **in_time).count();
    Counts {
        asked: rows.len(),
        front: rows.iter().filter(|r| r.is(Standing::Settled)).count(),
        passed: rows.iter().filter(|r| r.asked_at.is_some()).count(),
        minutes: minutes.get(minutes.len() / 2).copied(),
        in_time: (!told.is_empty()).then(|| kept * 100 / told.len()),
    }
}

pub(crate) async fn show(State(app): State<App>, who: Who) -> Shown {
    let (site, now, zone) = (app.desk.site(), app.desk.clock.now(), &app.settings.zone);
    let since = now - SignedDuration::from_hours(24 * DAYS);
    let measured = app.desk.store.appeals_since(since).await?;
    let rows = app.desk.store.open_appeals().await?.into_iter().map(|a| RowView {
        standing: match a.standing.as_str() {
            "trying" => "the front line tries",
            "asked" if a.late => "late, nobody has it",
            "asked" => "waits to be taken",
            "taken" => "a supervisor has it",
            _ => "back with the front line",
        },
        owner: a.owner.and_then(|o| site.agents.get(&o)).map(|o| o.name.clone()).unwrap_or_default(),
        due: a.due.map(|at| moment(at, now, zone)).unwrap_or_default(),
        since: moment(a.since, now, zone),
        number: a.number.to_string(),
        subject: a.subject,
        customer: a.customer,
        late: a.late,
    });
    draw(&ManagersPage {
        frame: Frame::new(&app, &who).await?,
        rows: rows.collect(),
        counts: counts(&measured),
        days: DAYS,
    })
}
