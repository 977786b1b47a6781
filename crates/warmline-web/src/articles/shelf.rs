//! What customers read: articles for them, found while they type, one page each at an address that stays. Plain pages
//! that need no script.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use warmline_desk::Wish;
use warmline_domain::article::{Article, Audience, State as Stands};
use warmline_domain::limits::{VIEWS_A_MINUTE, VISITOR_QUERY_CHARS};
use warmline_domain::{By, QueueId};
use warmline_mail::markdown_to_html;

use super::beside::beginning;
use crate::App;
use crate::page::{Shown, Wrong, draw, drawn};

/// Articles on the first page.
const ROWS: usize = 500;

/// What stands around every page for customers.
pub(crate) struct Door {
    pub(crate) company: String,
    /// They can call from a page.
    pub(crate) calls: bool,
    /// Where they can write to.
    pub(crate) mailbox: String,
    pub(crate) assets: &'static str,
}

pub(crate) fn door(app: &App) -> Door {
    let site = app.desk.site();
    Door {
        company: if site.company.is_empty() { "Help".into() } else { site.company.clone() },
        calls: app.desk.telephone.phone().is_some(),
        mailbox: site.mailboxes.values().next().map(|m| m.address.clone()).unwrap_or_default(),
        assets: crate::files::VERSION,
    }
}

#[derive(Template)]
#[template(path = "articles/help.html")]
struct HelpPage {
    door: Door,
    q: String,
    /// By topic, or what was found under no heading.
    topics: Vec<(String, Vec<Line>)>,
    found: usize,
}

struct Line {
    key: String,
    title: String,
    beginning: String,
    language: String,
}

fn line(article: Article) -> Line {
    let beginning = beginning(&article);
    Line { beginning, key: article.key, title: article.written.title, language: article.written.language }
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
}

pub(crate) async fn list(State(app): State<App>, Query(asked): Query<Asked>) -> Shown {
    let q: String = asked.q.chars().take(VISITOR_QUERY_CHARS).collect();
    let topics = match q.trim() {
        "" => by_topic(&app).await?,
        words => {
            let mut found = app.desk.store.search_articles(words).await?;
            if found.iter().all(|a| !a.is_public()) {
                found = app.desk.store.articles_about(words).await?;
            }
            vec![(String::new(), found.into_iter().filter(Article::is_public).map(line).collect())]
        }
    };
    let found = topics.iter().map(|(_, lines)| lines.len()).sum();
    draw(&HelpPage { door: door(&app), q, topics, found })
}

/// Each article under its first topic.
async fn by_topic(app: &App) -> Result<Vec<(String, Vec<Line>)>, Wrong> {
    let all = app.desk.store.articles().await?.into_iter().map(|(_, a)| a.value);
    let mut public: Vec<Article> = all.filter(Article::is_public).take(ROWS).collect();
    public.sort_by(|a, b| a.written.title.cmp(&b.written.title));
    let mut topics: BTreeMap<String, Vec<Line>> = BTreeMap::new();
    for article in public {
        let topic = article.written.topics.first().map_or("Everything else".into(), |t| heading(t));
        topics.entry(topic).or_default().push(line(article));
    }
    Ok(topics.into_iter().collect())
}

/// `ink-pressure` as people read it.
fn heading(topic: &str) -> String {
    let words = topic.replace('-', " ");
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[derive(Template)]
#[template(path = "articles/page.html")]
struct ArticlePage {
    door: Door,
    title: String,
    language: String,
    html: String,
    /// The day it was looked at last says how much it can be trusted.
    changed: String,
    retired: bool,
}

#[derive(Deserialize)]
pub(crate) struct From {
    #[serde(default)]
    from: String,
}

pub(crate) async fn show(State(app): State<App>, Path(key): Path<String>, Query(from): Query<From>) -> Shown {
    let all = app.desk.store.article_rows().await?;
    let found = all.into_iter().find(|r| r.article.key == key && r.article.written.audience == Audience::Customers);
    let row = found.filter(|r| r.article.written.state != Stands::Draft).ok_or(Wrong::Missing)?;
    let Article { written, .. } = row.article;
    let retired = written.state == Stands::Retired;
    let page = ArticlePage {
        door: door(&app),
        html: if retired { String::new() } else { markdown_to_html(&written.text) },
        changed: row.at.to_zoned(app.settings.zone.clone()).strftime("%-d %B %Y").to_string(),
        title: written.title,
        language: written.language,
        retired,
    };
    if retired {
        return Ok(drawn(StatusCode::GONE, &page));
    }
    count(&app, &key, from.from == "answer").await?;
    draw(&page)
}

async fn count(app: &App, key: &str, by_link: bool) -> Result<(), Wrong> {
    if !app.views.counts(app.desk.clock.now(), VIEWS_A_MINUTE) {
        return Ok(());
    }
    let mut batch = app.desk.store.batch();
    batch.article_viewed(key, by_link);
    app.desk.store.commit(batch).await?;
    for measure in [Some("p25.read"), by_link.then_some("p25.used")].into_iter().flatten() {
        app.desk.ask(Wish::Measured { by: By::Desk, measure, queue: QueueId(0) }).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::heading;

    #[test]
    fn a_topic_reads_as_a_heading() {
        assert_eq!(heading("ink-pressure"), "Ink pressure");
    }
}
