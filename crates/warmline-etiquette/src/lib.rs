//! Reads what is about to go out and says what a careful colleague would: pure, offline, in milliseconds.
//!
//! `Engine::check(draft, context)` gives findings, each with its place, its rule, how serious it is, a reason, and
//! better wordings; and the promises the draft makes. What a rule is stands in [`rule`]; the shipped ones in `rules/`.
//!
//! Costs: linear in the text. Every pattern is tried only where one of its first words stands, with bounded steps.

mod check;
pub mod context;
pub mod docs;
pub mod leaks;
pub mod pack;
pub mod pattern;
pub mod promise;
pub mod rule;
pub mod shipped;
pub mod text;
pub mod tone;
pub mod transcript;
pub mod when;
mod whole;

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Serialize;

pub use context::{Audience, Channel, Context, Hours, Inside, Person};
pub use pack::{Mistake, Pack, Rule};
pub use promise::{Grade, Promise};
pub use rule::Level;
pub use text::Language;

/// Text beyond this many bytes is not read: nobody types it, and nothing may take long.
pub const READ_BYTES: usize = 128 * 1024;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub rule: String,
    pub level: Level,
    /// Bytes of the draft. Empty where it is about the whole message.
    pub span: Range<usize>,
    /// The sentence it stands in.
    pub sentence: Range<usize>,
    pub say: String,
    pub why: String,
    /// May stand in place of the span.
    pub fixes: Vec<String>,
    /// May stand in place of the sentence.
    pub instead: Vec<String>,
    /// Cannot be overridden.
    pub leak: bool,
    /// The promise it is about.
    pub promise: Option<Promise>,
}

impl Finding {
    pub fn topic(&self) -> &str {
        self.rule.split('.').next().unwrap_or_default()
    }
}

/// What was found in a draft.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Verdict {
    /// Worst first.
    pub findings: Vec<Finding>,
    pub promises: Vec<Promise>,
}

impl Verdict {
    pub fn worst(&self) -> Option<Level> {
        self.findings.first().map(|f| f.level)
    }
}

/// All packs, with what was switched: a rule muted, its level changed.
pub struct Engine {
    packs: BTreeMap<Language, Pack>,
    /// Levels other than the rule's own; `None` is off.
    switched: BTreeMap<String, Option<Level>>,
}

impl Engine {
    pub fn new(packs: Vec<Pack>, switched: BTreeMap<String, Option<Level>>) -> Engine {
        Engine { packs: packs.into_iter().map(|p| (p.language, p)).collect(), switched }
    }

    /// The same rules with these levels instead of their own; `None` is off.
    pub fn switched(self, switched: BTreeMap<String, Option<Level>>) -> Engine {
        Engine { switched, ..self }
    }

    pub fn into_packs(self) -> Vec<Pack> {
        self.packs.into_values().collect()
    }

    pub fn packs(&self) -> impl Iterator<Item = &Pack> {
        self.packs.values()
    }

    /// How serious a rule is here; `None` is off.
    pub fn level(&self, rule: &Rule) -> Option<Level> {
        self.switched.get(&rule.source.id).copied().unwrap_or(Some(rule.source.level))
    }

    pub fn check(&self, draft: &str, context: &Context) -> Verdict {
        let draft = cut(draft);
        let language = context.language.unwrap_or_else(|| Language::guess(draft));
        let Some(pack) = self.packs.get(&language).or_else(|| self.packs.get(&Language::English)) else {
            return Verdict::default();
        };
        // In a language without rules only what must stay inside is looked for.
        let known = self.packs.contains_key(&language);
        let level = |rule: &Rule| self.level(rule).filter(|_| known || rule.source.is_leak());
        let (findings, promises) = check::check(pack, draft, context, &level);
        Verdict { findings, promises: if known { promises } else { vec![] } }
    }
}

/// A move of a conversation, where it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen<'a> {
    pub name: &'a str,
    /// Bytes of the text.
    pub span: Range<usize>,
    pub sentence: Range<usize>,
}

impl Engine {
    /// The moves a text makes, in order of the rules; nothing in a language without rules.
    pub fn moves<'a>(&'a self, text: &str, language: Language) -> Vec<Seen<'a>> {
        let Some(pack) = self.packs.get(&language) else { return vec![] };
        let text = text::Text::read(cut(text), language);
        let found = pack.find(&text);
        let seen = found.seen.into_iter().filter(|(.., span)| !text.is_masked(span.start));
        seen.map(|(of, sentence, span)| Seen {
            name: pack.move_name(of),
            span,
            sentence: text.sentences[sentence].span.clone(),
        })
        .collect()
    }
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(READ_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
