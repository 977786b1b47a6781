//! Phrases: things worth saying well, kept to be said again. The shipped library and those of the house.
//!
//! A phrase is a Markdown file: `key: value` lines between two `---`, then a part for each language under `# en`, `# de`.
//! `{customer.first|there}` is filled in, with what stands after the bar when there is nothing; a variable without a
//! fallback that is not known stays for the author. A phrase that makes a promise says so (`creates: promise`).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::limits::{NAME_CHARS, PHRASE_CHARS};
use crate::site::{Role, Site};
use crate::{AgentId, By, PhraseId, Refusal, front_matter, refusal};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phrase {
    /// `topic/name`, for ever: what is counted goes by it.
    pub key: String,
    pub topic: String,
    /// By language.
    pub titles: BTreeMap<String, String>,
    pub texts: BTreeMap<String, String>,
    /// mail, chat, call. Empty: everywhere.
    pub channels: Vec<String>,
    /// In which situation, for the list.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub when: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub promises: bool,
    /// Said among colleagues, never offered for a customer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inside: bool,
    #[serde(default)]
    pub scope: Scope,
    /// Counts changes from 1; 0 is shipped and unchanged.
    #[serde(default)]
    pub version: u32,
}

/// Whose a phrase is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    #[default]
    All,
    Personal(AgentId),
}

/// The library that ships: `(key, file)`.
pub const SHIPPED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/phrases.rs"));

/// Variables a phrase may use.
pub const VARIABLES: [&str; 18] = [
    "customer.name",
    "customer.first",
    "agent.name",
    "agent.first",
    "company",
    "ticket",
    "subject",
    "queue",
    "colleague",
    "colleague.phone",
    "minutes",
    "time",
    "date",
    "reason",
    "product",
    "price",
    "link",
    "phone",
];

#[derive(Clone, Debug)]
pub enum Command {
    /// `file` in the form above. A key of the shipped library replaces that phrase here.
    Write { id: PhraseId, key: String, file: String, personal: bool },
    /// A shipped one is as it was shipped again.
    Remove { key: String },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Written { phrase: Box<Phrase> },
    Removed,
}

/// The phrase after an event; none when it was removed.
pub fn evolve(_before: Option<Phrase>, event: &Event) -> Option<Phrase> {
    match event {
        Event::Written { phrase } => Some((**phrase).clone()),
        Event::Removed => None,
    }
}

/// `before` is the house's own phrase of that key.
pub fn decide(site: &Site, by: By, before: Option<&Phrase>, command: Command) -> Result<Vec<Event>, Refusal> {
    let role = site.role(by);
    let agent = by.agent();
    let own = |p: &Phrase| matches!(p.scope, Scope::Personal(a) if Some(a) == agent);
    let may = |personal: bool| role.is_some() && (personal || role >= Some(Role::Supervisor));
    let denied = || {
        Refusal::new(
            refusal::Kind::Permission,
            "Phrases for everybody are written by supervisors and administrators.",
            "Keep it as your own, or ask a supervisor to share it.",
        )
    };
    match command {
        Command::Write { key, file, personal, .. } => {
            if !may(personal) || before.is_some_and(|b| !own(b) && role < Some(Role::Supervisor)) {
                return Err(denied());
            }
            let mut phrase = parse(&key, &file).map_err(|why| {
                Refusal::input(
                    format!("This phrase cannot be kept: {why}."),
                    "Correct it and save again. Your text is kept.",
                )
            })?;
            phrase.scope = match agent {
                Some(agent) if personal => Scope::Personal(agent),
                _ => Scope::All,
            };
            phrase.version = before.map_or(0, |b| b.version) + 1;
            let same = before.is_some_and(|b| Phrase { version: phrase.version, ..b.clone() } == phrase);
            Ok(if same { vec![] } else { vec![Event::Written { phrase: Box::new(phrase) }] })
        }
        Command::Remove { .. } => match before {
            None => Ok(vec![]),
            Some(b) if own(b) || role >= Some(Role::Supervisor) => Ok(vec![Event::Removed]),
            Some(_) => Err(denied()),
        },
    }
}

