//! What agents write: promises with their times, refusals, topics, and good replies left alone.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use serde_json::Value;
use warmline_etiquette::{Channel, Context, Finding, Grade, Language, Level, Person, Verdict};

use super::Bench;
use super::sets::{half, list, overlap, read, text, texts};
use super::share::{Found, Share, Table};

/// Topics an excerpt is not judged for.
const WHOLE: [&str; 4] = ["greeting", "name", "next-step", "unanswered"];

#[derive(Default)]
struct Tally {
    trackable: Found,
    dated: Found,
    time: Share,
    refusals: Found,
    dead_ends: Found,
    good: Share,
    topics: BTreeMap<String, Found>,
    all_topics: Found,
}

pub(super) fn measure(bench: &Bench, folder: &Path, table: &mut Table) -> Result<(), String> {
    let items = read(folder, "sentences")?;
    let mut tallies: BTreeMap<&'static str, Tally> = BTreeMap::new();
    for item in &items {
        one(bench, item, tallies.entry(half(text(item, "id"))).or_default());
    }
    for (half, tally) in tallies {
        table.found("trackable promises", half, tally.trackable);
        table.found("dated promises", half, tally.dated);
        table.put("dated promises: time right", half, tally.time);
        table.found("refusals", half, tally.refusals);
        table.found("refusals without an alternative", half, tally.dead_ends);
        table.put("good replies with any warning or block", half, tally.good);
        table.found("all topics, warnings and blocks", half, tally.all_topics);
        for (topic, found) in tally.topics {
            table.found(&format!("topic {topic}"), half, found);
        }
    }
    Ok(())
}

fn one(bench: &Bench, item: &Value, tally: &mut Tally) {
    let source = text(item, "text");
    let context = context(item);
    let verdict = bench.engine.check(source, &context);
    promises(bench, item, source, &verdict, tally);
    refusals(bench, item, source, &verdict, &context, tally);
    let whole = item["context"]["whole"] == true || item["context"]["first_mail"] == true;
    let judged: Vec<&Finding> = verdict
        .findings
        .iter()
        // Whether it stands on the record is not in the set; that it is a promise is measured above.
        .filter(|f| f.rule != "promise.no-record" && (whole || !WHOLE.contains(&f.topic())))
        .collect();
    topics(bench, item, source, &judged, tally);
    if list(item, "labels").is_empty() {
        let loud: Vec<_> = judged.iter().filter(|f| f.level >= Level::Warn).collect();
        tally.good.count(!loud.is_empty());
        for finding in loud {
            bench.mistake(
                "good",
                text(item, "id"),
                &format!("{} “{}” in {source}", finding.rule, &source[finding.span.clone()]),
            );
        }
    }
}

fn context(item: &Value) -> Context {
    let given = &item["context"];
    let zone = given["zone"].as_str().unwrap_or("Europe/London");
    let sent = given["sent_at"].as_str().unwrap_or("2026-11-23T10:00");
    Context {
        channel: Channel::of(text(item, "channel")).unwrap_or_default(),
        language: Some(Language::of(item["language"].as_str().unwrap_or("en"))),
        first: given["first_mail"] == true,
        customer: Person {
            name: text(given, "customer_name").to_owned(),
            addresses: texts(given, "customer_addresses"),
            phones: vec![],
        },
        wrote: text(given, "customer_wrote").to_owned(),
        recipients: texts(given, "recipients"),
        attachments: given["attachments"].as_u64().unwrap_or(0) as usize,
        now: format!("{sent}[{zone}]").parse().ok(),
        ..Context::default()
    }
}

/// Where the labelled words stand.
fn place(source: &str, label: &Value) -> Range<usize> {
    let said = label.as_str().unwrap_or_else(|| text(label, "text"));
    source.find(said).map_or(0..0, |at| at..at + said.len())
}

