//! The library of phrases: found while writing by typing a few letters, read and kept on a page of its own.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};
use warmline_desk::{DeskError, Wish};
use warmline_domain::id::Minter;
use warmline_domain::phrase::{self, Command, Phrase, Scope, fill, search};
use warmline_domain::site::Role;
use warmline_domain::{PhraseId, Refusal};
use warmline_etiquette::Language;
use warmline_store::PhraseUse;

use crate::App;
use crate::forms::percent;
use crate::library::{self, ImportForm, Kind};
use crate::on::OnTicket;
use crate::page::{Frame, Shown, Wrong, draw, drawn, status_of};
use crate::session::Who;
use crate::tickets::fresh_node;

/// Found phrases shown at once.
const FOUND: usize = 12;

#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    q: String,
}

#[derive(Serialize)]
struct Found {
    key: String,
    title: String,
    topic: String,
    text: String,
    promises: bool,
}

async fn all(app: &App, who: &Who) -> Result<Vec<Phrase>, Wrong> {
    let own = app.desk.store.phrases().await?;
    Ok(phrase::library(own.iter().map(|(_, p)| &p.value), who.id))
}

/// For the composer: filled in with what is known of this ticket, in the customer's language.
pub(crate) async fn find(on: OnTicket, Query(typed): Query<Typed>) -> Result<Response, Wrong> {
    let app = &on.app;
    let ticket = app.desk.store.ticket(on.id).await?.ok_or(Wrong::Missing)?.value;
    let site = app.desk.site();
    let customer = app.desk.store.customer(ticket.customer).await?;
    let customer = customer.and_then(|c| c.value.name.open().cloned()).unwrap_or_default();
    let first = |name: &str| name.split(' ').next().unwrap_or_default().to_owned();
    let subject = ticket.subject.open().cloned().unwrap_or_default();
    let known = BTreeMap::from([
        ("customer.first", first(&customer)),
        ("customer.name", customer),
        ("agent.first", first(&on.who.name)),
        ("agent.name", on.who.name.clone()),
        ("company", site.company.clone()),
        ("ticket", ticket.number.to_string()),
        ("subject", subject),
        ("queue", site.queues.get(&ticket.queue).map(|q| q.name.clone()).unwrap_or_default()),
    ]);
    let messages = app.desk.store.newest_messages(on.id, 10).await?;
    let wrote = messages.iter().rev().find(|m| m.kind == "received").map_or("", |m| &m.content.text);
    let language = Language::guess(wrote).code();
    let uses = app.desk.store.phrase_uses().await?;
    let phrases = all(app, &on.who).await?;
    let often = |key: &str| uses.get(key).map_or(0, |u| u.uses);
    let found = search(&phrases, &typed.q, language, "mail", &often);
    let found: Vec<Found> = found
        .into_iter()
        .take(FOUND)
        .map(|p| Found {
            key: p.key.clone(),
            title: p.title(language).to_owned(),
            topic: p.topic.clone(),
            text: fill(p.text(language), &known),
            promises: p.promises,
        })
        .collect();
    let json = serde_json::to_string(&found).unwrap_or_default();
    Ok(([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], json).into_response())
}

#[derive(Template)]
#[template(path = "phrases.html")]
struct PhrasesPage {
    frame: Frame,
    q: String,
    told: String,
    language: &'static str,
    topics: Vec<(String, Vec<Row>)>,
    count: usize,
    /// The one that is open, or a new one, as its file.
    open: Option<Open>,
    shares: bool,
    problem: Option<Refusal>,
}

struct Row {
    key: String,
    title: String,
    text: String,
    version: u32,
    personal: bool,
    promises: bool,
    uses: i64,
    solved: i64,
}

