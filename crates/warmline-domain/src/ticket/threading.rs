//! Which ticket a mail belongs to, and why. The reason is kept and shown.
//!
//! In this order: our own Message-ID in In-Reply-To or References; an address token (`support+k7m29q@…`); a Message-ID
//! of any mail seen on the ticket; the number with its check character in the subject. Quoting a number is not proof:
//! unless the sender takes part in the ticket already, the mail is held for an agent to let in. Our own Message-IDs
//! hold a random part, so that knowing one proves that the mail it names was received.

use serde::{Deserialize, Serialize};

use crate::TicketId;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matched {
    OurMessageId,
    AddressToken,
    References,
    SubjectNumber,
    /// An agent put it here.
    ByHand,
    /// Written in a chat on our page.
    Chat,
    /// Nothing fitted: the mail opened the ticket.
    Opening,
}

impl Matched {
    pub fn sentence(self) -> &'static str {
        match self {
            Matched::OurMessageId => "answers a mail of ours",
            Matched::AddressToken => "came to this ticket’s own address",
            Matched::References => "refers to an earlier mail of this ticket",
            Matched::SubjectNumber => "has the ticket number in its subject",
            Matched::ByHand => "put here by an agent",
            Matched::Chat => "written in the chat",
            Matched::Opening => "opened this ticket",
        }
    }
}

/// One ticket the mail may belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub ticket: TicketId,
    pub matched: Matched,
    /// The sender is the ticket's customer or has been on the mails of this ticket.
    pub takes_part: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Follow(TicketId, Matched),
    Hold(TicketId, Matched),
    Open,
}

/// A candidate the sender takes part in wins over one that would have to be held.
pub fn place(mut candidates: Vec<Candidate>) -> Place {
    candidates.sort_by_key(|c| c.matched);
    let proven = |c: &&Candidate| c.takes_part || c.matched == Matched::OurMessageId;
    match candidates.iter().find(proven).or(candidates.first()) {
        None => Place::Open,
        Some(c) if proven(&c) => Place::Follow(c.ticket, c.matched),
        Some(c) => Place::Hold(c.ticket, c.matched),
    }
}

/// The matter of a subject: without reply and forward marks, ticket numbers and white space, in lower case.
pub fn matter(subject: &str) -> String {
    let mut rest = subject.trim();
    loop {
        let before = rest;
        if let Some((mark, after)) = rest.split_once(':') {
            let mark = mark.trim_end_matches(|c: char| c.is_ascii_digit() || "[]()".contains(c)).to_lowercase();
            if MARKS.contains(&mark.trim()) {
                rest = after.trim();
            }
        }
        if let Some((inside, after)) = rest.strip_prefix('[').and_then(|r| r.split_once(']'))
            && (crate::TicketNumber::find(inside).is_some() || inside.eq_ignore_ascii_case("external"))
        {
            rest = after.trim();
        }
        if rest == before {
            break;
        }
    }
    let words = rest
        .split_whitespace()
        .filter(|w| crate::TicketNumber::find(w.trim_matches(|c: char| !c.is_ascii_alphanumeric())).is_none());
    words.collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Reply and forward marks of the mail programs people use, in lower case.
const MARKS: &[&str] = &[
    "re",
    "aw",
    "antw",
    "sv",
    "vs",
    "fw",
    "fwd",
    "wg",
    "tr",
    "rif",
    "r",
    "i",
    "res",
    "enc",
    "rv",
    "odp",
    "ynt",
    "vl",
    "doorst",
    "回复",
    "答复",
    "转发",
    "返信",
    "ответ",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(ticket: i64, matched: Matched, takes_part: bool) -> Candidate {
        Candidate { ticket: TicketId(ticket), matched, takes_part }
    }

    #[test]
    fn the_strongest_clue_wins() {
        let found = place(vec![
            candidate(2, Matched::SubjectNumber, true),
            candidate(1, Matched::OurMessageId, false),
            candidate(3, Matched::References, true),
        ]);
        assert_eq!(found, Place::Follow(TicketId(1), Matched::OurMessageId));
    }

    #[test]
    fn a_quoted_number_alone_is_held() {
        let found = place(vec![candidate(2, Matched::SubjectNumber, false)]);
        assert_eq!(found, Place::Hold(TicketId(2), Matched::SubjectNumber));
        let known = place(vec![candidate(2, Matched::References, false), candidate(4, Matched::SubjectNumber, true)]);
        assert_eq!(known, Place::Follow(TicketId(4), Matched::SubjectNumber));
        assert_eq!(place(vec![]), Place::Open);
    }

    #[test]
    fn the_matter_of_a_subject_is_what_is_left_without_marks() {
        let number = crate::TicketNumber(77);
        for same in [
            "Printer broken".to_owned(),
            "RE: Printer  broken".to_owned(),
            format!("AW: Re[2]: [{number}] printer broken"),
            format!("[EXTERNAL] Fwd: Printer broken [{number}]"),
        ] {
            assert_eq!(matter(&same), "printer broken", "{same}");
        }
        assert_eq!(matter("Re: Invoice: wrong total"), "invoice: wrong total");
    }
}
