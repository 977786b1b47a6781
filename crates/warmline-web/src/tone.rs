//! What the customer's words suggest: a hint for whoever answers, never a mark on the customer.

use warmline_etiquette::tone::Tone;
use warmline_etiquette::{Engine, Language};
use warmline_store::Entry;

/// A hint, and whether it is about danger or abuse.
pub(crate) struct Hint {
    pub(crate) words: &'static str,
    pub(crate) grave: bool,
    /// What the house wants done then.
    pub(crate) protocol: String,
    /// The part of the page that helps with it, by its id; empty: none.
    pub(crate) section: &'static str,
}

/// Of the newest message of the customer.
pub(crate) fn hints(engine: &Engine, entries: &[Entry], danger_protocol: &str) -> Vec<Hint> {
    let newest = entries.iter().rev().find_map(|e| match e {
        Entry::Message(m) if m.kind == "received" && m.note_on_arrival != "automatic" => Some(&m.content.text),
        _ => None,
    });
    let Some(text) = newest else { return vec![] };
    engine.tone(text, Language::guess(text)).into_iter().map(|tone| hint(tone, danger_protocol)).collect()
}

fn hint(tone: Tone, danger_protocol: &str) -> Hint {
    let (words, grave) = match tone {
        Tone::Danger => ("Somebody may be in danger.", true),
        Tone::Threat => ("This may be a threat. Show it to a supervisor before you answer.", true),
        Tone::Abuse => {
            ("This may be abuse. Answer the problem, not the words; a supervisor helps if it goes on.", true)
        }
        Tone::Leaving => ("They may be thinking of leaving.", false),
        Tone::WantsManager => ("They ask for a manager.", false),
        Tone::Cost => ("They complain about the cost.", false),
    };
    let protocol = if tone == Tone::Danger { danger_protocol.to_owned() } else { String::new() };
    let section = match tone {
        Tone::WantsManager => "manager",
        Tone::Cost => "charges",
        _ => "",
    };
    Hint { words, grave, protocol, section }
}
