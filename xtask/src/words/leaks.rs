//! Drafts with what must stay inside, and drafts that only look like it.

use std::path::Path;

use serde_json::Value;
use warmline_etiquette::{Channel, Context, Finding, Inside, Language, Person};

use super::Bench;
use super::sets::{half, list, overlap, read, text, texts};
use super::share::{Share, Table};

#[derive(Default)]
struct Tally {
    recall: Share,
    kind: Share,
    precision: Share,
    false_blocks: Share,
}

pub(super) fn measure(bench: &Bench, folder: &Path, table: &mut Table) -> Result<(), String> {
    let mut tallies = std::collections::BTreeMap::<&'static str, Tally>::new();
    for item in &read(folder, "leaks")? {
        one(bench, item, tallies.entry(half(text(item, "id"))).or_default());
    }
    for (half, tally) in tallies {
        table.put("leaks: recall", half, tally.recall);
        table.put("leaks: of those found, under the right name", half, tally.kind);
        table.put("leaks: findings that are leaks", half, tally.precision);
        table.put("leaks: clean drafts blocked", half, tally.false_blocks);
    }
    Ok(())
}

fn one(bench: &Bench, item: &Value, tally: &mut Tally) {
    let (id, source) = (text(item, "id"), text(item, "draft"));
    let verdict = bench.engine.check(source, &context(item));
    let found: Vec<&Finding> = verdict.findings.iter().filter(|f| f.leak).collect();
    let labels: Vec<(std::ops::Range<usize>, &str)> = list(item, "leaks")
        .iter()
        .filter_map(|l| {
            let said = text(l, "text");
            source.find(said).map(|at| (at..at + said.len(), text(l, "kind")))
        })
        .collect();
    for (span, kind) in &labels {
        let right: Vec<_> = found.iter().filter(|f| overlap(&f.span, span)).collect();
        tally.recall.count(!right.is_empty());
        if right.is_empty() {
            bench.mistake("leak-missed", id, &format!("{kind} “{}” in {source}", &source[span.clone()]));
        } else {
            let name = if *kind == "other-customer" { "customer" } else { kind };
            tally.kind.count(right.iter().any(|f| f.rule == format!("leak.{name}")));
        }
    }
    for finding in &found {
        let right = labels.iter().any(|(span, _)| overlap(span, &finding.span));
        tally.precision.count(right);
        if !right {
            let said = &source[finding.span.clone()];
            bench.mistake("leak-false", id, &format!("{} “{said}” in {source} ({})", finding.rule, text(item, "note")));
        }
    }
    if labels.is_empty() {
        tally.false_blocks.count(!found.is_empty());
    }
}

fn person(value: &Value) -> Person {
    Person {
        name: text(value, "name").to_owned(),
        addresses: texts(value, "addresses"),
        phones: texts(value, "phones"),
    }
}

fn context(item: &Value) -> Context {
    let given = &item["context"];
    let hosts = [texts(given, "hosts"), texts(given, "assets")].concat();
    let inner = given["colleagues_are_internal"] == true;
    Context {
        channel: Channel::of(text(item, "channel")).unwrap_or_default(),
        language: Some(Language::of(item["language"].as_str().unwrap_or("en"))),
        customer: person(&given["customer"]),
        wrote: text(&given["customer"], "wrote").to_owned(),
        inside: Inside {
            notes: texts(given, "notes"),
            hosts,
            glossary: texts(given, "glossary"),
            others: list(given, "other_customers").iter().map(person).collect(),
            colleagues: if inner { texts(given, "colleagues") } else { vec![] },
            domains: texts(given, "own_domains"),
            public: texts(given, "public"),
            released: vec![],
        },
        ..Context::default()
    }
}
