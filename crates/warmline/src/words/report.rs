//! What was found, for people, for programs (JSON) and for tools that show code (SARIF 2.1.0, OASIS 2020).

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use warmline_etiquette::{Channel, Engine, Finding, Level, Promise};

use super::Read;
use super::place::{Lines, Unit};

pub(crate) struct Checked {
    pub(crate) path: PathBuf,
    pub(crate) channel: Channel,
    pub(crate) text: String,
    pub(crate) read: Read,
}

#[derive(Clone, Copy)]
pub(crate) enum Form {
    Human,
    Json,
    Sarif,
}

impl Form {
    pub(crate) fn of(word: &str) -> Result<Form, String> {
        match word {
            "human" => Ok(Form::Human),
            "json" => Ok(Form::Json),
            "sarif" => Ok(Form::Sarif),
            _ => Err(format!("“{word}” is no format. Formats are human, json and sarif.")),
        }
    }
}

pub(crate) fn tell(form: Form, checked: &[Checked], engine: &Engine, promises: bool) -> String {
    match form {
        Form::Human => checked.iter().map(|c| human(c, promises)).collect::<String>() + &summary(checked),
        Form::Json => format!("{:#}\n", json!({ "files": checked.iter().map(file).collect::<Vec<_>>() })),
        Form::Sarif => format!("{:#}\n", sarif(checked, engine)),
    }
}

fn name(path: &Path) -> String {
    if path == Path::new("-") { "standard input".into() } else { path.display().to_string() }
}

fn human(checked: &Checked, promises: bool) -> String {
    let lines = Lines::of(&checked.text);
    let mut told = String::new();
    for finding in &checked.read.findings {
        let (line, column) = lines.at(finding.span.start, Unit::Characters);
        let place = format!("{}:{}:{}", name(&checked.path), line + 1, column + 1);
        let _ = writeln!(told, "{place}: {} {}", finding.level.word(), finding.rule);
        if !finding.span.is_empty() {
            let said = checked.text[finding.span.clone()].split_whitespace().collect::<Vec<_>>().join(" ");
            let _ = writeln!(told, "    “{said}”");
        }
        let _ = writeln!(told, "    {} {}", finding.say, finding.why);
        for better in finding.fixes.iter().chain(&finding.instead).take(3) {
            let better = if better.is_empty() { "(leave it out)" } else { better };
            let _ = writeln!(told, "    → {better}");
        }
    }
    if promises {
        for promise in &checked.read.promises {
            let (line, column) = lines.at(promise.span.start, Unit::Characters);
            let by = promise.due.map_or("no time".into(), |d| format!("by {}", d.strftime("%a %Y-%m-%d %H:%M")));
            let place = format!("{}:{}:{}", name(&checked.path), line + 1, column + 1);
            let _ = writeln!(told, "{place}: promise, {}, {by}\n    “{}”", grade(promise), promise.what);
        }
    }
    told
}

fn grade(promise: &Promise) -> String {
    format!("{:?}", promise.grade).to_lowercase()
}

fn summary(checked: &[Checked]) -> String {
    let count = |level| checked.iter().flat_map(|c| &c.read.findings).filter(|f| f.level == level).count();
    let (block, warn, coach) = (count(Level::Block), count(Level::Warn), count(Level::Coach));
    let files = checked.len();
    format!("{files} read: {block} to block, {warn} to warn of, {coach} hints\n")
}