struct Open {
    id: PhraseId,
    key: String,
    file: String,
    personal: bool,
    /// It is the house's, so it can be taken away.
    own: bool,
    /// As a customer reads it, by language.
    seen: Vec<(&'static str, String)>,
}

/// As a customer called Maria Okafor reads it, from whoever looks at it.
fn as_seen(app: &App, who: &Who, phrase: &Phrase) -> Vec<(&'static str, String)> {
    let first = |name: &str| name.split(' ').next().unwrap_or_default().to_owned();
    let known = BTreeMap::from([
        ("customer.first", "Maria".to_owned()),
        ("customer.name", "Maria Okafor".to_owned()),
        ("agent.first", first(&who.name)),
        ("agent.name", who.name.clone()),
        ("company", app.desk.site().company.clone()),
    ]);
    let named = [("en", "English"), ("de", "Deutsch")];
    let with_words = named.into_iter().filter(|(code, _)| phrase.texts.contains_key(*code));
    with_words.map(|(code, name)| (name, warmline_mail::markdown_to_html(&fill(phrase.text(code), &known)))).collect()
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    q: String,
    language: String,
    key: String,
    /// What came of an import.
    told: String,
}

const BLANK: &str = "---\ntitle: \ntitle.de: \nchannels: mail chat call\nwhen: \n---\n# en\n\n# de\n\n";

pub(crate) async fn show(State(app): State<App>, who: Who, Query(asked): Query<Asked>) -> Shown {
    let open = match asked.key.as_str() {
        "" => None,
        "new" => Some(Open {
            id: Minter::new(fresh_node()).mint(app.desk.clock.now()),
            key: String::new(),
            file: BLANK.into(),
            personal: who.role < Role::Supervisor,
            own: false,
            seen: vec![],
        }),
        key => {
            let phrase = all(&app, &who).await?.into_iter().find(|p| p.key == key).ok_or(Wrong::Missing)?;
            Some(Open {
                id: Minter::new(fresh_node()).mint(app.desk.clock.now()),
                key: phrase.key.clone(),
                file: phrase.to_file(),
                personal: phrase.scope != Scope::All || who.role < Role::Supervisor,
                own: phrase.version > 0,
                seen: as_seen(&app, &who, &phrase),
            })
        }
    };
    page(&app, &who, asked, open, None).await
}

async fn page(app: &App, who: &Who, asked: Asked, open: Option<Open>, problem: Option<Refusal>) -> Shown {
    let language = if asked.language == "de" { "de" } else { "en" };
    let phrases = all(app, who).await?;
    let uses = app.desk.store.phrase_uses().await?;
    let typed = asked.q.to_lowercase();
    let fits = |p: &&Phrase| {
        let text = format!("{} {} {} {}", p.key, p.title(language), p.when, p.text(language)).to_lowercase();
        typed.split_whitespace().all(|w| text.contains(w))
    };
    let mut topics: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for phrase in phrases.iter().filter(fits) {
        let PhraseUse { uses, solved } = uses.get(&phrase.key).copied().unwrap_or_default();
        topics.entry(phrase.topic.replace('-', " ")).or_default().push(Row {
            key: phrase.key.clone(),
            title: phrase.title(language).to_owned(),
            text: phrase.text(language).to_owned(),
            version: phrase.version,
            personal: phrase.scope != Scope::All,
            promises: phrase.promises,
            uses,
            solved,
        });
    }
    let status = problem.as_ref().map_or(axum::http::StatusCode::OK, status_of);
    let page = PhrasesPage {
        frame: Frame::new(app, who).await?,
        q: asked.q,
        told: asked.told,
        language,
        count: topics.values().map(Vec::len).sum(),
        topics: topics.into_iter().collect(),
        open,
        shares: who.role >= Role::Supervisor,
        problem,
    };
    if status.is_success() { draw(&page) } else { Ok(drawn(status, &page)) }
}

#[derive(Deserialize)]
pub(crate) struct WriteForm {
    id: i64,
    key: String,
    file: String,
    #[serde(default)]
    personal: Option<String>,
    #[serde(default)]
    remove: Option<String>,
    /// Only look at it as the customer.
    #[serde(default)]
    preview: Option<String>,
}

pub(crate) async fn write(State(app): State<App>, who: Who, Form(form): Form<WriteForm>) -> Shown {
    let (id, personal) = (PhraseId(form.id), form.personal.is_some());
    let key = form.key.trim().to_lowercase();
    if form.preview.is_some() {
        let mut open = Open { id, key, file: form.file, personal, own: false, seen: vec![] };
        let read = phrase::parse(&open.key, &open.file.replace("\r\n", "\n"));
        let problem = match &read {
            Ok(phrase) => {
                open.seen = as_seen(&app, &who, phrase);
                None
            }
            Err(why) => Some(Refusal::input(format!("{}: {why}.", open.key), "Correct it and look again.")),
        };
        return page(&app, &who, Asked::default(), Some(open), problem).await;
    }
    let command = match form.remove {
        Some(_) => Command::Remove { key: key.clone() },
        None => Command::Write { id, key: key.clone(), file: form.file.clone(), personal },
    };
    match app.desk.ask(Wish::Phrase { by: who.by(), command }).await {
        Ok(_) => Ok(Redirect::to(&format!("/phrases?q={}", percent(&key))).into_response()),
        Err(DeskError::Refused(refusal)) => {
            let open = Open { id, key, file: form.file, personal, own: false, seen: vec![] };
            page(&app, &who, Asked::default(), Some(open), Some(refusal)).await
        }
        Err(fault) => Err(fault.into()),
    }
}

/// The whole library as one Markdown text: what [`import`] takes back.
pub(crate) async fn export(State(app): State<App>, who: Who) -> Result<Response, Wrong> {
    Ok(library::export("phrases", all(&app, &who).await?.iter().map(|p| (p.key.as_str(), p.to_file()))))
}

const KIND: Kind =
    Kind { name: "phrase", example: "closing/thanks", read: |key, file| phrase::parse(key, file).map(|_| ()) };

pub(crate) async fn import(State(app): State<App>, who: Who, Form(form): Form<ImportForm>) -> Shown {
    let here: BTreeSet<(String, String)> =
        all(&app, &who).await?.iter().map(|p| (p.key.clone(), p.to_file())).collect();
    let is_here = |key: &str, file: &str| here.contains(&(key.to_owned(), file.to_owned()));
    let personal = who.role < Role::Supervisor;
    let wish = |id, key, file| Wish::Phrase {
        by: who.by(),
        command: Command::Write { id: PhraseId(id), key, file, personal },
    };
    match library::import(&app, &KIND, &form.files, is_here, wish).await? {
        Ok(told) => Ok(Redirect::to(&format!("/phrases?told={}", percent(&told))).into_response()),
        Err(refusal) => page(&app, &who, Asked::default(), None, Some(refusal)).await,
    }
}
