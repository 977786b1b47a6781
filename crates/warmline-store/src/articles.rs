//! Articles: found by their words, who was given which, how often they were opened from outside.

use std::collections::BTreeMap;

use jiff::Timestamp;
use warmline_domain::article::Article;
use warmline_domain::journal::{Head, Stream};
use warmline_domain::ticket::{Ticket, articles::Given};
use warmline_domain::{ArticleId, By, MessageId, TicketId, TicketNumber};

use crate::Store;
use crate::batch::{Batch, Fault, INDEX_ARTICLE};
use crate::engine::Engine;
use crate::load::{Loaded, parse};
use crate::search::{begun, words};
use crate::value::{Row, Value};

/// An article with who changed it last, and when.
#[derive(Clone, Debug)]
pub struct ArticleRow {
    pub id: ArticleId,
    pub article: Article,
    pub at: Timestamp,
    pub by: By,
}

/// An answer that gave an article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenRow {
    pub ticket: TicketId,
    pub number: TicketNumber,
    pub subject: String,
    pub message: MessageId,
    pub at: Timestamp,
    pub version: u32,
    pub how: String,
    pub standing: String,
}

/// What came of an article.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ArticleUse {
    /// Answers with a link to it, and all that gave it.
    pub mentioned: i64,
    pub given: i64,
    /// Opened from outside, and of these by the link of an answer.
    pub opened: i64,
    pub by_link: i64,
}

/// Hits of a search that are looked at.
const HITS: i64 = 40;
/// Answers listed on the page of an article.
const LISTED: i64 = 200;

fn columns(given: &Given) -> Vec<Value> {
    vec![
        given.article.as_str().into(),
        given.message.0.into(),
        i64::from(given.version).into(),
        given.how.word().into(),
        given.standing.word().into(),
    ]
}

impl Batch {
    /// Its words, found from the same moment on.
    pub fn index_article(&mut self, id: ArticleId, article: &Article) {
        let of = &article.written;
        let all = words(&[&of.title, &article.key, &of.topics.join(" "), &of.text]);
        self.write(INDEX_ARTICLE, vec![id.0.into(), all.into()]);
    }

    pub(crate) fn articles_given(&mut self, before: Option<&Ticket>, after: &Ticket) {
        for (n, given) in after.articles.given.iter().enumerate() {
            if before.and_then(|b| b.articles.given.get(n)) == Some(given) {
                continue;
            }
            let place = [self.site.into(), after.id.0.into(), (n as i64).into()];
            self.write(
                "INSERT INTO article_given (site, ticket, n, article, message, version, how, standing)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                 ON CONFLICT (site, ticket, n) DO UPDATE SET standing = excluded.standing",
                place.into_iter().chain(columns(given)).collect(),
            );
        }
    }

    pub fn article_viewed(&mut self, article: &str, by_link: bool) {
        self.write(
            "INSERT INTO article_view (site, article, by_link, n) VALUES ($1, $2, $3, 1)
             ON CONFLICT (site, article, by_link) DO UPDATE SET n = article_view.n + 1",
            vec![self.site.into(), article.into(), i64::from(by_link).into()],
        );
    }
}

impl Store {
    /// All articles, with where their streams stand.
    pub async fn articles(&self) -> Result<Vec<(ArticleId, Loaded<Article>)>, Fault> {
        self.library(Stream::Article(0)).await
    }

    /// All of them as lists show them.
    pub async fn article_rows(&self) -> Result<Vec<ArticleRow>, Fault> {
        let (kind, _) = Stream::Article(0).key();
        let rows = self
            .query(
                "SELECT a.id, a.state, j.at, j.actor FROM aggregate a
                 JOIN journal j ON j.site = a.site AND j.kind = a.kind AND j.id = a.id AND j.seq = a.seq
                 WHERE a.site = $1 AND a.kind = $2 ORDER BY a.id",
                vec![self.site.into(), kind.into()],
            )
            .await?;
        let read = |mut row: Row| {
            let Some(article) = parse("article", &row.text(1))? else { return Ok(None) };
            let by = parse("actor", &row.text(3))?;
            Ok(Some(ArticleRow { id: ArticleId(row.int(0)), article, at: row.time(2), by }))
        };
        rows.into_iter().filter_map(|row| read(row).transpose()).collect()
    }

    /// Articles with all of these words, the best first; the last word may be a beginning.
    pub async fn search_articles(&self, query: &str) -> Result<Vec<Article>, Fault> {
        let asked = words(&[query]);
        let asked: Vec<&str> = asked.split(' ').filter(|w| !w.is_empty()).take(8).collect();
        if asked.is_empty() {
            return Ok(vec![]);
        }
        self.articles_like(begun(&self.engine, &asked)).await
    }

