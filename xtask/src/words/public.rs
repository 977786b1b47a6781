//! Public sets: learner English with corrections, agents of other desks.

use std::path::Path;

use serde_json::Value;
use warmline_etiquette::{Channel, Context, Language, Level};
use warmline_spelling::{Dialect, Speller, Vocabulary};

use super::Bench;
use super::sets::{list, read, text};
use super::share::{Found, Share, Table};

pub(super) fn measure(bench: &Bench, folder: &Path, table: &mut Table) -> Result<(), String> {
    for (set, half) in [("jfleg-dev", "dev"), ("jfleg-test", "test")] {
        let items = read(folder, set)?;
        if !items.is_empty() {
            let (any, all) = learners(&items);
            table.found("spelling and slips: JFLEG sentences that somebody corrected", half, any);
            table.found("spelling and slips: JFLEG sentences that all four corrected", half, all);
        }
    }
    for (set, half) in [("convabuse-valid", "dev"), ("convabuse-test", "test")] {
        let items = read(folder, set)?;
        if !items.is_empty() {
            let found = abuse(&items);
            table.found("abuse (ConvAbuse)", half, found);
            table.put("abuse (ConvAbuse): F1", half, format!("{:.3}", found.f1()));
        }
    }
    let mut replies: Vec<String> = vec![];
    for item in read(folder, "ibm-cdp-dev")?.iter().chain(&read(folder, "abcd-sample")?) {
        agents(item, &mut replies);
    }
    if !replies.is_empty() {
        let mut good = Share::default();
        for reply in &replies {
            let context = Context { channel: Channel::Chat, language: Some(Language::English), ..Context::default() };
            let verdict = bench.engine.check(reply, &context);
            good.count(verdict.findings.iter().any(|f| f.level >= Level::Warn));
        }
        table.put("replies of other desks' agents with any warning or block", "dev", good);
        let (flags, words) = flags(&replies);
        table.put(
            "spelling flags per 100 words of other desks' replies",
            "dev",
            format!("{flags:.2} of {words} words"),
        );
    }
    Ok(())
}

/// What users say to agents, and whether experts call it abuse.
fn abuse(items: &[Value]) -> Found {
    let mut found = Found::default();
    for item in items {
        let (is, told) = (item["abusive"] == 1, warmline_etiquette::tone::abuse(text(item, "user")));
        if told {
            found.precision.count(is);
        }
        if is {
            found.recall.count(told);
        }
    }
    found
}

/// Wrong is what one of those who corrected it changed, or all of them; spacing and case do not count.
fn learners(items: &[Value]) -> (Found, Found) {
    let mut speller = Speller::new(Vocabulary::default(), Dialect::Either);
    let bare = |s: &str| s.to_lowercase().split_whitespace().collect::<String>();
    let (mut any, mut all) = (Found::default(), Found::default());
    for item in items {
        let source = joined(text(item, "src"));
        let changed = |r: &str| bare(r) != bare(text(item, "src"));
        let mut refs = list(item, "refs").iter().filter_map(Value::as_str);
        let flagged = !speller.check(&source, Language::English, &Vocabulary::default()).is_empty();
        for (found, wrong) in [(&mut any, refs.clone().any(changed)), (&mut all, refs.all(changed))] {
            if flagged {
                found.precision.count(wrong);
            }
            if wrong {
                found.recall.count(flagged);
            }
        }
    }
    (any, all)
}

/// The set has blanks before its marks; people do not write so.
fn joined(source: &str) -> String {
    let mut joined = source.trim().to_owned();
    for (apart, together) in
        [(" .", "."), (" ,", ","), (" !", "!"), (" ?", "?"), (" n't", "n't"), (" '", "'"), (" ;", ";"), (" :", ":")]
    {
        joined = joined.replace(apart, together);
    }
    joined
}

fn agents(item: &Value, replies: &mut Vec<String>) {
    for turn in list(item, "original") {
        if turn[0] == "agent" {
            replies.extend(turn[1].as_str().map(str::to_owned));
        }
    }
    for turn in list(item, "dialogContent") {
        if turn["agent"].is_string() {
            // Public replies begin with the customer's handle and end with the agent's initials.
            let said = text(turn, "message").split_whitespace().filter(|w| !w.starts_with(['@', '^']));
            replies.push(said.collect::<Vec<_>>().join(" "));
        }
    }
}

fn flags(replies: &[String]) -> (f64, usize) {
    let mut speller = Speller::new(Vocabulary::default(), Dialect::Either);
    let (mut flags, mut words) = (0, 0);
    for reply in replies {
        flags += speller.check(reply, Language::English, &Vocabulary::default()).len();
        words += reply.split_whitespace().count();
    }
    (100.0 * flags as f64 / words.max(1) as f64, words)
}
