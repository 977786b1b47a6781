//! Checks of a whole message: what is missing, what does not fit, what is too much.

// A list of one span is meant.
#![allow(clippy::single_range_in_vec_init)]

use std::ops::Range;

use jiff::ToSpan;
use jiff::civil::DateTime;

use crate::check::Draft;
use crate::context::Channel;
use crate::leaks;
use crate::promise::Grade;
use crate::text::Text;

/// What a rule can name as its `check`.
pub(crate) const CHECKS: [&str; 24] = [
    "gap",
    "dead-end",
    "greeting",
    "name",
    "wrong-name",
    "next-step",
    "unanswered",
    "attachment",
    "recipient",
    "leftover",
    "wall",
    "reading",
    "repeated-apology",
    "promise-open",
    "promise-unrecorded",
    "shouting",
    "leak-note",
    "leak-host",
    "leak-link",
    "leak-address",
    "leak-customer",
    "leak-secret",
    "leak-glossary",
    "leak-colleague",
];

/// A no after which nothing comes but kindness.
fn dead_ends(draft: &Draft) -> Vec<Range<usize>> {
    let refusals = draft.seen("refusal");
    let kind: Vec<Range<usize>> =
        ["refusal", "apology", "thanks", "greeting"].iter().flat_map(|m| draft.seen(m)).collect();
    let text = draft.text;
    let says_more = |refusal: &Range<usize>| {
        let later = text.sentences.iter().filter(|s| s.span.start >= refusal.end && s.tokens.len() > 3);
        let own = text.sentences.iter().find(|s| s.span.start <= refusal.start && refusal.end <= s.span.end);
        let turns = own.is_some_and(|s| {
            let rest = text.words(s).iter().filter(|w| w.span.start >= refusal.end);
            rest.clone().any(|w| {
                ["but", "though", "instead", "however", "aber", "dafür", "stattdessen"].contains(&w.word.as_str())
            }) || text.source[refusal.end..s.span.end.max(refusal.end)].contains(';')
        });
        turns || later.into_iter().any(|s| !kind.iter().any(|k| s.span.start <= k.start && k.start < s.span.end))
    };
    refusals.iter().filter(|r| !says_more(r)).cloned().collect()
}

/// A paragraph of more words than this is a wall.
const PARAGRAPH_WORDS: usize = 130;
/// A message of more words than this wants to be two, or an article.
const MESSAGE_WORDS: usize = 420;
/// Words a sentence, on average, from which on reading is work.
const SENTENCE_WORDS: usize = 28;
/// Flesch reading ease (Flesch 1948) below which a text asks for a degree.
const READING_EASE: f64 = 25.0;
/// A message shorter than this is judged by its words alone.
const SHORT_WORDS: usize = 18;
/// A message shorter than this may end where it ends.
const STEP_WORDS: usize = 45;

/// Where the check finds something. An empty span at the start stands for the whole message.
pub(crate) fn find(check: &str, draft: &Draft) -> Vec<Range<usize>> {
    let mail = draft.context.channel == Channel::Mail;
    match check {
        "greeting" if mail && draft.context.first => missing(draft, "greeting", false),
        "name" if mail && draft.context.first => name(draft),
        "wrong-name" => wrong_name(draft),
        "next-step" if mail => next_step(draft),
        "unanswered" if mail => unanswered(draft),
        "attachment" if draft.context.attachments == 0 => draft.seen("attached"),
        "recipient" => recipient(draft),
        "leftover" => leftover(draft),
        "gap" => gaps(draft.text),
        "dead-end" => dead_ends(draft),
        "wall" => wall(draft.text),
        "reading" => reading(draft.text),
        "repeated-apology" => draft.seen("apology").into_iter().skip(2).collect(),
        "shouting" => shouting(draft.text),
        "promise-open" => draft
            .promises
            .iter()
            .filter(|p| matches!(p.grade, Grade::Open | Grade::Vague))
            .map(|p| p.span.clone())
            .collect(),
        "promise-unrecorded" => unrecorded(draft),
        leak if leak.starts_with("leak-") => leaks::find(leak, draft.text.source, draft.context),
        _ => vec![],
    }
}

