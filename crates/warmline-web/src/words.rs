//! Reading while somebody writes: findings for the composer, and what became of them.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::Form;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use warmline_desk::reading;
use warmline_domain::NoteId;
use warmline_domain::site::Site;
use warmline_domain::wording::{self, RuleCount};
use warmline_etiquette::{Channel, Context, Finding, Language, Level};
use warmline_spelling::Vocabulary;

use crate::App;
use crate::forms::addresses;
use crate::on::OnTicket;
use crate::page::Wrong;
use crate::promises::new_promises;
use crate::session::Who;

/// Findings the page is told of: more at once help nobody.
const TOLD: usize = 40;

#[derive(Deserialize)]
pub(crate) struct ReadForm {
    text: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    cc: String,
    #[serde(default)]
    promises: String,
    /// The note whose words it shows on purpose; 0: none.
    #[serde(default)]
    shows: i64,
    /// The fingers rest: spelling too.
    #[serde(default)]
    full: String,
}

/// Spelling that takes longer comes with the next pause.
const SPELLING: Duration = Duration::from_millis(1_500);

#[derive(Serialize)]
struct Read {
    findings: Vec<Told>,
}

/// A finding as the editor needs it: places in UTF-16 units, as scripts count.
#[derive(Serialize)]
struct Told {
    rule: String,
    level: &'static str,
    from: usize,
    to: usize,
    sentence_from: usize,
    sentence_to: usize,
    say: String,
    why: String,
    fixes: Vec<String>,
    instead: Vec<String>,
    leak: bool,
    /// A promise to put on the record: its time as forms write it, and what it says.
    promise: Option<(String, String)>,
}

pub(crate) async fn read(on: OnTicket, Form(form): Form<ReadForm>) -> Result<Response, Wrong> {
    let app = &on.app;
    let text = form.text.replace("\r\n", "\n");
    let ticket = app.desk.store.ticket(on.id).await?.ok_or(Wrong::Missing)?.value;
    let (site, now, zone) = (app.desk.site(), app.desk.clock.now(), &app.settings.zone);
    let kept =
        app.desk.store.draft(on.who.id, on.id, if form.kind == "forward" { "forward" } else { "answer" }).await?;
    let shown = app.desk.store.note(NoteId(form.shows)).await?.filter(|(at, _)| *at == on.id);
    let out = reading::Outgoing {
        channel: if form.kind == "chat" { Channel::Chat } else { Channel::Mail },
        shown: shown.map(|(_, row)| row.content.text).unwrap_or_default(),
        text: &text,
        author: Some(on.who.id),
        recipients: addresses(&format!("{},{}", form.to, form.cc)).into_iter().map(|a| a.address).collect(),
        attachments: kept.map_or(0, |(_, d)| d.attachments.len()),
        third_party: form.kind == "forward",
        zone: zone.clone(),
        promised: new_promises(0, &form.promises, zone).unwrap_or_default().into_iter().map(|p| p.due).collect(),
    };
    let context = reading::context(&app.desk.store, &site, &ticket, now, &out).await?;
    findings(app, &on.who, &context, &text, !form.full.is_empty()).await
}

/// What reading finds, for the editor of whoever writes.
pub(crate) async fn findings(
    app: &App,
    who: &Who,
    context: &Context,
    text: &str,
    full: bool,
) -> Result<Response, Wrong> {
    let site = app.desk.site();
    let verdict = app.desk.words.engine(&site.wording).check(text, context);
    let ignored = app.desk.store.ignored_rules(who.id).await?;
    let heeded = |f: &Finding| f.level == Level::Block || !ignored.contains(&f.rule);
    let slips = if full { spelling(app, context, &site, text).await } else { vec![] };
    let findings = verdict.findings.into_iter().chain(slips).filter(heeded).take(TOLD).map(|f| told(f, text)).collect();
    let json = serde_json::to_string(&Read { findings }).unwrap_or_default();
    Ok(([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], json).into_response())
}

/// What is no word, and slips. Names of this ticket and words of the house are words.
async fn spelling(app: &App, context: &Context, site: &Site, text: &str) -> Vec<Finding> {
    let people = site.agents.values().map(|a| a.name.clone());
    let inside = &site.wording.inside;
    let names = people
        .chain([context.customer.name.clone(), site.company.clone()])
        .chain(site.queues.values().map(|q| q.name.clone()))
        .chain(inside.glossary.iter().chain(&inside.hosts).chain(&inside.public).cloned());
    let (answer, found) = tokio::sync::oneshot::channel();
    let names = Vocabulary::of(names);
    app.settings.spelling.ask(text.to_owned(), Language::guess(text), names, move |findings| {
        // The page may have gone meanwhile.
        let _ = answer.send(findings);
    });
    tokio::time::timeout(SPELLING, found).await.ok().and_then(Result::ok).unwrap_or_default()
}

fn told(finding: Finding, text: &str) -> Told {
    let units = |byte: usize| text.get(..byte).map_or(0, |t| t.encode_utf16().count());
    let promise = finding.promise.as_ref().and_then(|p| {
        let due = p.due?.strftime("%Y-%m-%dT%H:%M").to_string();
        Some((due, p.what.clone()))
    });
    Told {
        level: finding.level.word(),
        from: units(finding.span.start),
        to: units(finding.span.end),
        sentence_from: units(finding.sentence.start),
        sentence_to: units(finding.sentence.end),
        rule: finding.rule,
        say: finding.say,
        why: finding.why,
        fixes: finding.fixes,
        instead: finding.instead,
        leak: finding.leak,
        promise,
    }
}

#[derive(Deserialize)]
pub(crate) struct AnswersForm {
    /// Rules whose findings were shown, taken, put aside here, said to be wrong, and not to be shown to me again;
    /// separated by spaces.
    #[serde(default)]
    shown: String,
    #[serde(default)]
    taken: String,
    #[serde(default)]
    dismissed: String,
    #[serde(default)]
    wrong: String,
    #[serde(default)]
    never: String,
}

/// What became of findings. Unknown rules are nobody's.
pub(crate) async fn answer(State(app): State<App>, who: Who, Form(form): Form<AnswersForm>) -> Result<Response, Wrong> {
    let engine = app.desk.words.engine(&app.desk.site().wording);
    let known: BTreeSet<&str> = engine.packs().flat_map(|p| &p.rules).map(|r| r.source.id.as_str()).collect();
    let mut batch = app.desk.store.batch();
    let one = RuleCount::default();
    let kinds = [
        (&form.shown, RuleCount { shown: 1, ..one }),
        (&form.taken, RuleCount { taken: 1, ..one }),
        (&form.dismissed, RuleCount { dismissed: 1, ..one }),
        (&form.wrong, RuleCount { wrong: 1, ..one }),
        (&form.never, RuleCount { dismissed: 1, ..one }),
    ];
    for (rules, add) in kinds {
        for rule in rules.split_whitespace().filter(|r| known.contains(r)).take(TOLD) {
            batch.rule_counted(rule, add);
        }
    }
    for rule in form.never.split_whitespace().filter(|r| known.contains(r) && !wording::is_leak(r)).take(TOLD) {
        batch.ignore_rule(who.id, rule);
    }
    app.desk.store.commit(batch).await?;
    app.desk.words.learn(&app.desk.store.rule_counts().await?);
    Ok(axum::http::StatusCode::NO_CONTENT.into_response())
}
