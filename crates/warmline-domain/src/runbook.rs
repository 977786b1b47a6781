//! Runbooks: the first steps for a kind of problem, ticked off beside a ticket (practice P8).
//!
//! A runbook is a Markdown file: `key: value` lines between two `---` (title, topics, assets), then the text. A line
//! `- [ ] Is the cable in?` is a step; indented lines under it explain it; a heading `## If …` says when the steps below
//! it apply. Everything else is read before the first step.

use serde::{Deserialize, Serialize};

use crate::limits::{NAME_CHARS, RUNBOOK_BYTES, RUNBOOK_STEPS};
use crate::site::{Role, Site};
use crate::ticket::short_word;
use crate::{By, Refusal, RunbookId, front_matter, refusal};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runbook {
    /// In small letters, for ever: ticks go by it.
    pub key: String,
    pub title: String,
    /// Kinds of matter it is for.
    pub topics: Vec<String>,
    /// Kinds of equipment it is for.
    pub assets: Vec<String>,
    /// Markdown below the head.
    pub text: String,
    /// Counts changes from 1.
    pub version: u32,
}

/// One thing to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunbookStep {
    /// When it applies, if not always.
    pub condition: String,
    pub text: String,
    /// How to do it; Markdown.
    pub detail: String,
}

#[derive(Clone, Debug)]
pub enum Command {
    Write { id: RunbookId, key: String, file: String },
    Remove { key: String },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Written { runbook: Box<Runbook> },
    Removed,
}

pub fn evolve(_before: Option<Runbook>, event: &Event) -> Option<Runbook> {
    match event {
        Event::Written { runbook } => Some((**runbook).clone()),
        Event::Removed => None,
    }
}

/// `before` is the runbook of that key, if there is one.
pub fn decide(site: &Site, by: By, before: Option<&Runbook>, command: Command) -> Result<Vec<Event>, Refusal> {
    if site.role(by) < Some(Role::Supervisor) {
        return Err(Refusal::new(
            refusal::Kind::Permission,
            "Runbooks are written by supervisors and administrators.",
            "Say in a note what should change, and ask a supervisor.",
        ));
    }
    match command {
        Command::Write { key, file, .. } => {
            let mut runbook = parse(&key, &file).map_err(|why| {
                Refusal::input(
                    format!("This runbook cannot be kept: {why}."),
                    "Correct it and save again. Your text is kept.",
                )
            })?;
            runbook.version = before.map_or(0, |b| b.version) + 1;
            let same = before.is_some_and(|b| Runbook { version: runbook.version, ..b.clone() } == runbook);
            Ok(if same { vec![] } else { vec![Event::Written { runbook: Box::new(runbook) }] })
        }
        Command::Remove { .. } => Ok(before.map(|_| Event::Removed).into_iter().collect()),
    }
}

/// Reads a file; says in words what is wrong with it.
pub fn parse(key: &str, file: &str) -> Result<Runbook, String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if key.is_empty() || key.len() > 80 || !key.chars().all(plain) {
        return Err("its name is small letters, digits and hyphens".into());
    }
    if file.len() > RUNBOOK_BYTES {
        return Err(format!("it is longer than {} kB", RUNBOOK_BYTES / 1024));
    }
    let file = file.replace("\r\n", "\n");
    let front_matter::Parted { head, body } = front_matter::read(&file)?;
    let mut runbook = Runbook {
        key: key.to_owned(),
        title: String::new(),
        topics: vec![],
        assets: vec![],
        text: body.trim().to_owned(),
        version: 0,
    };
    let words = |value: &str| value.split([',', ' ']).map(short_word).filter(|w| !w.is_empty()).collect();
    for (name, value) in head {
        match name {
            "title" => value.clone_into(&mut runbook.title),
            "topics" => runbook.topics = words(value),
            "assets" => runbook.assets = words(value),
            other => return Err(format!("“{other}” is nothing a runbook has")),
        }
    }
    if runbook.title.is_empty() || runbook.title.chars().count() > NAME_CHARS {
        return Err(format!("it needs a title of 1 to {NAME_CHARS} characters"));
    }
    let steps = runbook.steps();
    if steps.is_empty() || steps.len() > RUNBOOK_STEPS {
        return Err(format!("it has 1 to {RUNBOOK_STEPS} steps, each a line like “- [ ] Is the cable in?”"));
    }
    if steps.iter().any(|s| s.text.is_empty()) {
        return Err("one of its steps has no words".into());
    }
    Ok(runbook)
}

