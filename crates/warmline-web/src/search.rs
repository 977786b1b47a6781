//! Search: newest first, or by relevance when asked for.

use askama::Template;
use axum::extract::{Query, State};
use serde::Deserialize;
use warmline_store::Order;

use crate::App;
use crate::articles::beside::beginning;
use crate::page::{Frame, Shown, draw, moment};
use crate::session::Who;

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    order: String,
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    frame: Frame,
    q: String,
    relevance: bool,
    found: Vec<FoundView>,
    /// Name, title, first words.
    articles: Vec<(String, String, String)>,
}

struct FoundView {
    number: String,
    subject: String,
    customer: String,
    at: String,
    inside: bool,
    /// Text and whether it is what was searched for.
    snippet: Vec<(String, bool)>,
}

const QUERY_CHARS: usize = 200;
/// Articles that stand above the tickets.
const ARTICLES: usize = 4;

pub(crate) async fn show(State(app): State<App>, who: Who, Query(asked): Query<Asked>) -> Shown {
    let q: String = asked.q.chars().take(QUERY_CHARS).collect();
    let relevance = asked.order == "relevance";
    let order = if relevance { Order::Relevance } else { Order::Newest };
    let found = match q.trim() {
        "" => vec![],
        q => app.desk.store.search(q, order, true).await?,
    };
    let articles = app.desk.store.search_articles(&q).await?.into_iter().filter(|a| a.is_current()).take(ARTICLES);
    let articles = articles.map(|a| (a.key.clone(), a.written.title.clone(), beginning(&a))).collect();
    let now = app.desk.clock.now();
    let found = found
        .into_iter()
        .map(|f| FoundView {
            number: f.number.to_string(),
            subject: f.subject,
            customer: f.customer,
            at: moment(f.at, now, &app.settings.zone),
            inside: f.inside,
            snippet: f.snippet.into_iter().enumerate().map(|(i, text)| (text, i % 2 == 1)).collect(),
        })
        .collect();
    draw(&SearchPage { frame: Frame::new(&app, &who).await?, q, relevance, found, articles })
}
