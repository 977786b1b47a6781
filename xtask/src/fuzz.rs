//! Hostile inputs for the parsers: `cargo xtask fuzz TARGET SECONDS`. Each target has a corpus in
//! `tests/fuzz/TARGET`; inputs are made from it by cutting, doubling, splicing and flipping. What panics or takes longer
//! than five seconds is written beside the corpus and fails. The gate runs every target for a few seconds with a new seed and
//! prints it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::figures::Chance;

type Target = fn(&[u8]);

const TARGETS: &[(&str, Target)] =
    &[("mail", mail), ("sdp", sdp), ("rtp", rtp), ("markdown", markdown), ("words", words)];
/// Far beyond what any input may take, so that a busy machine is not taken for a slow parser.
const LONGEST: Duration = Duration::from_secs(5);
const MOST_BYTES: usize = 64 * 1024;
const SHORT_BYTES: usize = 240;

fn mail(bytes: &[u8]) {
    if let Ok(mail) = warmline_mail::read(bytes) {
        let _ = warmline_mail::safe_html(bytes);
        let _ = warmline_mail::markdown_to_html(&mail.text);
    }
}

fn sdp(bytes: &[u8]) {
    warmline_phone::hostile_sdp(bytes);
}

fn rtp(bytes: &[u8]) {
    warmline_phone::hostile_rtp(bytes);
}

fn markdown(bytes: &[u8]) {
    let _ = warmline_mail::markdown_to_html(&String::from_utf8_lossy(bytes));
}

/// The engine over any text, and over any file of rules.
fn words(bytes: &[u8]) {
    use warmline_etiquette::{Channel, Context, Engine, Inside, Language, Pack, shipped};
    static ENGINE: std::sync::LazyLock<Engine> = std::sync::LazyLock::new(|| {
        Engine::new(shipped::packs(&[]).expect("the shipped rules are read"), std::collections::BTreeMap::new())
    });
    let text = String::from_utf8_lossy(bytes);
    let (first, rest) = text.split_at(text.floor_char_boundary(text.len() / 8));
    let inside = Inside {
        notes: vec![first.to_owned()],
        hosts: first.split_whitespace().take(4).map(str::to_owned).collect(),
        glossary: vec![first.chars().take(12).collect()],
        colleagues: first.lines().take(3).map(str::to_owned).collect(),
        domains: vec!["example.com".into()],
        ..Inside::default()
    };
    for language in [Language::English, Language::German] {
        let context = Context {
            channel: Channel::ALL[bytes.len() % Channel::ALL.len()],
            language: Some(language),
            first: true,
            wrote: first.to_owned(),
            now: "2026-11-23T10:00[Europe/London]".parse().ok(),
            inside: inside.clone(),
            ..Context::default()
        };
        let verdict = ENGINE.check(rest, &context);
        let spans = verdict
            .findings
            .iter()
            .flat_map(|f| [&f.span, &f.sentence])
            .chain(verdict.promises.iter().map(|p| &p.span));
        for span in spans {
            assert!(rest.get(span.clone()).is_some(), "{span:?} is no place of the text");
        }
        let _ = ENGINE.tone(rest, language);
        if let Ok(pack) = Pack::read(language, &[("fuzz", rest)]) {
            let own = Engine::new(vec![pack], std::collections::BTreeMap::new());
            let _ = own.check(first, &context);
        }
    }
}

pub(crate) fn fuzz(words: &[&str]) -> Result<(), String> {
    let usage = || format!("usage: cargo xtask fuzz {} SECONDS", names());
    let [name, seconds] = words else { return Err(usage()) };
    let (name, target) = TARGETS.iter().find(|(n, _)| n == name).ok_or_else(usage)?;
    let seconds = seconds.parse().map_err(|_| usage())?;
    let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(1, |d| d.as_nanos() as u64);
    let tried = run(name, *target, Duration::from_secs(seconds), seed)?;
    println!("{name}: {tried} inputs, seed {seed}, nothing found");
    Ok(())
}

fn names() -> String {
    TARGETS.iter().map(|(n, _)| *n).collect::<Vec<_>>().join("|")
}

