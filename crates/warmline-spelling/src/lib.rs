//! Spelling and common slips of what is about to go out: English by harper, German by Hunspell's dictionaries.
//!
//! Heavy, and therefore apart from the gate: a [`Worker`] has its own thread, loads when it is first asked, and may be
//! busy. What it finds advises and never blocks. It says honestly what it is: spelling and common slips, not grammar.
//!
//! Not looked at: what is quoted, code, links and addresses, words with digits, capitals and names, and what the desk
//! says are words ([`Vocabulary`]): customers, agents, products, the glossary.

mod english;
mod german;
mod vocabulary;
mod worker;

use std::ops::Range;
use std::path::Path;

use warmline_etiquette::text::Text;
use warmline_etiquette::{Finding, Language, Level};

pub use english::Dialect;
pub use vocabulary::Vocabulary;
pub use worker::{Settings, State, Worker};

/// Text beyond this many bytes is not looked at: about 3,000 words, a third of a second.
pub const READ_BYTES: usize = 20 * 1024;
/// Findings of one text beyond this many say that it is not in this language.
const MOST: usize = 40;

/// Looks at one text after another. Loading takes about a second; one per thread.
pub struct Speller {
    english: Option<english::English>,
    german: Option<german::German>,
    vocabulary: Vocabulary,
    dialect: Dialect,
}

impl Speller {
    /// English is loaded when the first English text comes.
    pub fn new(vocabulary: Vocabulary, dialect: Dialect) -> Speller {
        Speller { english: None, german: None, vocabulary, dialect }
    }

    /// With German, from `de_DE.aff` and `de_DE.dic` in this folder (or `.aff` and `.dic` of another country).
    pub fn with_german(mut self, folder: &Path) -> Result<Speller, String> {
        self.german = Some(german::German::open(folder)?);
        Ok(self)
    }

    /// Loads English now, with all that the first text would wait for.
    pub fn warm_up(&mut self) {
        let english = self.english.get_or_insert_with(english::English::load);
        english.check("Thiss sentense loads waht a frist text wuold wait for.", Dialect::Either);
    }

    pub fn check(&mut self, source: &str, language: Language, names: &Vocabulary) -> Vec<Finding> {
        let source = cut(source);
        let slips = match (language, &mut self.german) {
            (Language::English, _) => {
                let english = self.english.get_or_insert_with(english::English::load);
                english.check(&without_blocks(source), self.dialect)
            }
            (Language::German, Some(german)) => german.check(source, &[&self.vocabulary, names]),
            _ => return vec![],
        };
        let text = Text::read(source, language);
        let own = |slip: &Slip| {
            let said = &source[slip.span.clone()];
            let known = slip.rule == WORD && (self.vocabulary.has(said) || names.has(said));
            !known && !is_masked(&text, &slip.span) && !in_dotted_name(source, &slip.span)
        };
        slips.into_iter().filter(own).take(MOST).map(|slip| finding(slip, &text)).collect()
    }
}

const WORD: &str = "spelling.word";

/// What was found, before it is told.
struct Slip {
    rule: String,
    span: Range<usize>,
    say: String,
    fixes: Vec<String>,
    level: Level,
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(READ_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Quoted lines and code blocks as blanks, so that nobody spends time on them.
fn without_blocks(source: &str) -> String {
    let text = Text::read(source, Language::Other);
    let mut kept = String::with_capacity(source.len());
    let mut at = 0;
    for block in text.masked.iter().filter(|m| source[(*m).clone()].contains('\n')) {
        kept.push_str(&source[at..block.start]);
        kept.extend(source[block.clone()].bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }));
        at = block.end;
    }
    kept.push_str(&source[at..]);
    kept
}

/// Part of `setup.exe`: a name, and no word.
fn in_dotted_name(source: &str, span: &Range<usize>) -> bool {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let mut before = source[..span.start].chars().rev();
    let mut after = source[span.end..].chars();
    (before.next() == Some('.') && letter(before.next())) || (after.next() == Some('.') && letter(after.next()))
}

/// In code, quotes, a link or an address; or beside a sign that no word has.
fn is_masked(text: &Text, span: &Range<usize>) -> bool {
    let over = |r: &Range<usize>| r.start < span.end && span.start < r.end;
    let odd = |c: Option<char>| c.is_some_and(|c| matches!(c, '_' | '/' | '\\' | '@' | '#' | '=' | '{' | '}' | '<'));
    let source = text.source;
    text.masked.iter().any(over)
        || text.tokens.iter().any(|t| (t.quoted || t.word == warmline_etiquette::text::MASK) && over(&t.span))
        || odd(source[..span.start].chars().next_back())
        || odd(source[span.end..].chars().next())
}

fn finding(slip: Slip, text: &Text) -> Finding {
    let sentence = text.sentences.iter().find(|s| s.span.end > slip.span.start).map(|s| s.span.clone());
    Finding {
        rule: slip.rule,
        level: slip.level,
        sentence: sentence.filter(|s| s.start <= slip.span.start).unwrap_or_else(|| slip.span.clone()),
        span: slip.span,
        say: slip.say,
        why: String::new(),
        fixes: slip.fixes,
        instead: vec![],
        leak: false,
        promise: None,
    }
}
