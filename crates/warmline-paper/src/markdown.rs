//! Instructions as blocks: a numbered list becomes steps; a link is written out, as nobody can press paper.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::{Block, Span};

/// Reads Markdown.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut reading = Reading::default();
    for event in Parser::new(text) {
        reading.take(event);
    }
    reading.end_block();
    reading.blocks
}

#[derive(Default)]
struct Reading {
    blocks: Vec<Block>,
    spans: Vec<Span>,
    bold: u32,
    heading: bool,
    /// The next number of each list we are in; none for points.
    lists: Vec<Option<u64>>,
    item: bool,
    links: Vec<String>,
}

impl Reading {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(Tag::Strong) => self.bold += 1,
            Event::End(TagEnd::Strong) => self.bold -= 1,
            Event::Start(Tag::Link { dest_url, .. }) => self.links.push(dest_url.into_string()),
            Event::End(TagEnd::Link) => self.write_link_out(),
            Event::Start(Tag::Heading { .. }) => {
                self.end_block();
                self.heading = true;
            }
            Event::Start(Tag::List(first)) => {
                self.end_block();
                self.lists.push(first);
            }
            Event::End(TagEnd::List(_)) => {
                self.end_block();
                self.lists.pop();
            }
            Event::Start(Tag::Item) => {
                self.end_block();
                self.item = true;
            }
            Event::End(TagEnd::Item | TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::CodeBlock) => self.end_block(),
            Event::Text(text) | Event::Code(text) => self.push(&text),
            // What looks like HTML is shown as it was written.
            Event::Html(text) | Event::InlineHtml(text) => self.push(&text),
            Event::SoftBreak => self.push(" "),
            Event::HardBreak => self.push("\n"),
            Event::Rule => {
                self.end_block();
                self.blocks.push(Block::Rule);
            }
            _ => {}
        }
    }

    fn push(&mut self, text: &str) {
        self.spans.push(Span { text: text.to_owned(), bold: self.bold > 0 });
    }

    fn write_link_out(&mut self) {
        let Some(address) = self.links.pop() else { return };
        let shown = self.spans.last().is_some_and(|s| s.text == address || format!("mailto:{}", s.text) == address);
        if !shown && !address.is_empty() {
            self.push(&format!(" ({address})"));
        }
    }

    fn end_block(&mut self) {
        let spans = std::mem::take(&mut self.spans);
        let (heading, item) = (std::mem::take(&mut self.heading), std::mem::take(&mut self.item));
        if spans.iter().all(|s| s.text.trim().is_empty()) {
            self.item = item;
            return;
        }
        let block = match self.lists.last_mut() {
            _ if heading => Block::Heading(spans.into_iter().map(|s| s.text).collect()),
            Some(Some(next)) if item => {
                *next += 1;
                Block::Step { number: *next - 1, spans }
            }
            Some(None) if item => Block::Point(spans),
            _ => Block::Text(spans),
        };
        self.blocks.push(block);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_numbered_list_becomes_steps_and_links_are_written_out() {
        let read =
            blocks("Hello Maria,\n\n1. Open the **cover**.\n2. See [the page](https://example.com/x).\n\n- one\n\nBye");
        assert_eq!(read[0], Block::Text(vec![Span::plain("Hello Maria,")]));
        assert_eq!(
            read[1],
            Block::Step { number: 1, spans: vec![Span::plain("Open the "), Span::bold("cover"), Span::plain(".")] }
        );
        let Block::Step { number: 2, spans } = &read[2] else { panic!("{read:?}") };
        assert_eq!(spans.iter().map(|s| s.text.as_str()).collect::<String>(), "See the page (https://example.com/x).");
        assert_eq!(read[3], Block::Point(vec![Span::plain("one")]));
        assert_eq!(read[4], Block::Text(vec![Span::plain("Bye")]));
    }
}
