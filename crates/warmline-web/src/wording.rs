//! Settings for wording: each rule with what became of its findings, rules of the house tried on past answers before
//! they count, and what must stay inside.

use std::collections::BTreeSet;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use warmline_desk::{DeskError, Wish, words};
use warmline_domain::site;
use warmline_domain::wording::{Command, Inside, Level, RuleCount, RuleFile};
use warmline_domain::{Refusal, refusal};
use warmline_etiquette::{Context, Engine, Language};

use crate::App;
use crate::forms::percent;
use crate::page::{Frame, Shown, Wrong, drawn, status_of};
use crate::session::Who;

/// Past answers a new rule is tried on.
const PAST: usize = 500;
/// Hits shown of them.
const HITS: usize = 30;

#[derive(Template)]
#[template(path = "wording.html")]
struct WordingPage {
    frame: Frame,
    topics: Vec<(String, Vec<RuleRow>)>,
    rules: usize,
    files: Vec<(String, RuleFile)>,
    open: Option<OpenFile>,
    tried: Option<Tried>,
    glossary: String,
    hosts: String,
    public: String,
    private_colleagues: bool,
    problem: Option<Refusal>,
    /// What rules are looked for with.
    query: String,
    /// A rule whose level was just set, and what it is now.
    set: Option<(String, &'static str)>,
    set_topic: String,
}

struct RuleRow {
    id: String,
    language: &'static str,
    say: String,
    own: &'static str,
    /// What an administrator chose; empty: its own.
    chosen: &'static str,
    /// It dropped a level by itself.
    dropped: &'static str,
    count: RuleCount,
    /// Of those answered, taken: how often readers call it right.
    right: Option<i64>,
    leak: bool,
}

struct OpenFile {
    name: String,
    language: String,
    text: String,
    on: bool,
}

/// What a file of rules would have said to past answers.
struct Tried {
    answers: usize,
    with_hits: usize,
    hits: Vec<(String, String, String, String)>,
}

fn administrator(who: &Who) -> Result<(), Wrong> {
    if who.is_administrator() {
        return Ok(());
    }
    let words = "Ask one of your administrators.";
    Err(Refusal::new(refusal::Kind::Permission, "Only an administrator changes the rules for wording.", words).into())
}

#[derive(Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    file: String,
    #[serde(default)]
    q: String,
    /// The rule whose level was just set.
    #[serde(default)]
    set: String,
}

const BLANK: &str = r#"# Rules of our own. See “How rules are written” below.

[[rule]]
id = "house.lamp"
level = "warn"
say = "We say lamp."
why = "A bulb is what gardeners plant."
any = ["bulb", "bulbs", "light bulb*"]
fix = ["lamp"]
fail = ["Please change the bulb.", "The light bulbs are dark."]
pass = ["Please change the lamp.", "A bulbous shape."]
"#;

pub(crate) async fn show(State(app): State<App>, who: Who, Query(asked): Query<Asked>) -> Shown {
    administrator(&who)?;
    let site = app.desk.site();
    let open = match asked.file.as_str() {
        "" => None,
        "new" => Some(OpenFile { name: String::new(), language: "en".into(), text: BLANK.into(), on: false }),
        name => {
            let file = site.wording.rules.get(name).ok_or(Wrong::Missing)?;
            Some(OpenFile {
                name: name.to_owned(),
                language: file.language.clone(),
                text: file.text.clone(),
                on: file.on,
            })
        }
    };
    drawn_page(&app, &who, open, None, None, View { query: asked.q, set: asked.set, typed: None }).await
}

async fn page(app: &App, who: &Who, open: Option<OpenFile>, tried: Option<Tried>, problem: Option<Refusal>) -> Shown {
    drawn_page(app, who, open, tried, problem, View::default()).await
}

/// What of the page its reader chose, or typed.
#[derive(Default)]
struct View {
    query: String,
    set: String,
    /// What a refused form said about what stays inside.
    typed: Option<Inside>,
}

