//! Articles: listed, read, written with what reading them finds, previewed as their readers see them, taken along.

pub(crate) mod beside;
pub(crate) mod shelf;

use std::collections::BTreeMap;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use serde::Deserialize;
use warmline_desk::{DeskError, Wish, reading};
use warmline_domain::article::State as Stands;
use warmline_domain::article::{self, Article, Audience, Command, Event, Writing, Written, topics};
use warmline_domain::id::Minter;
use warmline_domain::journal::Stream;
use warmline_domain::site::Role;
use warmline_domain::ticket::Reading;
use warmline_domain::{ArticleId, Refusal, refusal};
use warmline_mail::markdown_to_html;
use warmline_store::{ArticleUse, GivenRow};

use crate::App;
use crate::answers::seen_as;
use crate::forms::percent;
use crate::library::{self, ImportForm, Kind};
use crate::page::{Frame, Shown, Wrong, draw, drawn, moment, status_of};
use crate::session::Who;
use crate::tickets::fresh_node;
use crate::timeline::author;
use crate::words::findings;

/// Articles drawn in the list.
const ROWS: usize = 300;

#[derive(Template)]
#[template(path = "articles.html")]
struct ListPage {
    frame: Frame,
    q: String,
    rows: Vec<Row>,
    none_at_all: bool,
    supervises: bool,
    told: String,
    problem: Option<Refusal>,
}

struct Row {
    key: String,
    title: String,
    state: &'static str,
    audience: &'static str,
    language: String,
    topics: String,
    version: u32,
    changed: String,
    /// Its time to be looked at again has passed.
    overdue: bool,
    uses: ArticleUse,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    q: String,
    told: String,
}

pub(crate) async fn list(State(app): State<App>, who: Who, Query(asked): Query<Asked>) -> Shown {
    list_page(&app, &who, asked, None).await
}

async fn list_page(app: &App, who: &Who, asked: Asked, problem: Option<Refusal>) -> Shown {
    let (site, now, zone) = (app.desk.site(), app.desk.clock.now(), &app.settings.zone);
    let uses = app.desk.store.article_uses().await?;
    let mut all = app.desk.store.article_rows().await?;
    let none_at_all = all.is_empty();
    all.sort_by(|a, b| a.article.written.title.cmp(&b.article.written.title));
    let typed = asked.q.to_lowercase();
    let fits = |a: &Article| {
        let of = &a.written;
        let words = [&*a.key, &of.title, &of.topics.join(" "), of.state.word(), of.audience.word(), &of.text];
        let words = words.join(" ").to_lowercase();
        typed.split_whitespace().all(|w| words.contains(w))
    };
    let row = |r: warmline_store::ArticleRow| Row {
        changed: format!("{} by {}", moment(r.at, now, zone), author(r.by, &site, "")),
        overdue: is_overdue(&r.article, now, app),
        uses: uses.get(&r.article.key).copied().unwrap_or_default(),
        state: r.article.written.state.word(),
        audience: r.article.written.audience.word(),
        language: r.article.written.language,
        topics: r.article.written.topics.join(", "),
        version: r.article.version,
        title: r.article.written.title,
        key: r.article.key,
    };
    let status = problem.as_ref().map_or(axum::http::StatusCode::OK, status_of);
    let page = ListPage {
        frame: Frame::new(app, who).await?,
        rows: all.into_iter().filter(|r| fits(&r.article)).take(ROWS).map(row).collect(),
        none_at_all,
        supervises: who.role >= Role::Supervisor,
        q: asked.q,
        told: asked.told,
        problem,
    };
    Ok(drawn(status, &page))
}

fn is_overdue(article: &Article, now: Timestamp, app: &App) -> bool {
    let today = now.to_zoned(app.settings.zone.clone()).date();
    article.is_current() && article.written.review.is_some_and(|day| day < today)
}

async fn named(app: &App, key: &str) -> Result<(ArticleId, Article), Wrong> {
    let all = app.desk.store.articles().await?;
    let found = all.into_iter().find(|(_, a)| a.value.key == key).ok_or(Wrong::Missing)?;
    Ok((found.0, found.1.value))
}

#[derive(Template)]
#[template(path = "articles/article.html")]
struct ArticlePage {
    frame: Frame,
    article: Article,
    html: String,
    uses: ArticleUse,
    /// Where customers read it; empty: they do not.
    link: String,
    overdue: bool,
    may_change: bool,
    history: Vec<Change>,
    given: Vec<GivenView>,
}

/// A version, newest first.
struct Change {
    version: u32,
    at: String,
    by: String,
    state: &'static str,
    what: String,
    /// Those who were given it were told.
    told: bool,
    overruled: String,
}

struct GivenView {
    row: GivenRow,
    at: String,
    how: &'static str,
    standing: &'static str,
}

