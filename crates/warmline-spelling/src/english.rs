//! English words and common slips, by harper, tuned to what people who write to customers call an error.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use harper_core::linting::{Lint, LintGroup, LintKind, Suggestion};
use harper_core::parsers::PlainEnglish;
use harper_core::spell::{Dictionary, FstDictionary, suggest_correct_spelling};
use harper_core::{Document, TokenStringExt};
use warmline_etiquette::Level;

use crate::{Slip, WORD};

/// Whose spellings are right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    American,
    British,
    /// Nobody said: "colour" and "color" are both right.
    #[default]
    Either,
}

/// What harper remembers of earlier texts is dropped after so many: it grows by half a megabyte with each.
const REMEMBERED_TEXTS: u32 = 30;
const REMEMBERED_WORDS: usize = 500;
/// Rules that are about taste, capitals and marks, or wrong too often in mail; one writes to standard output.
const OFF: [&str; 41] = [
    "SpellCheck",
    "SentenceCapitalization",
    "UseTitleCase",
    "CapitalizePersonalPronouns",
    "LongSentences",
    "Spaces",
    "EllipsisLength",
    "UnclosedQuotes",
    "Dashes",
    "CommaFixes",
    "WrongApostrophe",
    "ToDoHyphen",
    "LookingForwardTo",
    "LookForwardTo",
    "AvoidCurses",
    "SpelledNumbers",
    "BoringWords",
    "NoOxfordComma",
    "OxfordComma",
    "Hedging",
    "ExpandTimeShorthands",
    "ExpandMemoryShorthands",
    "NumericRangeEnDash",
    "UseEllipsisCharacter",
    "QuoteSpacing",
    "NoFrenchSpaces",
    "TransposedSpace",
    "ExpandPeople",
    "FewUnitsOfTimeAgo",
    "MissingTo",
    "MissingDeterminer",
    "DeterminerWithoutNoun",
    "OrthographicConsistency",
    "SplitWords",
    "CurrencyPlacement",
    "CompoundNouns",
    "DisjointPrefixes",
    "PossessiveNoun",
    "Regionalisms",
    "HopHope",
    "NounVerbConfusion",
];

pub(crate) struct English {
    dictionary: Arc<FstDictionary>,
    slips: LintGroup,
    texts: u32,
    suggested: BTreeMap<String, Vec<String>>,
}

impl English {
    pub(crate) fn load() -> English {
        let dictionary = FstDictionary::curated();
        let mut slips = LintGroup::new_curated(dictionary.clone(), harper_core::Dialect::American);
        for name in OFF {
            slips.config.set_rule_enabled(name, false);
        }
        English { dictionary, slips, texts: 0, suggested: BTreeMap::new() }
    }

    pub(crate) fn check(&mut self, source: &str, dialect: Dialect) -> Vec<Slip> {
        self.texts += 1;
        if self.texts.is_multiple_of(REMEMBERED_TEXTS) {
            // The rules move into a new group; what the old one remembered stays behind.
            let mut fresh = LintGroup::empty();
            fresh.merge_from(std::mem::take(&mut self.slips));
            self.slips = fresh;
        }
        let document = Document::new(source, &PlainEnglish, &self.dictionary);
        let bytes: Vec<usize> = source.char_indices().map(|(at, _)| at).chain([source.len()]).collect();
        let mut found = vec![];
        for (name, lints) in self.slips.organized_lints(&document) {
            let rule = format!("spelling.slip-{}", kebab(&name));
            found.extend(lints.into_iter().filter(is_slip).map(|l| slip(rule.clone(), &l, source, &bytes)));
        }
        for word in document.iter_words() {
            let said = &source[bytes[word.span.start]..bytes[word.span.end]];
            let taken = |s: &Slip| s.span.start < bytes[word.span.end] && bytes[word.span.start] < s.span.end;
            if self.is_word(document.get_span_content(&word.span), first(&document, word.span.start), dialect)
                || found.iter().any(taken)
            {
                continue;
            }
            let fixes = self.suggestions(said, dialect);
            // With nothing near it, it is a name or a word of the trade.
            if let Some(best) = fixes.first() {
                let level =
                    if one_apart(&best.to_lowercase(), &said.to_lowercase()) { Level::Warn } else { Level::Coach };
                let say = format!("“{said}” is not in the dictionary.");
                let span = bytes[word.span.start]..bytes[word.span.end];
                found.push(Slip { rule: WORD.into(), span, say, fixes, level });
            }
        }
        found.sort_by_key(|s| (s.span.start, Reverse(s.span.end)));
        let mut end = 0;
        found.retain(|s| {
            let apart = s.span.start >= end;
            end = end.max(s.span.end);
            apart
        });
        found
    }

