//! Reading a mail.

use std::borrow::Cow;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Address, Encoding, HeaderValue, Message, MessagePart, MimeHeaders, PartType};
use sha2::{Digest, Sha256};

use crate::nature::{self, Nature};
use crate::parsed::{Unreadable, flat, header_texts, media_type, parsed};

/// Text beyond this is cut for show; the raw mail keeps it all.
const TEXT_BYTES: usize = 256 * 1024;
/// Parts beyond this are not listed.
const PARTS: usize = 100;
/// A subject beyond this is cut; the raw mail keeps it.
const SUBJECT_CHARS: usize = 1000;
/// Recipients beyond this are not listed: a mailing, not a conversation.
const PEOPLE: usize = 200;
/// RFC 5321 §4.5.3.1.
const ADDRESS_BYTES: usize = 320;
const NAME_CHARS: usize = 120;
/// Message-IDs beyond this are not looked at.
const REFERENCES: usize = 100;
/// RFC 5322 §2.1.1: a line has 998 octets at most.
const MESSAGE_ID_BYTES: usize = 998;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    pub name: String,
    pub address: String,
}

/// What a mail says.
#[derive(Clone, Debug)]
pub struct Mail {
    pub message_id: Option<String>,
    /// In-Reply-To, then References from the newest on.
    pub refers_to: Vec<String>,
    pub from: Option<Person>,
    pub reply_to: Option<Person>,
    pub to: Vec<Person>,
    pub cc: Vec<Person>,
    /// Delivered-To and X-Original-To: where it really went.
    pub delivered_to: Vec<String>,
    pub subject: String,
    /// Never empty when the mail has a body in any form.
    pub text: String,
    pub has_html: bool,
    pub parts: Vec<Part>,
    pub nature: Nature,
}

/// An attachment or inline image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub index: u32,
    pub name: String,
    pub media_type: String,
    pub bytes: u64,
    pub content_id: Option<String>,
}

pub fn read(raw: &[u8]) -> Result<Mail, Unreadable> {
    let message = parsed(raw)?;
    let has_any = message.from().is_some() || message.subject().is_some() || message.message_id().is_some();
    if !has_any && message.to().is_none() && message.date().is_none() {
        return Err(Unreadable("it has none of the headers of a mail"));
    }
    let mut refers_to = ids(message.in_reply_to());
    refers_to.extend(ids(message.references()).into_iter().rev());
    let mut seen = std::collections::BTreeSet::new();
    refers_to.retain(|id| seen.insert(id.clone()));
    refers_to.truncate(REFERENCES);
    Ok(Mail {
        message_id: message.message_id().map(clean_id).filter(|id| !id.is_empty()),
        refers_to,
        from: people(message.from()).into_iter().next().or_else(|| people(message.sender()).into_iter().next()),
        reply_to: people(message.reply_to()).into_iter().next(),
        to: people(message.to()),
        cc: people(message.cc()),
        delivered_to: ["Delivered-To", "X-Original-To", "X-Delivered-To", "Envelope-To"]
            .into_iter()
            .flat_map(|name| header_texts(&message, name))
            .map(|t| t.trim_matches(['<', '>', ' ']).to_owned())
            .filter(|t| t.len() <= ADDRESS_BYTES)
            .take(PEOPLE)
            .collect(),
        subject: message
            .subject()
            .map(|s| flat(&s.chars().take(SUBJECT_CHARS).collect::<String>()))
            .unwrap_or_default(),
        text: text(&message, raw),
        has_html: message.html_bodies().any(|p| matches!(p.body, PartType::Html(_))),
        parts: parts(&message),
        nature: nature::of(&message, raw),
    })
}

/// The mail's own identity: the same however it travelled, so that one mail to two of our addresses, or fetched twice,
/// is one mail. Two different mails that share a Message-ID (broken senders do that) stay two.
pub fn identity(raw: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    let (headers, body) = headers_and_body(raw);
    let mut kept = false;
    for line in headers.split(|b| *b == b'\n') {
        if !line.first().is_some_and(|b| b" \t".contains(b)) {
            let name = line.split(|b| *b == b':').next().unwrap_or(line).to_ascii_lowercase();
            kept = [&b"message-id"[..], b"from", b"date", b"subject", b"in-reply-to"].contains(&&name[..]);
        }
        if kept {
            hash.update(line.trim_ascii());
            hash.update(b"\n");
        }
    }
    // Relays may end lines differently and add empty ones at the end.
    for line in body.trim_ascii_end().split(|b| *b == b'\n') {
        hash.update(line.trim_ascii_end());
        hash.update(b"\n");
    }
    hash.finalize().into()
}

/// Split at the first empty line.
fn headers_and_body(raw: &[u8]) -> (&[u8], &[u8]) {
    let end = raw.windows(4).position(|w| w == b"\r\n\r\n").map(|i| i + 4);
    let end = end.or_else(|| raw.windows(2).position(|w| w == b"\n\n").map(|i| i + 2)).unwrap_or(raw.len());
    raw.split_at(end)
}

