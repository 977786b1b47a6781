//! Search over messages and notes, in the transaction that writes them: a committed change is found at once.
//!
//! Two indexes, because two kinds of reader: what is inside is never in the index of what customers may see.
//! Newest first is the default order; relevance is asked for and looks at a bounded number of candidates.

use warmline_domain::{TicketId, TicketNumber};

use crate::batch::Fault;
use crate::load::parse;
use crate::value::Row;
use crate::{Store, engine::Engine};

/// Indexed text is cut here: a log file in a mail is found by its start.
const INDEXED_CHARS: usize = 64 * 1024;
/// Hits looked at before folding them into tickets.
const HITS: i64 = 40;
const WORDS_ASKED: usize = 12;
/// Fewer exact hits than this, and beginnings are looked for too: that costs more.
const FEW: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Newest,
    Relevance,
}

/// A ticket that was found, with the words around the hit.
#[derive(Clone, Debug)]
pub struct Found {
    pub ticket: TicketId,
    pub number: TicketNumber,
    pub subject: String,
    pub customer: String,
    pub at: jiff::Timestamp,
    /// Text around the first hit, split at the words found: even pieces plain, odd pieces found.
    pub snippet: Vec<String>,
    /// The hit is in a note.
    pub inside: bool,
}

/// Lower-case words, one space between: the same for both engines.
pub(crate) fn words(texts: &[&str]) -> String {
    let mut out = String::new();
    for text in texts {
        for word in text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()) {
            if out.len() > INDEXED_CHARS {
                return out;
            }
            if !out.is_empty() {
                out.push(' ');
            }
            out.extend(word.chars().take(64).flat_map(char::to_lowercase));
        }
    }
    out
}

impl Store {
    /// Finds tickets by number, words, names and addresses.
    pub async fn search(&self, query: &str, order: Order, notes_too: bool) -> Result<Vec<Found>, Fault> {
        let mut found = Vec::new();
        if let Some(number) = query.trim().parse().ok().or_else(|| TicketNumber::find(query)) {
            found.extend(self.by_number(number).await?);
        }
        let asked = words(&[query]);
        let asked: Vec<&str> = asked.split(' ').filter(|w| !w.is_empty()).take(WORDS_ASKED).collect();
        if asked.is_empty() {
            return Ok(found);
        }
        let mut hits = self.hits(&asked, order, false).await?;
        if notes_too {
            hits.extend(self.hits(&asked, order, true).await?);
            if order == Order::Newest {
                hits.sort_by_key(|h| std::cmp::Reverse(h.at));
            }
        }
        for hit in hits {
            if !found.iter().any(|f| f.ticket == hit.ticket) {
                found.push(hit);
            }
        }
        Ok(found)
    }

    /// Tickets whose words are like these, the most like them first; not this one.
    pub async fn similar(&self, text: &str, not: TicketId) -> Result<Vec<Found>, Fault> {
        let words = words(&[text]);
        let mut asked: Vec<&str> = words.split(' ').filter(|w| w.chars().count() > 3).collect();
        asked.sort_by_key(|w| std::cmp::Reverse(w.chars().count()));
        asked.dedup();
        asked.truncate(WORDS_ASKED);
        if asked.is_empty() {
            return Ok(vec![]);
        }
        let quoted = |mark: &str| asked.iter().map(|w| format!("{mark}{w}{mark}")).collect::<Vec<_>>();
        let (sql, expression) = match &self.engine {
            Engine::Sqlite(_) => (sqlite_sql(Order::Relevance, false), quoted("\"").join(" OR ")),
            Engine::Postgres(_) => (postgres_sql(Order::Relevance, false), quoted("'").join(" | ")),
        };
        let rows = self.query(sql, vec![expression.into(), HITS.into(), self.site.into()]).await?;
        let mut found: Vec<Found> = Vec::new();
        for row in rows {
            let hit = self.found(row, &asked, false)?;
            if hit.ticket != not && found.iter().all(|f| f.ticket != hit.ticket) {
                found.push(hit);
            }
        }
        Ok(found)
    }

