//! Text as the rules see it: sentences of lower-case words with their places in the source.
//!
//! What is nobody's own wording is masked: quoted lines (`> …`), code, addresses, links, and everything after the
//! signature mark. A contraction becomes the words it stands for (`can't` → `can not`), so that rules say one thing once.

use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    English,
    German,
    Other,
}

impl Language {
    /// By its code (BCP 47); what has no rules is `Other`.
    pub fn of(code: &str) -> Language {
        match code.split(['-', '_']).next().unwrap_or_default() {
            "en" => Language::English,
            "de" => Language::German,
            _ => Language::Other,
        }
    }
    pub fn code(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::German => "de",
            Language::Other => "",
        }
    }

    /// Told from its commonest words; English when there are too few of them to say.
    pub fn guess(text: &str) -> Language {
        const GERMAN: [&str; 22] = [
            "der", "die", "das", "und", "ist", "nicht", "sie", "ich", "wir", "mit", "für", "auf", "ein", "eine", "den",
            "dem", "zu", "haben", "bitte", "werden", "ihnen", "sehr",
        ];
        const ENGLISH: [&str; 22] = [
            "the", "and", "is", "not", "you", "we", "with", "for", "on", "a", "an", "to", "have", "please", "will",
            "i", "it", "of", "that", "your", "are", "this",
        ];
        let (mut german, mut english) = (0, 0);
        for word in text.split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty()).take(400) {
            let word = word.to_lowercase();
            german += usize::from(GERMAN.contains(&word.as_str()));
            english += usize::from(ENGLISH.contains(&word.as_str()));
        }
        if german > english { Language::German } else { Language::English }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Lower case, straight apostrophes, contractions taken apart.
    pub word: String,
    /// Bytes of the source. The halves of a contraction share them.
    pub span: Range<usize>,
    /// Inside quotation marks: somebody else's words.
    pub quoted: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// Indices of tokens.
    pub tokens: Range<usize>,
    pub span: Range<usize>,
    pub question: bool,
    pub paragraph: usize,
}

#[derive(Debug)]
pub struct Text<'a> {
    pub source: &'a str,
    pub tokens: Vec<Token>,
    pub sentences: Vec<Sentence>,
    /// Bytes that are not the author's own wording.
    pub masked: Vec<Range<usize>>,
}

/// What stands for a link, an address or code: a word no rule names by accident.
pub const MASK: &str = "\u{fffc}";

impl<'a> Text<'a> {
    pub fn read(source: &'a str, language: Language) -> Text<'a> {
        let masked = masked(source);
        let mut reader = Reader {
            text: Text { source, tokens: vec![], sentences: vec![], masked },
            language,
            open: 0,
            first: 0,
            paragraph: 0,
            quoted: false,
        };
        reader.read();
        reader.text
    }

    pub fn words(&self, sentence: &Sentence) -> &[Token] {
        &self.tokens[sentence.tokens.clone()]
    }

    pub fn is_masked(&self, at: usize) -> bool {
        let next = self.masked.partition_point(|m| m.end <= at);
        self.masked.get(next).is_some_and(|m| m.contains(&at))
    }
}

/// Quoted lines, code and what follows the signature mark, in order.
fn masked(source: &str) -> Vec<Range<usize>> {
    let mut masked = vec![];
    let mut at = 0;
    let mut fence: Option<usize> = None;
    for line in source.split_inclusive('\n') {
        let (start, end) = (at, at + line.len());
        at = end;
        let trimmed = line.trim_start();
        let is_fence = trimmed.starts_with("```") || trimmed.starts_with("~~~");
        match fence {
            Some(from) if is_fence => {
                masked.push(from..end);
                fence = None;
            }
            Some(_) => {}
            None if is_fence => fence = Some(start),
            None if trimmed.starts_with('>') => masked.push(start..end),
            None if line.trim_end_matches(['\r', '\n']) == "-- " => {
                masked.push(start..source.len());
                return masked;
            }
            None => inline_code(line, start, &mut masked),
        }
    }
    if let Some(from) = fence {
        masked.push(from..source.len());
    }
    masked
}

fn inline_code(line: &str, start: usize, masked: &mut Vec<Range<usize>>) {
    let mut open = None;
    for (at, _) in line.match_indices('`') {
        match open.take() {
            Some(from) => masked.push(start + from..start + at + 1),
            None => open = Some(at),
        }
    }
}

struct Reader<'a> {
    text: Text<'a>,
    language: Language,
    /// Where the sentence in the making began, in bytes and tokens.
    open: usize,
    first: usize,
    paragraph: usize,
    quoted: bool,
}

