//! Customers: people who need help, known by their addresses.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::limits::NAME_CHARS;
use crate::{CustomerId, Refusal, Sealed};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    pub id: CustomerId,
    pub name: Sealed<String>,
    /// Digests of normalised mail addresses; the addresses themselves are rows.
    pub addresses: BTreeSet<String>,
    /// Who they belong to, by its name. Its plan and its assets come with the work that needs them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<Sealed<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Met {
        id: CustomerId,
        name: Sealed<String>,
        address: Sealed<String>,
    },
    Renamed {
        name: Sealed<String>,
    },
    AddressAdded {
        address: Sealed<String>,
    },
    /// An empty name: to none.
    Belongs {
        organisation: Sealed<String>,
    },
}

/// Somebody wrote to us whom we do not know yet.
pub fn meet(id: CustomerId, name: &str, address: &str) -> Vec<Event> {
    let name = match tidy_name(name) {
        name if name.is_empty() => {
            address.strip_prefix("tel:").unwrap_or(address.split('@').next().unwrap_or(address)).to_owned()
        }
        name => name,
    };
    vec![Event::Met { id, name: Sealed::new(name), address: Sealed::new(normal_address(address)) }]
}

/// How many addresses a person may have; more is a mistake.
const ADDRESSES: usize = 20;

/// Somebody of ours notes a number or a mail address of a customer. `owner` is whose it is already.
pub fn add_address(customer: &Customer, text: &str, owner: Option<CustomerId>) -> Result<Vec<Event>, Refusal> {
    let address = known_form(text).ok_or_else(|| {
        Refusal::input(
            format!("“{}” is neither a phone number nor a mail address.", text.trim()),
            "Enter it like +1 555 0100 or name@example.com.",
        )
    })?;
    match owner {
        Some(owner) if owner == customer.id => Ok(vec![]),
        Some(_) => Err(Refusal::state(
            "That belongs to another customer already.",
            "Search for it; their tickets are listed there.",
        )),
        None if customer.addresses.len() >= ADDRESSES => {
            Err(Refusal::state("This customer has very many addresses.", "Check that they are one person."))
        }
        None => Ok(vec![Event::AddressAdded { address: Sealed::new(address) }]),
    }
}

/// Somebody of ours says whom a customer belongs to.
pub fn belongs(customer: &Customer, organisation: &str) -> Result<Vec<Event>, Refusal> {
    let name = tidy_name(organisation);
    if organisation.chars().count() > NAME_CHARS {
        return Err(Refusal::input(
            format!("The name of an organisation has {NAME_CHARS} characters at most."),
            "Shorten it.",
        ));
    }
    let organisation = Sealed::new(name);
    let before = customer.organisation.clone().unwrap_or_else(|| Sealed::new(String::new()));
    Ok(if before == organisation { vec![] } else { vec![Event::Belongs { organisation }] })
}

/// A number or a mail address as it is kept.
pub fn known_form(text: &str) -> Option<String> {
    match phone_number(text) {
        Some(number) => Some(tel(&number)),
        None => Some(normal_address(text)).filter(|a| is_address(a)),
    }
}

pub fn evolve(customer: Option<Customer>, event: &Event) -> Option<Customer> {
    match event {
        Event::Met { id, name, address } => Some(Customer {
            id: *id,
            name: name.clone(),
            addresses: BTreeSet::from([address.digest().hex()]),
            organisation: None,
        }),
        Event::Renamed { name } => customer.map(|c| Customer { name: name.clone(), ..c }),
        Event::Belongs { organisation } => customer.map(|mut c| {
            let none = *organisation == Sealed::new(String::new());
            c.organisation = (!none).then(|| organisation.clone());
            c
        }),
        Event::AddressAdded { address } => customer.map(|mut c| {
            c.addresses.insert(address.digest().hex());
            c
        }),
    }
}

fn tidy_name(name: &str) -> String {
    let clean: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).take(NAME_CHARS).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How addresses are compared: without surrounding space and in lower case. The local part could by RFC 5321 §2.4 be
/// told apart by case; no mail system in use does.
pub fn normal_address(address: &str) -> String {
    address.trim().to_lowercase()
}

/// A phone number as it is kept and dialled (E.164): `+` and 7 to 15 digits; spaces, dashes, dots and brackets go, a
/// leading 00 is a plus. Extensions and short numbers inside a company are digits alone.
pub fn phone_number(text: &str) -> Option<String> {
    let bare: String = text.chars().filter(|c| !c.is_whitespace() && !"-.()/".contains(*c)).collect();
    let bare = bare.strip_prefix("tel:").unwrap_or(&bare);
    let (plus, digits) = match bare.strip_prefix('+').or_else(|| bare.strip_prefix("00")) {
        Some(digits) => ("+", digits),
        None => ("", bare),
    };
    let fits = if plus.is_empty() { 2..=15 } else { 7..=15 };
    (fits.contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_digit())).then(|| format!("{plus}{digits}"))
}

/// How a caller's number stands among a customer's addresses (RFC 3966).
pub fn tel(number: &str) -> String {
    format!("tel:{number}")
}

/// Good enough to send to: one `@`, something on both sides, no space or control character, not too long.
pub fn is_address(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else { return false };
    !local.is_empty()
        && local.len() <= 64
        && !domain.is_empty()
        && address.len() <= crate::limits::ADDRESS_BYTES
        && !local.contains('@')
        && !address.chars().any(|c| c.is_whitespace() || c.is_control() || "<>(),;:\"[]\\".contains(c))
}
