//! Articles: what is worth knowing, written down once, for customers or for colleagues alone (practice P25).
//!
//! | state     | means                                              | leads to                                     |
//! |-----------|----------------------------------------------------|----------------------------------------------|
//! | draft     | being written; nobody outside sees it              | published; taken away                        |
//! | published | its readers find it                                | published (it says something else); retired  |
//! | retired   | nobody is sent there; who has the link is told so  | published                                    |
//!
//! An article is a Markdown file: `key: value` lines between two `---` (title, language, topics, audience, state, and
//! until when it is reviewed), then the text. Its name is its address for ever. What a published one says is read for
//! words and leaks before it is kept; when it says something else than before, everybody who was given it is told.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::limits::{ARTICLE_BYTES, NAME_CHARS, REASON_CHARS, TOPICS};
use crate::site::{Role, Site};
use crate::ticket::{Reading, short_word};
use crate::{ArticleId, By, Refusal, front_matter, refusal};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Article {
    /// In small letters, for ever: links and mentions go by it.
    pub key: String,
    pub written: Written,
    /// Counts changes from 1.
    pub version: u32,
}

/// What somebody writes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    pub title: String,
    /// Two letters: en, de.
    pub language: String,
    pub topics: Vec<String>,
    pub audience: Audience,
    pub state: State,
    /// Somebody looks at it again by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Date>,
    /// Markdown.
    pub text: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    Customers,
    #[default]
    Inside,
}

impl Audience {
    pub const ALL: [Audience; 2] = [Audience::Customers, Audience::Inside];
    pub fn word(self) -> &'static str {
        match self {
            Audience::Customers => "customers",
            Audience::Inside => "inside",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    #[default]
    Draft,
    Published,
    Retired,
}

impl State {
    pub const ALL: [State; 3] = [State::Draft, State::Published, State::Retired];
    pub fn word(self) -> &'static str {
        match self {
            State::Draft => "draft",
            State::Published => "published",
            State::Retired => "retired",
        }
    }
    /// The table above.
    fn may_become(self, next: State) -> bool {
        use State::{Draft, Published, Retired};
        matches!((self, next), (Draft, Draft | Published) | (Published | Retired, Published | Retired))
    }
}

#[derive(Clone, Debug)]
pub enum Command {
    Write(Box<Writing>),
    /// Of a draft only: what somebody was given is retired.
    Remove {
        key: String,
    },
}

/// A wish to keep what was written.
#[derive(Clone, Debug)]
pub struct Writing {
    pub id: ArticleId,
    pub key: String,
    /// The version its author had before them; 0: a new one.
    pub seen: u32,
    pub written: Written,
    /// What changed, in a sentence for those who were given the article.
    pub what: String,
    /// It says the same as before, in better words.
    pub same_sense: bool,
    /// What reading it found.
    pub reading: Reading,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Written {
        article: Box<Article>,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        what: String,
        /// Whoever was given it before was told something else.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        says_else: bool,
        /// Rules for wording that would have stopped it, and why it was kept all the same.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        overruled: Option<(Vec<String>, String)>,
    },
    Removed,
}

/// What those who were given an article are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub article: String,
    pub title: String,
    pub version: u32,
    pub what: String,
    pub retired: bool,
}

pub fn evolve(_before: Option<Article>, event: &Event) -> Option<Article> {
    match event {
        Event::Written { article, .. } => Some((**article).clone()),
        Event::Removed => None,
    }
}

/// `before` is the article of that key, if there is one.
pub fn decide(site: &Site, by: By, before: Option<&Article>, command: Command) -> Result<Vec<Event>, Refusal> {
    let role = site.role(by);
    let was = before.map_or(State::Draft, |b| b.written.state);
    match command {
        Command::Write(writing) => {
            let draft = was == State::Draft && writing.written.state == State::Draft;
            if role.is_none() || !draft && role < Some(Role::Supervisor) {
                return Err(denied());
            }
            write(before, *writing)
        }
        Command::Remove { .. } => match before {
            None => Ok(vec![]),
            Some(_) if role.is_none() => Err(denied()),
            Some(_) if was == State::Draft => Ok(vec![Event::Removed]),
            Some(_) => Err(Refusal::state(
                "People were given this article, so its page stays.",
                "Retire it: nobody is sent there any more, and who has the link is told.",
            )),
        },
    }
}

fn denied() -> Refusal {
    Refusal::new(
        refusal::Kind::Permission,
        "Articles are published, changed and retired by supervisors and administrators.",
        "Keep yours as a draft, and ask one of them to publish it.",
    )
}