/// The media type and bytes of one part of a raw mail.
pub fn part_bytes(raw: &[u8], index: u32) -> Option<(String, Vec<u8>)> {
    let message = parsed(raw).ok()?;
    let part = message.part(index)?;
    let bytes = match &part.body {
        PartType::Message(inner) => inner.raw_message.to_vec(),
        PartType::Multipart(_) => return None,
        _ => part.contents().to_vec(),
    };
    Some((media_type(part), bytes))
}

fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    let all: Vec<String> = match value {
        HeaderValue::Text(text) => vec![clean_id(text)],
        HeaderValue::TextList(list) => list.iter().map(|t| clean_id(t)).collect(),
        _ => vec![],
    };
    all.into_iter().filter(|id| !id.is_empty()).collect()
}

fn clean_id(id: &str) -> String {
    id.trim().trim_matches(['<', '>']).chars().filter(|c| !c.is_control()).take(MESSAGE_ID_BYTES).collect()
}

fn people(address: Option<&Address<'_>>) -> Vec<Person> {
    let Some(address) = address else { return vec![] };
    address
        .iter()
        .filter_map(|a| {
            let address = a.address.as_deref()?.trim();
            let name: String = a.name.as_deref().map(flat).unwrap_or_default().chars().take(NAME_CHARS).collect();
            (!address.is_empty() && address.len() <= ADDRESS_BYTES)
                .then(|| Person { name, address: address.chars().filter(|c| !c.is_control()).collect() })
        })
        .take(PEOPLE)
        .collect()
}

fn text(message: &Message<'_>, raw: &[u8]) -> String {
    let mut out = String::new();
    for (i, id) in message.text_body.iter().enumerate() {
        let Some(part) = message.part(*id) else { continue };
        let body = match &part.body {
            PartType::Text(text) => salvaged(part, text, raw),
            _ => message.body_text(i).map(Cow::into_owned).unwrap_or_default(),
        };
        if !out.is_empty() && !body.trim().is_empty() {
            out.push_str("\n\n");
        }
        out.push_str(&body);
        if out.len() > TEXT_BYTES {
            break;
        }
    }
    // A body in a form nobody declared is still a body.
    if out.trim().is_empty() && message.attachments.iter().all(|id| is_unopened(message, *id)) {
        out = String::from_utf8_lossy(headers_and_body(raw).1).into_owned();
    }
    let out = out.replace("\r\n", "\n").replace('\r', "\n");
    let mut end = out.len().min(TEXT_BYTES);
    while !out.is_char_boundary(end) {
        end -= 1;
    }
    let readable = |c: char| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c };
    out[..end].trim_matches(['\n', ' ']).chars().map(readable).collect()
}

/// A whole mail that calls itself multipart and has no parts: its boundary never comes.
fn is_unopened(message: &Message<'_>, id: u32) -> bool {
    id == 0 && media_type(message.root_part()).starts_with("multipart/")
}

/// Text whose charset label lies decodes with holes. Windows-1252 has a letter for nearly every byte, and is what the
/// liars mostly use.
fn salvaged(part: &MessagePart<'_>, text: &str, raw: &[u8]) -> String {
    if !text.contains('\u{fffd}') {
        return text.to_owned();
    }
    let Some(encoded) = raw.get(part.offset_body as usize..part.offset_end as usize) else { return text.to_owned() };
    let bytes = match part.encoding {
        Encoding::None => Some(encoded.to_vec()),
        Encoding::QuotedPrintable => quoted_printable_decode(encoded),
        Encoding::Base64 => base64_decode(encoded),
    };
    match bytes {
        Some(bytes) if std::str::from_utf8(&bytes).is_err() && !bytes.contains(&0) => {
            bytes.iter().map(|b| windows_1252(*b)).collect()
        }
        _ => text.to_owned(),
    }
}

/// WHATWG Encoding, index windows-1252.
fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => HIGH[usize::from(byte) - 0x80],
        other => char::from(other),
    }
}

fn parts(message: &Message<'_>) -> Vec<Part> {
    let attached = message.attachments.iter().filter(|id| !is_unopened(message, **id)).take(PARTS);
    attached
        .filter_map(|id| {
            let part = message.part(*id)?;
            let media_type = media_type(part);
            let bytes = match &part.body {
                PartType::Message(inner) => inner.raw_message.len(),
                _ => part.contents().len(),
            };
            Some(Part {
                index: *id,
                name: name(part, *id, &media_type),
                media_type,
                bytes: bytes as u64,
                content_id: part.content_id().map(clean_id),
            })
        })
        .collect()
}

/// A file name without path, control characters or anything a file system takes amiss.
fn name(part: &MessagePart<'_>, index: u32, media_type: &str) -> String {
    let given = part.attachment_name().unwrap_or_default();
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String =
        last.chars().filter(|c| !c.is_control() && !"<>:\"|?*\u{202e}".contains(*c)).take(120).collect();
    match clean.trim().trim_matches('.') {
        "" if media_type == "message/rfc822" => format!("forwarded-{index}.eml"),
        "" => format!("part-{index}"),
        name => name.to_owned(),
    }
}