/// Reads a file; says in words what is wrong with it.
pub fn parse(key: &str, file: &str) -> Result<Phrase, String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let (topic, name) = key.split_once('/').ok_or("its key is topic/name, in small letters")?;
    if topic.is_empty() || name.is_empty() || key.len() > 80 || !topic.chars().chain(name.chars()).all(plain) {
        return Err("its key is topic/name, in small letters, digits and hyphens".into());
    }
    let file = file.replace("\r\n", "\n");
    let front_matter::Parted { head, body } = front_matter::read(&file)?;
    let mut phrase = Phrase {
        key: key.to_owned(),
        topic: topic.to_owned(),
        titles: BTreeMap::new(),
        texts: parts(body)?,
        channels: vec![],
        when: String::new(),
        promises: false,
        inside: false,
        scope: Scope::All,
        version: 0,
    };
    for (name, value) in head {
        match name {
            "title" => drop(phrase.titles.insert("en".into(), value.to_owned())),
            "topic" => {}
            "channels" => phrase.channels = value.split_whitespace().map(str::to_owned).collect(),
            "when" => value.clone_into(&mut phrase.when),
            "creates" => phrase.promises = value == "promise",
            "audience" => phrase.inside = value == "inside",
            other => match other.strip_prefix("title.") {
                Some(language) => drop(phrase.titles.insert(language.to_owned(), value.to_owned())),
                None => return Err(format!("“{other}” is nothing a phrase has")),
            },
        }
    }
    if phrase.titles.values().any(|t| t.is_empty() || t.chars().count() > NAME_CHARS) || phrase.titles.is_empty() {
        return Err(format!("it needs a title of 1 to {NAME_CHARS} characters"));
    }
    if let Some(channel) = phrase.channels.iter().find(|c| !["mail", "chat", "call"].contains(&c.as_str())) {
        return Err(format!("“{channel}” is no channel: mail, chat or call"));
    }
    Ok(phrase)
}

/// The texts under `# en`, `# de`.
fn parts(body: &str) -> Result<BTreeMap<String, String>, String> {
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    let mut language: Option<String> = None;
    for line in body.lines() {
        match (line.strip_prefix("# "), &language) {
            (Some(code), _) if code.trim().len() == 2 => {
                language = Some(code.trim().to_owned());
                texts.entry(code.trim().to_owned()).or_default();
            }
            (_, Some(code)) => {
                let text = texts.entry(code.clone()).or_default();
                text.push_str(line);
                text.push('\n');
            }
            (_, None) if line.trim().is_empty() => {}
            (_, None) => return Err("its text stands under a line like “# en”".into()),
        }
    }
    for (language, text) in &mut texts {
        *text = text.trim().to_owned();
        if text.is_empty() || text.chars().count() > PHRASE_CHARS {
            return Err(format!("its text in “{language}” has 1 to {PHRASE_CHARS} characters"));
        }
        for variable in variables(text) {
            let name = variable.split('|').next().unwrap_or_default();
            if !VARIABLES.contains(&name) {
                return Err(format!("{{{name}}} is no variable; there are {}", VARIABLES.join(", ")));
            }
        }
    }
    if texts.is_empty() { Err("it has no text".into()) } else { Ok(texts) }
}

/// What stands between braces.
fn variables(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('{')
        .filter_map(move |(at, _)| text[at + 1..].split('}').next().filter(|v| !v.contains(['\n', '{'])))
}

impl Phrase {
    /// The file it is exported as; [`parse`] reads it back.
    pub fn to_file(&self) -> String {
        let mut file = String::from("---\n");
        for (language, title) in &self.titles {
            let name = if language == "en" { "title".to_owned() } else { format!("title.{language}") };
            file.push_str(&format!("{name}: {title}\n"));
        }
        file.push_str(&format!("topic: {}\n", self.topic));
        if !self.channels.is_empty() {
            file.push_str(&format!("channels: {}\n", self.channels.join(" ")));
        }
        if !self.when.is_empty() {
            file.push_str(&format!("when: {}\n", self.when));
        }
        if self.promises {
            file.push_str("creates: promise\n");
        }
        if self.inside {
            file.push_str("audience: inside\n");
        }
        file.push_str("---\n");
        for (language, text) in &self.texts {
            file.push_str(&format!("# {language}\n{text}\n"));
        }
        file
    }

    pub fn title(&self, language: &str) -> &str {
        self.titles
            .get(language)
            .or_else(|| self.titles.get("en"))
            .or_else(|| self.titles.values().next())
            .map_or("", |t| t)
    }

    /// The text in this language, or in the one it has.
    pub fn text(&self, language: &str) -> &str {
        self.texts
            .get(language)
            .or_else(|| self.texts.get("en"))
            .or_else(|| self.texts.values().next())
            .map_or("", |t| t)
    }
}

