//! Articles beside a ticket: those that fit it, found by a few letters, opened, mentioned; and what to do when one that
//! the customer was given says something else now.

use axum::Form;
use axum::extract::Query;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};
use warmline_domain::MessageId;
use warmline_domain::article::{Article, SHELF};
use warmline_domain::ticket::articles::{Command, Event, How};
use warmline_domain::ticket::{Command as TicketCommand, Event as TicketEvent, Ticket};
use warmline_store::Entry;

use crate::App;
use crate::on::OnTicket;
use crate::page::{Shown, Wrong};

/// Articles shown beside a ticket, and found at once.
const FIT: usize = 4;
const FOUND: usize = 12;

#[derive(Default)]
pub(crate) struct ArticlesPane {
    pub(crate) fit: Vec<Fitting>,
    pub(crate) changed: Vec<ChangedView>,
}

pub(crate) struct Fitting {
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) inside: bool,
    /// Somebody opened this version for this ticket.
    pub(crate) looked: bool,
}

/// The customer was given it, and it says something else now.
pub(crate) struct ChangedView {
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) what: String,
    pub(crate) retired: bool,
    /// The answers that gave it.
    pub(crate) messages: Vec<MessageId>,
}

pub(crate) async fn pane(app: &App, ticket: &Ticket, entries: &[Entry]) -> Result<ArticlesPane, Wrong> {
    let mut pane = ArticlesPane { changed: changed(ticket, entries), ..ArticlesPane::default() };
    if !ticket.stage.is_ours() {
        return Ok(pane);
    }
    let about = format!("{} {}", ticket.subject.open().cloned().unwrap_or_default(), ticket.topic);
    let found = app.desk.store.articles_about(&about).await?.into_iter().filter(Article::is_current);
    pane.fit = found
        .take(FIT)
        .map(|a| Fitting {
            looked: ticket.articles.looked.get(&a.key) == Some(&a.version),
            inside: !a.is_public(),
            title: a.written.title,
            key: a.key,
        })
        .collect();
    Ok(pane)
}

fn changed(ticket: &Ticket, entries: &[Entry]) -> Vec<ChangedView> {
    let mut views: Vec<ChangedView> = vec![];
    for entry in entries.iter().rev() {
        let Entry::Event(e) = entry else { continue };
        let Ok(TicketEvent::Articles(Event::Changed { article, title, what, retired, .. })) =
            serde_json::from_str(&e.body)
        else {
            continue;
        };
        let open = ticket.articles.to_decide().filter(|g| g.article == article);
        let messages: Vec<MessageId> = open.map(|g| g.message).collect();
        if !messages.is_empty() && views.iter().all(|v| v.key != article) {
            views.push(ChangedView { key: article, title, what, retired, messages });
        }
    }
    views
}

#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    q: String,
}

#[derive(Serialize)]
struct Found {
    value: String,
    title: String,
    text: String,
    /// What a mention puts into an answer; empty: not for customers.
    link: String,
}

/// A few letters find it, for opening, for mentioning, and as what an answer stands on.
pub(crate) async fn find(on: OnTicket, headers: HeaderMap, Query(typed): Query<Typed>) -> Result<Response, Wrong> {
    let app = &on.app;
    let store = &app.desk.store;
    let found = match typed.q.trim() {
        "" => {
            let ticket = store.ticket(on.id).await?.ok_or(Wrong::Missing)?.value;
            store.articles_about(&ticket.subject.open().cloned().unwrap_or_default()).await?
        }
        words => store.search_articles(words).await?,
    };
    let address = address(app, &headers);
    let view = |a: Article| Found {
        link: if a.is_public() { format!("{address}{SHELF}{}?from=answer", a.key) } else { String::new() },
        text: beginning(&a),
        title: a.written.title,
        value: a.key,
    };
    let found: Vec<Found> = found.into_iter().filter(Article::is_current).take(FOUND).map(view).collect();
    let json = serde_json::to_string(&found).unwrap_or_default();
    Ok(([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], json).into_response())
}

/// Its first words, without marks.
pub(crate) fn beginning(article: &Article) -> String {
    let plain = |c: &char| !matches!(c, '#' | '*' | '`' | '>');
    let line = article.written.text.lines().find(|l| !l.trim().is_empty() && !l.starts_with('#')).unwrap_or_default();
    line.trim().chars().filter(plain).take(140).collect()
}

/// Where customers reach the desk: as the policy says, or as whoever writes does.
fn address(app: &App, headers: &HeaderMap) -> String {
    let set = app.desk.site().policy.help.address.clone();
    if !set.is_empty() {
        return set;
    }
    let host = headers.get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or("localhost");
    format!("{}://{host}", if app.settings.secure_cookies { "https" } else { "http" })
}

#[derive(Deserialize)]
pub(crate) struct ArticleForm {
    /// open or holds.
    wish: String,
    article: String,
}

pub(crate) async fn change(on: OnTicket, Form(form): Form<ArticleForm>) -> Shown {
    match form.wish.as_str() {
        "open" => open(on, &form.article).await,
        "holds" => on.command(TicketCommand::Articles(Command::Holds { article: form.article })).await,
        _ => Err(Wrong::Missing),
    }
}

/// That somebody looked at it stands on the ticket.
async fn open(on: OnTicket, key: &str) -> Shown {
    let (_, article) = super::named(&on.app, key).await?;
    let (title, version) = (article.written.title, article.version);
    let look = Command::Look { article: article.key, title, version };
    on.app.desk.ask(on.wish(TicketCommand::Articles(look))).await?;
    Ok(Redirect::to(&format!("/articles/{key}")).into_response())
}

/// The timeline's sentence.
pub(crate) fn sentence(event: &Event, who: &str) -> String {
    match event {
        Event::Looked { title, .. } => format!("{who} opened the article “{title}”"),
        Event::Given { title, how: How::Mentioned, .. } => format!("The answer links to the article “{title}”"),
        Event::Given { title, how: How::Quoted, .. } => format!("The answer quotes the article “{title}”"),
        Event::Given { title, how: How::StoodOn, .. } => format!("The answer stands on the article “{title}”"),
        Event::Changed { title, what, retired: true, .. } => {
            format!("The article “{title}” was retired after the customer was given it: {what}")
        }
        Event::Changed { title, what, .. } => {
            format!("The article “{title}” changed after the customer was given it: {what}")
        }
        Event::Held { .. } => format!("{who} looked at what changed; what the customer was told holds"),
    }
}