fn write(before: Option<&Article>, writing: Writing) -> Result<Vec<Event>, Refusal> {
    let Writing { key, seen, written, what, same_sense, reading, .. } = writing;
    check(&key, &written).map_err(|why| {
        Refusal::input(format!("This article cannot be kept: {why}."), "Correct it and save again. Your text is kept.")
    })?;
    match before {
        Some(there) if there.written == written => return Ok(vec![]),
        Some(there) if there.version != seen => return Err(stale(seen)),
        _ => {}
    }
    let was = before.map(|b| &b.written);
    let state = was.map_or(State::Draft, |w| w.state);
    if !state.may_become(written.state) {
        return Err(match state {
            State::Draft => {
                Refusal::state("A draft has no readers to retire it from.", "Take it away, or keep it as a draft.")
            }
            _ => Refusal::state(
                "People were given this article, so it is no draft any more.",
                "Retire it, or publish what is right now. Your text is kept.",
            ),
        });
    }
    let told_before = state == State::Published;
    let retires = told_before && written.state == State::Retired;
    let other = was.is_some_and(|w| w.title != written.title || w.text != written.text);
    let says_else = told_before && (retires || other && !same_sense);
    let what: String = what.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(REASON_CHARS).collect();
    if says_else && what.is_empty() {
        return Err(Refusal::new(
            refusal::Kind::NeedsReason,
            "People were given this article, and it says something else now.",
            "Say in a sentence what changed: everybody who was given it reads that. Your text is kept.",
        ));
    }
    let overruled = if written.state == State::Published { read_before_publishing(&written, reading)? } else { None };
    let version = before.map_or(0, |b| b.version) + 1;
    Ok(vec![Event::Written { article: Box::new(Article { key, written, version }), what, says_else, overruled }])
}

fn stale(seen: u32) -> Refusal {
    match seen {
        0 => Refusal::input("There is an article of this name already.", "Choose another name. Your text is kept."),
        _ => Refusal::new(
            refusal::Kind::Stale,
            "Somebody changed this article since you opened it, so yours was not kept.",
            "Your text stands below. Open the article in another tab, and bring the two together.",
        ),
    }
}

/// What is for customers lets nothing internal out; other blocks stand with a reason.
fn read_before_publishing(written: &Written, reading: Reading) -> Result<Option<(Vec<String>, String)>, Refusal> {
    if written.audience == Audience::Inside {
        return Ok(None);
    }
    if let Some(leak) = reading.leaks.first() {
        return Err(Refusal::new(
            refusal::Kind::Words,
            format!("This would let something internal out. {leak}"),
            "Take it out of the article, or keep it as a draft. Your text is kept.",
        ));
    }
    let Some(first) = reading.blocks.first() else { return Ok(None) };
    let reason: String = reading.reason.trim().chars().take(REASON_CHARS).collect();
    if reason.is_empty() {
        return Err(Refusal::new(
            refusal::Kind::NeedsReason,
            format!("Not published yet. {}", first.say),
            "Mend the wording, or say why it stands; the reason is kept with this version. Your text is kept.",
        ));
    }
    Ok(Some((reading.blocks.iter().map(|b| b.rule.clone()).collect(), reason)))
}

/// What an event means for those who were given the article.
pub fn change(event: &Event) -> Option<Change> {
    let Event::Written { article, what, says_else: true, .. } = event else { return None };
    Some(Change {
        article: article.key.clone(),
        title: article.written.title.clone(),
        version: article.version,
        what: what.clone(),
        retired: article.written.state == State::Retired,
    })
}

fn is_key(key: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !key.is_empty() && key.len() <= 80 && key.chars().all(plain) && !RESERVED.contains(&key)
}

/// Pages of their own stand there.
const RESERVED: [&str; 5] = ["new", "export", "import", "reading", "preview"];

fn check(key: &str, written: &Written) -> Result<(), String> {
    if !is_key(key) {
        return Err("its name is small letters, digits and hyphens, and no word of ours like “new”".into());
    }
    if written.title.is_empty() || written.title.chars().count() > NAME_CHARS {
        return Err(format!("it needs a title of 1 to {NAME_CHARS} characters"));
    }
    if written.language.len() != 2 || !written.language.chars().all(|c| c.is_ascii_lowercase()) {
        return Err("its language is two letters, such as en or de".into());
    }
    if written.topics.len() > TOPICS {
        return Err(format!("it has {TOPICS} topics at most"));
    }
    if written.text.trim().is_empty() {
        return Err("it has no text".into());
    }
    if written.text.len() > ARTICLE_BYTES {
        return Err(format!("it is longer than {} kB; make it two", ARTICLE_BYTES / 1024));
    }
    Ok(())
}

/// Topics as somebody types them.
pub fn topics(typed: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    typed.split([',', ' ']).map(short_word).filter(|w| !w.is_empty() && seen.insert(w.clone())).collect()
}