    /// In the dictionary, or none of its business: names, capitals, words with digits, the end of a contraction.
    fn is_word(&self, word: &[char], first: bool, dialect: Dialect) -> bool {
        let upper = word.iter().filter(|c| c.is_uppercase()).count();
        let name = upper == 1 && word[0].is_uppercase() && !first;
        if word.len() < 3 || word.iter().any(|c| c.is_ascii_digit() || *c == '_') || upper > 1 || name {
            return true;
        }
        let straight: Vec<char> = word.iter().map(|c| if *c == '’' { '\'' } else { *c }).collect();
        let lower: Vec<char> = straight.iter().flat_map(|c| c.to_lowercase()).collect();
        let stem = lower.strip_suffix(&['\'', 's']).unwrap_or(&lower);
        [&straight[..], &lower, stem]
            .into_iter()
            .any(|w| self.dictionary.contains_exact_word(w) && self.fits(w, dialect))
    }

    fn fits(&self, word: &[char], dialect: Dialect) -> bool {
        let spoken: &[harper_core::Dialect] = match dialect {
            Dialect::American => &[harper_core::Dialect::American],
            Dialect::British => &[harper_core::Dialect::British],
            Dialect::Either => &[harper_core::Dialect::American, harper_core::Dialect::British],
        };
        let known = self.dictionary.get_word_metadata(word);
        known.is_none_or(|m| spoken.iter().any(|d| m.dialects.is_dialect_enabled(*d)))
    }

    fn suggestions(&mut self, word: &str, dialect: Dialect) -> Vec<String> {
        if let Some(known) = self.suggested.get(word) {
            return known.clone();
        }
        let chars: Vec<char> = word.chars().collect();
        let near = suggest_correct_spelling(&chars, 100, if chars.len() > 4 { 2 } else { 1 }, &self.dictionary);
        let fits = near.into_iter().filter(|w| self.fits(w, dialect));
        let mut fixes: Vec<String> = vec![];
        for fix in fits {
            let fix: String = fix.iter().collect();
            let fix = if chars[0].is_uppercase() { capitalised(&fix) } else { fix };
            if !fixes.contains(&fix) {
                fixes.push(fix);
            }
        }
        fixes.truncate(3);
        if self.suggested.len() >= REMEMBERED_WORDS {
            self.suggested.clear();
        }
        self.suggested.insert(word.to_owned(), fixes.clone());
        fixes
    }
}

/// Whether a sentence begins here: a capital says nothing then.
fn first(document: &Document, at: usize) -> bool {
    let before = document.get_source()[..at].iter().rev().find(|c| !c.is_whitespace());
    before.is_none_or(|c| matches!(c, '.' | '!' | '?'))
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// `TooTo` → `too-to`.
fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for (at, c) in name.char_indices() {
        if c.is_uppercase() && at > 0 && !name[..at].ends_with(char::is_uppercase) {
            kebab.push('-');
        }
        kebab.extend(c.to_lowercase());
    }
    kebab
}

/// Errors of words and grammar; not what is a matter of taste, of capitals or of region.
fn is_slip(lint: &Lint) -> bool {
    use LintKind as Kind;
    let kind = match lint.lint_kind {
        Kind::Agreement | Kind::Grammar | Kind::Typo | Kind::Spelling | Kind::BoundaryError | Kind::Repetition => true,
        Kind::Eggcorn | Kind::Malapropism | Kind::Usage | Kind::WordChoice | Kind::WordOrder | Kind::Nonstandard => {
            true
        }
        // "An router" and its kin; what is a matter of taste there is switched off above.
        Kind::Miscellaneous => true,
        _ => false,
    };
    kind && !lint.suggestions.is_empty()
}

fn slip(rule: String, lint: &Lint, source: &str, bytes: &[usize]) -> Slip {
    let span = bytes[lint.span.start]..bytes[lint.span.end];
    let said = &source[span.clone()];
    let fix = |s: &Suggestion| match s {
        Suggestion::ReplaceWith(new) => new.iter().collect(),
        Suggestion::InsertAfter(new) => said.chars().chain(new.iter().copied()).collect(),
        Suggestion::Remove => String::new(),
    };
    let fixes: Vec<String> = lint.suggestions.iter().take(3).map(fix).collect();
    Slip { rule, span, say: lint.message.replace('`', ""), fixes, level: Level::Coach }
}

/// One letter more, less, other, or two exchanged.
fn one_apart(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let (long, short) = if a.len() >= b.len() { (&a, &b) } else { (&b, &a) };
    if long.len() - short.len() > 1 {
        return false;
    }
    let same = long.iter().zip(short).take_while(|(x, y)| x == y).count();
    let (long, short) = (&long[same..], &short[same..]);
    match long.len() - short.len() {
        1 => long[1..] == *short,
        _ => {
            long.is_empty()
                || long[1..] == short[1..]
                || (long.len() > 1 && long[0] == short[1] && long[1] == short[0] && long[2..] == short[2..])
        }
    }
}
