//! Lines and pages: words are set until a line is full, lines until a page is.

use pdf_writer::{Content, Name, Str};

use crate::face::{Face, Used};
use crate::{Block, Document, Mark, Span};

type Colour = [f32; 3];
const INK: Colour = [0.11, 0.12, 0.13];
const QUIET: Colour = [0.34, 0.35, 0.38];
/// What the customer sees, and what stays inside; as on the desk's pages.
const OURS: Colour = [0.06, 0.42, 0.36];
const INSIDE: Colour = [0.51, 0.33, 0.0];
const LINE: Colour = [0.80, 0.79, 0.76];

const MARGIN: f32 = 62.0;
const LEADING: f32 = 1.42;
const REGULAR: usize = 0;
const BOLD: usize = 1;

/// Names of the two faces inside the file.
pub(crate) const NAMES: [Name<'static>; 2] = [Name(b"R"), Name(b"B")];

/// Pieces of one word: a word can be half bold.
type Word = Vec<(usize, String)>;

/// How a paragraph is set.
#[derive(Clone, Copy)]
struct Style {
    size: f32,
    colour: Colour,
    /// Left edge, from the margin.
    indent: f32,
    /// Drawn beside each line.
    bar: Option<Colour>,
}

pub(crate) struct Layout {
    faces: [Face; 2],
    width: f32,
    height: f32,
    letters: f32,
    pages: Vec<Content>,
    /// The base of the last line, from the bottom of the page.
    y: f32,
}

pub(crate) struct Pages {
    pub(crate) contents: Vec<Vec<u8>>,
    pub(crate) faces: [Used; 2],
}

impl Layout {
    pub(crate) fn new(document: &Document, faces: [Face; 2]) -> Layout {
        let (width, height) = document.size.points();
        let letters = document.letters.clamp(6.0, 40.0);
        Layout { faces, width, height, letters, pages: vec![Content::new()], y: height - MARGIN }
    }

    pub(crate) fn block(&mut self, block: &Block) {
        let letters = self.letters;
        let body = Style { size: letters, colour: INK, indent: 0.0, bar: None };
        let small = Style { size: letters * 0.85, colour: QUIET, ..body };
        match block {
            Block::Title(text) => {
                self.paragraph(&[Span::bold(text.as_str())], Style { size: letters * 1.8, ..body });
                self.gap(0.4);
            }
            Block::Heading(text) => {
                self.gap(0.8);
                self.room(letters * LEADING * 3.0);
                self.paragraph(&[Span::bold(text.as_str())], Style { size: letters * 1.15, ..body });
                self.gap(0.2);
            }
            Block::Text(spans) => {
                self.paragraph(spans, body);
                self.gap(0.5);
            }
            Block::Step { number, spans } => self.item(&format!("{number}."), BOLD, spans, body),
            Block::Point(spans) => self.item("•", REGULAR, spans, body),
            Block::Event { at, text } => self.event(at, text, small),
            Block::Message { from, about, mark, text } => self.message(from, about, *mark, text, body),
            Block::Fine(text) => {
                self.paragraph(&[Span::plain(text.as_str())], small);
                self.gap(0.3);
            }
            Block::Rule => {
                self.gap(0.4);
                let (x, y, width) = (MARGIN, self.y, self.width - 2.0 * MARGIN);
                self.box_at([x, y, width, 0.7], LINE);
                self.gap(0.6);
            }
        }
    }

    fn item(&mut self, mark: &str, face: usize, spans: &[Span], style: Style) {
        let indent = style.size * 2.0;
        self.room(style.size * LEADING * 2.0);
        let top = style.size * LEADING;
        self.text_at(MARGIN, self.y - top, face, style.size, style.colour, mark);
        self.paragraph(spans, Style { indent, ..style });
        self.gap(0.35);
    }

    fn event(&mut self, at: &str, text: &str, style: Style) {
        self.room(style.size * LEADING);
        let base = self.y - style.size * LEADING;
        self.text_at(MARGIN, base, REGULAR, style.size, style.colour, at);
        self.paragraph(&[Span::plain(text)], Style { colour: INK, indent: style.size * 10.5, ..style });
        self.gap(0.2);
    }

    fn message(&mut self, from: &str, about: &str, mark: Mark, text: &str, body: Style) {
        let colour = match mark {
            Mark::Theirs => LINE,
            Mark::Ours => OURS,
            Mark::Inside => INSIDE,
        };
        self.gap(0.3);
        self.room(body.size * LEADING * 3.0);
        let style = Style { indent: 10.0, bar: Some(colour), ..body };
        self.paragraph(&[Span::bold(from)], style);
        self.paragraph(&[Span::plain(about)], Style { size: body.size * 0.85, colour: QUIET, ..style });
        self.paragraph(&[Span::plain(text)], style);
        self.gap(0.6);
    }

    fn paragraph(&mut self, spans: &[Span], style: Style) {
        let width = self.width - 2.0 * MARGIN - style.indent;
        for line in lines(spans) {
            let mut set: Vec<Word> = Vec::new();
            let mut used = 0.0;
            for word in line {
                for word in self.fitting(word, style.size, width) {
                    let long = self.width_of(&word, style.size);
                    let space = if set.is_empty() { 0.0 } else { self.faces[REGULAR].width(" ") * style.size / 1000.0 };
                    if !set.is_empty() && used + space + long > width {
                        self.line(&std::mem::take(&mut set), style);
                        used = long;
                    } else {
                        used += space + long;
                    }
                    set.push(word);
                }
            }
            self.line(&set, style);
        }
    }

    /// A word that is longer than a line is broken where the line is full.
    fn fitting(&self, word: Word, size: f32, width: f32) -> Vec<Word> {
        if self.width_of(&word, size) <= width {
            return vec![word];
        }
        let mut parts: Vec<Word> = vec![Vec::new()];
        let mut used = 0.0;
        for (face, text) in word {
            for c in text.chars() {
                let letter = self.faces[face].width(c.encode_utf8(&mut [0; 4])) * size / 1000.0;
                if used + letter > width {
                    parts.push(Vec::new());
                    used = 0.0;
                }
                used += letter;
                let part = parts.last_mut().expect("there is always one");
                match part.last_mut() {
                    Some((f, text)) if *f == face => text.push(c),
                    _ => part.push((face, c.to_string())),
                }
            }
        }
        parts
    }

    fn width_of(&self, word: &Word, size: f32) -> f32 {
        word.iter().map(|(face, text)| self.faces[*face].width(text) * size / 1000.0).sum()
    }

    fn line(&mut self, words: &[Word], style: Style) {
        let height = style.size * LEADING;
        self.room(height);
        self.y -= height;
        if let Some(colour) = style.bar {
            self.box_at([MARGIN, self.y - style.size * 0.35, 2.2, height + 0.5], colour);
        }
        // Neighbours of one face are one piece, so that what is copied from the page keeps its spaces.
        let mut pieces: Vec<(usize, String)> = Vec::new();
        for (index, word) in words.iter().enumerate() {
            for (n, (face, text)) in word.iter().enumerate() {
                let space = if index > 0 && n == 0 { " " } else { "" };
                match pieces.last_mut() {
                    Some((f, before)) if f == face => before.push_str(&format!("{space}{text}")),
                    Some((_, before)) => {
                        before.push_str(space);
                        pieces.push((*face, text.clone()));
                    }
                    None => pieces.push((*face, text.clone())),
                }
            }
        }
        let mut x = MARGIN + style.indent;
        for (face, text) in pieces {
            self.text_at(x, self.y, face, style.size, style.colour, &text);
            x += self.faces[face].width(&text) * style.size / 1000.0;
        }
    }

    fn gap(&mut self, lines: f32) {
        self.y -= self.letters * lines;
    }

    /// Turns the page unless so much is left.
    fn room(&mut self, height: f32) {
        if self.y - height < MARGIN {
            self.pages.push(Content::new());
            self.y = self.height - MARGIN;
        }
    }

    fn page(&mut self) -> &mut Content {
        self.pages.last_mut().expect("there is always a page")
    }

    fn text_at(&mut self, x: f32, y: f32, face: usize, size: f32, colour: Colour, text: &str) {
        let letters = self.faces[face].set(text);
        draw(self.page(), (x, y), NAMES[face], size, colour, &letters);
    }

    fn box_at(&mut self, [x, y, width, height]: [f32; 4], [r, g, b]: Colour) {
        self.page().set_fill_rgb(r, g, b).rect(x, y, width, height).fill_nonzero();
    }

    pub(crate) fn finish(mut self, footer: &str) -> Pages {
        let count = self.pages.len();
        let size = 8.5;
        for (index, page) in self.pages.iter_mut().enumerate() {
            let number = format!("{} of {count}", index + 1);
            let right = self.width - MARGIN - self.faces[REGULAR].width(&number) * size / 1000.0;
            for (x, text) in [(MARGIN, footer), (right, number.as_str())] {
                let letters = self.faces[REGULAR].set(text);
                draw(page, (x, MARGIN * 0.55), NAMES[REGULAR], size, QUIET, &letters);
            }
        }
        let contents = self.pages.into_iter().map(|page| page.finish().to_vec()).collect();
        Pages { contents, faces: self.faces.map(Face::used) }
    }
}

fn draw(page: &mut Content, at: (f32, f32), face: Name<'_>, size: f32, [r, g, b]: Colour, letters: &[u8]) {
    page.begin_text().set_fill_rgb(r, g, b).set_font(face, size).next_line(at.0, at.1).show(Str(letters)).end_text();
}

/// Lines as they were written, each in words. Control characters are nothing to print.
fn lines(spans: &[Span]) -> Vec<Vec<Word>> {
    let mut lines: Vec<Vec<Word>> = vec![Vec::new()];
    let mut open = false;
    for span in spans {
        let face = if span.bold { BOLD } else { REGULAR };
        for c in span.text.chars() {
            match c {
                '\n' => {
                    lines.push(Vec::new());
                    open = false;
                }
                c if c.is_whitespace() && c != '\u{a0}' => open = false,
                c if c.is_control() => {}
                c => {
                    let line = lines.last_mut().expect("there is always one");
                    if !open {
                        line.push(Vec::new());
                        open = true;
                    }
                    let word = line.last_mut().expect("just begun");
                    match word.last_mut() {
                        Some((f, text)) if *f == face => text.push(c),
                        _ => word.push((face, c.to_string())),
                    }
                }
            }
        }
    }
    lines
}
