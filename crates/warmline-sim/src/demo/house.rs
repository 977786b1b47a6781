//! What is not Lumen & Loom's job, what it may do for whom, and who asked for a manager.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use warmline_desk::Wish;
use warmline_domain::site::Command;
use warmline_domain::site::catalogue::{self, Written as Request};
use warmline_domain::site::referrals::{self, Written as Helper};
use warmline_domain::ticket::{self, appeal, charge, referral};
use warmline_domain::{AgentId, By, PointerId, PromiseId, RequestId, TicketId};

use super::{INES, Past, RAVI, YOU};

/// Name, kind, what for, phone, mail, link, languages; days since somebody confirmed it.
type Line = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str, i64);

const HELPERS: [Line; 8] = [
    (
        "Cobalt Toner Works",
        "vendor",
        "toner cartridge leak drum warranty printer",
        "+1 202 555 0171",
        "care@cobalt-toner.example.com",
        "https://cobalt-toner.example.com/help",
        "en",
        12,
    ),
    (
        "Hale & Sons Cabling",
        "vendor",
        "cable socket wall network installation",
        "+1 202 555 0182",
        "",
        "https://halecabling.example.com",
        "en",
        40,
    ),
    (
        "Nordlicht Zahntechnik",
        "vendor",
        "x-ray sensor dental viewer licence",
        "",
        "hilfe@nordlicht.example.org",
        "https://nordlicht.example.org/hilfe",
        "de en",
        75,
    ),
    (
        "Accounting, second floor",
        "department",
        "invoice refund fee payment reminder",
        "210",
        "accounting@lumenloom.example.com",
        "",
        "en",
        5,
    ),
    (
        "Sales desk",
        "department",
        "laptop model offer quote contract order",
        "220",
        "sales@lumenloom.example.com",
        "",
        "en de",
        20,
    ),
    (
        "Data Protection Office",
        "public help",
        "privacy personal data request deletion",
        "",
        "",
        "https://privacy-office.example.gov",
        "en",
        90,
    ),
    (
        "Small Business Advice Line",
        "public help",
        "tax grant start business advice",
        "+1 202 555 0190",
        "",
        "https://advice-line.example.gov",
        "en",
        260,
    ),
    (
        "Harbour Hardware Repair",
        "vendor",
        "screen keyboard laptop repair broken glass",
        "+1 202 555 0166",
        "",
        "https://harbour-repair.example.com",
        "en",
        310,
    ),
];

impl Past {
    pub(super) async fn house(&mut self) -> Result<(), String> {
        self.helpers().await?;
        self.requests().await?;
        self.pointed("Which cable for the second screen?").await?;
        self.priced("Backup says").await?;
        self.excepted("Refund for duplicate").await?;
        self.appealed("Label printer cuts").await?;
        Ok(())
    }

    async fn helpers(&mut self) -> Result<(), String> {
        for (n, (name, kind, about, phone, mail, link, languages, days)) in HELPERS.into_iter().enumerate() {
            let now = Timestamp::now() - SignedDuration::from_hours(24 * days);
            let written = Helper {
                name: name.into(),
                kind: kind.into(),
                about: about.into(),
                phone: phone.into(),
                mail: mail.into(),
                link: link.into(),
                languages: languages.into(),
            };
            let keep = referrals::Command::Keep { id: PointerId(n as i64 + 1), written, now };
            let by = By::Agent([INES, RAVI, YOU][n % 3]);
            self.ask(Timestamp::now(), Wish::Site { by, command: Command::Directory(keep) }).await?;
        }
        Ok(())
    }