pub(crate) async fn show(State(app): State<App>, who: Who, Path(key): Path<String>) -> Shown {
    let (id, article) = named(&app, &key).await?;
    let (now, zone) = (app.desk.clock.now(), &app.settings.zone);
    let given = app.desk.store.article_given(&key).await?.into_iter().map(|row| GivenView {
        at: moment(row.at, now, zone),
        how: match row.how.as_str() {
            "mentioned" => "a link",
            "quoted" => "a sentence of it",
            _ => "stands on it",
        },
        standing: match row.standing.as_str() {
            "changed" => "to be looked at: it says something else now",
            "holds" => "looked at, still right",
            "corrected" => "corrected",
            _ => "",
        },
        row,
    });
    draw(&ArticlePage {
        frame: Frame::new(&app, &who).await?,
        html: markdown_to_html(&article.written.text),
        uses: app.desk.store.article_uses().await?.get(&key).copied().unwrap_or_default(),
        link: if article.is_public() { format!("{}{key}", article::SHELF) } else { String::new() },
        overdue: is_overdue(&article, now, &app),
        may_change: article.written.state == Stands::Draft || who.role >= Role::Supervisor,
        history: history(&app, id).await?,
        given: given.collect(),
        article,
    })
}

async fn history(app: &App, id: ArticleId) -> Result<Vec<Change>, Wrong> {
    let (site, now, zone) = (app.desk.site(), app.desk.clock.now(), &app.settings.zone);
    let mut changes = vec![];
    for entry in app.desk.store.journal(Stream::Article(id.0)).await?.iter().rev() {
        let Ok(Event::Written { article, what, says_else, overruled }) = serde_json::from_str(&entry.body) else {
            continue;
        };
        changes.push(Change {
            version: article.version,
            at: moment(entry.at, now, zone),
            by: author(entry.by, &site, ""),
            state: article.written.state.word(),
            what,
            told: says_else,
            overruled: overruled.map(|(_, reason)| reason).unwrap_or_default(),
        });
    }
    Ok(changes)
}

#[derive(Template)]
#[template(path = "articles/edit.html")]
struct EditPage {
    frame: Frame,
    form: WriteForm,
    /// It was kept before, under this name.
    known: bool,
    /// People were given it: what changed is asked for.
    published: bool,
    supervises: bool,
    /// It was stopped for its words; with a reason it stands.
    ask_reason: bool,
    problem: Option<Refusal>,
}