    async fn by_number(&self, number: TicketNumber) -> Result<Option<Found>, Fault> {
        let row = self
            .one(
                "SELECT t.id, t.number, t.subject, c.name, t.since FROM ticket t
                 JOIN customer c ON c.site = t.site AND c.id = t.customer
                 WHERE t.site = $1 AND t.number = $2",
                vec![self.site.into(), (number.0 as i64).into()],
            )
            .await?;
        Ok(row.map(|mut row| Found {
            ticket: TicketId(row.int(0)),
            number: TicketNumber(row.int(1) as u64),
            subject: row.text(2),
            customer: row.text(3),
            at: row.time(4),
            snippet: vec!["has this number".into()],
            inside: false,
        }))
    }

    /// The words as they are; only where that finds little may the last one be a beginning.
    async fn hits(&self, asked: &[&str], order: Order, inside: bool) -> Result<Vec<Found>, Fault> {
        let exact = self.hits_of(asked, order, inside, false).await?;
        if exact.len() >= FEW {
            return Ok(exact);
        }
        self.hits_of(asked, order, inside, true).await
    }

    async fn hits_of(&self, asked: &[&str], order: Order, inside: bool, begin: bool) -> Result<Vec<Found>, Fault> {
        let (sql, expression) = match &self.engine {
            Engine::Sqlite(_) => (sqlite_sql(order, inside), sqlite_expression(asked, begin)),
            Engine::Postgres(_) => (postgres_sql(order, inside), postgres_expression(asked, begin)),
        };
        let rows = self.query(sql, vec![expression.into(), HITS.into(), self.site.into()]).await?;
        rows.into_iter().map(|row| self.found(row, asked, inside)).collect()
    }

    fn found(&self, mut row: Row, asked: &[&str], inside: bool) -> Result<Found, Fault> {
        let text = if inside {
            parse::<warmline_domain::ticket::Note>("note", &row.text(5))?.text
        } else {
            parse::<warmline_domain::ticket::Message>("message", &row.text(5))?.text
        };
        Ok(Found {
            ticket: TicketId(row.int(0)),
            number: TicketNumber(row.int(1) as u64),
            subject: row.text(2),
            customer: row.text(3),
            at: row.time(4),
            snippet: snippet(&text, asked),
            inside,
        })
    }
}

/// All of these words, the last perhaps a beginning, as the engine asks for them.
pub(crate) fn begun(engine: &Engine, asked: &[&str]) -> String {
    match engine {
        Engine::Sqlite(_) => sqlite_expression(asked, true),
        Engine::Postgres(_) => postgres_expression(asked, true),
    }
}

fn sqlite_expression(asked: &[&str], begin: bool) -> String {
    let last = asked.len() - 1;
    let quoted = asked.iter().enumerate().map(|(i, w)| format!("\"{w}\"{}", if begin && i == last { "*" } else { "" }));
    quoted.collect::<Vec<_>>().join(" ")
}

fn postgres_expression(asked: &[&str], begin: bool) -> String {
    let last = asked.len() - 1;
    let quoted = asked.iter().enumerate().map(|(i, w)| format!("'{w}'{}", if begin && i == last { ":*" } else { "" }));
    quoted.collect::<Vec<_>>().join(" & ")
}

macro_rules! hit_sql {
    ($hits:literal, $table:literal, $order:literal) => {
        concat!(
            "WITH hit AS ",
            $hits,
            " SELECT t.id, t.number, t.subject, c.name, m.at, m.content FROM hit JOIN ",
            $table,
            " m ON m.id = hit.id JOIN ticket t ON t.site = m.site AND t.id = m.ticket
              JOIN customer c ON c.site = t.site AND c.id = t.customer WHERE m.site = $3 ORDER BY ",
            $order
        )
    };
}

