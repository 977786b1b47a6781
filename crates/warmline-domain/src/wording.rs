//! What the house says about wording: which rules are on, rules of its own, and what must stay inside.
//!
//! Kept with the site. What a rule means is the etiquette engine's to know; whoever asks for a change has had it read
//! and its examples proven.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::Refusal;
use crate::limits::{INSIDE_WORDS, NAME_CHARS, RULE_FILES, RULES_BYTES};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wording {
    pub inside: Inside,
    /// Rules that are not at their own level: coach, warn, block or off.
    pub levels: BTreeMap<String, Level>,
    /// Files of rules of the house, by name.
    pub rules: BTreeMap<String, RuleFile>,
}

/// What only insiders may read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Inside {
    /// Words of the house.
    pub glossary: BTreeSet<String>,
    /// Names of machines and equipment.
    pub hosts: BTreeSet<String>,
    /// Addresses, links and numbers of ours that customers may see.
    pub public: BTreeSet<String>,
    /// Colleagues are not named to customers.
    pub private_colleagues: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Off,
    Coach,
    Warn,
    Block,
}

impl Level {
    pub const ALL: [Level; 4] = [Level::Off, Level::Coach, Level::Warn, Level::Block];

    pub fn word(self) -> &'static str {
        match self {
            Level::Off => "off",
            Level::Coach => "coach",
            Level::Warn => "warn",
            Level::Block => "block",
        }
    }

    /// One step less in the way.
    pub fn lower(self) -> Level {
        match self {
            Level::Block => Level::Warn,
            Level::Warn => Level::Coach,
            Level::Coach | Level::Off => Level::Off,
        }
    }
}

/// What became of the findings of a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleCount {
    pub shown: i64,
    /// Its better wording was taken, or the author mended the words.
    pub taken: i64,
    /// Put aside: not here, or not for me.
    pub dismissed: i64,
    /// Said to be wrong.
    pub wrong: i64,
    /// Sent with a reason all the same.
    pub overridden: i64,
}

/// So many answers to a rule's findings say something about it.
const ENOUGH: i64 = 50;

impl RuleCount {
    /// How often somebody did something about a finding.
    pub fn answered(&self) -> i64 {
        self.taken + self.dismissed + self.wrong + self.overridden
    }

    /// How many in a hundred answers took it; `None` before the first.
    pub fn right_percent(&self) -> Option<i64> {
        (self.answered() > 0).then(|| self.taken * 100 / self.answered())
    }

    /// Put aside more often than taken: such a rule drops a level by itself. What must not leak never does.
    pub fn is_worn(&self, rule: &str) -> bool {
        !is_leak(rule) && self.answered() >= ENOUGH && self.taken * 2 < self.answered()
    }
}

/// What must not leak is neither switched off nor worn.
pub fn is_leak(rule: &str) -> bool {
    rule.starts_with("leak.")
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleFile {
    /// BCP 47: en, de.
    pub language: String,
    pub text: String,
    /// Counts changes from 1.
    pub version: u32,
    pub on: bool,
}

#[derive(Clone, Debug)]
pub enum Command {
    KeepInside(Inside),
    /// `None` is the rule's own level again.
    Switch {
        rule: String,
        level: Option<Level>,
    },
    WriteRules {
        name: String,
        language: String,
        text: String,
        on: bool,
    },
    RemoveRules {
        name: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    KeptInside(Inside),
    Switched { rule: String, level: Option<Level> },
    RulesWritten { name: String, file: RuleFile },
    RulesRemoved { name: String },
}

pub(crate) fn decide(wording: &Wording, command: Command) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::KeepInside(inside) => {
            let words = inside.glossary.len() + inside.hosts.len() + inside.public.len();
            let long = [&inside.glossary, &inside.hosts, &inside.public]
                .into_iter()
                .flatten()
                .find(|w| w.trim().chars().count() < 3 || w.chars().count() > NAME_CHARS);
            if let Some(word) = long {
                return Err(Refusal::input(
                    format!("“{word}” cannot be looked for: a word has 3 to {NAME_CHARS} characters."),
                    "Correct that line and save again.",
                ));
            }
            if words > INSIDE_WORDS {
                return Err(Refusal::input(
                    format!("{words} words are more than the {INSIDE_WORDS} that are looked for."),
                    "Keep those that would do harm outside.",
                ));
            }
            Ok(if inside == wording.inside { vec![] } else { vec![Event::KeptInside(inside)] })
        }
        Command::Switch { rule, level } => {
            if is_leak(&rule) && level.is_some_and(|l| l != Level::Block) {
                return Err(Refusal::state(
                    "What must not leak is not switched off.",
                    "Take the word off the list of what stays inside instead.",
                ));
            }
            let same = wording.levels.get(&rule).copied() == level;
            Ok(if same { vec![] } else { vec![Event::Switched { rule, level }] })
        }
        Command::WriteRules { name, language, text, on } => write(wording, name, language, text, on),
        Command::RemoveRules { name } => {
            Ok(wording.rules.get(&name).map(|_| Event::RulesRemoved { name }).into_iter().collect())
        }
    }
}

