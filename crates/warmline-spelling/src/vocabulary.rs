//! Words that are right because the desk says so.

use std::collections::BTreeSet;

/// Names of customers, agents and products, the glossary: each word of them, whatever its case.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary(BTreeSet<String>);

impl Vocabulary {
    pub fn of<T: AsRef<str>>(entries: impl IntoIterator<Item = T>) -> Vocabulary {
        let mut words = BTreeSet::new();
        for entry in entries {
            words.extend(parts(entry.as_ref()));
        }
        Vocabulary(words)
    }

    /// The word itself, its plural or possessive.
    pub fn has(&self, word: &str) -> bool {
        let word = word.to_lowercase().replace('’', "'");
        let stems = [Some(word.as_str()), word.strip_suffix("'s"), word.strip_suffix('\''), word.strip_suffix('s')];
        stems.into_iter().flatten().any(|w| self.0.contains(w))
    }
}

fn parts(entry: &str) -> impl Iterator<Item = String> {
    entry.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|w| w.len() > 1).map(str::to_lowercase)
}