/// Reads a file; says in words what is wrong with it.
pub fn parse(key: &str, file: &str) -> Result<Written, String> {
    let file = file.replace("\r\n", "\n");
    let front_matter::Parted { head, body } = front_matter::read(&file)?;
    let mut written = Written { language: "en".into(), text: body.trim().to_owned(), ..Written::default() };
    for (name, value) in head {
        match name {
            "title" => value.clone_into(&mut written.title),
            "language" => value.clone_into(&mut written.language),
            "topics" => written.topics = topics(value),
            "audience" => {
                let known = Audience::ALL.into_iter().find(|a| a.word() == value);
                written.audience = known.ok_or_else(|| format!("“{value}” is nobody: customers or inside"))?;
            }
            "state" => {
                let known = State::ALL.into_iter().find(|s| s.word() == value);
                written.state = known.ok_or_else(|| format!("“{value}” is no state: draft, published or retired"))?;
            }
            "review" => {
                let day = value.parse().map_err(|_| format!("“{value}” is no day such as 2027-03-31"))?;
                written.review = Some(day);
            }
            other => return Err(format!("“{other}” is nothing an article has")),
        }
    }
    check(key, &written)?;
    Ok(written)
}

impl Article {
    /// Customers find it.
    pub fn is_public(&self) -> bool {
        self.written.audience == Audience::Customers && self.written.state == State::Published
    }

    /// Colleagues are offered it: it says what holds now.
    pub fn is_current(&self) -> bool {
        self.written.state == State::Published
    }

    /// The file it is exported as; [`parse`] reads it back.
    pub fn to_file(&self) -> String {
        let Written { title, language, topics, audience, state, review, text } = &self.written;
        let mut file = format!("---\ntitle: {title}\nlanguage: {language}\n");
        if !topics.is_empty() {
            file.push_str(&format!("topics: {}\n", topics.join(" ")));
        }
        file.push_str(&format!("audience: {}\nstate: {}\n", audience.word(), state.word()));
        if let Some(day) = review {
            file.push_str(&format!("review: {day}\n"));
        }
        format!("{file}---\n{text}\n")
    }
}

/// Where customers read articles, below the address of the desk.
pub const SHELF: &str = "/help/";

/// The articles a text has links to, whatever the desk is called from outside.
pub fn mentioned(text: &str) -> BTreeSet<&str> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let linked = |at: usize| {
        let start = text[..at].rfind(char::is_whitespace).map_or(0, |n| n + 1);
        text[start..at].contains("://")
    };
    text.match_indices(SHELF)
        .filter(|(at, _)| linked(*at))
        .map(|(at, _)| {
            let rest = &text[at + SHELF.len()..];
            &rest[..rest.find(|c| !plain(c)).unwrap_or(rest.len())]
        })
        .filter(|key| is_key(key))
        .collect()
}

/// A sentence of fewer words says nothing about where it came from.
const SENTENCE_WORDS: usize = 8;

/// Whether a whole sentence of the article stands in the text.
pub fn quotes(article: &str, text: &str) -> bool {
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let (article, text) = (flat(article), flat(text));
    let long = |s: &&str| s.split(' ').count() >= SENTENCE_WORDS;
    article.split_inclusive(['.', '?', '!']).map(str::trim).filter(long).any(|s| text.contains(s))
}

#[cfg(test)]
mod stories;

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "---\ntitle: Ink pressure is low\nlanguage: en\ntopics: ink-pressure, Press\naudience: customers\n\
        state: published\nreview: 2027-03-31\n---\nRead the pressure on the pump.\n";

    #[test]
    fn what_is_exported_is_read_back() {
        let written = parse("ink", FILE).unwrap();
        assert_eq!((written.topics.len(), written.audience, written.state), (2, Audience::Customers, State::Published));
        let article = Article { key: "ink".into(), written, version: 3 };
        assert_eq!(parse("ink", &article.to_file()).unwrap(), article.written);
        assert!(article.is_public());
    }

    #[test]
    fn what_cannot_be_read_is_said_in_words() {
        for (key, file, why) in [
            ("Ink", FILE, "small letters"),
            ("new", FILE, "no word of ours"),
            ("ink", "no head", "three hyphens"),
            ("ink", "---\ntitle: T\n---\n", "no text"),
            ("ink", "---\nlanguage: en\n---\nText", "needs a title"),
            ("ink", "---\ntitle: T\nlanguage: English\n---\nText", "two letters"),
            ("ink", "---\ntitle: T\naudience: all\n---\nText", "customers or inside"),
            ("ink", "---\ntitle: T\nstate: gone\n---\nText", "no state"),
            ("ink", "---\ntitle: T\nreview: soon\n---\nText", "no day"),
            ("ink", "---\ntitle: T\ncolour: red\n---\nText", "“colour”"),
        ] {
            let wrong = parse(key, file).unwrap_err();
            assert!(wrong.contains(why), "{wrong}");
        }
    }

    #[test]
    fn a_link_mentions_and_a_sentence_quotes() {
        let text = "See [Ink](https://help.example.com/help/ink-low?from=answer), or /help/not-linked, \
                    or http://other.example/help/Nothing and https://a.example/help/ too.";
        assert_eq!(mentioned(text).into_iter().collect::<Vec<_>>(), ["ink-low"]);
        let article = "Short one. Please turn the blue valve on the left until no\nbubbles come any more.";
        assert!(quotes(
            article,
            "Hello,\n\nplease turn the blue valve on the left until no bubbles come any more. Bye"
        ));
        assert!(!quotes(article, "Short one. Please turn the valve."));
    }
}