/// Relevance weighs the newest 3,000 matches: a word that is everywhere says little, and all of them would take long.
fn sqlite_sql(order: Order, inside: bool) -> &'static str {
    match (order, inside) {
        (Order::Newest, false) => hit_sql!(
            "(SELECT rowid AS id FROM search_message WHERE search_message MATCH $1 ORDER BY rowid DESC LIMIT $2)",
            "message",
            "hit.id DESC"
        ),
        (Order::Newest, true) => hit_sql!(
            "(SELECT rowid AS id FROM search_note WHERE search_note MATCH $1 ORDER BY rowid DESC LIMIT $2)",
            "note",
            "hit.id DESC"
        ),
        (Order::Relevance, false) => hit_sql!(
            "(SELECT id, weight FROM (SELECT rowid AS id, rank AS weight FROM search_message
               WHERE search_message MATCH $1 ORDER BY rowid DESC LIMIT 3000) ORDER BY weight LIMIT $2)",
            "message",
            "hit.weight"
        ),
        (Order::Relevance, true) => hit_sql!(
            "(SELECT id, weight FROM (SELECT rowid AS id, rank AS weight FROM search_note
               WHERE search_note MATCH $1 ORDER BY rowid DESC LIMIT 3000) ORDER BY weight LIMIT $2)",
            "note",
            "hit.weight"
        ),
    }
}

/// The CTE is materialised so that the planner takes the GIN index whatever it believes about the words.
fn postgres_sql(order: Order, inside: bool) -> &'static str {
    match (order, inside) {
        (Order::Newest, false) => hit_sql!(
            "MATERIALIZED (SELECT id FROM (SELECT id FROM search_message WHERE doc @@ to_tsquery('simple', $1) OFFSET 0) x
             ORDER BY id DESC LIMIT $2)",
            "message",
            "hit.id DESC"
        ),
        (Order::Newest, true) => hit_sql!(
            "MATERIALIZED (SELECT id FROM (SELECT id FROM search_note WHERE doc @@ to_tsquery('simple', $1) OFFSET 0) x
             ORDER BY id DESC LIMIT $2)",
            "note",
            "hit.id DESC"
        ),
        (Order::Relevance, false) => hit_sql!(
            "MATERIALIZED (SELECT id, ts_rank(doc, to_tsquery('simple', $1)) AS weight FROM
               (SELECT id, doc FROM search_message WHERE doc @@ to_tsquery('simple', $1) LIMIT 5000) x
             ORDER BY weight DESC LIMIT $2)",
            "message",
            "hit.weight DESC"
        ),
        (Order::Relevance, true) => hit_sql!(
            "MATERIALIZED (SELECT id, ts_rank(doc, to_tsquery('simple', $1)) AS weight FROM
               (SELECT id, doc FROM search_note WHERE doc @@ to_tsquery('simple', $1) LIMIT 5000) x
             ORDER BY weight DESC LIMIT $2)",
            "note",
            "hit.weight DESC"
        ),
    }
}

const SNIPPET_CHARS: usize = 180;

/// Words around the first hit; found words at odd places.
fn snippet(text: &str, asked: &[&str]) -> Vec<String> {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let found = |word: &str| {
        let plain = words(&[word]);
        plain.split(' ').any(|w| !w.is_empty() && asked.iter().any(|a| w.starts_with(a)))
    };
    let all: Vec<&str> = flat.split(' ').collect();
    let first = all.iter().position(|w| found(w)).unwrap_or(0).saturating_sub(6);
    let mut pieces = vec![String::new()];
    let mut length = 0;
    for word in &all[first..] {
        length += word.len() + 1;
        if length > SNIPPET_CHARS {
            break;
        }
        if found(word) {
            pieces.push((*word).chars().take(60).collect());
            pieces.push(" ".into());
        } else if let Some(last) = pieces.last_mut() {
            last.extend(word.chars().take(60).chain([' ']));
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_shows_the_hit_in_its_surroundings() {
        let text = "The panel of line two says ink pressure is low, but both tanks are full.";
        let pieces = snippet(text, &["pressur"]);
        assert_eq!(pieces[1], "pressure");
        assert!(pieces[0].ends_with("ink ") && pieces[2].contains("is low,"));
    }

    #[test]
    fn words_are_the_same_for_both_engines() {
        assert_eq!(words(&["Größe: 42-A", "maria@Example.com"]), "größe 42 a maria example com");
    }
}