impl Reader<'_> {
    fn read(&mut self) {
        let source = self.text.source;
        let mut at = 0;
        let mut mask = 0;
        while at < source.len() {
            while self.text.masked.get(mask).is_some_and(|m| m.end <= at) {
                mask += 1;
            }
            if let Some(range) = self.text.masked.get(mask).filter(|m| m.contains(&at)).cloned() {
                let block = source[range.clone()].contains('\n') || range.end == source.len();
                if block {
                    self.end_sentence(at, false);
                    self.paragraph += 1;
                    self.open = range.end;
                } else {
                    self.push(MASK, range.clone());
                }
                at = range.end;
                continue;
            }
            let c = source[at..].chars().next().unwrap_or(' ');
            at = if c.is_alphanumeric() { self.word(at) } else { self.mark(at, c) };
        }
        self.end_sentence(source.len(), false);
    }

    fn push(&mut self, word: &str, span: Range<usize>) {
        if self.text.tokens.len() == self.first {
            self.open = span.start;
        }
        self.text.tokens.push(Token { word: word.to_owned(), span, quoted: self.quoted });
    }

    /// A word, a number, a link or an address from `at`; returns where it ends.
    fn word(&mut self, at: usize) -> usize {
        let source = self.text.source;
        let rest = &source[at..];
        let run = rest.find(|c: char| c.is_whitespace()).map_or(source.len(), |n| at + n);
        let whole = &source[at..run];
        if whole.contains("://") || whole.starts_with("www.") || (whole.contains('@') && whole.contains('.')) {
            let end = at + whole.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '/').len();
            self.push(MASK, at..end);
            return end;
        }
        let end = at + word_length(rest);
        let word: String =
            source[at..end].chars().flat_map(char::to_lowercase).map(|c| if c == '’' { '\'' } else { c }).collect();
        if self.language == Language::English
            && let Some(parts) = expanded(&word)
        {
            for part in parts.iter().filter(|p| !p.is_empty()) {
                self.push(part, at..end);
            }
        } else {
            self.push(&word, at..end);
        }
        end
    }

    /// Anything that is not a word; may end the sentence.
    fn mark(&mut self, at: usize, c: char) -> usize {
        let source = self.text.source;
        let end = at + c.len_utf8();
        match c {
            '"' => self.quoted = !self.quoted,
            '“' | '„' | '«' => self.quoted = !(c == '“' && self.quoted && self.language == Language::German),
            '”' | '»' => self.quoted = false,
            '.' | '!' | '?' | '…' => {
                let next = source[end..].chars().next();
                let closes = next.is_none_or(|n| n.is_whitespace() || "\")”“»*_".contains(n));
                if closes && !(c == '.' && self.abbreviated()) {
                    self.end_sentence(end, c == '?');
                }
            }
            '\n' => {
                let rest = source[end..].trim_start_matches(['\r', ' ', '\t']);
                let blank = rest.starts_with('\n');
                if blank {
                    self.end_sentence(at, false);
                    self.paragraph += 1;
                    self.quoted = false;
                } else if starts_item(rest) || self.is_salutation() {
                    self.end_sentence(at, false);
                }
            }
            _ => {}
        }
        end
    }

    /// A line of few words that ends in a comma, or a closing line: its own sentence.
    fn is_salutation(&self) -> bool {
        let words = &self.text.tokens[self.first..];
        let Some(last) = words.last() else { return false };
        let after = self.text.source[last.span.end..].chars().next();
        words.len() <= 5 && matches!(after, Some(',' | '\n' | '\r' | ':' | '!'))
    }

    fn abbreviated(&self) -> bool {
        const SHORT: [&str; 22] = [
            "e.g", "i.e", "a.m", "p.m", "mr", "mrs", "ms", "dr", "st", "no", "vs", "etc", "approx", "ext", "inc",
            "ltd", "z.b", "d.h", "ca", "bzw", "nr", "usw",
        ];
        let Some(last) = self.text.tokens.last() else { return false };
        if self.language == Language::German && last.word.len() <= 2 && last.word.bytes().all(|b| b.is_ascii_digit()) {
            // "am 3. Dezember"
            return self.text.source[last.span.end..]
                .trim_start_matches('.')
                .trim_start()
                .starts_with(char::is_alphabetic);
        }
        let ends_text = self.text.source[last.span.end..].trim_start_matches('.').trim_start().chars().next();
        let goes_on = ends_text.is_some_and(|c| c.is_lowercase() || c.is_ascii_digit() || c == ',');
        let name_follows = matches!(last.word.as_str(), "mr" | "mrs" | "ms" | "dr" | "st" | "nr" | "no");
        SHORT.contains(&last.word.as_str()) && (goes_on || name_follows)
    }

    fn end_sentence(&mut self, at: usize, question: bool) {
        let last = self.text.tokens.len();
        if last > self.first {
            let sentence =
                Sentence { tokens: self.first..last, span: self.open..at, question, paragraph: self.paragraph };
            self.text.sentences.push(sentence);
        }
        self.first = last;
        self.open = at;
    }
}

