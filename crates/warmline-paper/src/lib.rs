//! Pages that can be printed: a title, text, numbered steps, messages, set on A4 or Letter and written as PDF.
//!
//! The story is told in: [`Document`] (what is to be set), `markdown` (how instructions become blocks), `layout` (lines
//! and pages), `face` (the letters), `write` (the file). Text is set from left to right, a letter for a character:
//! Latin, Greek and Cyrillic with their accents; scripts that need shaping are shown unshaped.

mod face;
mod layout;
mod markdown;
mod write;

pub use markdown::blocks;

/// The size of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Size {
    #[default]
    A4,
    Letter,
}

impl Size {
    /// Width and height in points (1/72 inch).
    fn points(self) -> (f32, f32) {
        match self {
            Size::A4 => (595.28, 841.89),
            Size::Letter => (612.0, 792.0),
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// In the window's title, and for those who cannot see the page.
    pub title: String,
    /// RFC 5646, such as `en`.
    pub language: String,
    pub size: Size,
    /// Height of the running text, in points. 10 reads well at a desk, 15 beside a machine.
    pub letters: f32,
    pub blocks: Vec<Block>,
    /// Stands on each page beside its number.
    pub footer: String,
    /// A file inside the file; its bytes stand in it as they are.
    pub attachment: Option<Attachment>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub name: String,
    pub media_type: String,
    pub description: String,
    pub bytes: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub text: String,
    pub bold: bool,
}

impl Span {
    pub fn plain(text: impl Into<String>) -> Span {
        Span { text: text.into(), bold: false }
    }
    pub fn bold(text: impl Into<String>) -> Span {
        Span { text: text.into(), bold: true }
    }
}

/// Whose words they are: the bar beside them, and in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Theirs,
    Ours,
    Inside,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    Title(String),
    Heading(String),
    /// A line end in it ends the line.
    Text(Vec<Span>),
    Step {
        number: u64,
        spans: Vec<Span>,
    },
    Point(Vec<Span>),
    /// When, and what happened.
    Event {
        at: String,
        text: String,
    },
    Message {
        from: String,
        about: String,
        mark: Mark,
        text: String,
    },
    /// Small and quiet.
    Fine(String),
    Rule,
}

/// The document as a PDF file. The same document always gives the same bytes.
pub fn pdf(document: &Document) -> Vec<u8> {
    let faces = [face::Face::regular(), face::Face::bold()];
    let mut layout = layout::Layout::new(document, faces);
    for block in &document.blocks {
        layout.block(block);
    }
    write::file(document, layout.finish(&document.footer))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(blocks: Vec<Block>, size: Size) -> Document {
        let (title, language) = ("A sheet".to_owned(), "en".to_owned());
        Document { title, language, size, letters: 15.0, blocks, footer: "Lumen & Loom".into(), attachment: None }
    }

    #[test]
    fn names_of_many_alphabets_are_set_and_long_texts_turn_the_page() {
        let text = Span::plain("Zoë Šuštarić, Владимир Щукин, Ωμέγα. ".repeat(200));
        let blocks = vec![Block::Title("Ink pressure".into()), Block::Text(vec![text])];
        let a4 = pdf(&document(blocks.clone(), Size::A4));
        assert!(a4.starts_with(b"%PDF-1.7") && a4.ends_with(b"%%EOF"));
        let text = String::from_utf8_lossy(&a4);
        assert!(text.contains("/Count ") && !text.contains("/Count 1\n") && text.contains("595.28"), "more pages");
        let letter = pdf(&document(blocks.clone(), Size::Letter));
        assert!(String::from_utf8_lossy(&letter).contains("612"));
        assert_eq!(a4, pdf(&document(blocks, Size::A4)));
    }

    #[test]
    fn a_word_without_end_is_broken_and_nothing_at_all_is_a_page() {
        let endless = pdf(&document(vec![Block::Text(vec![Span::plain("x".repeat(20_000))])], Size::A4));
        assert!(endless.len() > 2_000);
        assert!(pdf(&document(vec![], Size::A4)).starts_with(b"%PDF"));
    }

    #[test]
    fn an_attachment_lies_in_the_file_as_it_is() {
        let bytes = b"{\"warmline_trail\":1}".to_vec();
        let attachment = Attachment {
            name: "trail.json".into(),
            media_type: "application/json".into(),
            description: "the record".into(),
            bytes: bytes.clone(),
        };
        let mut document = document(vec![Block::Fine("x".into())], Size::A4);
        document.attachment = Some(attachment);
        let file = pdf(&document);
        assert!(file.windows(bytes.len()).any(|w| w == bytes));
    }
}