fn missing(draft: &Draft, what: &str, near_end: bool) -> Vec<Range<usize>> {
    let text = draft.text;
    let words: usize = text.sentences.iter().map(|s| s.tokens.len()).sum();
    if words < 8 || !draft.seen(what).is_empty() {
        return vec![];
    }
    let at = if near_end { text.sentences.last().map_or(0, |s| s.span.end) } else { 0 };
    vec![at..at]
}

/// First and last names of the customer, as they can be said. A company or a mail address is nobody's name.
fn names(draft: &Draft) -> Vec<String> {
    let name = &draft.context.customer.name;
    if name.contains('@') || name.split_whitespace().count() > 4 {
        return vec![];
    }
    name.split_whitespace()
        .map(str::to_lowercase)
        .filter(|n| n.chars().count() > 1 && n.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '\'')))
        .collect()
}

fn name(draft: &Draft) -> Vec<Range<usize>> {
    let names = names(draft);
    let long = draft.text.tokens.len() >= 8;
    let said = draft.text.tokens.iter().any(|t| names.contains(&t.word));
    if names.is_empty() || said || !long { vec![] } else { vec![0..0] }
}

/// Greeted by a name that is not the customer's.
fn wrong_name(draft: &Draft) -> Vec<Range<usize>> {
    const GREETINGS: [&str; 11] =
        ["hi", "hello", "dear", "hey", "morning", "afternoon", "hallo", "liebe", "lieber", "geehrte", "geehrter"];
    const NOBODY: [&str; 34] = [
        "mr",
        "mrs",
        "ms",
        "miss",
        "dr",
        "prof",
        "mx",
        "herr",
        "frau",
        "there",
        "all",
        "team",
        "everyone",
        "both",
        "sir",
        "madam",
        "customer",
        "good",
        "again",
        "and",
        "or",
        "to",
        "you",
        "und",
        "damen",
        "herren",
        "zusammen",
        "friend",
        "folks",
        "sehr",
        "colleagues",
        "friends",
        "guten",
        "support",
    ];
    let names = names(draft);
    let Some(sentence) = draft.text.sentences.first() else { return vec![] };
    let words = draft.text.words(sentence);
    let greets = words.first().is_some_and(|w| {
        GREETINGS.contains(&w.word.as_str()) || w.word == "good" || w.word == "guten" || w.word == "sehr"
    });
    if names.is_empty() || !greets || words.len() > 7 {
        return vec![];
    }
    let named = words.iter().skip(1).filter(|w| {
        let capital = draft.text.source[w.span.clone()].chars().next().is_some_and(char::is_uppercase);
        capital
            && w.word.chars().count() > 1
            && !NOBODY.contains(&w.word.as_str())
            && !GREETINGS.contains(&w.word.as_str())
    });
    let called: Vec<_> = named.collect();
    let fits = |w: &str| names.iter().any(|n| n == w || near(n, w));
    if called.is_empty() || called.iter().any(|w| fits(&w.word)) {
        return vec![];
    }
    called.into_iter().map(|w| w.span.clone()).take(1).collect()
}

/// A short form: Dan for Daniel, Chris for Christine.
fn near(name: &str, said: &str) -> bool {
    said.chars().count() >= 3 && (name.starts_with(said) || said.starts_with(name))
}

/// The end says what happens next: who does what, or what the customer may do.
fn next_step(draft: &Draft) -> Vec<Range<usize>> {
    let text = draft.text;
    if text.tokens.len() < STEP_WORDS || !draft.promises.is_empty() {
        return vec![];
    }
    let told = ["next-step", "offer", "request", "instruction", "promise"].iter().any(|m| !draft.seen(m).is_empty());
    let asked = text.sentences.iter().any(|s| s.question);
    if told || asked { vec![] } else { missing(draft, "next-step", true) }
}

