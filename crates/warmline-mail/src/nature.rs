//! Whether a person wrote a mail, or a machine.

use mail_parser::{Message, MimeHeaders};

use crate::parsed::header_texts;
use crate::report::{self, Report};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nature {
    /// A person's words.
    Personal {
        /// The mail may be answered automatically.
        answerable: bool,
    },
    /// An absence note, a newsletter, a machine's notice. Never answered automatically, changes nothing.
    Automatic(&'static str),
    /// What became of a mail of ours.
    DeliveryReport(Report),
}

pub(crate) fn of(message: &Message<'_>, raw: &[u8]) -> Nature {
    if let Some(report) = report::read(message, raw) {
        return Nature::DeliveryReport(report);
    }
    match automatic(message) {
        Some(why) => Nature::Automatic(why),
        None => Nature::Personal { answerable: is_answerable(message) },
    }
}

fn automatic(message: &Message<'_>) -> Option<&'static str> {
    let first = |name: &'static str| header_texts(message, name).into_iter().next().map(|v| v.to_lowercase());
    let has = |name: &'static str| message.headers().iter().any(|h| h.name.as_str().eq_ignore_ascii_case(name));
    // RFC 3834 §5: anything but "no" is automatic; parameters may follow.
    if first("Auto-Submitted").is_some_and(|v| !v.starts_with("no")) {
        return Some("it is marked as sent automatically");
    }
    if message.is_content_type("multipart", "report") {
        return Some("it is a machine's report, such as a read receipt");
    }
    if first("Precedence").is_some_and(|v| ["bulk", "list", "junk", "auto_reply"].contains(&v.trim())) {
        return Some("it is marked as bulk mail");
    }
    if has("List-Id") || has("List-Unsubscribe") {
        return Some("it came from a mailing list");
    }
    if has("X-Autoreply") || has("X-Autorespond") || has("X-Auto-Reply") {
        return Some("it is marked as an automatic reply");
    }
    if raw_return_path(message).is_some_and(|path| path == "<>") {
        return Some("it has no return path");
    }
    let subject = message.subject().unwrap_or_default().trim().to_lowercase();
    const ABSENCE: &[&str] = &[
        "automatic reply",
        "auto reply",
        "autoreply",
        "out of office",
        "automatische antwort",
        "abwesenheitsnotiz",
        "réponse automatique",
        "respuesta automática",
        "risposta automatica",
    ];
    ABSENCE.iter().any(|a| subject.starts_with(a)).then_some("its subject is that of an absence note")
}

fn raw_return_path(message: &Message<'_>) -> Option<String> {
    message.header_raw("Return-Path").map(|v| v.trim().to_owned())
}

fn is_answerable(message: &Message<'_>) -> bool {
    let from = message.from().and_then(|f| f.first()).and_then(|a| a.address()).unwrap_or_default().to_lowercase();
    let local = from.split('@').next().unwrap_or_default().replace(['-', '_', '.'], "");
    let machine =
        ["noreply", "donotreply", "mailerdaemon", "postmaster", "bounce", "bounces"].contains(&local.as_str());
    let suppressed = header_texts(message, "X-Auto-Response-Suppress").iter().any(|v| {
        let v = v.to_lowercase();
        v.contains("all") || v.contains("autoreply")
    });
    !from.is_empty() && !machine && !suppressed
}
