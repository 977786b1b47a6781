//! One draft, read: rules and moves looked up, exceptions weighed, findings told.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::context::{Audience, Context};
use crate::pack::{Found, Hit, Pack, Rule};
use crate::promise::{self, Promise};
use crate::rule::{Form, Level, Within};
use crate::text::{Language, Text};
use crate::{Finding, whole};

/// A draft with all that was found in it.
pub(crate) struct Draft<'a> {
    pub(crate) text: &'a Text<'a>,
    pub(crate) context: &'a Context,
    pub(crate) language: Language,
    pub(crate) promises: &'a [Promise],
    pack: &'a Pack,
    found: &'a Found,
}

impl Draft<'_> {
    /// Where a move is made, once a sentence.
    pub(crate) fn seen(&self, name: &str) -> Vec<Range<usize>> {
        let Some(index) = self.pack.move_index(name) else { return vec![] };
        let mut spans: BTreeMap<usize, Range<usize>> = BTreeMap::new();
        for (of, sentence, span) in &self.found.seen {
            if *of == index && !self.text.is_masked(span.start) {
                spans.entry(*sentence).or_insert_with(|| span.clone());
            }
        }
        spans.into_values().collect()
    }
}

pub(crate) fn check(
    pack: &Pack,
    source: &str,
    context: &Context,
    level: &dyn Fn(&Rule) -> Option<Level>,
) -> (Vec<Finding>, Vec<Promise>) {
    let text = Text::read(source, pack.language);
    let mut found = pack.find(&text);
    found.hits.retain(|h| !in_quotes(&text, h));
    let promises = promise::find(&text, pack, &found, context);
    let draft = Draft { text: &text, context, language: pack.language, promises: &promises, pack, found: &found };
    let wrote = Text::read(&context.wrote, pack.language);
    let mut findings = vec![];
    for (number, rule) in pack.rules.iter().enumerate() {
        let Some(level) = level(rule).filter(|_| applies(rule, context)) else { continue };
        let with = rule.with.iter().fold(0_u64, |bits, m| bits | 1 << m);
        if with != 0 && !found.moves.iter().any(|m| m & with != 0) {
            continue;
        }
        let hits = hits(number, rule, &draft);
        // Most rules find nothing; only for those that do the rest is looked at.
        if hits.is_empty() || rule.unless.iter().any(|p| text.sentences.iter().any(|s| p.find(text.words(s)).is_some()))
        {
            continue;
        }
        let hits: Vec<Hit> = hits.into_iter().filter(|h| stands(h, rule, &draft, &wrote)).collect();
        if hits.len() >= rule.source.count.max(1) {
            findings
                .extend(hits.into_iter().skip(rule.source.count.max(1) - 1).map(|h| finding(&h, rule, level, &draft)));
        }
    }
    (settle(findings), promises)
}

fn applies(rule: &Rule, context: &Context) -> bool {
    let channel = rule.source.channels.is_empty() || rule.source.channels.contains(&context.channel);
    let for_all = rule.source.is_leak();
    let audience = rule.source.audience.unwrap_or(Audience::Customer);
    channel && (for_all || audience == context.audience)
}

fn in_quotes(text: &Text, hit: &Hit) -> bool {
    let words = text.words(&text.sentences[hit.sentence]);
    words.iter().any(|w| w.quoted && w.span.start >= hit.span.start && w.span.end <= hit.span.end)
}

fn hits(number: usize, rule: &Rule, draft: &Draft) -> Vec<Hit> {
    let mut hits: Vec<Hit> = draft.found.hits.iter().filter(|h| h.rule == number).cloned().collect();
    let sentence_at = |at: usize| draft.text.sentences.iter().position(|s| s.span.end >= at).unwrap_or(0);
    let at = |span: Range<usize>| Hit { rule: number, sentence: sentence_at(span.start), span, captures: vec![] };
    if let Some(of) = rule.of {
        let mut sentences = std::collections::BTreeSet::new();
        let seen = draft.found.seen.iter().filter(|(m, s, _)| *m == of && sentences.insert(*s));
        hits.extend(seen.map(|(_, sentence, span)| Hit {
            rule: number,
            sentence: *sentence,
            span: span.clone(),
            captures: vec![],
        }));
    }
    if let Some(check) = &rule.source.check {
        hits.extend(whole::find(check, draft).into_iter().map(at));
    }
    // The longest of those that overlap.
    hits.sort_by_key(|h| (h.span.start, std::cmp::Reverse(h.span.end)));
    let mut end = 0;
    hits.retain(|h| {
        let keep = h.span.start >= end || h.span.is_empty();
        end = end.max(h.span.end);
        keep
    });
    hits
}

