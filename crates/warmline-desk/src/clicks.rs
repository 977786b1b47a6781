//! A customer clicks: the link in an answer that asks, and what comes back by it.

use warmline_domain::ticket::click::{About, Click, Event};
use warmline_domain::ticket::{self, Address, Command, Event as TicketEvent, Ticket};
use warmline_domain::{By, MessageId, Refusal, TicketId, TicketNumber};
use warmline_etiquette::Language;

use crate::core::Unit;
use crate::wish::{DeskError, Outcome};

/// Where the pages with buttons are, below the address of the desk.
pub const PAGES: &str = "/reply/";

impl Unit<'_> {
    /// A secret that nobody guesses, where answers carry links at all.
    pub(crate) fn ask_secret(&mut self, third_party: bool) -> Option<String> {
        let help = &self.site.value.policy.help;
        let asks = help.buttons && !help.address.is_empty() && !third_party;
        asks.then(|| format!("{:016x}{:016x}", self.core.edge.chance(), self.core.edge.chance()))
    }

    /// The line goes into the mail alone: no page inside shows it.
    pub(crate) fn keep_ask(
        &mut self,
        number: TicketNumber,
        secret: Option<String>,
        text: &str,
        events: &[TicketEvent],
    ) {
        let asked = events.iter().find_map(|e| match e {
            TicketEvent::Click(Event::Asked { message, about, .. }) => Some((*message, about)),
            _ => None,
        });
        if let (Some(secret), Some((message, about))) = (secret, asked) {
            let link = format!("{}{PAGES}{number}-{secret}", self.site.value.policy.help.address);
            self.batch.ask_link(message, &line(about, text, &link));
        }
    }

    pub(crate) async fn clicked(&mut self, id: TicketId, click: Click) -> Result<Outcome, DeskError> {
        let before = self.existing(id).await?;
        let ask = ticket::click::behind(&before.value, &click.secret);
        let ask = ask.ok_or_else(|| Refusal::missing("question behind this link"))?.message;
        let (message, from) = (self.core.edge.mint(self.now), self.asked_whom(&before.value, ask).await?);
        let by = By::Customer(before.value.customer);
        let command = Command::Click(Box::new(Click { message, from, ..click }));
        let events = ticket::decide(&before.value, &self.site.value, by, self.now, command)?;
        self.apply(Some(before), id, &events, by, None)?;
        Ok(Outcome::Done)
    }

    async fn asked_whom(&self, ticket: &Ticket, message: MessageId) -> Result<Address, DeskError> {
        let row = self.core.store.message(message).await?.filter(|(at, _)| *at == ticket.id);
        Ok(row.and_then(|(_, row)| row.content.to.into_iter().next()).unwrap_or_default())
    }
}

/// In the language of the answer it stands under.
fn line(about: &[About], text: &str, link: &str) -> String {
    let german = Language::guess(text) == Language::of("de");
    let question = match (about.contains(&About::Solution), german) {
        (true, false) => "Is it solved? Tell us with one click",
        (true, true) => "Ist es gelöst? Sagen Sie es uns mit einem Klick",
        (false, false) => "Do you agree to the price? Tell us with one click",
        (false, true) => "Sind Sie mit dem Preis einverstanden? Sagen Sie es uns mit einem Klick",
    };
    format!("{question}: <{link}>")
}

/// The secret of a link and the ticket it is about, as a path names them: `K7M-29Q-…`.
pub fn read_link(link: &str) -> Option<(TicketNumber, &str)> {
    let (number, secret) = link.rsplit_once('-')?;
    let plain = secret.len() == 32 && secret.bytes().all(|b| b.is_ascii_hexdigit());
    plain.then_some((number.parse().ok()?, secret))
}

/// A text of theirs that quotes our mail, without the secret in it.
pub fn masked(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(PAGES) {
        let (before, after) = rest.split_at(at + PAGES.len());
        shown.push_str(before);
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(after.len());
        shown.push_str(if read_link(&after[..end]).is_some() { "…" } else { &after[..end] });
        rest = &after[end..];
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use warmline_domain::ticket::click::digest_of;

    #[test]
    fn a_link_is_read_and_never_shown_whole() {
        let number = TicketNumber(42);
        let link = format!("{number}-0123456789abcdef0123456789abcdef");
        assert_eq!(read_link(&link), Some((number, "0123456789abcdef0123456789abcdef")));
        for wrong in ["", "K7M-29Q", "x-0123456789abcdef0123456789abcdef", &link[..link.len() - 1]] {
            assert_eq!(read_link(wrong), None, "{wrong}");
        }
        let text = format!("> click: https://help.example.com/reply/{link}\n> or /reply/nothing");
        assert_eq!(masked(&text), "> click: https://help.example.com/reply/…\n> or /reply/nothing");
        assert_eq!(digest_of("a").len(), 64);
    }
}
