//! What customers read and do on pages of ours.

use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

/// P25: what customers read and do on pages of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Help {
    /// Where customers reach the desk, such as `https://help.example.com`; links to articles lead there. Empty: where
    /// whoever writes the answer reaches it.
    pub address: String,
    /// Open tickets are told when an article they were given says something else, and those that were solved within so
    /// many days.
    pub told_days: u32,
    /// Answers that solve, or that say a price, carry a link to a page with buttons. It needs the address.
    pub buttons: bool,
}

impl Default for Help {
    fn default() -> Self {
        Help { address: String::new(), told_days: 90, buttons: true }
    }
}

impl Help {
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let host = self.address.strip_prefix("https://").or_else(|| self.address.strip_prefix("http://"));
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
        if self.address.is_empty() || host.is_some_and(|h| !h.is_empty() && h.chars().all(plain)) {
            return Ok(());
        }
        Err(Refusal::input(
            format!("help.address is “{}”, which is not where pages are.", self.address),
            "Nothing was changed. Enter it as https://help.example.com, without anything behind, or leave it empty.",
        ))
    }
}