/// Whether a hit holds against the exceptions of its rule.
fn stands(hit: &Hit, rule: &Rule, draft: &Draft, wrote: &Text) -> bool {
    let source = &rule.source;
    let Some(sentence) = draft.text.sentences.get(hit.sentence) else { return source.check.is_some() };
    let words = draft.text.words(sentence);
    let wrong_form = match source.form {
        Some(Form::Question) => !sentence.question,
        Some(Form::Statement) => sentence.question,
        None => false,
    };
    if wrong_form || rule.except.iter().any(|p| p.find(words).is_some()) {
        return false;
    }
    let wanted = rule.without.iter().fold(0_u64, |bits, m| bits | 1 << m);
    if wanted != 0 {
        let near = match source.within {
            Within::Sentence => hit.sentence..hit.sentence + 1,
            Within::Near => hit.sentence.saturating_sub(1)..(hit.sentence + 3).min(draft.found.moves.len()),
            Within::Message => 0..draft.found.moves.len(),
        };
        if draft.found.moves[near].iter().any(|m| m & wanted != 0) {
            return false;
        }
    }
    let said = &draft.text.source[hit.span.clone()];
    !(source.customers_words && says(wrote, said, draft.language) || source.explained && explained(draft.text, hit))
}

/// Whether these words stand in the other text too.
fn says(wrote: &Text, said: &str, language: Language) -> bool {
    let said = Text::read(said, language);
    let said: Vec<&str> = said.tokens.iter().map(|t| t.word.as_str()).collect();
    let theirs: Vec<&str> = wrote.tokens.iter().map(|t| t.word.as_str()).collect();
    !said.is_empty() && theirs.windows(said.len()).any(|w| w == said)
}

/// Explained beside its first use: in brackets before or after it, or by a clause.
fn explained(text: &Text, hit: &Hit) -> bool {
    const CLAUSES: [&str; 12] = [
        ", which",
        ", the ",
        ", that is",
        ", a ",
        ", an ",
        ", short for",
        " stands for",
        " is a ",
        " is the ",
        " means",
        ", your ",
        ", das ",
    ];
    let said = text.source[hit.span.clone()].to_lowercase();
    let first =
        text.source.to_lowercase().find(&said).filter(|at| text.source.is_char_boundary(*at)).unwrap_or(hit.span.start);
    let end = (first + said.len()).min(text.source.len());
    let (before, after) = (&text.source[..first], text.source.get(end..).unwrap_or_default());
    let bracketed = before.trim_end().ends_with('(') && after.trim_start().starts_with(')');
    bracketed || after.trim_start().starts_with('(') || CLAUSES.iter().any(|c| after.starts_with(c))
}

fn finding(hit: &Hit, rule: &Rule, level: Level, draft: &Draft) -> Finding {
    let source = draft.text.source;
    let fill = |template: &String| {
        let filled = hit
            .captures
            .iter()
            .fold(template.clone(), |t, (name, span)| t.replace(&format!("{{{name}}}"), &source[span.clone()]));
        if starts_sentence(source, hit.span.start) { capitalised(&filled) } else { filled }
    };
    let filled = |templates: &[String]| -> Vec<String> { templates.iter().map(fill).collect() };
    let fixes = filled(&rule.source.fix);
    let first = draft.context.customer.name.split_whitespace().next().unwrap_or_default();
    let named = |text: String| match first {
        "" => text.replace(" {name}", ""),
        first => text.replace("{name}", first),
    };
    let instead: Vec<String> = rule
        .source
        .instead
        .iter()
        .map(|t| {
            hit.captures
                .iter()
                .fold(t.clone(), |t, (name, span)| t.replace(&format!("{{{name}}}"), &source[span.clone()]))
        })
        .map(named)
        .collect();
    let sentence = draft.text.sentences.get(hit.sentence).map_or(hit.span.clone(), |s| s.span.clone());
    let promise = matches!(rule.source.check.as_deref(), Some("promise-unrecorded" | "promise-open"))
        .then(|| draft.promises.iter().find(|p| p.span == hit.span).cloned())
        .flatten();
    Finding {
        rule: rule.source.id.clone(),
        level,
        span: hit.span.clone(),
        sentence,
        say: rule.source.say.clone(),
        why: rule.source.why.clone(),
        fixes,
        instead,
        leak: rule.source.is_leak(),
        promise,
    }
}

fn starts_sentence(source: &str, at: usize) -> bool {
    source[at..].chars().next().is_some_and(char::is_uppercase)
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// Worst first, then in order of the text; of two that cover the same words the worse one.
fn settle(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|f| (std::cmp::Reverse(f.level), f.span.start));
    let mut kept: Vec<Finding> = vec![];
    for finding in findings {
        let same = |k: &Finding| {
            !k.span.is_empty()
                && !finding.span.is_empty()
                && k.span.start < finding.span.end
                && finding.span.start < k.span.end
                && k.topic() == finding.topic()
        };
        if !kept.iter().any(same) {
            kept.push(finding);
        }
    }
    kept
}
