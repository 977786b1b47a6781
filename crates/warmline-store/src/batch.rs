//! What is to be written, whole or not at all.

use std::collections::BTreeMap;

use warmline_domain::measure::Tally;

use crate::value::Value;

/// The machine failed; nothing happened.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Fault(pub String);

#[derive(Clone, Debug, thiserror::Error)]
pub enum CommitError {
    /// Somebody else wrote the same thing in between; load and decide again.
    #[error("changed by somebody else in between")]
    Conflict,
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Takes a text into the search index: id, words. Each engine has its own full-text form of these two.
pub(crate) const INDEX_MESSAGE: &str = "INDEX search_message";
pub(crate) const INDEX_NOTE: &str = "INDEX search_note";
/// The words of an article take the place of those it had.
pub(crate) const INDEX_ARTICLE: &str = "INDEX search_article";

#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) sql: &'static str,
    pub(crate) parameters: Vec<Value>,
    /// Touching no row is a conflict.
    pub(crate) must_hit: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub(crate) site: i64,
    statements: Vec<Statement>,
    counters: BTreeMap<String, i64>,
    pub(crate) tally: Tally,
}

impl Batch {
    pub(crate) fn new(site: i64) -> Self {
        Batch { site, ..Batch::default() }
    }

    pub fn is_empty(&self) -> bool {
        self.statements.is_empty() && self.counters.values().all(|n| *n == 0) && self.tally.sums.is_empty()
    }

    /// What another batch of the same site writes is written after this one's.
    pub fn append(&mut self, other: Batch) {
        self.statements.extend(other.statements);
        self.tally.append(other.tally);
        for (name, n) in other.counters {
            *self.counters.entry(name).or_default() += n;
        }
    }

    pub(crate) fn write(&mut self, sql: &'static str, parameters: Vec<Value>) {
        self.statements.push(Statement { sql, parameters, must_hit: false });
    }

    pub(crate) fn write_one(&mut self, sql: &'static str, parameters: Vec<Value>) {
        self.statements.push(Statement { sql, parameters, must_hit: true });
    }

    /// Counters of one batch are added up first: a thousand new tickets touch each counter once.
    pub(crate) fn count(&mut self, name: String, by: i64) {
        *self.counters.entry(name).or_default() += by;
    }

    pub(crate) fn finish(mut self, site: i64) -> Vec<Statement> {
        for (name, n) in std::mem::take(&mut self.counters) {
            if n != 0 {
                self.write(
                    "INSERT INTO counter (site, name, n) VALUES ($1, $2, $3)
                     ON CONFLICT (site, name) DO UPDATE SET n = counter.n + excluded.n",
                    vec![site.into(), name.into(), n.into()],
                );
            }
        }
        self.write_tally(site);
        self.statements
    }
}
