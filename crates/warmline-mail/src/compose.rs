//! Writing a mail. The same [`Outgoing`] always gives the same bytes, so that a retry after an unclear end is the same
//! mail with the same Message-ID.

use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::{BodyPart, MimePart};
use sha2::{Digest, Sha256};

use crate::read::Person;

/// A message to customers, ready to be written. There is no way to put an internal note into it.
#[derive(Clone, Debug)]
pub struct Outgoing {
    pub from: Person,
    pub to: Vec<Person>,
    pub cc: Vec<Person>,
    pub subject: String,
    pub message_id: String,
    /// Oldest first; the last is what it answers.
    pub references: Vec<String>,
    /// Unix seconds.
    pub date: i64,
    /// Markdown.
    pub text: String,
    pub attachments: Vec<OutgoingAttachment>,
    /// Not written by a person (RFC 3834).
    pub automatic: bool,
}

#[derive(Clone, Debug)]
pub struct OutgoingAttachment {
    pub name: String,
    pub media_type: String,
    pub bytes: Vec<u8>,
}

pub fn compose(mail: &Outgoing) -> Vec<u8> {
    let mut message = MessageBuilder::new()
        .from(address(&mail.from))
        .to(addresses(&mail.to))
        .subject(line(&mail.subject))
        .message_id(line(&mail.message_id))
        .date(mail.date);
    if !mail.cc.is_empty() {
        message = message.cc(addresses(&mail.cc));
    }
    let references: Vec<String> = mail.references.iter().map(|r| line(r)).filter(|r| !r.is_empty()).collect();
    if let Some(last) = references.last() {
        message = message.in_reply_to(last.clone()).references(references.clone());
    }
    if mail.automatic {
        message = message
            .header("Auto-Submitted", Raw::new("auto-replied"))
            .header("X-Auto-Response-Suppress", Raw::new("All"));
    }
    let words = multipart(
        "multipart/alternative",
        &mail.message_id,
        "a",
        vec![
            MimePart::new("text/plain", BodyPart::Text(crate::plain::markdown_to_text(&mail.text).into())),
            MimePart::new("text/html", BodyPart::Text(page(&markdown_to_html(&mail.text)).into())),
        ],
    );
    let body = if mail.attachments.is_empty() {
        words
    } else {
        let attached = mail.attachments.iter().map(|a| {
            MimePart::new(ContentType::new(line(&a.media_type)), BodyPart::Binary(a.bytes.as_slice().into()))
                .attachment(line(&a.name))
        });
        let parts = std::iter::once(words).chain(attached).collect();
        multipart("multipart/mixed", &mail.message_id, "m", parts)
    };
    let mut out = Vec::new();
    message.body(body).serialize(&mut out);
    out
}

/// The boundary follows from the Message-ID, so that the bytes do too.
fn multipart<'x>(kind: &'static str, message_id: &str, level: &str, parts: Vec<MimePart<'x>>) -> MimePart<'x> {
    let boundary = format!("={level}_{}", &hex::encode(Sha256::digest(message_id))[..32]);
    MimePart::new(ContentType::new(kind).attribute("boundary", boundary), BodyPart::Multipart(parts))
}

/// Nothing that could start another header.
fn line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn address(person: &Person) -> Address<'_> {
    if person.name.is_empty() {
        return Address::from(line(&person.address));
    }
    Address::from((line(&person.name), line(&person.address)))
}

fn addresses(people: &[Person]) -> Address<'_> {
    Address::from(people.iter().map(address).collect::<Vec<_>>())
}

/// CommonMark to HTML without raw HTML: what an agent types as `<b>` is shown as that.
pub fn markdown_to_html(text: &str) -> String {
    use pulldown_cmark::{Event, Options, Parser, html};
    let events =
        Parser::new_ext(text, Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES).map(|event| match event {
            Event::Html(raw) | Event::InlineHtml(raw) => Event::Text(raw),
            // A line an agent ends is a line the customer sees end.
            Event::SoftBreak => Event::HardBreak,
            other => other,
        });
    let mut out = String::new();
    html::push_html(&mut out, events);
    ammonia::clean(&out)
}

fn page(body: &str) -> String {
    format!(
        "<!doctype html><html><body style=\"font-family:system-ui,sans-serif;font-size:15px;line-height:1.5\">{body}</body></html>"
    )
}
