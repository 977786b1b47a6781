//! Small things forms share: the list a ticket was opened from, lists of addresses, moments people type.

use serde::Deserialize;
use warmline_domain::ticket::Address;
use warmline_domain::{AgentId, CustomerId, Refusal};
use warmline_store::View;

/// Which list stands beside the ticket; travels with every link and form.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct InView {
    #[serde(default)]
    pub(crate) view: String,
    #[serde(default)]
    pub(crate) after: String,
}

impl InView {
    pub(crate) fn key(&self) -> &str {
        if self.view.is_empty() { "next" } else { &self.view }
    }

    pub(crate) fn view(&self, me: AgentId) -> View {
        match self.key() {
            "mine" => View::Mine(me),
            "unassigned" => View::Unassigned,
            "ours" => View::Ours,
            "waiting" => View::Waiting,
            "solved" => View::Solved,
            "closed" => View::Closed,
            "late" => View::Late,
            "unheard" => View::NotHeard,
            "decide" => View::ToDecide,
            other => match other.split_once(':') {
                Some(("customer", id)) => View::Customer(CustomerId(id.parse().unwrap_or(0))),
                Some(("organisation", name)) => View::Organisation(name.to_owned()),
                Some(("tag", tag)) => View::Tag(tag.to_owned()),
                _ => View::Next(me),
            },
        }
    }

    /// `?view=…` for links and redirects.
    pub(crate) fn query(&self) -> String {
        format!("?view={}", percent(self.key()))
    }
}

/// Percent-encodes what may not stand in a query value (RFC 3986 §3.4).
pub(crate) fn percent(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// `Maria Okafor <maria@example.net>, ravi@example.net`, separated by commas, semicolons or line ends.
pub(crate) fn addresses(text: &str) -> Vec<Address> {
    let mut found = Vec::new();
    let mut quoted = false;
    let mut current = String::new();
    for c in text.chars().chain([',']) {
        match c {
            '"' => quoted = !quoted,
            ',' | ';' | '\n' if !quoted => {
                found.extend(address(&current));
                current.clear();
            }
            c => current.push(c),
        }
    }
    found
}

fn address(text: &str) -> Option<Address> {
    let text = text.trim();
    if let Some((name, rest)) = text.rsplit_once('<') {
        return Some(Address::new(name, rest.trim_end_matches('>')));
    }
    (!text.is_empty()).then(|| Address::new("", text))
}

/// The form `addresses` reads.
pub(crate) fn addresses_as_text(addresses: &[Address]) -> String {
    let one = |a: &Address| match a.name.as_str() {
        "" => a.address.clone(),
        name if name.contains([',', ';', '"']) => format!("\"{}\" <{}>", name.replace('"', ""), a.address),
        name => format!("{name} <{}>", a.address),
    };
    addresses.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// What `<input type=datetime-local>` sends, in the desk's zone.
pub(crate) fn local_moment(text: &str, zone: &jiff::tz::TimeZone) -> Result<jiff::Timestamp, Refusal> {
    let wrong = |_| Refusal::input("That moment could not be read.", "Choose a day and a time.");
    let local: jiff::civil::DateTime = text.parse().map_err(wrong)?;
    let at = local.to_zoned(zone.clone()).map_err(wrong)?.timestamp();
    jiff::Timestamp::from_millisecond(at.as_millisecond()).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_write_them() {
        let read = addresses("Maria Okafor <maria@example.net>; \"Rao, Ravi\" <ravi@example.net>,\n ben@example.net ,");
        let shown: Vec<_> = read.iter().map(|a| (a.name.as_str(), a.address.as_str())).collect();
        assert_eq!(
            shown,
            [("Maria Okafor", "maria@example.net"), ("Rao, Ravi", "ravi@example.net"), ("", "ben@example.net")]
        );
        assert_eq!(addresses(&addresses_as_text(&read)), read);
    }
}
