//! Patterns over words: what a rule looks for.
//!
//! | written | means |
//! | --- | --- |
//! | `word` | this word, in any case |
//! | `word*`, `*ed` | words that begin, or end, so |
//! | `(a b\|c)` | one of these |
//! | `word?`, `(a b)?` | perhaps |
//! | `..`, `..5` | up to 3, or 5, words in between |
//! | `<class>` | a named list of words or patterns |
//! | `#` | a number |
//! | `!word`, `!(a\|b)` | not followed by this |
//! | `^`, `$` | the sentence begins, or ends |
//! | `x=(…)` | remembers what stood there as `{x}` |
//!
//! Punctuation inside a sentence does not matter. A match is the first that fits, from left to right; the work for one
//! start is bounded by [`STEPS`].

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use crate::text::Token;

/// Steps for one pattern at one place. The shipped rules need under a hundred.
const STEPS: u32 = 2_000;
/// The longest gap a pattern may leave open.
const GAP: usize = 12;
const DEPTH: usize = 8;

pub type Classes = BTreeMap<String, Pattern>;

#[derive(Clone, Debug)]
pub struct Pattern {
    nodes: Arc<[Node]>,
}

#[derive(Clone, Debug)]
enum Node {
    Word(String),
    Prefix(String),
    Suffix(String),
    Number,
    /// A class of single words.
    Set(Arc<BTreeSet<String>>),
    Any(Vec<Arc<[Node]>>),
    Maybe(Arc<[Node]>),
    Not(Arc<[Node]>),
    Gap(usize),
    Start,
    End,
    Open(String),
    Close,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Match {
    /// Tokens of the sentence.
    pub tokens: Range<usize>,
    pub captures: Vec<(String, Range<usize>)>,
}

/// How a pattern can begin: with one of these words or beginnings of words, or with anything.
pub enum Begins {
    With(First),
    Anyhow,
}

#[derive(Default)]
pub struct First {
    pub words: BTreeSet<String>,
    /// Beginnings of at least two letters.
    pub prefixes: BTreeSet<String>,
}

impl Pattern {
    pub fn parse(source: &str, classes: &Classes) -> Result<Pattern, String> {
        let mut parser = Parser { rest: source, classes, depth: 0 };
        let nodes = parser.sequence()?;
        if !parser.rest.is_empty() {
            return Err(format!("“{}” is not expected here", parser.rest));
        }
        if !nodes.iter().any(Node::takes_words) {
            return Err("a pattern needs at least one word".into());
        }
        Ok(Pattern { nodes: nodes.into() })
    }

    /// A class: one of many patterns.
    pub fn any_of(alternatives: &[String], classes: &Classes) -> Result<Pattern, String> {
        let parsed = alternatives.iter().map(|a| Pattern::parse(a, classes)).collect::<Result<Vec<_>, _>>()?;
        let node = Node::either(parsed.into_iter().map(|p| p.nodes).collect());
        Ok(Pattern { nodes: vec![node].into() })
    }

    pub fn begins(&self) -> Begins {
        let mut first = First::default();
        match begins(&self.nodes, &mut first) {
            Some(true) => Begins::With(first),
            _ => Begins::Anyhow,
        }
    }

    /// The match that starts at token `at` of the sentence.
    pub fn at(&self, sentence: &[Token], at: usize) -> Option<Match> {
        let mut run = Run { sentence, steps: STEPS, open: vec![], captures: vec![] };
        let end = run.nodes(&self.nodes, None, at)?;
        (end > at).then_some(Match { tokens: at..end, captures: run.captures })
    }

    pub fn find(&self, sentence: &[Token]) -> Option<Match> {
        (0..sentence.len()).find_map(|at| self.at(sentence, at))
    }
}

impl Node {
    fn either(alternatives: Vec<Arc<[Node]>>) -> Node {
        let words: Option<BTreeSet<String>> = alternatives
            .iter()
            .map(|a| match &**a {
                [Node::Word(word)] => Some(BTreeSet::from([word.clone()])),
                [Node::Set(words)] => Some((**words).clone()),
                _ => None,
            })
            .try_fold(BTreeSet::new(), |mut all, words| {
                all.extend(words?);
                Some(all)
            });
        match words {
            Some(words) => Node::Set(Arc::new(words)),
            None => Node::Any(alternatives),
        }
    }

