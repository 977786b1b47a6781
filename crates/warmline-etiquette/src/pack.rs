//! All rules of one language, read and indexed: each pattern is tried only where one of its first words stands.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::pattern::{Begins, Classes, Pattern};
use crate::rule::{File, Source};
use crate::text::{Language, Sentence, Text};

/// A bit each in what a sentence does.
const MOVES: usize = 64;

pub struct Pack {
    pub language: Language,
    pub rules: Vec<Rule>,
    moves: Vec<Move>,
    patterns: Vec<(Pattern, Owner)>,
    by_first_word: BTreeMap<String, Vec<usize>>,
    /// By the first two letters of the beginning.
    by_prefix: BTreeMap<String, Vec<(String, usize)>>,
    anyhow: Vec<usize>,
    pub(crate) classes: Classes,
}

pub struct Rule {
    pub source: Source,
    pub(crate) except: Vec<Pattern>,
    pub(crate) unless: Vec<Pattern>,
    pub(crate) of: Option<usize>,
    pub(crate) with: Vec<usize>,
    pub(crate) without: Vec<usize>,
    /// The file it is from.
    pub file: String,
}

struct Move {
    name: String,
    except: Vec<Pattern>,
}

#[derive(Clone, Copy)]
enum Owner {
    Rule(usize),
    Move(usize),
}

/// What is wrong with a file of rules, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    pub file: String,
    /// From 1.
    pub line: usize,
    pub what: String,
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, line {}: {}", self.file, self.line, self.what)
    }
}

/// Something a pattern found.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    pub(crate) rule: usize,
    pub(crate) sentence: usize,
    /// Bytes of the source.
    pub(crate) span: Range<usize>,
    pub(crate) captures: Vec<(String, Range<usize>)>,
}

/// What the patterns found, and which moves each sentence makes.
pub(crate) struct Found {
    pub(crate) hits: Vec<Hit>,
    /// A bit per move, for each sentence.
    pub(crate) moves: Vec<u64>,
    /// Where each move was seen: move, sentence, bytes.
    pub(crate) seen: Vec<(usize, usize, Range<usize>)>,
}

impl Pack {
    /// Files are `(name, text)`; classes and moves of earlier files can be used in later ones.
    pub fn read(language: Language, files: &[(&str, &str)]) -> Result<Pack, Mistake> {
        let mut pack = Pack {
            language,
            rules: vec![],
            moves: vec![],
            patterns: vec![],
            by_first_word: BTreeMap::new(),
            by_prefix: BTreeMap::new(),
            anyhow: vec![],
            classes: Classes::new(),
        };
        for (name, text) in files {
            pack.add(name, text)?;
        }
        for at in 0..pack.patterns.len() {
            match pack.patterns[at].0.begins() {
                Begins::With(first) => {
                    first.words.into_iter().for_each(|w| pack.by_first_word.entry(w).or_default().push(at));
                    for prefix in first.prefixes {
                        pack.by_prefix.entry(two_letters(&prefix).to_owned()).or_default().push((prefix, at));
                    }
                }
                Begins::Anyhow => pack.anyhow.push(at),
            }
        }
        Ok(pack)
    }

