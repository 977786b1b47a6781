//! The rules that ship, and the proof of their examples.

use crate::context::Context;
use crate::pack::{Mistake, Pack, Rule};
use crate::rule::Example;
use crate::text::Language;
use crate::{Engine, Verdict};

macro_rules! files {
    ($($language:literal / $name:literal),* $(,)?) => {
        &[$((concat!($language, "/", $name, ".toml"), include_str!(concat!("../rules/", $language, "/", $name, ".toml")))),*]
    };
}

/// Read in this order: classes and moves first.
pub const ENGLISH: &[(&str, &str)] = files![
    "en" / "moves",
    "en" / "promises",
    "en" / "refusals",
    "en" / "leaks",
    "en" / "message",
    "en" / "calls",
    "en" / "tone",
    "en" / "abbreviation",
    "en" / "arguing",
    "en" / "belittling",
    "en" / "blame",
    "en" / "calm",
    "en" / "claims",
    "en" / "colleagues",
    "en" / "empty",
    "en" / "hold",
    "en" / "jargon",
    "en" / "judging",
    "en" / "negative",
    "en" / "orders",
    "en" / "slang",
    "en" / "upsell",
];

pub const GERMAN: &[(&str, &str)] =
    files!["de" / "moves", "de" / "promises", "de" / "refusals", "de" / "leaks", "de" / "message", "de" / "wording"];

/// The shipped packs with the house's own files after them, their examples proven.
pub fn packs(own: &[(Language, String, String)]) -> Result<Vec<Pack>, Mistake> {
    [(Language::English, ENGLISH), (Language::German, GERMAN)]
        .into_iter()
        .map(|(language, shipped)| {
            let own = own.iter().filter(|(l, ..)| *l == language).map(|(_, name, text)| (name.as_str(), text.as_str()));
            let files: Vec<(&str, &str)> = shipped.iter().copied().chain(own).collect();
            Pack::read(language, &files)
        })
        .collect()
}

/// Every example of these rules, tried: a failing one must be found, a passing one not.
pub fn prove<'a>(engine: &Engine, rules: impl Iterator<Item = &'a Rule>, language: Language) -> Vec<String> {
    let mut wrong = vec![];
    for rule in rules {
        let id = &rule.source.id;
        for (example, expected) in
            rule.source.fail.iter().map(|e| (e, true)).chain(rule.source.pass.iter().map(|e| (e, false)))
        {
            let found = judged(engine, example, language).findings.iter().any(|f| f.rule == *id);
            if found != expected {
                let text = example.situation().text;
                wrong.push(format!("{id}: “{text}” should {}be found", if expected { "" } else { "not " }));
            }
        }
    }
    wrong
}

fn judged(engine: &Engine, example: &Example, language: Language) -> Verdict {
    let situation = example.situation();
    let mut context = Context { language: Some(language), ..situation.context() };
    // An example without a channel speaks for the first channel of its rule; most rules have none.
    context.customer.name = situation.name.clone();
    engine.check(&situation.text, &context)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_example_of_every_shipped_rule_holds() {
        let packs = packs(&[]).unwrap_or_else(|mistake| panic!("{mistake}"));
        let engine = Engine::new(packs, BTreeMap::new());
        let mut wrong = vec![];
        for pack in engine.packs() {
            wrong.extend(prove(&engine, pack.rules.iter(), pack.language));
            for rule in &pack.rules {
                let (fail, pass) = (rule.source.fail.len(), rule.source.pass.len());
                if fail == 0 || pass == 0 {
                    wrong.push(format!("{}: {fail} failing and {pass} passing examples", rule.source.id));
                }
            }
        }
        assert!(wrong.is_empty(), "{} examples do not hold:\n{}", wrong.len(), wrong.join("\n"));
    }
}