    fn takes_words(&self) -> bool {
        match self {
            Node::Word(_) | Node::Prefix(_) | Node::Suffix(_) | Node::Number | Node::Set(_) => true,
            Node::Any(alternatives) => alternatives.iter().all(|a| a.iter().any(Node::takes_words)),
            _ => false,
        }
    }
}

/// Collects the words a sequence can begin with. `Some(true)`: these and no others; `Some(false)`: it may be empty, so
/// what follows counts too; `None`: with anything.
fn begins(nodes: &[Node], first: &mut First) -> Option<bool> {
    for node in nodes {
        match node {
            Node::Start | Node::Open(_) | Node::Close | Node::Not(_) => {}
            Node::Word(word) => {
                first.words.insert(word.clone());
                return Some(true);
            }
            Node::Prefix(start) => {
                first.prefixes.insert(start.clone());
                return Some(true);
            }
            Node::Set(set) => {
                first.words.extend(set.iter().cloned());
                return Some(true);
            }
            Node::Any(alternatives) => {
                let mut fixed = true;
                for alternative in alternatives {
                    fixed &= begins(alternative, first)?;
                }
                if fixed {
                    return Some(true);
                }
            }
            Node::Maybe(inner) => {
                begins(inner, first)?;
            }
            Node::Suffix(_) | Node::Number | Node::Gap(_) | Node::End => return None,
        }
    }
    Some(false)
}

/// What is still to be matched after the present sequence.
struct Then<'a> {
    nodes: &'a [Node],
    then: Option<&'a Then<'a>>,
}

struct Run<'a> {
    sentence: &'a [Token],
    steps: u32,
    open: Vec<(String, usize)>,
    captures: Vec<(String, Range<usize>)>,
}

impl Run<'_> {
    fn nodes(&mut self, nodes: &[Node], then: Option<&Then>, at: usize) -> Option<usize> {
        self.steps = self.steps.checked_sub(1)?;
        let Some((node, rest)) = nodes.split_first() else {
            return match then {
                Some(then) => self.nodes(then.nodes, then.then, at),
                None => Some(at),
            };
        };
        let after = Then { nodes: rest, then };
        match node {
            Node::Any(alternatives) => alternatives.iter().find_map(|a| self.nodes(a, Some(&after), at)),
            Node::Maybe(inner) => self.nodes(inner, Some(&after), at).or_else(|| self.nodes(rest, then, at)),
            Node::Gap(most) => {
                (at..=(at + most).min(self.sentence.len())).find_map(|next| self.nodes(rest, then, next))
            }
            Node::Not(inner) => match self.nodes(inner, None, at) {
                Some(_) => None,
                None => self.nodes(rest, then, at),
            },
            Node::Start if at == 0 => self.nodes(rest, then, at),
            Node::End if at == self.sentence.len() => self.nodes(rest, then, at),
            Node::Start | Node::End => None,
            Node::Open(name) => {
                self.open.push((name.clone(), at));
                let end = self.nodes(rest, then, at);
                if end.is_none() {
                    self.open.pop();
                }
                end
            }
            Node::Close => {
                let (name, from) = self.open.pop()?;
                self.captures.push((name.clone(), from..at));
                let end = self.nodes(rest, then, at);
                if end.is_none() {
                    self.captures.pop();
                    self.open.push((name, from));
                }
                end
            }
            word => {
                let token = self.sentence.get(at)?;
                word.is(&token.word).then(|| self.nodes(rest, then, at + 1)).flatten()
            }
        }
    }
}

impl Node {
    fn is(&self, word: &str) -> bool {
        match self {
            Node::Word(w) => w == word,
            Node::Set(words) => words.contains(word),
            Node::Prefix(start) => word.starts_with(start.as_str()),
            Node::Suffix(end) => word.len() > end.len() && word.ends_with(end.as_str()),
            Node::Number => word.starts_with(|c: char| c.is_ascii_digit()),
            _ => false,
        }
    }
}

struct Parser<'a> {
    rest: &'a str,
    classes: &'a Classes,
    depth: usize,
}