async fn drawn_page(
    app: &App,
    who: &Who,
    open: Option<OpenFile>,
    tried: Option<Tried>,
    problem: Option<Refusal>,
    view: View,
) -> Shown {
    let site = app.desk.site();
    let engine = app.desk.words.engine(&site.wording);
    let counts = app.desk.store.rule_counts().await?;
    let mut topics: Vec<(String, Vec<RuleRow>)> = vec![];
    let (mut rules, wanted) = (0, view.query.trim().to_lowercase());
    for pack in engine.packs() {
        for rule in &pack.rules {
            rules += 1;
            let topic = rule.source.topic().replace('-', " ");
            let row = rule_row(rule, pack.language, &counts, &site);
            if !wanted.is_empty() && !format!("{topic} {} {}", row.id, row.say).to_lowercase().contains(&wanted) {
                continue;
            }
            match topics.iter_mut().find(|(t, _)| *t == topic) {
                Some((_, rows)) => rows.push(row),
                None => topics.push((topic, vec![row])),
            }
        }
    }
    topics.sort_by(|a, b| a.0.cmp(&b.0));
    let lines = |words: &BTreeSet<String>| words.iter().cloned().collect::<Vec<_>>().join("\n");
    let now = |r: &RuleRow| if r.chosen.is_empty() { r.own } else { r.chosen };
    let all = || topics.iter().flat_map(|(topic, rows)| rows.iter().map(move |row| (topic, row)));
    let found = all().find(|(_, r)| r.id == view.set);
    let (set, set_topic) =
        (found.map(|(_, r)| (r.id.clone(), now(r))), found.map_or(String::new(), |(t, _)| t.clone()));
    let inside = view.typed.as_ref().unwrap_or(&site.wording.inside);
    let status = problem.as_ref().map_or(axum::http::StatusCode::OK, status_of);
    let page = WordingPage {
        frame: Frame::new(app, who).await?,
        topics,
        rules,
        files: site.wording.rules.iter().map(|(n, f)| (n.clone(), f.clone())).collect(),
        open,
        tried,
        glossary: lines(&inside.glossary),
        hosts: lines(&inside.hosts),
        public: lines(&inside.public),
        private_colleagues: inside.private_colleagues,
        problem,
        query: view.query,
        set,
        set_topic,
    };
    Ok(drawn(status, &page))
}

fn rule_row(
    rule: &warmline_etiquette::Rule,
    language: Language,
    counts: &std::collections::BTreeMap<String, RuleCount>,
    site: &site::Site,
) -> RuleRow {
    let count = counts.get(&rule.source.id).copied().unwrap_or_default();
    let own = Level::ALL.into_iter().find(|l| l.word() == rule.source.level.word());
    let worn = own.filter(|_| count.is_worn(&rule.source.id));
    RuleRow {
        id: rule.source.id.clone(),
        language: language.code(),
        say: rule.source.say.clone(),
        own: rule.source.level.word(),
        chosen: site.wording.levels.get(&rule.source.id).map_or("", |l| l.word()),
        dropped: worn.map_or("", |own| own.lower().word()),
        count,
        right: count.right_percent(),
        leak: rule.source.is_leak(),
    }
}

async fn change(app: &App, who: &Who, command: Command, open: Option<OpenFile>) -> Shown {
    match app.desk.ask(Wish::Site { by: who.by(), command: site::Command::Wording(command) }).await {
        Ok(_) => Ok(Redirect::to("/settings/wording").into_response()),
        Err(DeskError::Refused(refusal)) => page(app, who, open, None, Some(refusal)).await,
        Err(fault) => Err(fault.into()),
    }
}

#[derive(Deserialize)]
pub(crate) struct SwitchForm {
    rule: String,
    level: String,
    /// What the page was looked through with.
    #[serde(default)]
    q: String,
}

pub(crate) async fn switch(State(app): State<App>, who: Who, Form(form): Form<SwitchForm>) -> Shown {
    administrator(&who)?;
    let level = Level::ALL.into_iter().find(|l| l.word() == form.level);
    let engine = app.desk.words.engine(&app.desk.site().wording);
    if !engine.packs().flat_map(|p| &p.rules).any(|r| r.source.id == form.rule) {
        return Err(Wrong::Missing);
    }
    let (rule, there) = (form.rule.clone(), format!("?q={}&set={}", percent(&form.q), percent(&form.rule)));
    match app
        .desk
        .ask(Wish::Site { by: who.by(), command: site::Command::Wording(Command::Switch { rule, level }) })
        .await
    {
        Ok(_) => Ok(Redirect::to(&format!("/settings/wording{there}#{}", percent(&form.rule))).into_response()),
        Err(DeskError::Refused(refusal)) => page(&app, &who, None, None, Some(refusal)).await,
        Err(fault) => Err(fault.into()),
    }
}