fn promises(bench: &Bench, item: &Value, source: &str, verdict: &Verdict, tally: &mut Tally) {
    let id = text(item, "id");
    let gold: Vec<(Range<usize>, &str, Option<&str>)> =
        list(item, "promises").iter().map(|p| (place(source, p), text(p, "grade"), p["due"].as_str())).collect();
    let is_trackable = |grade: &str| ["open", "dated"].contains(&grade);
    for found in &verdict.promises {
        let labels: Vec<_> = gold.iter().filter(|(span, ..)| overlap(span, &found.span)).collect();
        if matches!(found.grade, Grade::Open | Grade::Dated) {
            let right = labels.iter().any(|(_, grade, _)| is_trackable(grade));
            tally.trackable.precision.count(right);
            if !right {
                let is = labels.first().map_or("none", |l| l.1);
                bench.mistake("promise-false", id, &format!("{:?}, is {is}: {}", found.grade, found.what));
            }
        }
        if found.grade == Grade::Dated {
            let right = labels.iter().any(|(_, grade, _)| *grade == "dated");
            tally.dated.precision.count(right);
            if !right {
                let is = labels.first().map_or("none", |l| l.1);
                bench.mistake("dated-false", id, &format!("is {is}: {}", found.what));
            }
        }
    }
    for (span, grade, due) in &gold {
        let said: Vec<_> = verdict.promises.iter().filter(|p| overlap(span, &p.span)).collect();
        let seen = said.iter().map(|p| format!("{:?}", p.grade)).collect::<Vec<_>>().join(" ");
        if is_trackable(grade) {
            let right = said.iter().any(|p| matches!(p.grade, Grade::Open | Grade::Dated));
            tally.trackable.recall.count(right);
            if !right {
                bench.mistake("promise-missed", id, &format!("{grade}, seen as “{seen}”: {}", &source[span.clone()]));
            }
        }
        if *grade == "dated" {
            let dated = said.iter().find(|p| p.grade == Grade::Dated);
            tally.dated.recall.count(dated.is_some());
            if dated.is_none() {
                bench.mistake("dated-missed", id, &format!("seen as “{seen}”: {}", &source[span.clone()]));
            }
            if let (Some(found), Some(due)) = (dated, due) {
                let is = found.due.map(|d| d.strftime("%Y-%m-%dT%H:%M").to_string()).unwrap_or_default();
                let right = is.starts_with(due);
                tally.time.count(right);
                if !right {
                    let now = text(&item["context"], "sent_at");
                    bench.mistake("time", id, &format!("{is}, should be {due}, said {now}: {}", found.what));
                }
            }
        }
    }
}

fn refusals(bench: &Bench, item: &Value, source: &str, verdict: &Verdict, context: &Context, tally: &mut Tally) {
    let id = text(item, "id");
    let gold: Vec<(Range<usize>, bool)> =
        list(item, "refusals").iter().map(|r| (place(source, r), r["alternative"] == true)).collect();
    let seen = bench.engine.moves(source, context.language.unwrap_or(Language::English));
    let mut sentences: Vec<Range<usize>> =
        seen.into_iter().filter(|s| s.name == "refusal").map(|s| s.sentence).collect();
    sentences.sort_by_key(|s| s.start);
    sentences.dedup();
    for sentence in &sentences {
        let right = gold.iter().any(|(span, _)| overlap(span, sentence));
        tally.refusals.precision.count(right);
        if !right {
            bench.mistake("refusal-false", id, &source[sentence.clone()]);
        }
    }
    let ends: Vec<&Finding> = verdict.findings.iter().filter(|f| f.rule == "refusal.no-alternative").collect();
    for finding in &ends {
        let right = gold.iter().any(|(span, other)| !other && overlap(span, &finding.sentence));
        tally.dead_ends.precision.count(right);
        if !right {
            bench.mistake("end-false", id, source);
        }
    }
    for (span, alternative) in &gold {
        let right = sentences.iter().any(|s| overlap(span, s));
        tally.refusals.recall.count(right);
        if !right {
            bench.mistake("refusal-missed", id, &source[span.clone()]);
        }
        if !alternative {
            let right = ends.iter().any(|f| overlap(span, &f.sentence));
            tally.dead_ends.recall.count(right);
            if !right {
                bench.mistake("end-missed", id, &format!("[{}] {source}", &source[span.clone()]));
            }
        }
    }
}

/// Labels found by a rule of their topic, where they stand; and findings that a label agrees with.
fn topics(bench: &Bench, item: &Value, source: &str, judged: &[&Finding], tally: &mut Tally) {
    let id = text(item, "id");
    let spans = list(item, "spans");
    let labels: Vec<(&str, Range<usize>)> = list(item, "labels")
        .iter()
        .zip(spans)
        .filter_map(|(label, span)| Some((label.as_str()?, place(source, span))))
        .collect();
    let meets = |label: &(&str, Range<usize>), f: &Finding| {
        label.1.is_empty() || f.span.is_empty() || overlap(&label.1, &f.span) || overlap(&label.1, &f.sentence)
    };
    for finding in judged {
        let right = labels.iter().any(|l| l.0 == finding.topic() && meets(l, finding));
        tally.topics.entry(finding.topic().to_owned()).or_default().precision.count(right);
        if finding.level >= Level::Warn {
            // Another topic at the same place is a right finding with another name.
            let agreed = right || labels.iter().any(|l| meets(l, finding));
            tally.all_topics.precision.count(agreed);
        }
        if !right {
            bench.mistake(
                "topic-false",
                id,
                &format!("{} “{}” in {source}", finding.rule, &source[finding.span.clone()]),
            );
        }
    }
    for label in &labels {
        let right = judged.iter().any(|f| label.0 == f.topic() && meets(label, f));
        tally.topics.entry(label.0.to_owned()).or_default().recall.count(right);
        let any = judged.iter().any(|f| meets(label, f) && f.level >= Level::Warn);
        tally.all_topics.recall.count(any);
        if !right {
            bench.mistake("topic-missed", id, &format!("{}: “{}” in {source}", label.0, &source[label.1.clone()]));
        }
    }
}