/// A question of the customer that no word of the answer goes near.
fn unanswered(draft: &Draft) -> Vec<Range<usize>> {
    let asked = Text::read(&draft.context.wrote, draft.language);
    let answer: Vec<&str> = draft.text.tokens.iter().map(|t| stem(&t.word)).collect();
    if answer.len() < 8 || !draft.seen("not-known").is_empty() || !draft.promises.is_empty() {
        return vec![];
    }
    let left_open = asked.sentences.iter().filter(|s| s.question).any(|sentence| {
        let about: Vec<&str> = asked
            .words(sentence)
            .iter()
            .map(|t| t.word.as_str())
            .filter(|w| w.chars().count() > 4 && !COMMON.contains(w))
            .map(stem)
            .collect();
        about.len() >= 2
            && !about.iter().any(|w| answer.iter().any(|a| a.starts_with(w) || w.starts_with(a) && a.len() > 3))
    });
    if left_open { vec![draft.text.source.len()..draft.text.source.len()] } else { vec![] }
}

const COMMON: [&str; 46] = [
    "about", "after", "again", "also", "anyone", "because", "before", "being", "could", "doing", "every", "going",
    "hello", "please", "possible", "should", "still", "thank", "thanks", "their", "there", "these", "thing", "things",
    "think", "those", "today", "tomorrow", "under", "until", "wanted", "where", "which", "while", "would", "yours",
    "you're", "könnte", "können", "würde", "warum", "bitte", "danke", "wieder", "haben", "werden",
];

fn stem(word: &str) -> &str {
    ["ings", "ing", "ies", "ied", "ed", "es", "s", "en", "e"]
        .iter()
        .find_map(|end| word.strip_suffix(end))
        .filter(|w| w.len() > 3)
        .unwrap_or(word)
}

fn recipient(draft: &Draft) -> Vec<Range<usize>> {
    let known = &draft.context.customer.addresses;
    let theirs = draft.context.wrote.to_lowercase();
    let strange = draft
        .context
        .recipients
        .iter()
        .map(|r| r.to_lowercase())
        .any(|r| !known.iter().any(|k| k.to_lowercase() == r) && !theirs.contains(&r));
    if known.is_empty() || !strange { vec![] } else { vec![0..0] }
}

/// `{first_name}`, `[INSERT DATE]`, `<name>`, `XXX`, two greetings: what a template left behind.
fn leftover(draft: &Draft) -> Vec<Range<usize>> {
    let source = draft.text.source;
    let mut found = vec![];
    for (open, close) in [('{', '}'), ('[', ']'), ('<', '>')] {
        for (at, _) in source.match_indices(open) {
            let Some(length) = source[at + 1..].find(close) else { continue };
            let inner = &source[at + 1..at + 1 + length];
            let end = at + length + 2;
            let link = open == '[' && source[end..].starts_with('(');
            if !draft.text.is_masked(at) && !link && is_placeholder(inner, open) {
                found.push(at..end);
            }
        }
    }
    for name in ["XXX", "TODO", "TBD", "FIXME", "lorem ipsum", "Lorem ipsum", "???"] {
        found.extend(
            source
                .match_indices(name)
                .map(|(at, _)| at..at + name.len())
                .filter(|s| !draft.text.is_masked(s.start) && alone(source, s)),
        );
    }
    found.extend(draft.seen("greeting").into_iter().skip(1));
    found
}

/// `{…}`: what a better wording left for the author to say.
fn gaps(text: &Text) -> Vec<Range<usize>> {
    let gaps = text.source.match_indices("{…}").map(|(at, gap)| at..at + gap.len());
    gaps.filter(|gap| !text.is_masked(gap.start)).collect()
}

fn alone(source: &str, span: &Range<usize>) -> bool {
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '-');
    !letter(source[..span.start].chars().next_back()) && !letter(source[span.end..].chars().next())
}