    /// Articles with any of these words, the most like them first.
    pub async fn articles_about(&self, text: &str) -> Result<Vec<Article>, Fault> {
        let all = words(&[text]);
        let mut asked: Vec<&str> = all.split(' ').filter(|w| w.chars().count() > 3).collect();
        asked.sort_unstable();
        asked.dedup();
        asked.truncate(12);
        let quoted =
            |mark: &str, or: &str| asked.iter().map(|w| format!("{mark}{w}{mark}")).collect::<Vec<_>>().join(or);
        match (&self.engine, asked.is_empty()) {
            (_, true) => Ok(vec![]),
            (Engine::Sqlite(_), _) => self.articles_like(quoted("\"", " OR ")).await,
            (Engine::Postgres(_), _) => self.articles_like(quoted("'", " | ")).await,
        }
    }

    async fn articles_like(&self, expression: String) -> Result<Vec<Article>, Fault> {
        let sql = match &self.engine {
            Engine::Sqlite(_) => {
                "SELECT a.state FROM (SELECT rowid AS id, rank AS weight FROM search_article
                   WHERE search_article MATCH $1 ORDER BY rank LIMIT $2) hit
                 JOIN aggregate a ON a.site = $3 AND a.kind = 25 AND a.id = hit.id ORDER BY hit.weight"
            }
            Engine::Postgres(_) => {
                "SELECT a.state FROM (SELECT id, ts_rank(doc, to_tsquery('simple', $1)) AS weight FROM search_article
                   WHERE doc @@ to_tsquery('simple', $1) ORDER BY weight DESC LIMIT $2) hit
                 JOIN aggregate a ON a.site = $3 AND a.kind = 25 AND a.id = hit.id ORDER BY hit.weight DESC"
            }
        };
        let rows = self.query(sql, vec![expression.into(), HITS.into(), self.site.into()]).await?;
        rows.into_iter().filter_map(|mut row| parse::<Option<Article>>("article", &row.text(0)).transpose()).collect()
    }

    /// Tickets whose customer was given it, the newest first.
    pub async fn tickets_given(&self, article: &str, limit: usize) -> Result<Vec<TicketId>, Fault> {
        let rows = self
            .query(
                "SELECT DISTINCT ticket FROM article_given WHERE site = $1 AND article = $2 AND standing <> 'taken_back'
                 ORDER BY ticket DESC LIMIT $3",
                vec![self.site.into(), article.into(), (limit as i64).into()],
            )
            .await?;
        Ok(rows.iter().map(|row| TicketId(row.int(0))).collect())
    }

    /// Who was told what, the newest first.
    pub async fn article_given(&self, article: &str) -> Result<Vec<GivenRow>, Fault> {
        let rows = self
            .query(
                "SELECT g.ticket, t.number, t.subject, g.message, m.at, g.version, g.how, g.standing FROM article_given g
                 JOIN ticket t ON t.site = g.site AND t.id = g.ticket
                 JOIN message m ON m.site = g.site AND m.id = g.message
                 WHERE g.site = $1 AND g.article = $2 AND g.standing <> 'taken_back' ORDER BY g.message DESC LIMIT $3",
                vec![self.site.into(), article.into(), LISTED.into()],
            )
            .await?;
        let read = |mut row: Row| GivenRow {
            ticket: TicketId(row.int(0)),
            number: TicketNumber(row.int(1) as u64),
            subject: row.text(2),
            message: MessageId(row.int(3)),
            at: row.time(4),
            version: row.int(5) as u32,
            how: row.text(6),
            standing: row.text(7),
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// By the article's name.
    pub async fn article_uses(&self) -> Result<BTreeMap<String, ArticleUse>, Fault> {
        let mut uses: BTreeMap<String, ArticleUse> = BTreeMap::new();
        let sql = "SELECT article, how, count(*) FROM article_given WHERE site = $1 AND standing <> 'taken_back'
                   GROUP BY article, how";
        for mut row in self.query(sql, vec![self.site.into()]).await? {
            let (article, how, n) = (row.text(0), row.text(1), row.int(2));
            let of = uses.entry(article).or_default();
            of.given += n;
            of.mentioned += if how == "mentioned" { n } else { 0 };
        }
        let sql = "SELECT article, by_link, n FROM article_view WHERE site = $1";
        for mut row in self.query(sql, vec![self.site.into()]).await? {
            let (article, by_link, n) = (row.text(0), row.int(1) == 1, row.int(2));
            let of = uses.entry(article).or_default();
            of.opened += n;
            of.by_link += if by_link { n } else { 0 };
        }
        Ok(uses)
    }

    /// Where the stream of an article stands, though it may have been taken away.
    pub async fn article_head(&self, id: ArticleId) -> Result<Head, Fault> {
        Ok(self.library_state::<Article>(Stream::Article(id.0)).await?.head)
    }

    pub(crate) async fn check_articles_given(&self, ticket: &Ticket, wrong: &mut Vec<String>) -> Result<(), Fault> {
        let sql = "SELECT article, message, version, how, standing FROM article_given
                   WHERE site = $1 AND ticket = $2 ORDER BY n";
        let rows = self.query(sql, vec![self.site.into(), ticket.id.0.into()]).await?;
        if !rows.iter().map(|r| &r.0).eq(ticket.articles.given.iter().map(columns).collect::<Vec<_>>().iter()) {
            wrong.push("the articles its customer was given differ from its state".into());
        }
        Ok(())
    }
}
