//! The ladder beside the clock: runbooks to tick, searches, colleagues who have seen it.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use warmline_domain::id::Minter;
use warmline_domain::runbook::Runbook;
use warmline_domain::ticket::ladder::{Command, Event, Place};
use warmline_domain::ticket::record::{self, Came, Ticked};
use warmline_domain::ticket::{Command as TicketCommand, Event as TicketEvent, Ticket, short_word};
use warmline_domain::{AgentId, RecordId, TicketNumber};
use warmline_mail::markdown_to_html;
use warmline_store::{Entry, RecordRow};

use crate::App;
use crate::forms::percent;
use crate::on::OnTicket;
use crate::page::{Shown, Wrong, draw};
use crate::tickets::fresh_node;

pub(crate) struct LadderPane {
    pub(crate) topic: String,
    /// Topics that have a runbook.
    pub(crate) topics: BTreeSet<String>,
    pub(crate) runbooks: Vec<RunbookView>,
    /// What is searched for, unless something else is typed.
    pub(crate) words: String,
    pub(crate) found: Vec<String>,
    /// Colleagues who have been asked and have not answered.
    pub(crate) asked: Vec<String>,
    pub(crate) climbed: Vec<&'static str>,
    pub(crate) fresh: RecordId,
}

pub(crate) struct RunbookView {
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) version: u32,
    pub(crate) before: String,
    pub(crate) steps: Vec<StepView>,
    pub(crate) done: usize,
}

pub(crate) struct StepView {
    pub(crate) n: usize,
    /// Said once, above the first step it is for.
    pub(crate) condition: String,
    pub(crate) text: String,
    pub(crate) detail: String,
    /// What came of it, when it was tried.
    pub(crate) came: Option<&'static str>,
}

/// A solved ticket that is much like this one.
pub(crate) struct Nearest {
    pub(crate) number: TicketNumber,
    pub(crate) subject: String,
    pub(crate) agent: Option<AgentId>,
    pub(crate) name: String,
}

/// Tickets like this one that are shown.
const NEAREST: usize = 4;

pub(crate) async fn ladder_pane(
    app: &App,
    ticket: &Ticket,
    entries: &[Entry],
    rows: &[RecordRow],
) -> Result<LadderPane, Wrong> {
    let (site, store, now) = (app.desk.site(), &app.desk.store, app.desk.clock.now());
    let runbooks: Vec<Runbook> = store.runbooks().await?.into_iter().map(|(_, r)| r.value).collect();
    let ticked = ticked(entries);
    let kind = match &ticket.stakes.asset {
        Some(asset) => store.asset(asset.id).await?.map(|a| a.value.kind).unwrap_or_default(),
        None => String::new(),
    };
    let fits =
        |r: &&Runbook| r.is_for(&ticket.topic, &short_word(&kind)) || ticked.keys().any(|(key, _)| *key == r.key);
    let subject = ticket.subject.open().cloned().unwrap_or_default();
    let named = |agent: &AgentId| site.agents.get(agent).map(|a| a.name.clone());
    Ok(LadderPane {
        topic: ticket.topic.clone(),
        topics: runbooks.iter().flat_map(|r| r.topics.iter().cloned()).collect(),
        runbooks: runbooks.iter().filter(fits).map(|r| runbook_view(r, &ticked)).collect(),
        words: telling(&subject),
        found: rows.iter().filter(|r| r.kind == "found").map(|r| r.text.clone()).collect(),
        asked: ticket.ladder.questions.values().flatten().filter_map(named).collect(),
        climbed: ticket.ladder.climbed.iter().map(|r| r.word()).collect(),
        fresh: Minter::new(fresh_node()).mint(now),
    })
}

/// What came of each step of each runbook, the newest word last.
fn ticked(entries: &[Entry]) -> BTreeMap<(String, u32), Came> {
    let of = |e: &Entry| match e {
        Entry::Event(e) => match serde_json::from_str(&e.body) {
            Ok(TicketEvent::Record(record::Event::Tried { came, ticked: Some(t), .. })) => {
                Some(((t.runbook, t.step), came))
            }
            _ => None,
        },
        _ => None,
    };
    entries.iter().filter_map(of).collect()
}

fn runbook_view(runbook: &Runbook, ticked: &BTreeMap<(String, u32), Came>) -> RunbookView {
    let mut condition = String::new();
    let steps = runbook.steps().into_iter().enumerate().map(|(n, step)| {
        let said = condition == step.condition;
        condition.clone_from(&step.condition);
        StepView {
            n,
            condition: if said { String::new() } else { step.condition },
            text: step.text,
            detail: if step.detail.is_empty() { String::new() } else { markdown_to_html(&step.detail) },
            came: ticked.get(&(runbook.key.clone(), n as u32)).map(|c| c.word()),
        }
    });
    let steps: Vec<StepView> = steps.collect();
    RunbookView {
        key: runbook.key.clone(),
        title: runbook.title.clone(),
        version: runbook.version,
        before: if runbook.before().is_empty() { String::new() } else { markdown_to_html(runbook.before()) },
        done: steps.iter().filter(|s| s.came.is_some()).count(),
        steps,
    }
}

/// The words of a subject that say what it is about.
fn telling(subject: &str) -> String {
    let words = subject.split(|c: char| !c.is_alphanumeric()).filter(|w| w.chars().count() > 3);
    words.take(5).collect::<Vec<_>>().join(" ")
}

#[derive(Template)]
#[template(path = "ticket/nearest.html")]
struct NearestPart {
    nearest: Vec<Nearest>,
    /// Colleagues who solved none of them.
    others: Vec<(AgentId, String)>,
}