/// Bytes of the word at the start: letters, digits, apostrophes and hyphens between them, dots in `e.g` and `17.30`, `3/12`.
fn word_length(rest: &str) -> usize {
    let mut end = 0;
    let mut chars = rest.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let inside = c.is_alphanumeric()
            || c == '_'
            || (matches!(c, '\'' | '’' | '-' | '.' | ':' | ',' | '/') && {
                let next = chars.peek().map(|(_, n)| *n);
                let before = rest[..at].chars().next_back();
                match c {
                    '\'' | '’' | '-' => next.is_some_and(char::is_alphanumeric),
                    ':' | ',' | '/' => {
                        next.is_some_and(|n| n.is_ascii_digit()) && before.is_some_and(|b| b.is_ascii_digit())
                    }
                    _ => {
                        next.is_some_and(|n| n.is_ascii_digit()) && before.is_some_and(|b| b.is_ascii_digit())
                            || next.is_some_and(char::is_alphanumeric) && single_letters(&rest[..at])
                    }
                }
            });
        if !inside {
            break;
        }
        end = at + c.len_utf8();
    }
    end.max(rest.chars().next().map_or(0, char::len_utf8))
}

/// `e`, `e.g`: an abbreviation in the making.
fn single_letters(text: &str) -> bool {
    text.split('.').all(|part| part.chars().count() == 1 && part.chars().all(char::is_alphabetic))
}

/// A list item or a heading begins here.
fn starts_item(rest: &str) -> bool {
    let digits = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.starts_with(['-', '*', '•', '#']) || (digits.len() < rest.len() && digits.starts_with(['.', ')']))
}

/// The words a contraction stands for.
fn expanded(word: &str) -> Option<[&str; 2]> {
    Some(match word {
        "can't" | "cannot" | "cant" => ["can", "not"],
        "won't" => ["will", "not"],
        "shan't" => ["shall", "not"],
        "let's" => ["let", "us"],
        "gonna" => ["going", "to"],
        "it's" | "that's" | "there's" | "here's" | "what's" | "who's" | "he's" | "she's" | "how's" | "where's" => {
            [&word[..word.len() - 2], "is"]
        }
        _ => {
            let (stem, end) = word.rsplit_once('\'')?;
            match end {
                "t" if stem.ends_with('n') => [&stem[..stem.len() - 1], "not"],
                "re" => [stem, "are"],
                "ve" => [stem, "have"],
                "ll" => [stem, "will"],
                "m" => [stem, "am"],
                "d" => [stem, "would"],
                "s" => [stem, "'s"],
                _ => return None,
            }
        }
    })
}

/// Groups of vowels, without the silent e: close enough for a measure of a whole text.
pub(crate) fn syllables(word: &str) -> usize {
    let vowel = |c: char| "aeiouyäöü".contains(c);
    let mut count = 0;
    let mut before = false;
    for c in word.chars() {
        count += usize::from(vowel(c) && !before);
        before = vowel(c);
    }
    if word.ends_with('e') && !word.ends_with("le") && count > 1 { count - 1 } else { count.max(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> Vec<Vec<String>> {
        let text = Text::read(source, Language::English);
        text.sentences.iter().map(|s| text.words(s).iter().map(|t| t.word.clone()).collect()).collect()
    }

    #[test]
    fn sentences_words_and_contractions() {
        assert_eq!(
            words("Hi Dana,\n\nI can’t see it, e.g. at 17:30. Could you look? We'll call."),
            [
                vec!["hi", "dana"],
                vec!["i", "can", "not", "see", "it", "e.g", "at", "17:30"],
                vec!["could", "you", "look"],
                vec!["we", "will", "call"],
            ]
        );
    }

    #[test]
    fn what_is_not_the_authors_wording_is_masked() {
        let source = "> you are stupid\nSee `kill -9` at https://x.example.com/a.b or mail dana@example.com.\n```\nidiot\n```\nBye.\n-- \nBest idiot ever";
        assert_eq!(words(source), [vec!["see", MASK, "at", MASK, "or", "mail", MASK], vec!["bye"]]);
    }

    #[test]
    fn quotes_are_somebody_elses_words() {
        let text = Text::read("You wrote \"this is useless\" and I see why.", Language::English);
        let quoted: Vec<&str> = text.tokens.iter().filter(|t| t.quoted).map(|t| t.word.as_str()).collect();
        assert_eq!(quoted, ["this", "is", "useless"]);
    }

    #[test]
    fn a_guess_of_the_language() {
        assert_eq!(Language::guess("Wir haben das Gerät geprüft und melden uns bei Ihnen."), Language::German);
        assert_eq!(Language::guess("We have looked at the device."), Language::English);
    }
}
