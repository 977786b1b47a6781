//! What the rules are, told from the rules themselves.

use std::fmt::Write as _;

use crate::pack::{Pack, Rule};
use crate::rule::{Example, Form, Source, Within};

/// One rule, as text for a terminal or a page.
pub fn explain(rule: &Rule) -> String {
    let mut told = String::new();
    heading(&mut told, "", &rule.source);
    body(&mut told, &rule.source);
    told
}

/// Every rule of these packs, in Markdown.
pub fn markdown<'a>(packs: impl Iterator<Item = &'a Pack>) -> String {
    let mut told = String::from(
        "# Rules\n\nWritten by `warmline lint --docs`, from the rules themselves. *block*: does not go out without a \
         reason, a leak not at all; *warn*: underlined, with a better wording; *coach*: a hint. Examples are invented \
         and are tests.\n",
    );
    for pack in packs {
        let _ = write!(told, "\n## {}: {} rules\n", pack.language.code(), pack.rules.len());
        for rule in &pack.rules {
            told.push('\n');
            heading(&mut told, "### ", &rule.source);
            body(&mut told, &rule.source);
        }
    }
    told
}

fn heading(told: &mut String, mark: &str, rule: &Source) {
    let _ = writeln!(told, "{mark}{} ({})\n", rule.id, rule.level.word());
}

fn body(told: &mut String, rule: &Source) {
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let _ = writeln!(told, "{}", line(&rule.say));
    if !rule.why.is_empty() {
        let _ = writeln!(told, "{}", line(&rule.why));
    }
    let said: Vec<String> = conditions(rule);
    if !said.is_empty() {
        let _ = writeln!(told, "Holds {}.", said.join("; "));
    }
    told.push('\n');
    let better: Vec<&String> = rule.fix.iter().chain(&rule.instead).collect();
    list(told, "Instead", better.iter().map(|s| line(s)));
    list(told, "Found", rule.fail.iter().filter_map(plain).map(|s| line(&s)));
    list(told, "Not found", rule.pass.iter().filter_map(plain).map(|s| line(&s)));
}

fn list(told: &mut String, what: &str, entries: impl Iterator<Item = String>) {
    // Secrets and addresses in examples stay as they are: code spans need no escaping.
    entries.for_each(|entry| {
        let fence = if entry.contains('`') { "``" } else { "`" };
        let _ = writeln!(told, "- {what}: {fence}{entry}{fence}");
    });
}

fn conditions(rule: &Source) -> Vec<String> {
    let mut said = vec![];
    if !rule.channels.is_empty() {
        let channels: Vec<&str> = rule.channels.iter().map(|c| c.word()).collect();
        said.push(format!("in {}", channels.join(" and ")));
    }
    if !rule.without.is_empty() {
        let near = match rule.within {
            Within::Sentence => "sentence",
            Within::Near => "neighbourhood",
            Within::Message => "message",
        };
        said.push(format!("unless the {near} has {}", rule.without.join(" or ")));
    }
    match rule.form {
        Some(Form::Question) => said.push("in questions".into()),
        Some(Form::Statement) => said.push("outside questions".into()),
        None => {}
    }
    if rule.customers_words {
        said.push("unless the customer used the words".into());
    }
    if rule.explained {
        said.push("unless it is explained beside it".into());
    }
    if rule.count > 1 {
        said.push(format!("from the {}th time on", rule.count));
    }
    said
}

/// An example that is a text and nothing else; one that needs a situation would puzzle a reader.
fn plain(example: &Example) -> Option<String> {
    match example {
        Example::Text(text) => Some(text.clone()),
        Example::Situation(_) => None,
    }
}