/// Looked for when somebody wants to ask: a search over everything is not done at each look at a ticket.
pub(crate) async fn nearest(on: OnTicket) -> Shown {
    let (app, who) = (&on.app, on.who.id);
    let ticket = app.desk.store.ticket(on.id).await?.ok_or(Wrong::Missing)?.value;
    let nearest = solved_like(app, who, &ticket).await?;
    let known: BTreeSet<AgentId> = nearest.iter().filter_map(|n| n.agent).collect();
    let site = app.desk.site();
    let others = site.agents.values().filter(|a| a.active && a.id != who && !known.contains(&a.id));
    draw(&NearestPart { others: others.map(|a| (a.id, a.name.clone())).collect(), nearest })
}

/// Solved tickets whose words are nearest, and who solved them.
async fn solved_like(app: &App, who: AgentId, ticket: &Ticket) -> Result<Vec<Nearest>, Wrong> {
    let site = app.desk.site();
    let first = match ticket.record.first_words {
        Some(message) => app.desk.store.message(message).await?.map(|(_, m)| m.content.text),
        None => None,
    };
    let subject = ticket.subject.open().cloned().unwrap_or_default();
    let like = format!("{subject} {}", first.unwrap_or_default());
    let mut found = Vec::new();
    for hit in app.desk.store.similar(&like, ticket.id).await? {
        let Some(other) = app.desk.store.ticket(hit.ticket).await?.map(|t| t.value) else { continue };
        let solver = other.assignee.filter(|a| *a != who).and_then(|a| site.agents.get(&a)).filter(|a| a.active);
        if matches!(other.stage, warmline_domain::ticket::Stage::Solved | warmline_domain::ticket::Stage::Closed) {
            found.push(Nearest {
                number: hit.number,
                subject: hit.subject,
                agent: solver.map(|a| a.id),
                name: solver.map(|a| a.name.clone()).unwrap_or_default(),
            });
        }
        if found.len() == NEAREST {
            break;
        }
    }
    Ok(found)
}

#[derive(Deserialize)]
pub(crate) struct TopicForm {
    topic: String,
}

pub(crate) async fn classify(on: OnTicket, Form(form): Form<TopicForm>) -> Shown {
    on.command(TicketCommand::Classify { topic: form.topic }).await
}

#[derive(Deserialize)]
pub(crate) struct StepForm {
    entry: i64,
    runbook: String,
    step: u32,
    came: String,
}

/// A step of a runbook was tried; it stands on the record as it reads now.
pub(crate) async fn tick(on: OnTicket, Form(form): Form<StepForm>) -> Shown {
    let runbooks = on.app.desk.store.runbooks().await?;
    let (_, runbook) = runbooks.into_iter().find(|(_, r)| r.value.key == form.runbook).ok_or(Wrong::Missing)?;
    let step = runbook.value.steps().into_iter().nth(form.step as usize).ok_or(Wrong::Missing)?;
    let came = Came::ALL.into_iter().find(|c| c.word() == form.came).ok_or(Wrong::Missing)?;
    let ticked = Some(Ticked { runbook: form.runbook, version: runbook.value.version, step: form.step });
    let command = record::Command::Try { id: RecordId(form.entry), what: step.text, came, ticked };
    on.command(TicketCommand::Record(command)).await
}

#[derive(Deserialize)]
pub(crate) struct SearchQuery {
    /// desk or web.
    place: String,
    words: String,
}

/// Writes down that somebody looked, and goes there.
pub(crate) async fn search(on: OnTicket, Query(asked): Query<SearchQuery>) -> Shown {
    let place = if asked.place == "web" { Place::Web } else { Place::Desk };
    on.app.desk.ask(on.wish(TicketCommand::Ladder(Command::Search { place }))).await?;
    let words = percent(&asked.words);
    let to = match place {
        Place::Desk => format!("/search?order=relevance&q={words}"),
        Place::Web => on.app.desk.site().policy.effort.web_search.replace("{words}", &words),
    };
    Ok(Redirect::to(&to).into_response())
}

#[derive(Deserialize)]
pub(crate) struct LinkForm {
    entry: i64,
    link: String,
}

pub(crate) async fn attach_link(on: OnTicket, Form(form): Form<LinkForm>) -> Shown {
    on.command(TicketCommand::Ladder(Command::Find { id: RecordId(form.entry), link: form.link })).await
}

/// Names of the fields are the agents asked: `agent-7=on`.
pub(crate) async fn ask(on: OnTicket, Form(form): Form<BTreeMap<String, String>>) -> Shown {
    let to = form.keys().filter_map(|k| k.strip_prefix("agent-")?.parse().ok()).map(AgentId).collect();
    let id = RecordId(form.get("entry").and_then(|e| e.parse().ok()).ok_or(Wrong::Missing)?);
    let question = form.get("question").cloned().unwrap_or_default().replace("\r\n", "\n");
    on.command(TicketCommand::Ladder(Command::Ask { id, question, to })).await
}

/// For the timeline, with the words of the entry.
pub(crate) fn sentence(
    event: &Event,
    who: &str,
    name: &dyn Fn(AgentId) -> String,
    text: &dyn Fn(RecordId) -> String,
) -> Option<String> {
    Some(match event {
        Event::Searched { place: Place::Desk } => format!("{who} looked through past tickets"),
        Event::Searched { place: Place::Web } => format!("{who} searched the web"),
        Event::Found { id, .. } => format!("{who} found {}", text(*id)),
        Event::Asked { id, to, .. } => {
            let names: Vec<String> = to.iter().map(|a| name(*a)).collect();
            format!("{who} asked {}: {}", names.join(", "), text(*id))
        }
        Event::Answered { seen_it: false, .. } => format!("{who} has not seen this before"),
        Event::Answered { .. } => return None,
    })
}