/// The text with what is known filled in. A variable that is not known and has no fallback stays as `{name}`.
pub fn fill(text: &str, known: &BTreeMap<&str, String>) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((variable, tail)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        let (name, fallback) = variable.split_once('|').map_or((variable, None), |(n, f)| (n, Some(f)));
        match (known.get(name).filter(|v| !v.is_empty()), fallback) {
            (Some(value), _) => filled.push_str(value),
            (None, Some(fallback)) => filled.push_str(fallback),
            (None, None) => filled.push_str(&format!("{{{name}}}")),
        }
        rest = tail;
    }
    filled.push_str(rest);
    filled
}

/// The shipped phrases with the house's own in their place and after them, as this agent sees them.
pub fn library<'a>(own: impl Iterator<Item = &'a Phrase>, agent: AgentId) -> Vec<Phrase> {
    /// Read once: the files do not change while the program runs.
    static READ: LazyLock<BTreeMap<String, Phrase>> = LazyLock::new(|| {
        SHIPPED.iter().filter_map(|(key, file)| Some(((*key).to_owned(), parse(key, file).ok()?))).collect()
    });
    let mut all = READ.clone();
    for phrase in own.filter(|p| p.scope == Scope::All || p.scope == Scope::Personal(agent)) {
        all.insert(phrase.key.clone(), phrase.clone());
    }
    all.into_values().collect()
}

/// Phrases that fit some typed letters, the best first: each word typed begins a word of the title, the topic, the
/// situation or the text. What is used more comes first among equals.
pub fn search<'a>(
    library: &'a [Phrase],
    typed: &str,
    language: &str,
    channel: &str,
    uses: &dyn Fn(&str) -> i64,
) -> Vec<&'a Phrase> {
    let typed: Vec<String> = typed.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let fits = |p: &&Phrase| !p.inside && (p.channels.is_empty() || p.channels.iter().any(|c| c == channel));
    let mut found: Vec<(i64, i64, &Phrase)> =
        library.iter().filter(fits).filter_map(|p| Some((score(p, &typed, language)?, uses(&p.key), p))).collect();
    found.sort_by_key(|(score, uses, p)| (-score, -uses, &p.key));
    found.into_iter().map(|(_, _, p)| p).collect()
}

fn score(phrase: &Phrase, typed: &[String], language: &str) -> Option<i64> {
    let begins =
        |text: &str, word: &str| text.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|w| w.starts_with(word));
    typed.iter().try_fold(0, |sum, word| {
        let here = match () {
            () if begins(phrase.title(language), word) => 8,
            () if begins(&phrase.key, word) => 6,
            () if begins(&phrase.when, word) => 3,
            () if begins(phrase.text(language), word) => 1,
            () => return None,
        };
        Some(sum + here)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_phrase_reads_in_both_languages_and_writes_back() {
        assert!(SHIPPED.len() >= 120, "{}", SHIPPED.len());
        for (key, file) in SHIPPED {
            let phrase = parse(key, file).unwrap_or_else(|why| panic!("{key}: {why}"));
            assert_eq!(phrase.texts.keys().collect::<Vec<_>>(), ["de", "en"], "{key}");
            assert_eq!(parse(key, &phrase.to_file()).as_ref(), Ok(&phrase), "{key}");
            if phrase.promises {
                let when = |t: &String| t.contains("{time}") || t.contains("{date}");
                assert!(phrase.texts.values().all(when), "{key} promises without a time");
            }
        }
    }

    #[test]
    fn variables_are_filled_with_what_is_known() {
        let known = BTreeMap::from([("customer.first", "Maria".to_owned()), ("agent.name", String::new())]);
        let text = "Hi {customer.first|there}, {agent.name|we} will call by {time}. {open";
        assert_eq!(fill(text, &known), "Hi Maria, we will call by {time}. {open");
    }

    #[test]
    fn a_few_letters_find_a_phrase() {
        let library = library(std::iter::empty(), AgentId(1));
        let none = |_: &str| 0;
        let first = search(&library, "ask hold", "en", "call", &none)[0];
        assert_eq!(first.topic, "hold", "{}", first.key);
        assert!(search(&library, "halten", "de", "call", &none).iter().any(|p| p.topic == "hold"));
        assert!(search(&library, "zzzz", "en", "mail", &none).is_empty());
    }

    #[test]
    fn what_cannot_be_a_phrase_is_told() {
        let wrong = |file: &str| parse("topic/name", file).unwrap_err();
        assert!(wrong("text").contains("three hyphens"));
        assert!(wrong("---\ntitle: A\n---\n# en\nHi {nobody}").contains("no variable"));
        assert!(wrong("---\ntitle: A\n---\ntext").contains("# en"));
        assert!(parse("No Key", "").unwrap_err().contains("small letters"));
    }
}
