//! From bytes to parts and headers: what every kind of reading starts from.

use std::borrow::Cow;

use mail_parser::{HeaderName, HeaderValue, Message, MessageParser, MessagePart, MimeHeaders};

/// These bytes are no mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(pub &'static str);

/// Mails within mails, and parts within parts, that are looked into. Each costs stack to take apart, and real mail has a
/// handful.
const CONTAINERS: usize = 200;

/// The one way to a parsed mail: what is nested beyond reason is not even begun.
pub(crate) fn parsed(raw: &[u8]) -> Result<Message<'_>, Unreadable> {
    let mut containers = 0;
    for line in raw.split(|b| *b == b'\n') {
        let word = |w: &[u8]| line.windows(w.len()).any(|at| at.eq_ignore_ascii_case(w));
        let opens = line.len() < 2000 && line.contains(&b'/') && (word(b"message/") || word(b"multipart/"));
        containers += usize::from(opens);
        if containers > CONTAINERS {
            return Err(Unreadable("it is nested too deeply"));
        }
    }
    // Some malformed mails make the parser panic instead of giving up; that is theirs to fix and ours to survive.
    let parsing = std::panic::catch_unwind(|| MessageParser::default().parse(raw));
    parsing.map_err(|_| Unreadable("reading it broke off"))?.ok_or(Unreadable("it has no headers"))
}

pub(crate) fn header_texts(message: &Message<'_>, name: &'static str) -> Vec<String> {
    let values = message.headers().iter().filter(|h| h.name.as_str().eq_ignore_ascii_case(name));
    values
        .filter_map(|h| match &h.value {
            HeaderValue::Text(t) => Some(flat(t)),
            HeaderValue::TextList(list) => Some(flat(&list.join(", "))),
            HeaderValue::Address(a) => a.first().and_then(|a| a.address.as_deref()).map(flat),
            _ => message.header_raw(HeaderName::Other(Cow::Borrowed(name))).map(flat),
        })
        .collect()
}

pub(crate) fn flat(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(crate) fn media_type(part: &MessagePart<'_>) -> String {
    let declared = part.content_type().map(|t| format!("{}/{}", t.c_type, t.c_subtype.as_deref().unwrap_or("plain")));
    let safe = |t: &String| t.len() < 100 && t.chars().all(|c| c.is_ascii_alphanumeric() || "/.+-_".contains(c));
    declared.map(|t| t.to_lowercase()).filter(safe).unwrap_or_else(|| "application/octet-stream".into())
}

/// multipart/report with the given report type.
pub(crate) fn is_report(message: &Message<'_>, kind: &str) -> bool {
    message.is_content_type("multipart", "report")
        && message.content_type().and_then(|t| t.attribute("report-type")).is_some_and(|t| t.eq_ignore_ascii_case(kind))
}
