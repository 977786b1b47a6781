//! Mail, as bytes and as meaning. Pure: what comes in is read ([`read()`]), what goes out is written ([`compose()`]),
//! HTML is made safe ([`safe_html`]); delivery reports and automatic mail are told from a person's words.
//!
//! Reading never fails on a mail that has anything to show: a lying charset, a broken part or a missing header yields
//! the text that is there. Only bytes that are no mail at all are [`Unreadable`].
//!
//! Standards: RFC 5322 (messages), 2045–2049 and 2231 (MIME), 3464 (delivery reports), 3834 (automatic mail).

mod compose;
mod html;
mod nature;
mod parsed;
mod plain;
mod read;
mod report;

pub use compose::{Outgoing, OutgoingAttachment, compose, markdown_to_html};
pub use html::safe_html;
pub use nature::Nature;
pub use parsed::Unreadable;
pub use read::{Mail, Part, Person, identity, part_bytes, read};
pub use report::{Delivered, Report};
