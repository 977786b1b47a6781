//! P22, say what can be done: the same instructions on paper, by fax, in a remote session, or by a call back.
//!
//! Each is an event, so that it can be counted. What goes onto paper or into a fax is read like an answer: nothing
//! internal leaves this way either.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::answers::Reading;
use super::{Event as TicketEvent, MadeIn, NewPromise, Ticket, promises};
use crate::customer::{is_address, phone_number};
use crate::limits::TEXT_BYTES;
use crate::policy::OtherWays as Policy;
use crate::site::Site;
use crate::{By, MessageId, PromiseId, Refusal, TicketNumber, refusal};

#[derive(Clone, Debug)]
pub enum Command {
    /// The instructions as a sheet of paper; `message` when it is an answer that was sent.
    Sheet {
        message: Option<MessageId>,
        text: String,
        reading: Reading,
    },
    /// This answer goes to a fax machine.
    Fax {
        message: MessageId,
    },
    /// A link to a remote session.
    Remote,
    CallBack(NewPromise),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    SheetMade {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<MessageId>,
    },
    Faxed {
        message: MessageId,
    },
    RemoteOffered,
    CallbackOffered {
        promise: PromiseId,
    },
}

pub(super) fn decide(
    ticket: &Ticket,
    site: &Site,
    by: By,
    now: Timestamp,
    command: Command,
) -> Result<Vec<TicketEvent>, Refusal> {
    match command {
        Command::Sheet { message, text, reading } => {
            printable(&text, &reading)?;
            Ok(vec![TicketEvent::OtherWays(Event::SheetMade { message })])
        }
        Command::Fax { message } if is_fax(ticket, message) => Ok(vec![]),
        Command::Fax { message } => Ok(vec![TicketEvent::OtherWays(Event::Faxed { message })]),
        Command::Remote => {
            remote_link(&site.policy.other_ways, ticket.number, "")?;
            Ok(vec![TicketEvent::OtherWays(Event::RemoteOffered)])
        }
        Command::CallBack(new) => {
            let owner = promises::owner(ticket, by)?;
            let mut events = promises::make(ticket, site, now, owner, &new, MadeIn::Words)?;
            if !events.is_empty() {
                events.push(TicketEvent::OtherWays(Event::CallbackOffered { promise: new.id }));
            }
            Ok(events)
        }
    }
}

fn printable(text: &str, reading: &Reading) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::input(
            "There is nothing to print yet.",
            "Write the steps into the answer first; a numbered list becomes numbered steps.",
        ));
    }
    if text.len() > TEXT_BYTES {
        return Err(Refusal::input(
            format!("This text is longer than {} kB.", TEXT_BYTES / 1024),
            "Shorten it. Your text is kept.",
        ));
    }
    if let Some(leak) = reading.leaks.first() {
        return Err(Refusal::new(
            refusal::Kind::Words,
            format!("This would let something internal out. {leak}"),
            "Take it out of your text, then print it. Your text is kept.",
        ));
    }
    if let Some(block) = reading.blocks.first() {
        return Err(Refusal::new(
            refusal::Kind::Words,
            format!("Not printed yet. {}", block.say),
            "Mend the wording first. Your text is kept.",
        ));
    }
    Ok(())
}

/// Takes in an event that is about another way.
pub(super) fn evolve(ticket: &mut Ticket, event: &TicketEvent) {
    if let TicketEvent::OtherWays(Event::Faxed { message }) = event {
        ticket.faxes.insert(*message);
    }
}

/// Whether that answer went, or goes, to a fax machine.
pub(super) fn is_fax(ticket: &Ticket, message: MessageId) -> bool {
    ticket.faxes.contains(&message)
}

/// Nothing remembered.
pub(super) fn none(faxes: &BTreeSet<MessageId>) -> bool {
    faxes.is_empty()
}

/// The mail address behind a fax number: the policy's pattern with the digits of the number (E.164, without the plus).
pub fn fax_address(policy: &Policy, number: &str) -> Result<String, Refusal> {
    if policy.fax.is_empty() {
        return Err(not_set("No fax gateway is set up.", "fax"));
    }
    let digits = phone_number(number).map(|n| n.trim_start_matches('+').to_owned()).ok_or_else(|| {
        Refusal::input(format!("“{}” is not a fax number.", number.trim()), "Enter it like +1 555 0100.")
    })?;
    Ok(policy.fax.replace("{number}", &digits))
}

/// The link to a remote session for this ticket; `name` is the customer's.
pub fn remote_link(policy: &Policy, number: TicketNumber, name: &str) -> Result<String, Refusal> {
    if policy.remote.is_empty() {
        return Err(not_set("No tool for remote sessions is set up.", "remote"));
    }
    let number = percent(&number.to_string());
    Ok(policy.remote.replace("{number}", &number).replace("{name}", &percent(name)))
}

fn not_set(why: &str, key: &str) -> Refusal {
    Refusal::state(why, format!("An administrator sets “{key}” under [other_ways] in the policy. Your text is kept."))
}

/// Leaves only what is unreserved in an address (RFC 3986 §2.3).
fn percent(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// What an administrator wrote can be used: one address, one link, with the places that are filled in.
pub(crate) fn check(policy: &Policy) -> Result<(), Refusal> {
    let kept = "Nothing was changed. Correct it and save again.";
    let fax = policy.fax.replace("{number}", "15550100");
    if !policy.fax.is_empty() && (!policy.fax.contains("{number}") || !is_address(&fax)) {
        return Err(Refusal::input("other_ways.fax is a mail address with {number} in it.", kept));
    }
    let remote = policy.remote.replace("{number}", "").replace("{name}", "");
    let link = remote.starts_with("https://") && !remote.contains(['{', '}', '"', '<', '>', '\\', '`']);
    if !policy.remote.is_empty() && (!link || remote.chars().any(|c| c.is_whitespace() || c.is_control())) {
        return Err(Refusal::input(
            "other_ways.remote is an https:// address; {number} and {name} are filled in.",
            kept,
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Policy {
        Policy {
            fax: "{number}@fax.example.com".into(),
            remote: "https://remote.example.com/join?ticket={number}&name={name}".into(),
            ..Policy::default()
        }
    }

    #[test]
    fn values_are_escaped_and_what_cannot_be_used_is_refused() {
        let number = TicketNumber(7);
        let link = remote_link(&policy(), number, "Zoë & Söhne\" onload=x").unwrap();
        let name = "name=Zo%C3%AB%20%26%20S%C3%B6hne%22%20onload%3Dx";
        assert_eq!(link, format!("https://remote.example.com/join?ticket={number}&{name}"));
        assert_eq!(
            fax_address(&policy(), "+1 (555) 01-00 22").unwrap(),
            "155501 0022".replace(' ', "") + "@fax.example.com"
        );
        assert!(fax_address(&policy(), "evil@example.net").is_err());
        assert!(fax_address(&Policy::default(), "+15550100").is_err());
        check(&policy()).unwrap();
        for (fax, remote) in
            [("fax@example.com", ""), ("{number} x@y", ""), ("", "javascript:alert(1)"), ("", "https://x/{who}")]
        {
            assert!(
                check(&Policy { fax: fax.into(), remote: remote.into(), ..Policy::default() }).is_err(),
                "{fax}{remote}"
            );
        }
    }
}