fn is_placeholder(inner: &str, open: char) -> bool {
    let words = inner.split_whitespace().count();
    let plain = inner
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.' | '|' | '\'' | '/' | ':' | '{' | '}' | '…'));
    if inner.is_empty() || words > 6 || !plain {
        return false;
    }
    let letters = inner.chars().filter(|c| c.is_alphabetic());
    let shouted = letters.clone().count() > 2 && letters.clone().all(char::is_uppercase);
    let lower = inner.to_lowercase();
    let asks = [
        "insert", "your ", "name", "date", "number", "amount", "customer", "agent", "company", "product", "time",
        "link", "address", "datum", "kunde", "anrede",
    ]
    .iter()
    .any(|w| lower.starts_with(w) || lower.ends_with(w.trim_end()));
    match open {
        '{' => letters.count() > 1,
        '[' => asks || (shouted && words > 1),
        _ => asks && !lower.contains('/'),
    }
}

fn wall(text: &Text) -> Vec<Range<usize>> {
    let Some(last) = text.sentences.last() else { return vec![] };
    let paragraphs =
        (0..=last.paragraph).map(|p| text.sentences.iter().filter(move |s| s.paragraph == p).collect::<Vec<_>>());
    let walls = paragraphs.filter(|p| p.iter().map(|s| s.tokens.len()).sum::<usize>() > PARAGRAPH_WORDS);
    let mut found: Vec<_> = walls.filter_map(|p| Some(p.first()?.span.start..p.last()?.span.end)).collect();
    if found.is_empty() && text.tokens.len() > MESSAGE_WORDS {
        found.push(0..0);
    }
    found
}

fn reading(text: &Text) -> Vec<Range<usize>> {
    let sentences: Vec<_> = text.sentences.iter().filter(|s| s.tokens.len() > 3).collect();
    let words: usize = sentences.iter().map(|s| s.tokens.len()).sum();
    if words < SHORT_WORDS {
        return vec![];
    }
    let syllables: usize = sentences.iter().flat_map(|s| text.words(s)).map(|t| crate::text::syllables(&t.word)).sum();
    let (words_f, per_sentence) = (words as f64, words as f64 / sentences.len() as f64);
    let ease = 206.835 - 1.015 * per_sentence - 84.6 * syllables as f64 / words_f;
    if ease < READING_EASE || per_sentence > SENTENCE_WORDS as f64 {
        return sentences.iter().max_by_key(|s| s.tokens.len()).map(|s| s.span.clone()).into_iter().collect();
    }
    vec![]
}

/// Three words or more in capitals, one after another.
fn shouting(text: &Text) -> Vec<Range<usize>> {
    let mut found = vec![];
    for sentence in &text.sentences {
        let mut run: Option<(Range<usize>, usize)> = None;
        for token in text.words(sentence).iter().filter(|t| !t.quoted) {
            let word = &text.source[token.span.clone()];
            let loud =
                word.chars().filter(|c| c.is_alphabetic()).count() > 1 && word.chars().all(|c| !c.is_lowercase());
            run = match (loud, run.take()) {
                (true, Some((span, n))) => Some((span.start..token.span.end, n + 1)),
                (true, None) => Some((token.span.clone(), 1)),
                (false, ended) => {
                    found.extend(ended.filter(|(_, n)| *n > 2).map(|(s, _)| s));
                    None
                }
            };
        }
        found.extend(run.filter(|(_, n)| *n > 2).map(|(s, _)| s));
    }
    found
}

/// "In two hours" is later each time it is read: a record up to so many minutes earlier is of the same words.
const RECORDED_BEFORE_MINUTES: i64 = 60;

/// Dated promises beyond those that stand on the record already.
fn unrecorded(draft: &Draft) -> Vec<Range<usize>> {
    let dated = draft.promises.iter().filter(|p| p.grade == Grade::Dated);
    let recorded = |due: DateTime| {
        let earliest = due.saturating_sub(RECORDED_BEFORE_MINUTES.minutes());
        draft.context.promised.iter().any(|at| (earliest..=due).contains(at))
    };
    dated.filter(|p| p.due.is_some_and(|due| !recorded(due))).map(|p| p.span.clone()).collect()
}