#[derive(Deserialize)]
pub(crate) struct InsideForm {
    glossary: String,
    hosts: String,
    public: String,
    #[serde(default)]
    private_colleagues: Option<String>,
}

pub(crate) async fn keep_inside(State(app): State<App>, who: Who, Form(form): Form<InsideForm>) -> Shown {
    administrator(&who)?;
    let lines = |text: &str| text.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect();
    let inside = Inside {
        glossary: lines(&form.glossary),
        hosts: lines(&form.hosts),
        public: lines(&form.public),
        private_colleagues: form.private_colleagues.is_some(),
    };
    let command = Command::KeepInside(inside.clone());
    match app.desk.ask(Wish::Site { by: who.by(), command: site::Command::Wording(command) }).await {
        Ok(_) => Ok(Redirect::to("/settings/wording").into_response()),
        Err(DeskError::Refused(refusal)) => {
            let view = View { typed: Some(inside), ..View::default() };
            drawn_page(&app, &who, None, None, Some(refusal), view).await
        }
        Err(fault) => Err(fault.into()),
    }
}

#[derive(Deserialize)]
pub(crate) struct FileForm {
    name: String,
    language: String,
    text: String,
    #[serde(default)]
    on: Option<String>,
    /// try, save or remove.
    wish: String,
}

pub(crate) async fn write(State(app): State<App>, who: Who, Form(form): Form<FileForm>) -> Shown {
    administrator(&who)?;
    let (name, text) = (form.name.trim().to_lowercase(), form.text.replace("\r\n", "\n"));
    let open =
        OpenFile { name: name.clone(), language: form.language.clone(), text: text.clone(), on: form.on.is_some() };
    match form.wish.as_str() {
        "try" => {
            let wording = &app.desk.site().wording;
            match words::proven(wording, &name, &form.language, &text) {
                Ok(pack) => {
                    let tried = try_on_past(&app, pack, &name).await?;
                    page(&app, &who, Some(open), Some(tried), None).await
                }
                Err(refusal) => page(&app, &who, Some(open), None, Some(refusal)).await,
            }
        }
        "remove" => change(&app, &who, Command::RemoveRules { name }, None).await,
        _ => {
            let command = Command::WriteRules { name, language: form.language, text, on: form.on.is_some() };
            change(&app, &who, command, Some(open)).await
        }
    }
}

async fn try_on_past(app: &App, pack: warmline_etiquette::Pack, name: &str) -> Result<Tried, Wrong> {
    let (language, file) = (pack.language, format!("{name}.toml"));
    let of_file: BTreeSet<String> = pack.rules.iter().filter(|r| r.file == file).map(|r| r.source.id.clone()).collect();
    let engine = Engine::new(vec![pack], std::collections::BTreeMap::new());
    let answers = app.desk.store.newest_answers(PAST).await?;
    let mut tried = Tried { answers: 0, with_hits: 0, hits: vec![] };
    for (_, ticket, text) in answers {
        if Language::guess(&text) != language {
            continue;
        }
        tried.answers += 1;
        let context = Context { language: Some(language), ..Context::default() };
        let found = engine.check(&text, &context).findings;
        let ours: Vec<_> = found.into_iter().filter(|f| of_file.contains(&f.rule)).collect();
        tried.with_hits += usize::from(!ours.is_empty());
        for finding in ours {
            if tried.hits.len() < HITS {
                let number = app.desk.store.ticket(ticket).await?.map(|t| t.value.number.to_string());
                let sentence = text.get(finding.sentence.clone()).unwrap_or_default().trim().to_owned();
                tried.hits.push((
                    number.unwrap_or_default(),
                    text[finding.span.clone()].to_owned(),
                    sentence,
                    finding.say,
                ));
            }
        }
    }
    Ok(tried)
}