fn file(checked: &Checked) -> Value {
    let lines = Lines::of(&checked.text);
    let finding = |f: &Finding| {
        let ((line, column), (end_line, end_column)) =
            (lines.at(f.span.start, Unit::Characters), lines.at(f.span.end, Unit::Characters));
        json!({
            "rule": f.rule, "level": f.level, "line": line + 1, "column": column + 1, "end_line": end_line + 1,
            "end_column": end_column + 1, "start": f.span.start, "end": f.span.end,
            "text": checked.text[f.span.clone()], "say": f.say, "why": f.why, "fixes": f.fixes, "instead": f.instead,
        })
    };
    let promise = |p: &Promise| {
        let (line, column) = lines.at(p.span.start, Unit::Characters);
        json!({ "text": p.what, "grade": p.grade, "due": p.due, "line": line + 1, "column": column + 1 })
    };
    json!({
        "path": if checked.path == Path::new("-") { "-".into() } else { checked.path.display().to_string() },
        "language": checked.read.language.code(), "channel": checked.channel.word(),
        "findings": checked.read.findings.iter().map(finding).collect::<Vec<_>>(),
        "promises": checked.read.promises.iter().map(promise).collect::<Vec<_>>(),
    })
}

fn sarif(checked: &[Checked], engine: &Engine) -> Value {
    let used: BTreeSet<&str> = checked.iter().flat_map(|c| &c.read.findings).map(|f| f.rule.as_str()).collect();
    let ids: Vec<&str> = used.into_iter().collect();
    let rules: Vec<Value> = ids.iter().map(|id| rule(id, engine)).collect();
    let results: Vec<Value> = checked.iter().flat_map(|c| c.read.findings.iter().map(|f| result(c, f, &ids))).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "warmline", "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "artifacts": checked.iter().map(|c| json!({ "location": { "uri": uri(&c.path) } })).collect::<Vec<_>>(),
            "results": results,
        }],
    })
}

fn rule(id: &str, engine: &Engine) -> Value {
    let known = engine.packs().flat_map(|p| &p.rules).find(|r| r.source.id == id);
    match known {
        Some(rule) => {
            let level = sarif_level(rule.source.level);
            let mut told = json!({
                "id": id, "shortDescription": { "text": rule.source.say },
                "defaultConfiguration": { "level": level },
            });
            if !rule.source.why.is_empty() {
                told["fullDescription"] = json!({ "text": rule.source.why });
            }
            told
        }
        None => json!({ "id": id, "shortDescription": { "text": "Spelling or a common slip" } }),
    }
}

fn sarif_level(level: Level) -> &'static str {
    match level {
        Level::Block => "error",
        Level::Warn => "warning",
        Level::Coach => "note",
    }
}

fn result(checked: &Checked, finding: &Finding, ids: &[&str]) -> Value {
    let location = json!({ "uri": uri(&checked.path) });
    let region = region(&checked.text, &finding.span);
    let text = format!("{} {}", finding.say, finding.why);
    let mut told = json!({
        "ruleId": finding.rule,
        "ruleIndex": ids.iter().position(|id| *id == finding.rule),
        "level": sarif_level(finding.level),
        "message": { "text": text.trim_end() },
        "locations": [{ "physicalLocation": { "artifactLocation": location, "region": region } }],
    });
    if !finding.fixes.is_empty() {
        let fix = |new: &String| {
            let replacement = json!({ "deletedRegion": region, "insertedContent": { "text": new } });
            json!({ "artifactChanges": [{ "artifactLocation": location, "replacements": [replacement] }] })
        };
        told["fixes"] = finding.fixes.iter().map(fix).collect();
    }
    told
}

fn region(text: &str, span: &std::ops::Range<usize>) -> Value {
    let lines = Lines::of(text);
    let ((line, column), (end_line, end_column)) =
        (lines.at(span.start, Unit::Characters), lines.at(span.end, Unit::Characters));
    json!({ "startLine": line + 1, "startColumn": column + 1, "endLine": end_line + 1, "endColumn": end_column + 1 })
}

/// A relative path as a URI: what a URI cannot hold is percent-encoded (RFC 3986).
fn uri(path: &Path) -> String {
    if path == Path::new("-") {
        return "stdin".into();
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/".contains(&b);
    let text = path.display().to_string().replace('\\', "/");
    let encoded: String =
        text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect();
    if path.is_absolute() { format!("file://{encoded}") } else { encoded }
}