fn write(wording: &Wording, name: String, language: String, text: String, on: bool) -> Result<Vec<Event>, Refusal> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.chars().count() > 40 || !name.chars().all(plain) {
        return Err(Refusal::input(
            "A file of rules needs a name of small letters, digits and hyphens.",
            "Call it by its topic, like lamp-words. Your text is kept.",
        ));
    }
    if text.len() > RULES_BYTES {
        return Err(Refusal::input(
            format!("This file has more than {} kB.", RULES_BYTES / 1024),
            "Make two files of it, one for each topic.",
        ));
    }
    let before = wording.rules.get(&name);
    if before.is_none() && wording.rules.len() >= RULE_FILES {
        return Err(Refusal::state(format!("There are {RULE_FILES} files already."), "Put the rule into one of them."));
    }
    let same = before.is_some_and(|b| b.text == text && b.language == language && b.on == on);
    let version = before.map_or(1, |b| b.version + 1);
    let file = RuleFile { language, text, version, on };
    Ok(if same { vec![] } else { vec![Event::RulesWritten { name, file }] })
}

pub(crate) fn evolve(wording: &mut Wording, event: &Event) {
    match event {
        Event::KeptInside(inside) => wording.inside = inside.clone(),
        Event::Switched { rule, level: Some(level) } => {
            wording.levels.insert(rule.clone(), *level);
        }
        Event::Switched { rule, level: None } => {
            wording.levels.remove(rule);
        }
        Event::RulesWritten { name, file } => {
            wording.rules.insert(name.clone(), file.clone());
        }
        Event::RulesRemoved { name } => {
            wording.rules.remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_is_put_aside_is_worn_and_leaks_never_are() {
        let often = RuleCount { shown: 80, taken: 20, dismissed: 40, ..RuleCount::default() };
        assert!(often.is_worn("refusal.no-alternative") && !often.is_worn("leak.note"));
        let seldom = RuleCount { taken: 10, dismissed: 30, ..RuleCount::default() };
        assert!(!seldom.is_worn("refusal.no-alternative"));
        let liked = RuleCount { taken: 40, dismissed: 40, ..RuleCount::default() };
        assert!(!liked.is_worn("refusal.no-alternative"));
    }

    #[test]
    fn leaks_stay_on_and_versions_count() {
        let mut wording = Wording::default();
        let off = |rule: &str| Command::Switch { rule: rule.into(), level: Some(Level::Off) };
        assert!(decide(&wording, off("leak.note")).is_err());
        for event in decide(&wording, off("slang.any")).unwrap() {
            evolve(&mut wording, &event);
        }
        assert_eq!(wording.levels["slang.any"], Level::Off);
        let write = |text: &str| Command::WriteRules {
            name: "lamps".into(),
            language: "en".into(),
            text: text.into(),
            on: true,
        };
        for text in ["a", "b", "b"] {
            for event in decide(&wording, write(text)).unwrap() {
                evolve(&mut wording, &event);
            }
        }
        assert_eq!(wording.rules["lamps"].version, 2);
    }
}