impl Runbook {
    /// Whether it is for this kind of matter or of equipment.
    pub fn is_for(&self, topic: &str, asset: &str) -> bool {
        let named = |words: &[String], word: &str| !word.is_empty() && words.iter().any(|w| w == word);
        named(&self.topics, topic) || named(&self.assets, asset)
    }

    /// What is read before the first step; Markdown.
    pub fn before(&self) -> &str {
        let first = self.text.find("- [ ]").into_iter().chain(self.text.find("## ")).min();
        self.text[..first.unwrap_or(self.text.len())].trim()
    }

    pub fn steps(&self) -> Vec<RunbookStep> {
        let mut steps: Vec<RunbookStep> = Vec::new();
        let mut condition = String::new();
        for line in self.text.lines() {
            if let Some(heading) = line.strip_prefix("## ") {
                heading.trim().clone_into(&mut condition);
            } else if let Some(text) = line.strip_prefix("- [ ]") {
                let text = text.trim().to_owned();
                steps.push(RunbookStep { condition: condition.clone(), text, detail: String::new() });
            } else if let (Some(step), true) = (steps.last_mut(), line.starts_with([' ', '\t'])) {
                step.detail.push_str(line.trim());
                step.detail.push('\n');
            }
        }
        steps
    }

    /// The file it is exported as; [`parse`] reads it back.
    pub fn to_file(&self) -> String {
        let mut file = format!("---\ntitle: {}\n", self.title);
        for (name, words) in [("topics", &self.topics), ("assets", &self.assets)] {
            if !words.is_empty() {
                file.push_str(&format!("{name}: {}\n", words.join(" ")));
            }
        }
        format!("{file}---\n{}\n", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "---\ntitle: Printer offline\ntopics: printer-offline, Printing\nassets: printer\n---\n\
        Five minutes, in this order.\n\n- [ ] Is the cable in?\n  At **both** ends.\n## If the lamp is dark\n- [ ] Other socket\n";

    #[test]
    fn steps_have_their_condition_and_their_detail() {
        let runbook = parse("printer", FILE).unwrap();
        assert_eq!(runbook.topics, ["printer-offline", "printing"]);
        assert_eq!(runbook.before(), "Five minutes, in this order.");
        let steps = runbook.steps();
        assert_eq!((steps[0].text.as_str(), steps[0].detail.as_str()), ("Is the cable in?", "At **both** ends.\n"));
        assert_eq!((steps[0].condition.as_str(), steps[1].condition.as_str()), ("", "If the lamp is dark"));
        assert_eq!(parse("printer", &runbook.to_file()).unwrap(), runbook);
        assert!(runbook.is_for("printing", "") && runbook.is_for("", "printer") && !runbook.is_for("", ""));
    }

    #[test]
    fn what_cannot_be_read_is_said_in_words() {
        for (key, file, why) in [
            ("Printer", FILE, "small letters"),
            ("printer", "- [ ] Step", "three hyphens"),
            ("printer", "---\ntitle: T\n---\nNo steps.", "1 to 100 steps"),
            ("printer", "---\ntopics: a\n---\n- [ ] Step", "needs a title"),
            ("printer", "---\ntitle: T\ncolour: red\n---\n- [ ] Step", "“colour”"),
            ("printer", "---\ntitle: T\n---\n- [ ]", "no words"),
        ] {
            let wrong = parse(key, file).unwrap_err();
            assert!(wrong.contains(why), "{wrong}");
        }
    }
}
