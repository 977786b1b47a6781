//! The plain-text part of a mail: Markdown read, not shown. Marks go, what they say stays; a link keeps its address.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

pub(crate) fn markdown_to_text(markdown: &str) -> String {
    let mut text = Text::default();
    for event in Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES) {
        text.take(event);
    }
    let mut out = text.out.trim_end().to_owned();
    out.push('\n');
    out
}

#[derive(Default)]
struct Text {
    out: String,
    /// The number of the next item of each list that is open; `None` for dashes.
    lists: Vec<Option<u64>>,
    quotes: usize,
    /// Addresses of the links that are open, and where their words began.
    links: Vec<(String, usize)>,
}

impl Text {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Text(words) | Event::Code(words) | Event::Html(words) | Event::InlineHtml(words) => self.say(&words),
            Event::SoftBreak | Event::HardBreak => self.line(),
            Event::Rule => {
                self.paragraph();
                self.out.push_str("----\n");
            }
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::Heading { .. } | Tag::CodeBlock(_) | Tag::Table(_) if self.lists.is_empty() => {
                self.paragraph();
            }
            Tag::BlockQuote(_) => {
                self.paragraph();
                self.quotes += 1;
            }
            Tag::List(first) => {
                if self.lists.is_empty() {
                    self.paragraph();
                }
                self.lists.push(first);
            }
            Tag::Item => {
                if !self.out.is_empty() && !self.out.ends_with('\n') {
                    self.line();
                }
                let indent = "  ".repeat(self.lists.len().saturating_sub(1));
                let mark = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "- ".to_owned(),
                };
                self.say(&format!("{indent}{mark}"));
            }
            Tag::TableRow | Tag::TableHead => self.line(),
            Tag::Link { dest_url, .. } => self.links.push((dest_url.into_string(), self.out.len())),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::BlockQuote(_) => self.quotes -= 1,
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::TableCell => self.out.push_str("  "),
            TagEnd::Link => {
                if let Some((address, from)) = self.links.pop()
                    && self.out[from..] != address
                    && address.strip_prefix("mailto:") != Some(&self.out[from..])
                {
                    self.out.push_str(&format!(" ({address})"));
                }
            }
            _ => {}
        }
    }

    fn say(&mut self, words: &str) {
        for (i, line) in words.split('\n').enumerate() {
            if i > 0 {
                self.line();
            }
            if self.quotes > 0 && (self.out.is_empty() || self.out.ends_with('\n')) && !line.is_empty() {
                self.out.push_str(&"> ".repeat(self.quotes));
            }
            self.out.push_str(line);
        }
    }

    fn line(&mut self) {
        self.out.push('\n');
    }

    /// An empty line, unless nothing was said before.
    fn paragraph(&mut self) {
        let kept = self.out.trim_end_matches('\n').len();
        self.out.truncate(kept);
        if !self.out.is_empty() {
            self.out.push_str("\n\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::markdown_to_text;

    #[test]
    fn marks_go_and_what_they_say_stays() {
        let cases = [
            ("please open the **purge valve**.", "please open the purge valve.\n"),
            ("Hello,\nline two\n\nSecond.", "Hello,\nline two\n\nSecond.\n"),
            ("Do:\n\n1. Open `a`\n2. Close\n\nDone", "Do:\n\n1. Open a\n2. Close\n\nDone\n"),
            ("- one\n  - two\n- three", "- one\n  - two\n- three\n"),
            (
                "See [the guide](https://example.com/a) or <https://example.com/b>",
                "See the guide (https://example.com/a) or https://example.com/b\n",
            ),
            ("> It broke.\n> Again.\n\nSorry.", "> It broke.\n> Again.\n\nSorry.\n"),
        ];
        for (markdown, text) in cases {
            assert_eq!(markdown_to_text(markdown), text, "{markdown}");
        }
    }
}