impl EditPage {
    fn is(&self, state: &str) -> bool {
        self.form.state == state
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WriteForm {
    id: i64,
    key: String,
    seen: u32,
    title: String,
    language: String,
    topics: String,
    audience: String,
    state: String,
    review: String,
    text: String,
    what: String,
    same: String,
    reason: String,
    remove: String,
}

impl WriteForm {
    fn of(id: i64, article: &Article) -> WriteForm {
        let Written { title, language, topics, audience, state, review, text } = article.written.clone();
        WriteForm {
            id,
            key: article.key.clone(),
            seen: article.version,
            title,
            language,
            topics: topics.join(" "),
            audience: audience.word().into(),
            state: state.word().into(),
            review: review.map(|day| day.to_string()).unwrap_or_default(),
            text,
            ..WriteForm::default()
        }
    }

    fn writing(&self) -> Result<Writing, Refusal> {
        let wrong = |why: &str| Refusal::input(why, "Choose again and save. Your text is kept.");
        let review = match self.review.trim() {
            "" => None,
            day => Some(day.parse().map_err(|_| wrong("That day could not be read."))?),
        };
        let of_word = |w: &str| Stands::ALL.into_iter().find(|s| s.word() == w);
        let audience = Audience::ALL.into_iter().find(|a| a.word() == self.audience);
        let written = Written {
            title: self.title.split_whitespace().collect::<Vec<_>>().join(" "),
            language: self.language.clone(),
            topics: topics(&self.topics),
            audience: audience.ok_or_else(|| wrong("Nobody is named who reads it."))?,
            state: of_word(&self.state).ok_or_else(|| wrong("That is no state of an article."))?,
            review,
            text: self.text.replace("\r\n", "\n").trim().to_owned(),
        };
        Ok(Writing {
            id: ArticleId(self.id),
            key: self.key.trim().to_lowercase(),
            seen: self.seen,
            written,
            what: self.what.clone(),
            same_sense: !self.same.is_empty(),
            reading: Reading { reason: self.reason.clone(), ..Reading::default() },
        })
    }
}

fn fresh(app: &App) -> i64 {
    let id: ArticleId = Minter::new(fresh_node()).mint(app.desk.clock.now());
    id.0
}

pub(crate) async fn new(State(app): State<App>, who: Who) -> Shown {
    let form = WriteForm {
        id: fresh(&app),
        language: "en".into(),
        audience: Audience::Customers.word().into(),
        state: Stands::Draft.word().into(),
        ..WriteForm::default()
    };
    edit_page(&app, &who, form, None).await
}

pub(crate) async fn edit(State(app): State<App>, who: Who, Path(key): Path<String>) -> Shown {
    let (id, article) = named(&app, &key).await?;
    edit_page(&app, &who, WriteForm::of(id.0, &article), None).await
}

async fn edit_page(app: &App, who: &Who, form: WriteForm, problem: Option<Refusal>) -> Shown {
    let before = match form.seen {
        0 => None,
        _ => named(app, &form.key).await.ok(),
    };
    let status = problem.as_ref().map_or(axum::http::StatusCode::OK, status_of);
    let words = |p: &Refusal| p.kind == refusal::Kind::NeedsReason && p.why.starts_with("Not published");
    let page = EditPage {
        frame: Frame::new(app, who).await?,
        known: before.is_some(),
        published: before.is_some_and(|(_, a)| a.is_current()),
        supervises: who.role >= Role::Supervisor,
        ask_reason: !form.reason.is_empty() || problem.as_ref().is_some_and(words),
        form,
        problem,
    };
    Ok(drawn(status, &page))
}

pub(crate) async fn write(State(app): State<App>, who: Who, Form(form): Form<WriteForm>) -> Shown {
    let removes = !form.remove.is_empty();
    let command = match form.writing() {
        _ if removes => Command::Remove { key: form.key.clone() },
        Ok(writing) => Command::Write(Box::new(writing)),
        Err(refusal) => return edit_page(&app, &who, form, Some(refusal)).await,
    };
    match app.desk.ask(Wish::Article { by: who.by(), command }).await {
        Ok(_) if removes => Ok(Redirect::to("/articles").into_response()),
        Ok(_) => Ok(Redirect::to(&format!("/articles/{}", form.key.trim().to_lowercase())).into_response()),
        Err(DeskError::Refused(refusal)) => edit_page(&app, &who, form, Some(refusal)).await,
        Err(fault) => Err(fault.into()),
    }
}

#[derive(Deserialize)]
pub(crate) struct ReadForm {
    #[serde(default)]
    title: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    language: String,
    /// The fingers rest: spelling too.
    #[serde(default)]
    full: String,
}

/// While it is typed. The title is read when it is kept: it has no place in the editor.
pub(crate) async fn read(State(app): State<App>, who: Who, Form(form): Form<ReadForm>) -> Result<Response, Wrong> {
    let text = form.text.replace("\r\n", "\n");
    let site = app.desk.site();
    let language = if form.language.is_empty() { "en" } else { &form.language };
    let context = reading::article_context(&app.desk.store, &site, Some(who.id), language, &text).await?;
    findings(&app, &who, &context, &text, !form.full.is_empty()).await
}

/// As its readers will see it.
pub(crate) async fn preview(State(app): State<App>, who: Who, Form(form): Form<ReadForm>) -> Shown {
    seen_as(&app, &who, warmline_domain::QueueId(0), "everybody who finds it", &form.title, &form.text).await
}

pub(crate) async fn export(State(app): State<App>, _: Who) -> Result<Response, Wrong> {
    let all = app.desk.store.articles().await?;
    Ok(library::export("articles", all.iter().map(|(_, a)| (a.value.key.as_str(), a.value.to_file()))))
}

const KIND: Kind =
    Kind { name: "article", example: "ink-pressure", read: |key, file| article::parse(key, file).map(|_| ()) };

/// Whoever was given one that differs is told so.
pub(crate) async fn import(State(app): State<App>, who: Who, Form(form): Form<ImportForm>) -> Shown {
    let all = app.desk.store.articles().await?;
    let here: BTreeMap<&str, &Article> = all.iter().map(|(_, a)| (a.value.key.as_str(), &a.value)).collect();
    let is_here = |key: &str, file: &str| here.get(key).is_some_and(|a| a.to_file() == file);
    let wish = |id: i64, key: String, file: String| {
        let writing = Writing {
            id: ArticleId(id),
            seen: here.get(key.as_str()).map_or(0, |a| a.version),
            // It was read before the first was kept.
            written: article::parse(&key, &file).unwrap_or_default(),
            key,
            what: "A new version was brought in from a file.".into(),
            same_sense: false,
            reading: Reading::default(),
        };
        Wish::Article { by: who.by(), command: Command::Write(Box::new(writing)) }
    };
    match library::import(&app, &KIND, &form.files, is_here, wish).await? {
        Ok(told) => Ok(Redirect::to(&format!("/articles?told={}", percent(&told))).into_response()),
        Err(refusal) => list_page(&app, &who, Asked::default(), Some(refusal)).await,
    }
}