impl Parser<'_> {
    fn sequence(&mut self) -> Result<Vec<Node>, String> {
        let mut nodes = vec![];
        loop {
            self.rest = self.rest.trim_start();
            if self.rest.is_empty() || self.rest.starts_with(['|', ')']) {
                return Ok(nodes);
            }
            self.element(&mut nodes)?;
        }
    }

    fn element(&mut self, nodes: &mut Vec<Node>) -> Result<(), String> {
        if let Some(rest) = self.rest.strip_prefix("..") {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let most = if digits == 0 { 3 } else { rest[..digits].parse().unwrap_or(GAP + 1) };
            if most > GAP {
                return Err(format!("a gap is at most {GAP} words"));
            }
            self.rest = &rest[digits..];
            nodes.push(Node::Gap(most));
            return Ok(());
        }
        for (mark, node) in [("^", Node::Start), ("$", Node::End), ("#", Node::Number)] {
            if let Some(rest) = self.rest.strip_prefix(mark) {
                self.rest = rest;
                nodes.push(node);
                return Ok(());
            }
        }
        if let Some(rest) = self.rest.strip_prefix('!') {
            self.rest = rest;
            let mut inner = vec![];
            self.element(&mut inner)?;
            nodes.push(Node::Not(inner.into()));
            return Ok(());
        }
        let capture = self.capture();
        if let Some(name) = &capture {
            nodes.push(Node::Open(name.clone()));
        }
        let atom = self.atom()?;
        match self.rest.strip_prefix('?') {
            Some(rest) => {
                self.rest = rest;
                nodes.push(Node::Maybe(atom.into()));
            }
            None => nodes.extend(atom),
        }
        if capture.is_some() {
            nodes.push(Node::Close);
        }
        Ok(())
    }

    /// `name=` before a group.
    fn capture(&mut self) -> Option<String> {
        let name = self.rest.len() - self.rest.trim_start_matches(|c: char| c.is_ascii_lowercase()).len();
        let rest = self.rest[name..].strip_prefix('=').filter(|_| name > 0)?;
        let found = self.rest[..name].to_owned();
        self.rest = rest;
        Some(found)
    }

    fn atom(&mut self) -> Result<Vec<Node>, String> {
        if let Some(rest) = self.rest.strip_prefix('(') {
            self.rest = rest;
            self.depth += 1;
            if self.depth > DEPTH {
                return Err("brackets are nested too deep".into());
            }
            let mut alternatives = vec![Arc::from(self.sequence()?)];
            while let Some(rest) = self.rest.strip_prefix('|') {
                self.rest = rest;
                alternatives.push(Arc::from(self.sequence()?));
            }
            self.rest = self.rest.strip_prefix(')').ok_or("a bracket is not closed")?;
            self.depth -= 1;
            return Ok(vec![Node::either(alternatives)]);
        }
        if let Some(rest) = self.rest.strip_prefix('<') {
            let (name, rest) = rest.split_once('>').ok_or("“<” is not closed")?;
            let class = self.classes.get(name).ok_or_else(|| format!("there is no class <{name}>"))?;
            self.rest = rest;
            return Ok(class.nodes.to_vec());
        }
        let length = self.rest.len()
            - self
                .rest
                .trim_start_matches(|c: char| {
                    c.is_alphanumeric() || matches!(c, '\'' | '-' | '*' | '.' | '/' | '&' | '_')
                })
                .len();
        let word = self.rest[..length].to_lowercase();
        if word.is_empty() {
            return Err(format!("“{}” is not understood", self.rest));
        }
        self.rest = &self.rest[length..];
        Ok(vec![match (word.strip_prefix('*'), word.strip_suffix('*')) {
            (Some(end), None) if end.len() > 1 => Node::Suffix(end.to_owned()),
            (None, Some(start)) if start.len() > 1 => Node::Prefix(start.to_owned()),
            (None, None) => Node::Word(word),
            _ => return Err(format!("“{word}” is too open: give at least two letters beside the star")),
        }])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Language, Text};

    fn found(pattern: &str, source: &str) -> Option<(String, Vec<(String, String)>)> {
        let classes = Classes::from([
            ("we".to_owned(), Pattern::any_of(&["we".into(), "i".into()], &Classes::new()).unwrap()),
            ("thing".to_owned(), Pattern::any_of(&["the printer".into(), "it".into()], &Classes::new()).unwrap()),
        ]);
        let pattern = Pattern::parse(pattern, &classes).unwrap();
        let text = Text::read(source, Language::English);
        let sentence = text.words(&text.sentences[0]);
        let said = |r: &Range<usize>| sentence[r.clone()].iter().map(|t| t.word.as_str()).collect::<Vec<_>>().join(" ");
        let m = pattern.find(sentence)?;
        Some((said(&m.tokens), m.captures.iter().map(|(n, r)| (n.clone(), said(r))).collect()))
    }

    #[test]
    fn every_element_matches_what_it_says() {
        let is = |pattern: &str, source: &str, expected: Option<&str>| {
            assert_eq!(found(pattern, source).map(|f| f.0).as_deref(), expected, "{pattern} in {source}");
        };
        is("you should have", "I think you should’ve looked.", Some("you should have"));
        is("<we> can not", "Sadly, we can't.", Some("we can not"));
        is("<we> .. help", "We will surely not help.", Some("we will surely not help"));
        is("<we> ..2 help", "We will surely not help.", None);
        is("calm (down|yourself)", "Please calm yourself now.", Some("calm yourself"));
        is("fix* <thing>", "We fixed the printer.", Some("fixed the printer"));
        is("*ing down", "It is shutting down.", Some("shutting down"));
        is("^ sorry !(for|about)", "Sorry, no.", Some("sorry"));
        is("^ sorry !(for|about)", "Sorry for the wait.", None);
        is("please? (do not)? wait $", "Please do not wait.", Some("please do not wait"));
        is("in # minutes", "In 20 minutes.", Some("in 20 minutes"));
    }

    #[test]
    fn captures_are_remembered() {
        let (_, captures) = found("we can not x=(..6) $", "We can't book hotels here.").unwrap();
        assert_eq!(captures, [("x".to_owned(), "book hotels here".to_owned())]);
    }

    #[test]
    fn what_cannot_be_a_pattern_is_told() {
        for (pattern, words) in [
            ("", "at least one word"),
            ("(a|b", "not closed"),
            ("<nobody>", "no class"),
            ("a* ..99", "too open"),
            ("ab ..99", "at most"),
            ("a )", "not expected"),
        ] {
            let said = Pattern::parse(pattern, &Classes::new()).unwrap_err();
            assert!(said.contains(words), "{pattern}: {said}");
        }
    }
}
