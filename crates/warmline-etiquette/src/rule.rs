//! The rules: their form in TOML, and what they are once read.
//!
//! One file per topic. A rule looks for patterns (see [`crate::pattern`]), for a move of conversation, or names a check
//! of the whole message. Its examples are its tests: a file whose examples fail is refused, with the line.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::context::{Audience, Channel};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// A hint; never in the way.
    Coach,
    /// Underlined, with a better wording.
    Warn,
    /// Does not go out without a reason; a leak not at all.
    Block,
}

impl Level {
    pub fn word(self) -> &'static str {
        match self {
            Level::Coach => "coach",
            Level::Warn => "warn",
            Level::Block => "block",
        }
    }
    pub fn of(word: &str) -> Option<Level> {
        [Level::Coach, Level::Warn, Level::Block].into_iter().find(|l| l.word() == word)
    }
}

/// A file of rules.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Named lists of words and patterns: `<name>` in patterns.
    #[serde(default)]
    pub class: BTreeMap<String, Vec<String>>,
    /// Moves of a conversation that rules speak of: a refusal, an offer.
    #[serde(default)]
    pub r#move: BTreeMap<String, Move>,
    #[serde(default)]
    pub rule: Vec<Source>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Move {
    pub any: Vec<String>,
    #[serde(default)]
    pub except: Vec<String>,
}

/// A rule as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// `topic.what`.
    pub id: String,
    pub level: Level,
    /// What the author reads, in a line.
    pub say: String,
    #[serde(default)]
    pub why: String,
    /// Found when one of these patterns is …
    #[serde(default)]
    pub any: Vec<String>,
    /// … or a sentence makes this move …
    #[serde(default, rename = "move")]
    pub r#move: Option<String>,
    /// … or this check of the whole message says so.
    #[serde(default)]
    pub check: Option<String>,
    /// Not when one of these is in the same sentence.
    #[serde(default)]
    pub except: Vec<String>,
    /// Not when one of these is anywhere in the message.
    #[serde(default)]
    pub unless: Vec<String>,
    /// Only when one of these moves is made in the same message.
    #[serde(default)]
    pub with: Vec<String>,
    /// Not when one of these moves is made …
    #[serde(default)]
    pub without: Vec<String>,
    /// … this near.
    #[serde(default)]
    pub within: Within,
    #[serde(default)]
    pub form: Option<Form>,
    #[serde(default)]
    pub channels: Vec<Channel>,
    #[serde(default)]
    pub audience: Option<Audience>,
    /// Fine when the customer used the same words.
    #[serde(default)]
    pub customers_words: bool,
    /// Fine once it is explained: an explanation stands beside it the first time.
    #[serde(default)]
    pub explained: bool,
    /// From this many times in one message on.
    #[serde(default = "once")]
    pub count: usize,
    /// What may stand in place of what was found.
    #[serde(default)]
    pub fix: Vec<String>,
    /// What may stand in place of the sentence.
    #[serde(default)]
    pub instead: Vec<String>,
    #[serde(default)]
    pub fail: Vec<Example>,
    #[serde(default)]
    pub pass: Vec<Example>,
}

fn once() -> usize {
    1
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Within {
    Sentence,
    /// The sentence itself, the one before and the next two.
    Near,
    #[default]
    Message,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    Question,
    Statement,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Example {
    Text(String),
    Situation(Box<Situation>),
}

/// An example with what the engine is told beside the text.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Situation {
    pub text: String,
    pub channel: Channel,
    pub first: bool,
    /// The customer's name, and what they wrote.
    pub name: String,
    pub wrote: String,
    pub addresses: Vec<String>,
    pub recipients: Vec<String>,
    pub attachments: usize,
    pub notes: Vec<String>,
    pub hosts: Vec<String>,
    pub glossary: Vec<String>,
    pub others: Vec<crate::context::Person>,
    pub colleagues: Vec<String>,
    pub domains: Vec<String>,
    pub public: Vec<String>,
}

impl Example {
    pub fn situation(&self) -> Situation {
        match self {
            Example::Text(text) => Situation { text: text.clone(), ..Situation::default() },
            Example::Situation(situation) => (**situation).clone(),
        }
    }
}

impl Situation {
    pub fn context(&self) -> crate::context::Context {
        crate::context::Context {
            channel: self.channel,
            first: self.first,
            customer: crate::context::Person {
                name: self.name.clone(),
                addresses: self.addresses.clone(),
                phones: vec![],
            },
            wrote: self.wrote.clone(),
            recipients: self.recipients.clone(),
            attachments: self.attachments,
            // A Monday, so that examples can speak of days.
            now: "2026-11-23T10:00[Europe/London]".parse().ok(),
            inside: crate::context::Inside {
                notes: self.notes.clone(),
                hosts: self.hosts.clone(),
                glossary: self.glossary.clone(),
                others: self.others.clone(),
                colleagues: self.colleagues.clone(),
                domains: self.domains.clone(),
                public: self.public.clone(),
                released: vec![],
            },
            ..crate::context::Context::default()
        }
    }
}

impl Source {
    pub fn topic(&self) -> &str {
        self.id.split('.').next().unwrap_or_default()
    }
    /// Leaks are not overridden.
    pub fn is_leak(&self) -> bool {
        self.topic() == "leak"
    }
}
