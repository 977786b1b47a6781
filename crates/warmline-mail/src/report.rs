//! Delivery status notifications (RFC 3464), and the form Exim and others send instead.

use mail_parser::{Message, MimeHeaders, PartType};

use crate::parsed::{header_texts, is_report, parsed};

/// What a mail server says about a mail of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The Message-ID of the mail it is about, when it says so.
    pub about: Option<String>,
    pub what: Delivered,
    /// One line for people: who, status, the server's words.
    pub why: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivered {
    Yes,
    /// Still trying.
    Later,
    No,
}

pub(crate) fn read(message: &Message<'_>, raw: &[u8]) -> Option<Report> {
    if is_report(message, "delivery-status") {
        return Some(read_status(message, raw));
    }
    read_failed_recipients(message, raw)
}

fn read_status(message: &Message<'_>, raw: &[u8]) -> Report {
    let status = message
        .parts
        .iter()
        .find(|p| {
            p.is_content_type("message", "delivery-status") || p.is_content_type("message", "global-delivery-status")
        })
        .and_then(|p| raw.get(p.offset_body as usize..p.offset_end as usize))
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .unwrap_or_default();
    // One block per recipient after the first (RFC 3464 §2.1); one that failed speaks for all.
    let unfolded = status.replace("\r\n", "\n").replace("\n ", " ").replace("\n\t", " ");
    let blocks: Vec<(Delivered, &str)> = unfolded
        .split("\n\n")
        .filter_map(|block| {
            let what = match field_of(block, "Action")?.to_lowercase().as_str() {
                "delivered" | "relayed" | "expanded" => Delivered::Yes,
                "delayed" => Delivered::Later,
                _ => Delivered::No,
            };
            Some((what, block))
        })
        .collect();
    let worst = [Delivered::No, Delivered::Later, Delivered::Yes];
    let found = worst.iter().find_map(|w| blocks.iter().find(|(what, _)| what == w));
    let (what, block) = found.copied().unwrap_or((Delivered::No, unfolded.as_str()));
    let field = |name: &str| field_of(block, name);
    let plain = |typed: String| typed.split_once(';').map_or(typed.clone(), |(_, v)| v.trim().to_owned());
    let words = [field("Final-Recipient").map(plain), field("Status"), field("Diagnostic-Code").map(plain)];
    Report {
        about: returned_message_id(message, raw),
        what,
        why: words.into_iter().flatten().collect::<Vec<_>>().join(": "),
    }
}

fn field_of(block: &str, name: &str) -> Option<String> {
    block.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

/// RFC 3464 §2: the third part returns the message or its headers.
fn returned_message_id(message: &Message<'_>, raw: &[u8]) -> Option<String> {
    message.parts.iter().skip(1).find_map(|part| match &part.body {
        PartType::Message(inner) => inner.message_id().map(str::to_owned),
        _ if part.is_content_type("text", "rfc822-headers") || part.is_content_type("message", "rfc822") => {
            let headers = raw.get(part.offset_body as usize..part.offset_end as usize)?;
            parsed(headers).ok()?.message_id().map(str::to_owned)
        }
        _ => None,
    })
}

/// Exim: X-Failed-Recipients, and the returned mail as text.
fn read_failed_recipients(message: &Message<'_>, raw: &[u8]) -> Option<Report> {
    let failed = header_texts(message, "X-Failed-Recipients").into_iter().next()?;
    let body = String::from_utf8_lossy(raw.get(message.root_part().offset_body as usize..)?);
    let about = body.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        let id = value.trim().trim_matches(['<', '>']);
        (key.trim().eq_ignore_ascii_case("message-id") && !id.is_empty()).then(|| id.to_owned())
    });
    Some(Report { about, what: Delivered::No, why: format!("{failed}: returned by its mail server") })
}