fn folder(name: &str) -> PathBuf {
    let here = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| "xtask".into());
    PathBuf::from(here).join("../tests/fuzz").join(name)
}

fn run(name: &str, target: Target, length: Duration, seed: u64) -> Result<u64, String> {
    let mut corpus: Vec<Vec<u8>> = Vec::new();
    for entry in std::fs::read_dir(folder(name)).map_err(|e| format!("{}: {e}", folder(name).display()))? {
        corpus.push(std::fs::read(entry.map_err(|e| e.to_string())?.path()).map_err(|e| e.to_string())?);
    }
    let mut chance = Chance(seed);
    let begun = Instant::now();
    let mut tried = 0;
    while begun.elapsed() < length {
        let input =
            if tried < corpus.len() as u64 { corpus[tried as usize].clone() } else { made(&corpus, &mut chance) };
        tried += 1;
        let started = Instant::now();
        let survived = std::panic::catch_unwind(|| target(&input)).is_ok();
        if !survived || started.elapsed() > LONGEST {
            let found = std::env::temp_dir().join(format!("warmline-fuzz-{name}-{seed}-{tried}"));
            std::fs::write(&found, &input).map_err(|e| e.to_string())?;
            let what = if survived { "takes too long" } else { "panics" };
            return Err(format!("{name} {what} (seed {seed}); the input is in {}", found.display()));
        }
    }
    Ok(tried)
}

/// A new input from old ones.
fn made(corpus: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut input = corpus[chance.below(corpus.len())].clone();
    for _ in 0..=chance.below(6) {
        if input.is_empty() {
            input.push(chance.bits() as u8);
        }
        let at = chance.below(input.len());
        let to = at + chance.below(input.len() - at + 1);
        match chance.below(8) {
            0 => input[at] = chance.bits() as u8,
            1 => input[at] ^= 1 << chance.below(8),
            2 => input.truncate(at),
            3 => {
                let piece = input[at..to].to_vec();
                for _ in 0..=chance.below(20) {
                    input.splice(at..at, piece.iter().copied());
                }
            }
            4 => drop(input.drain(at..to)),
            5 => {
                let other = &corpus[chance.below(corpus.len())];
                let from = chance.below(other.len().max(1));
                input.splice(at..to, other[from.min(other.len())..].iter().copied());
            }
            6 => {
                const HOSTILE: [&[u8]; 8] =
                    [b"\r\n", b"\0", b"\xff\xfe", b"=?utf-8?b?", b"--", b"99999999999", b";", b"\"<"];
                input.splice(at..at, HOSTILE[chance.below(HOSTILE.len())].iter().copied());
            }
            _ => input.rotate_left(at),
        }
        input.truncate(MOST_BYTES);
    }
    // Most of what breaks a parser is short; long ones are for time.
    if chance.below(8) > 0 && input.len() > SHORT_BYTES {
        let at = chance.below(input.len() - SHORT_BYTES);
        input = input[at..at + SHORT_BYTES].to_vec();
    }
    input
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_seconds_of_new_inputs_find_nothing() {
        let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64;
        for (name, target) in TARGETS {
            let tried = run(name, *target, Duration::from_secs(4), seed).unwrap();
            assert!(tried > 50, "{name}: only {tried} inputs in four seconds");
        }
    }

    #[test]
    fn twice_the_text_takes_about_twice_the_time() {
        let corpus = std::fs::read(folder("words").join("rude.txt")).unwrap();
        let took = |times: usize| {
            let text = corpus.repeat(times);
            let began = Instant::now();
            words(&text);
            began.elapsed().as_secs_f64()
        };
        took(1);
        // The best of three, as the machine has other things to do; quadratic time would make it sixteen times.
        let best = |times: usize| (0..3).map(|_| took(times)).fold(f64::MAX, f64::min);
        let (short, long) = (best(15), best(60));
        assert!(long < short * 9.0, "four times the text took {:.1} times as long", long / short);
    }

    #[test]
    fn a_parser_that_panics_is_found() {
        let found = run("mail", |bytes| assert!(!bytes.contains(&0), "planted"), Duration::from_secs(20), 7);
        assert!(found.unwrap_err().contains("panics"));
    }
}
