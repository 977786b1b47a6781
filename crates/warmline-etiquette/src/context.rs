//! What the engine is told beside the text: who writes to whom, on what, and what must stay inside.

use jiff::Zoned;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use crate::text::Language;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    #[default]
    Mail,
    Chat,
    Article,
    Phrase,
    Call,
}

impl Channel {
    pub const ALL: [Channel; 5] = [Channel::Mail, Channel::Chat, Channel::Article, Channel::Phrase, Channel::Call];

    pub fn word(self) -> &'static str {
        match self {
            Channel::Mail => "mail",
            Channel::Chat => "chat",
            Channel::Article => "article",
            Channel::Phrase => "phrase",
            Channel::Call => "call",
        }
    }
    pub fn of(word: &str) -> Option<Channel> {
        Channel::ALL.into_iter().find(|c| c.word() == word)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    #[default]
    Customer,
    /// A vendor or another department: no etiquette towards customers, but nothing leaks.
    ThirdParty,
}

#[derive(Clone, Debug, Default)]
pub struct Context {
    pub channel: Channel,
    pub audience: Audience,
    /// Without it, it is guessed from the text.
    pub language: Option<Language>,
    /// The first answer in this conversation.
    pub first: bool,
    pub customer: Person,
    /// The last message of the customer.
    pub wrote: String,
    /// What they wrote before it.
    pub earlier: String,
    pub recipients: Vec<String>,
    pub attachments: usize,
    pub author: String,
    /// The moment, in the customer's zone; without it dates are not resolved.
    pub now: Option<Zoned>,
    pub hours: Hours,
    /// What is promised already, by when.
    pub promised: Vec<DateTime>,
    pub inside: Inside,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Person {
    pub name: String,
    pub addresses: Vec<String>,
    pub phones: Vec<String>,
}

/// When the desk works, in whole hours: what "by the end of the day" and "this morning" mean here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    pub opens: i8,
    pub closes: i8,
}

impl Default for Hours {
    fn default() -> Self {
        Hours { opens: 9, closes: 17 }
    }
}

/// What only insiders may read.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Inside {
    /// Notes of this ticket.
    pub notes: Vec<String>,
    /// Words of notes that went out on purpose: they may be said again.
    pub released: Vec<String>,
    /// Names of machines and equipment.
    pub hosts: Vec<String>,
    /// Words of the house.
    pub glossary: Vec<String>,
    /// Other customers that the text names.
    pub others: Vec<Person>,
    /// Colleagues, where policy says that their names stay inside.
    pub colleagues: Vec<String>,
    /// Our own domains: a host below one of them is internal unless it is in `public`.
    pub domains: Vec<String>,
    /// Addresses, links and numbers of ours that customers may see.
    pub public: Vec<String>,
}
