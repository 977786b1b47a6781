//! The promises of a composer, as its form carries them: a line each, the head and then what is promised.
//!
//! `2026-11-24T17:00 I will call you.` The head may go on after semicolons: `finish` or `word` for its kind, `r=` with a
//! reason (percent-encoded), `m=` with the promise that moves.

use jiff::tz::TimeZone;
use warmline_domain::ticket::{NewPromise, PromiseKind};
use warmline_domain::{PromiseId, Refusal};

use crate::forms::{local_moment, percent};

/// They are numbered from the form's own identifier on.
pub(crate) fn new_promises(first: i64, lines: &str, zone: &TimeZone) -> Result<Vec<NewPromise>, Refusal> {
    let lines = lines.lines().map(str::trim).filter(|l| !l.is_empty());
    lines.enumerate().map(|(n, line)| read(PromiseId(first + n as i64), line, zone)).collect()
}

fn read(id: PromiseId, line: &str, zone: &TimeZone) -> Result<NewPromise, Refusal> {
    let (head, what) = line.split_once(' ').unwrap_or((line, ""));
    let mut parts = head.split(';');
    let due = local_moment(parts.next().unwrap_or_default(), zone)?;
    let mut new = NewPromise::new(id, what, due);
    for part in parts {
        match part.split_once('=') {
            None if part == "finish" => new.kind = PromiseKind::Finish,
            None if part == "word" => new.kind = PromiseKind::Word,
            Some(("r", reason)) => new.reason = unescaped(reason),
            Some(("m", promise)) => new.moves = promise.parse().ok().map(PromiseId),
            _ => {
                return Err(Refusal::input(
                    "A promise of this draft could not be read.",
                    "Take it off and add it again. Your text is kept.",
                ));
            }
        }
    }
    Ok(new)
}

/// The line of an answer that moves a promise.
pub(crate) fn moving(promise: PromiseId, due: &str, reason: &str, what: &str) -> String {
    format!("{due};m={promise};r={} {what}", percent(reason))
}

fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = (*first == b'%').then(|| after.get(..2)).flatten();
        let byte = hex.and_then(|h| u8::from_str_radix(std::str::from_utf8(h).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_promise() {
        let zone = TimeZone::UTC;
        let read = |line: &str| new_promises(7, line, &zone).map(|mut p| p.remove(0));
        let plain = read("2026-11-24T17:00 I will call you.").unwrap();
        assert_eq!((plain.id, plain.kind, plain.what.as_str()), (PromiseId(7), PromiseKind::Word, "I will call you."));
        let told = read("2026-11-24T17:00;finish;r=the%20part%20is%20here%3B%20%C3%BC It will run.").unwrap();
        assert_eq!((told.kind, told.reason.as_str()), (PromiseKind::Finish, "the part is here; ü"));
        let moved = read(&moving(PromiseId(9), "2026-11-24T17:00", "late; 5%", "It moves.")).unwrap();
        assert_eq!((moved.moves, moved.reason.as_str()), (Some(PromiseId(9)), "late; 5%"));
        assert!(read("2026-11-24T17:00;x It").is_err() && read("soon It").is_err());
        assert_eq!(unescaped("%"), "%");
    }
}
