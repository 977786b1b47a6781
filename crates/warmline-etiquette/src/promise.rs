//! Promises in a text: what we say that we will do, and by when.
//!
//! Told from wishes, questions, conditions, quotations and other people's promises by the moves of the rule files
//! (`promises.toml`): a sentence that makes the move `promise`, or `promise-if-dated` together with a time.

use std::ops::Range;

use jiff::civil::DateTime;
use serde::Serialize;

use crate::context::Context;
use crate::pack::{Found, Pack};
use crate::text::Text;
use crate::when;

/// Where people write the month first: 3/12 is in March.
const AMERICAN: [&str; 9] = [
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Phoenix",
    "America/Anchorage",
    "America/Detroit",
    "America/Boise",
    "Pacific/Honolulu",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// "We'll do our best", "I'll write soon": no record comes of it.
    Vague,
    /// "If you send the log, I will look."
    Conditional,
    /// A promise without a time: ask for one.
    Open,
    /// Must match a record.
    Dated,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Promise {
    /// Bytes of the sentence that makes it.
    pub span: Range<usize>,
    pub grade: Grade,
    /// In the customer's zone.
    pub due: Option<DateTime>,
    /// The sentence, for the record.
    pub what: String,
}

pub(crate) fn find(text: &Text, pack: &Pack, found: &Found, context: &Context) -> Vec<Promise> {
    let bit = |name: &str| pack.move_index(name).map_or(0, |at| 1_u64 << at);
    let (promise, dated, vague, condition, soft) =
        (bit("promise"), bit("promise-if-dated"), bit("promise-vague"), bit("condition"), bit("promise-soft"));
    let now = context
        .now
        .as_ref()
        .map(|n| n.datetime().with().second(0).subsec_nanosecond(0).build().unwrap_or(n.datetime()));
    let american = context.now.as_ref().and_then(|n| n.time_zone().iana_name()).is_some_and(|z| AMERICAN.contains(&z));
    let mut promises = vec![];
    for (number, sentence) in text.sentences.iter().enumerate() {
        let moves = found.moves[number];
        if moves & (promise | dated | vague) == 0 || sentence.question {
            continue;
        }
        let words = text.words(sentence);
        let when = now.and_then(|now| when::find(words, pack.language, now, context.hours, american));
        let grade = match () {
            () if moves & vague != 0 => Grade::Vague,
            () if moves & promise == 0 && when.is_none() => continue,
            () if moves & condition != 0 => Grade::Conditional,
            () if when.is_some() => Grade::Dated,
            () if moves & soft != 0 => Grade::Vague,
            () => Grade::Open,
        };
        let span = words[0].span.start..words[words.len() - 1].span.end;
        let what = text.source[span.clone()].split_whitespace().collect::<Vec<_>>().join(" ");
        promises.push(Promise { span, grade, due: when.map(|w| w.due), what });
    }
    promises
}
