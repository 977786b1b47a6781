//! What the desk knows when a promise is made: it is put into the wish here, whatever way the wish came. And the
//! customer's receipt: the line of an answer that a promise can be held to.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use warmline_domain::By;
use warmline_domain::ticket::other_ways::Command::CallBack;
use warmline_domain::ticket::{Command, Known, NewPromise, Ticket};
use warmline_etiquette::Language;
use warmline_store::Fault;

use crate::core::Unit;

impl Unit<'_> {
    /// The command with what only the desk knows.
    pub(crate) async fn informed(&self, ticket: &Ticket, by: By, command: Command) -> Result<Command, Fault> {
        Ok(match command {
            Command::Promise(new) => Command::Promise(self.informed_promise(ticket, by, new).await?),
            Command::OtherWays(CallBack(new)) => {
                Command::OtherWays(CallBack(self.informed_promise(ticket, by, new).await?))
            }
            Command::HandPromiseOver { promise, to, reason, .. } => {
                let due = ticket.promises.get(&promise).map_or(self.now, |p| p.due);
                Command::HandPromiseOver { promise, to, away: self.away(to, due).await?, reason }
            }
            other => other,
        })
    }

    pub(crate) async fn informed_promise(&self, ticket: &Ticket, by: By, new: NewPromise) -> Result<NewPromise, Fault> {
        let forecast = self.core.forecasts().of(&self.core.store, &self.site.value, ticket, self.now).await?;
        let away = match by.agent().or(ticket.assignee) {
            Some(owner) => self.away(owner, new.due).await?,
            None => false,
        };
        Ok(NewPromise { known: Known { forecast, away }, ..new })
    }
}

const PROMISED: [&str; 2] = ["Promised by ", "Zugesagt bis "];

/// A promise as a line the customer can hold us to, in the language of what it goes with.
pub fn receipt(text: &str, what: &str, due: Timestamp, zone: &TimeZone) -> String {
    let german = Language::guess(text) == Language::of("de");
    format!("{}{}: {what}", PROMISED[usize::from(german)], date_in_full(due, zone, german))
}

/// The text of an answer without the receipts it went out with: what its author wrote.
pub fn without_receipts(text: &str) -> &str {
    let is_receipt = |line: &str| line.is_empty() || PROMISED.iter().any(|p| line.starts_with(p));
    match text.rsplit_once("\n\n") {
        Some((written, last)) if !last.is_empty() && last.lines().all(is_receipt) => written,
        _ => text,
    }
}

/// The answer as it goes out. A promise that only moves has its new date in the notice itself, and here.
pub(crate) fn with_receipts(text: &str, promises: &[NewPromise], zone: &TimeZone) -> String {
    let lines: Vec<String> = promises.iter().map(|p| receipt(text, &p.what, p.due, zone)).collect();
    if lines.is_empty() { text.to_owned() } else { format!("{}\n\n{}", text.trim_end(), lines.join("\n")) }
}

/// `Tuesday, 24 November 2026, 17:00 (CET)`: nobody has to ask which Tuesday.
pub fn date_in_full(at: Timestamp, zone: &TimeZone, german: bool) -> String {
    const DAYS: [&str; 7] = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"];
    const MONTHS: [&str; 12] = [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ];
    let at = at.to_zoned(zone.clone());
    if !german {
        return at.strftime("%A, %-d %B %Y, %H:%M (%Z)").to_string();
    }
    let day = DAYS[at.weekday().to_monday_zero_offset() as usize];
    let month = MONTHS[at.month() as usize - 1];
    format!("{day}, {}. {month} {}, {}", at.day(), at.year(), at.strftime("%H:%M (%Z)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_a_line_and_comes_off_again() {
        let zone = TimeZone::get("Europe/Vienna").unwrap();
        let due: Timestamp = "2026-11-24T16:00:00Z".parse().unwrap();
        let promise = NewPromise::new(warmline_domain::PromiseId(1), "I will call you.", due);
        let text = "Hello Maria,\n\nI will call you tomorrow by five.";
        let sent = with_receipts(text, std::slice::from_ref(&promise), &zone);
        assert!(sent.ends_with("\n\nPromised by Tuesday, 24 November 2026, 17:00 (CET): I will call you."), "{sent}");
        assert_eq!(without_receipts(&sent), text);
        assert_eq!(without_receipts(text), text);
        let german = with_receipts(
            "Guten Tag Frau Okafor, ich rufe Sie morgen an und sage Ihnen, wie es steht.",
            &[promise],
            &zone,
        );
        assert!(german.contains("Zugesagt bis Dienstag, 24. November 2026, 17:00 (CET)"), "{german}");
    }
}
