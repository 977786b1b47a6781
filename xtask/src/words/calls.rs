//! Steps of hold and transfer in transcripts of calls.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use warmline_etiquette::Language;
use warmline_etiquette::transcript::{Event, Turn, Who};

use super::Bench;
use super::sets::{half, list, read, text};
use super::share::{Found, Table};

const HOLD: [&str; 7] = ["asked", "reason", "minutes", "agreed", "thanked_before", "thanked_after", "overran"];
const TRANSFER: [&str; 6] = ["warm", "why", "to_whom", "agreed", "introduced", "briefed"];

pub(super) fn measure(bench: &Bench, folder: &Path, table: &mut Table) -> Result<(), String> {
    let mut tallies: BTreeMap<(bool, String, &'static str), Found> = BTreeMap::new();
    for item in &read(folder, "transcripts")? {
        let id = text(item, "id");
        let turns: Vec<Turn> = list(item, "turns").iter().filter_map(turn).collect();
        let steps = serde_json::to_value(bench.engine.steps(&turns, Language::English)).map_err(|e| e.to_string())?;
        for (kind, found, names) in [("hold", "holds", &HOLD[..]), ("transfer", "transfers", &TRANSFER)] {
            for (is, should) in list(&steps, found).iter().zip(list(item, kind)) {
                for name in names {
                    let (is, should) = (is[*name] == true, should[*name] == true);
                    let marks = item["punctuated"] == true;
                    let tally = tallies.entry((!marks, format!("{kind} {name}"), half(id))).or_default();
                    if is {
                        tally.precision.count(should);
                    }
                    if should {
                        tally.recall.count(is);
                    }
                    if is != should {
                        let told = format!("{} should be {should}: {}", name, words(item));
                        bench.mistake(&format!("step-{kind}-{name}"), id, &told);
                    }
                }
            }
        }
    }
    for ((bare, step, half), found) in tallies {
        let form = if bare { "without marks" } else { "punctuated" };
        let told = format!("F1 {:.2}, precision {}, recall {}", found.f1(), found.precision, found.recall);
        table.put(&format!("{step}, {form}"), half, told);
    }
    Ok(())
}

fn turn(value: &Value) -> Option<Turn> {
    if let Some(event) = value["event"].as_str() {
        let seconds = u32::try_from(value["seconds"].as_u64()?).ok()?;
        let event = match event {
            "hold" => Event::Hold,
            "resume" => Event::Resume,
            "transfer-start" => Event::TransferStart,
            "consult" => Event::Consult,
            "joined" => Event::Joined,
            "agent-left" => Event::AgentLeft,
            "transfer-blind" => Event::TransferBlind,
            _ => Event::Ended,
        };
        return Some(Turn::Happened { event, seconds });
    }
    let who = match text(value, "who") {
        "agent" => Who::Agent,
        "customer" => Who::Customer,
        _ => Who::Colleague,
    };
    Some(Turn::Said { who, text: text(value, "text").to_owned() })
}

/// The call in a line.
fn words(item: &Value) -> String {
    let told = |t: &Value| match t["event"].as_str() {
        Some(event) => format!("[{event} {}]", t["seconds"]),
        None => format!("{}: {}", &text(t, "who")[..2], text(t, "text")),
    };
    list(item, "turns").iter().map(told).collect::<Vec<_>>().join(" / ")
}
