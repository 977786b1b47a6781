//! Hostile inputs for the parsers: `cargo xtask fuzz mail|sdp|rtp|digest SECONDS`. Each target has a corpus in
//! `tests/fuzz/TARGET`; inputs are made from it by cutting, doubling, splicing and flipping. What panics or takes longer
//! than five seconds is written beside the corpus and fails. The gate runs every target for a few seconds with a new seed and
//! prints it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::figures::Chance;

type Target = fn(&[u8]);

const TARGETS: &[(&str, Target)] = &[("mail", mail), ("sdp", sdp), ("rtp", rtp), ("markdown", markdown)];
/// Far beyond what any input may take, so that a busy machine is not taken for a slow parser.
const LONGEST: Duration = Duration::from_secs(5);
const MOST_BYTES: usize = 64 * 1024;

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
    fn a_parser_that_panics_is_found() {
        let found = run("mail", |bytes| assert!(!bytes.contains(&0), "planted"), Duration::from_secs(20), 7);
        assert!(found.unwrap_err().contains("panics"));
    }
}
