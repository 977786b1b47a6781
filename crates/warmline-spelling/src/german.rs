//! German words, held against a Hunspell dictionary (Debian: `hunspell-de-de`).

use std::collections::BTreeMap;
use std::path::Path;

use warmline_etiquette::text::{MASK, Text};
use warmline_etiquette::{Language, Level};

use crate::vocabulary::Vocabulary;
use crate::{Slip, WORD};

/// Looking for a better word takes long; a text with more wrong ones than this has other worries.
const SUGGESTED: usize = 8;
/// Suggestions remembered, so that typing on does not look for them again.
const REMEMBERED: usize = 500;
const SHORTEST: usize = 3;

pub(crate) struct German {
    dictionary: spellbook::Dictionary,
    remembered: BTreeMap<String, Vec<String>>,
}

impl German {
    pub(crate) fn open(folder: &Path) -> Result<German, String> {
        let country = ["de_DE", "de_AT", "de_CH"].into_iter().find(|c| folder.join(c).with_extension("dic").exists());
        let Some(country) = country else {
            return Err(format!(
                "No German dictionary in {}: there is no de_DE.dic. On Debian, install hunspell-de-de, or name \
                 the folder that has de_DE.aff and de_DE.dic.",
                folder.display()
            ));
        };
        let read = |ending: &str| {
            let path = folder.join(country).with_extension(ending);
            std::fs::read(&path).map(decoded).map_err(|e| format!("{} cannot be read: {e}", path.display()))
        };
        let (rules, words) = (read("aff")?, read("dic")?);
        let dictionary = spellbook::Dictionary::new(&rules, &words)
            .map_err(|e| format!("The dictionary {country} in {} is not understood: {e}", folder.display()))?;
        Ok(German { dictionary, remembered: BTreeMap::new() })
    }

    pub(crate) fn check(&mut self, source: &str, known: &[&Vocabulary]) -> Vec<Slip> {
        let text = Text::read(source, Language::German);
        let mut slips = vec![];
        for token in &text.tokens {
            let word = &source[token.span.clone()];
            let plain = word.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’'));
            let capitals = word.chars().filter(|c| c.is_uppercase()).count() > 1;
            let short = word.chars().count() < SHORTEST;
            if token.quoted || token.word == MASK || !plain || capitals || short || known.iter().any(|v| v.has(word)) {
                continue;
            }
            if self.dictionary.check(word) || word.split('-').all(|part| self.dictionary.check(part)) {
                continue;
            }
            if slips.len() == SUGGESTED {
                break;
            }
            let fixes = self.suggested(word);
            // A name is as good a guess as a slip when nothing is near.
            if !fixes.is_empty() {
                let say = format!("“{word}” steht in keinem Wörterbuch.");
                slips.push(Slip { rule: WORD.into(), span: token.span.clone(), say, fixes, level: Level::Coach });
            }
        }
        slips
    }

    fn suggested(&mut self, word: &str) -> Vec<String> {
        if let Some(known) = self.remembered.get(word) {
            return known.clone();
        }
        let mut found = vec![];
        self.dictionary.suggest(word, &mut found);
        found.truncate(3);
        if self.remembered.len() >= REMEMBERED {
            self.remembered.clear();
        }
        self.remembered.insert(word.to_owned(), found.clone());
        found
    }
}

/// UTF-8, or Latin-1 as older dictionaries are; the line that names the old encoding goes.
fn decoded(bytes: Vec<u8>) -> String {
    let text = String::from_utf8(bytes).unwrap_or_else(|e| e.into_bytes().into_iter().map(char::from).collect());
    text.replacen("SET ISO8859-1", "SET UTF-8", 1)
}