    fn add(&mut self, name: &str, text: &str) -> Result<(), Mistake> {
        let wrong = |needle: &str, what: String| Mistake { file: name.to_owned(), line: line_of(text, needle), what };
        let file: File = toml::from_str(text).map_err(|e| {
            let line = e.span().map_or(1, |s| text[..s.start.min(text.len())].matches('\n').count() + 1);
            Mistake { file: name.to_owned(), line, what: e.message().to_owned() }
        })?;
        // Classes may use one another: read in rounds until nothing is left to be read.
        let mut waiting: Vec<_> = file.class.into_iter().collect();
        while !waiting.is_empty() {
            let before = waiting.len();
            let mut reason = None;
            waiting.retain(|(class, alternatives)| match Pattern::any_of(alternatives, &self.classes) {
                Ok(pattern) => {
                    self.classes.insert(class.clone(), pattern);
                    false
                }
                Err(why) => {
                    reason.get_or_insert((class.clone(), why));
                    true
                }
            });
            if waiting.len() == before
                && let Some((class, why)) = reason
            {
                return Err(wrong(&class, format!("class <{class}>: {why}")));
            }
        }
        let classes = self.classes.clone();
        let parse = |pattern: &String| {
            Pattern::parse(pattern, &classes).map_err(|why| wrong(pattern, format!("“{pattern}”: {why}")))
        };
        for (move_name, source) in file.r#move {
            let at = self.move_named(&move_name);
            if at >= MOVES {
                return Err(wrong(&move_name, format!("there are more than {MOVES} moves")));
            }
            for pattern in &source.any {
                self.patterns.push((parse(pattern)?, Owner::Move(at)));
            }
            let except = source.except.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
            self.moves[at].except.extend(except);
        }
        for source in file.rule {
            self.add_rule(name, text, source, &parse)?;
        }
        Ok(())
    }

    fn add_rule(
        &mut self,
        name: &str,
        text: &str,
        source: Source,
        parse: &dyn Fn(&String) -> Result<Pattern, Mistake>,
    ) -> Result<(), Mistake> {
        let wrong = |what: String| Mistake { file: name.to_owned(), line: line_of(text, &source.id), what };
        let at = self.rules.len();
        if !source.id.contains('.') || source.id.len() > 60 {
            return Err(wrong(format!("“{}” should be topic.what", source.id)));
        }
        if self.rules.iter().any(|r| r.source.id == source.id) {
            return Err(wrong(format!("there is another rule {}", source.id)));
        }
        if source.any.is_empty() && source.r#move.is_none() && source.check.is_none() {
            return Err(wrong(format!("{} looks for nothing: give it any, move or check", source.id)));
        }
        if let Some(check) = &source.check
            && !crate::whole::CHECKS.contains(&check.as_str())
        {
            return Err(wrong(format!("there is no check “{check}”")));
        }
        let known = |m: &String| {
            self.moves.iter().position(|k| k.name == *m).ok_or_else(|| wrong(format!("there is no move “{m}”")))
        };
        let of = source.r#move.as_ref().map(known).transpose()?;
        let with = source.with.iter().map(known).collect::<Result<Vec<_>, _>>()?;
        let without = source.without.iter().map(known).collect::<Result<Vec<_>, _>>()?;
        for pattern in &source.any {
            self.patterns.push((parse(pattern)?, Owner::Rule(at)));
        }
        let except = source.except.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
        let unless = source.unless.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
        self.rules.push(Rule { source, except, unless, of, with, without, file: name.to_owned() });
        Ok(())
    }

    fn move_named(&mut self, name: &str) -> usize {
        self.moves.iter().position(|m| m.name == name).unwrap_or_else(|| {
            self.moves.push(Move { name: name.to_owned(), except: vec![] });
            self.moves.len() - 1
        })
    }

    pub(crate) fn move_name(&self, index: usize) -> &str {
        &self.moves[index].name
    }

    pub(crate) fn move_index(&self, name: &str) -> Option<usize> {
        self.moves.iter().position(|m| m.name == name)
    }

    pub(crate) fn find(&self, text: &Text) -> Found {
        let mut found = Found { hits: vec![], moves: vec![0; text.sentences.len()], seen: vec![] };
        for (number, sentence) in text.sentences.iter().enumerate() {
            self.find_in(text, number, sentence, &mut found);
        }
        found
    }

    fn find_in(&self, text: &Text, number: usize, sentence: &Sentence, found: &mut Found) {
        let words = text.words(sentence);
        let mut excepted: BTreeMap<usize, bool> = BTreeMap::new();
        for at in 0..words.len() {
            let known = self.by_first_word.get(&words[at].word).map_or(&[][..], Vec::as_slice);
            let word = &words[at].word;
            let begun = self.by_prefix.get(two_letters(word)).map_or(&[][..], Vec::as_slice);
            let begun = begun.iter().filter(|(prefix, _)| word.starts_with(prefix.as_str())).map(|(_, index)| index);
            for index in known.iter().chain(begun).chain(&self.anyhow) {
                let (pattern, owner) = &self.patterns[*index];
                let Some(matched) = pattern.at(words, at) else { continue };
                let span = words[matched.tokens.start].span.start..words[matched.tokens.end - 1].span.end;
                match owner {
                    Owner::Move(of) => {
                        let excepted = excepted
                            .entry(*of)
                            .or_insert_with(|| self.moves[*of].except.iter().any(|p| p.find(words).is_some()));
                        if !*excepted && !words[at].quoted {
                            found.moves[number] |= 1 << of;
                            found.seen.push((*of, number, span));
                        }
                    }
                    Owner::Rule(rule) => {
                        let bytes = |r: &Range<usize>| match words.get(r.clone()) {
                            Some([first, .., last]) => first.span.start..last.span.end,
                            Some([only]) => only.span.clone(),
                            _ => 0..0,
                        };
                        let captures = matched.captures.iter().map(|(n, r)| (n.clone(), bytes(r))).collect();
                        found.hits.push(Hit { rule: *rule, sentence: number, span, captures });
                    }
                }
            }
        }
    }
}

/// The first two letters, or all of it.
fn two_letters(word: &str) -> &str {
    word.char_indices().nth(2).map_or(word, |(at, _)| &word[..at])
}

fn line_of(text: &str, needle: &str) -> usize {
    let escaped = needle.replace('\\', "\\\\").replace('"', "\\\"");
    let at = text.find(needle).or_else(|| text.find(&escaped)).unwrap_or(0);
    text[..at].matches('\n').count() + 1
}