    async fn requests(&mut self) -> Result<(), String> {
        let both =
            |en: &str, de: &str| BTreeMap::from([("en".to_owned(), en.to_owned()), ("de".to_owned(), de.to_owned())]);
        let plan = |name: &str, terms: &str, price: &str| (name.to_owned(), terms.to_owned(), price.to_owned());
        let base = Request { currency: "EUR".into(), ..Request::default() };
        let entries = [
            Request {
                name: "Password reset".into(),
                about: "sign in locked account".into(),
                otherwise: ("included".into(), String::new()),
                minutes: "10".into(),
                ..base.clone()
            },
            Request {
                name: "Data rescue".into(),
                about: "disk broken recover files backup partial".into(),
                otherwise: ("extra cost".into(), "180".into()),
                plans: vec![plan("complete", "extra cost", "90")],
                why: "resources".into(),
                reason: both(
                    "It takes a laboratory and half a day of two people",
                    "Dafür braucht es ein Labor und zwei Leute für einen halben Tag",
                ),
                instead: both(
                    "We restore the last good backup with you",
                    "Wir spielen mit Ihnen die letzte gute Sicherung ein",
                ),
                minutes: "1440".into(),
                exception_up_to: "90".into(),
                ..base.clone()
            },
            Request {
                name: "Visit on site".into(),
                about: "technician come visit install".into(),
                otherwise: ("extra cost".into(), "120".into()),
                plans: vec![plan("complete", "included", "")],
                why: "resources".into(),
                reason: both("A technician travels for half a day", "Ein Techniker ist einen halben Tag unterwegs"),
                instead: both(
                    "We look at it with you on the phone, step by step",
                    "Wir sehen es uns am Telefon Schritt für Schritt mit Ihnen an",
                ),
                minutes: "240".into(),
                channel: "phone".into(),
                exception_up_to: "120".into(),
                ..base.clone()
            },
            Request {
                name: "Repair of private phones".into(),
                about: "mobile phone private screen".into(),
                otherwise: ("not done here".into(), String::new()),
                why: "policy".into(),
                reason: both(
                    "Opening them ends the maker’s warranty",
                    "Das Öffnen beendet die Garantie des Herstellers",
                ),
                instead: both(
                    "The maker repairs them, and we help you save your data first",
                    "Der Hersteller repariert sie, und wir helfen Ihnen vorher beim Sichern der Daten",
                ),
                ..base.clone()
            },
        ];
        let keep = |(written, n)| catalogue::Command::Keep { id: RequestId(n + 1), written: Box::new(written) };
        let mut commands: Vec<_> = entries.into_iter().zip(0_i64..).map(keep).collect();
        let organisation = "Brightwell Printing".to_owned();
        commands.push(catalogue::Command::Assign { organisation, plan: "complete".into() });
        for command in commands {
            self.ask(Timestamp::now(), Wish::Site { by: By::Agent(INES), command: Command::Catalogue(command) })
                .await?;
        }
        Ok(())
    }

    /// The ticket whose subject begins so.
    async fn about(&self, subject: &str) -> Result<Option<TicketId>, String> {
        let views = [warmline_store::View::Ours, warmline_store::View::Waiting, warmline_store::View::Solved];
        for view in views {
            let page = self.store.list(&view, None, 100).await.map_err(|f| f.to_string())?;
            let found = page.rows.iter().find(|r| r.ticket.subject.open().is_some_and(|s| s.starts_with(subject)));
            if let Some(row) = found {
                return Ok(Some(row.ticket.id));
            }
        }
        Ok(None)
    }

    async fn did(
        &mut self,
        minutes_ago: i64,
        who: AgentId,
        ticket: TicketId,
        command: ticket::Command,
    ) -> Result<(), String> {
        let at = Timestamp::now() - SignedDuration::from_mins(minutes_ago);
        self.ask(at, Wish::Ticket { by: By::Agent(who), ticket, command }).await
    }

    /// Was looked at as somebody else's work, pointed on by phone and closed.
    async fn pointed(&mut self, subject: &str) -> Result<(), String> {
        let Some(ticket) = self.about(subject).await? else { return Ok(()) };
        let cabling = referral::Choice::Directory(PointerId(2));
        self.did(62, RAVI, ticket, ticket::Command::Reopen).await?;
        let steps = [
            referral::Command::Look,
            referral::Command::Point(cabling),
            referral::Command::Said,
            referral::Command::Close,
        ];
        for (n, command) in steps.into_iter().enumerate() {
            self.did(60 - n as i64, RAVI, ticket, ticket::Command::Referral(command)).await?;
        }
        Ok(())
    }

    /// Told a price on the phone; the customer thinks about it.
    async fn priced(&mut self, subject: &str) -> Result<(), String> {
        let Some(ticket) = self.about(subject).await? else { return Ok(()) };
        let quote = charge::Command::Quote { entry: RequestId(2), plan: None };
        self.did(50, INES, ticket, ticket::Command::Charge(quote)).await?;
        self.did(48, INES, ticket, ticket::Command::Charge(charge::Command::Said { n: 0 })).await
    }

    async fn excepted(&mut self, subject: &str) -> Result<(), String> {
        let Some(ticket) = self.about(subject).await? else { return Ok(()) };
        let quote = charge::Command::Quote { entry: RequestId(3), plan: None };
        self.did(90, RAVI, ticket, ticket::Command::Charge(quote)).await?;
        let reason = "the first visit was ours to repeat".to_owned();
        let except = charge::Command::Except { n: 0, pays: "40".into(), reason };
        self.did(85, INES, ticket, ticket::Command::Charge(except)).await
    }

    /// Asked for a manager; the front line tried, and now Ines and you are asked.
    async fn appealed(&mut self, subject: &str) -> Result<(), String> {
        let Some(ticket) = self.about(subject).await? else { return Ok(()) };
        self.did(9, RAVI, ticket, ticket::Command::Appeal(appeal::Command::Begin)).await?;
        let promise: PromiseId = self.minter.mint(Timestamp::now());
        let ask = appeal::Command::Ask { promise, here: vec![YOU] };
        self.did(0, RAVI, ticket, ticket::Command::Appeal(ask)).await
    }
}
