//! What it costs: time of one thread, and memory.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use warmline_etiquette::{Context, Language, shipped};
use warmline_spelling::{Dialect, Speller, Vocabulary};

use super::Bench;
use super::sets::{read, text};
use super::share::Table;
use crate::figures::{memory, quantile};

/// What a mail has.
const WORDS: usize = 110;
const MAILS: usize = 400;
/// Readings of one mail that are timed together.
const READINGS: u32 = 25;

pub(super) fn measure(bench: &Bench, folders: &[PathBuf], table: &mut Table) -> Result<(), String> {
    let mails = mails(folders)?;
    if mails.is_empty() {
        return Ok(());
    }
    let context = Context { now: "2026-11-23T10:00[Europe/London]".parse().ok(), ..Context::default() };
    let me = std::process::id();
    let built = if cfg!(debug_assertions) { " (not optimised)" } else { "" };
    let mut put = |row: String, cell: String| table.put(&row, "test", cell);

    let began = Instant::now();
    let packs = shipped::packs(&[]).map_err(|m| m.to_string())?;
    put(format!("rules: start{built}"), format!("{:.0} ms", began.elapsed().as_secs_f64() * 1000.0));
    drop(packs);

    // The clock ticks every few milliseconds: many readings of a mail share one time.
    let again =
        |mail: &String| timed(|| (0..READINGS).for_each(|_| drop(bench.engine.check(mail, &context)))) / READINGS;
    let mut typing: Vec<Duration> = mails.iter().map(again).collect();
    put(format!("typing: p95{built}"), format!("{:.2} ms CPU a mail of {WORDS} words", quantile(&mut typing, 0.95)));

    let before = memory(me);
    let began = Instant::now();
    let mut speller = Speller::new(Vocabulary::default(), Dialect::Either);
    speller.warm_up();
    put(format!("spelling: start{built}"), format!("{:.2} s, on its own thread", began.elapsed().as_secs_f64()));
    let started = memory(me) - before;
    let mut full: Vec<Duration> = mails
        .iter()
        .map(|m| {
            timed(|| {
                drop(bench.engine.check(m, &context));
                drop(speller.check(m, Language::English, &Vocabulary::default()));
            })
        })
        .collect();
    put(format!("full check: p95{built}"), format!("{:.1} ms CPU", quantile(&mut full, 0.95)));
    let after = memory(me);
    put(
        "spelling: memory".into(),
        format!(
            "{started:.0} MB after the start, {:.0} MB after {} mails; all {after:.0} MB",
            after - before,
            mails.len()
        ),
    );
    Ok(())
}

/// Good sentences, one after another, until it is a mail.
fn mails(folders: &[PathBuf]) -> Result<Vec<String>, String> {
    let (mut mails, mut mail) = (vec![], String::new());
    for item in &read(&folders[0], "sentences")? {
        if text(item, "language") != "en" {
            continue;
        }
        mail.push_str(text(item, "text"));
        mail.push('\n');
        if mail.split_whitespace().count() >= WORDS {
            mails.push(std::mem::take(&mut mail));
        }
    }
    mails.truncate(MAILS);
    Ok(mails)
}

/// Time this thread was on a processor (`schedstat`, in nanoseconds).
fn timed(work: impl FnOnce()) -> Duration {
    let began = on_cpu();
    work();
    on_cpu().saturating_sub(began)
}

fn on_cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(stat.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0))
}
