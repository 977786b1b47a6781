//! What stands in a message and in a note. Two types on purpose: the sending path takes a [`Message`] and has no way
//! to name a [`Note`].

use serde::{Deserialize, Serialize};

use crate::customer::normal_address;
use crate::sealed::Digest;

/// Seen by the customer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub from: Address,
    pub to: Vec<Address>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cc: Vec<Address>,
    /// Where an answer is to go, when not to the sender (RFC 5322 §3.6.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Address>,
    pub subject: String,
    /// Ours: Markdown. Theirs: the plain text of the mail.
    pub text: String,
    /// The mail has an HTML form, shown on request from the raw mail.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub html: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// RFC 5322 Message-ID without angle brackets.
    pub message_id: String,
    /// References, oldest first, without angle brackets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
}

/// Inside only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub text: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    pub address: String,
}

impl Message {
    /// Who an answer to this message goes to.
    pub fn answer_to(&self) -> &Address {
        self.reply_to.as_ref().unwrap_or(&self.from)
    }
}

impl Address {
    pub fn new(name: &str, address: &str) -> Self {
        Address { name: name.trim().to_owned(), address: address.trim().to_owned() }
    }
    /// What a person reads: the name, else the address.
    pub fn shown(&self) -> &str {
        if self.name.is_empty() { &self.address } else { &self.name }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    pub name: String,
    pub media_type: String,
    pub bytes: u64,
    /// RFC 2392 content id of an inline image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_id: Option<String>,
    pub source: Source,
}

/// Where the bytes are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The part with this index of the raw mail the message came in.
    Part(u32),
    /// A blob by the SHA-256 of its bytes, in hex.
    Blob(String),
}

/// Enough of a digest to know an address again on one ticket, not enough to be the address.
pub fn short_digest(address: &str) -> String {
    Digest::of_bytes(normal_address(address).as_bytes()).hex()[..16].to_owned()
}
