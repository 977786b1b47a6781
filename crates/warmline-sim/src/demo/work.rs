//! The work in the demo: runbooks, a ticket somebody is in the middle of, one that waits to be accepted, a question.

use jiff::{SignedDuration, Timestamp};
use warmline_desk::Wish;
use warmline_domain::id::Minter;
use warmline_domain::ticket::record::{self, Came, Field, Ticked};
use warmline_domain::ticket::{Command, hand_up, ladder};
use warmline_domain::{AgentId, By, TicketId, runbook};
use warmline_store::View;

use super::{INES, Past, RAVI, YOU};

const RUNBOOKS: [(&str, &str); 3] = [
    ("ink-pressure", include_str!("runbooks/ink-pressure.md")),
    ("label-printer", include_str!("runbooks/label-printer.md")),
    ("cannot-sign-in", include_str!("runbooks/cannot-sign-in.md")),
];

impl Past {
    /// After the tickets are there.
    pub(super) async fn work(&mut self, now: Timestamp) -> Result<(), String> {
        let begun = now - SignedDuration::from_hours(90);
        // Of its own: the minter of the past only goes forward, and is past that time by now.
        let mut minter = Minter::new(903);
        for (key, file) in RUNBOOKS {
            let command = runbook::Command::Write { id: minter.mint(begun), key: key.into(), file: file.into() };
            self.ask(begun, Wish::Runbook { by: By::Agent(INES), command }).await?;
        }
        self.in_the_middle(now).await?;
        self.waits_to_be_accepted(now).await?;
        self.asks_you(now).await
    }

    /// Ravi is on the label printer and has ticked off two steps.
    async fn in_the_middle(&mut self, now: Timestamp) -> Result<(), String> {
        let Some(ticket) = self.called("Label printer").await? else { return Ok(()) };
        let then = now - SignedDuration::from_mins(25);
        self.classified(ticket, "label-printer", RAVI, then).await?;
        for (step, what, came) in [
            (0, "Is the right label size chosen in the driver?", Came::NoChange),
            (1, "Let it measure the label: hold the feed key until it blinks twice", Came::NoChange),
        ] {
            let ticked = Some(Ticked { runbook: "label-printer".into(), version: 1, step });
            let tried = record::Command::Try { id: self.minter.mint(then), what: what.into(), came, ticked };
            self.on(ticket, RAVI, then, Command::Record(tried)).await?;
        }
        Ok(())
    }

    /// You handed the backup up to Ines; she has not accepted it yet.
    async fn waits_to_be_accepted(&mut self, now: Timestamp) -> Result<(), String> {
        let Some(ticket) = self.called("Backup says").await? else { return Ok(()) };
        let then = now - SignedDuration::from_mins(8);
        self.ask(then, Wish::Assign { by: By::Agent(YOU), ticket, to: YOU, reason: String::new() }).await?;
        let write = |id, field, text: &str| Command::Record(record::Command::Write { id, field, text: text.into() });
        let entries = [
            (Field::Environment, "Archive server in the cellar, backup program 11, since the update of Monday"),
            (Field::State, "The catalogue cannot be closed; one file stays locked from 01:10 on."),
        ];
        for (field, text) in entries {
            let command = write(self.minter.mint(then), field, text);
            self.on(ticket, YOU, then, command).await?;
        }
        let tried = record::Command::Try {
            id: self.minter.mint(then),
            what: "A run by hand at noon".into(),
            came: Came::NoChange,
            ticked: None,
        };
        self.on(ticket, YOU, then, Command::Record(tried)).await?;
        let plan = record::Command::Plan {
            id: self.minter.mint(then),
            what: "Find out who holds the file at 01:10".into(),
            owner: YOU,
            by: now + SignedDuration::from_hours(20),
        };
        self.on(ticket, YOU, then, Command::Record(plan)).await?;
        let offer = hand_up::Command::Offer {
            id: self.minter.mint(then),
            to: hand_up::Receiver::Tier(2),
            ask: "Look at the server with the vendor’s tracing switched on, please.".into(),
        };
        self.on(ticket, YOU, then, Command::HandUp(offer)).await
    }

    /// Ravi asks whether anyone has seen his printer's trouble.
    async fn asks_you(&mut self, now: Timestamp) -> Result<(), String> {
        let Some(ticket) = self.called("Label printer").await? else { return Ok(()) };
        let then = now - SignedDuration::from_mins(4);
        let ask = ladder::Command::Ask {
            id: self.minter.mint(then),
            question: "It cuts 12 mm too early, only on the blue roll. Has anyone seen this?".into(),
            to: [YOU].into(),
        };
        self.on(ticket, RAVI, then, Command::Ladder(ask)).await
    }

    async fn classified(&mut self, ticket: TicketId, topic: &str, by: AgentId, at: Timestamp) -> Result<(), String> {
        self.on(ticket, by, at, Command::Classify { topic: topic.into() }).await
    }

    async fn on(&mut self, ticket: TicketId, by: AgentId, at: Timestamp, command: Command) -> Result<(), String> {
        self.ask(at, Wish::Ticket { by: By::Agent(by), ticket, command }).await
    }

    /// The open ticket whose subject begins so.
    pub(super) async fn called(&self, subject: &str) -> Result<Option<TicketId>, String> {
        for view in [View::Ours, View::Waiting] {
            let page = self.store.list(&view, None, 100).await.map_err(|f| f.to_string())?;
            let begins = |t: &&warmline_store::ListRow| t.ticket.subject.open().is_some_and(|s| s.starts_with(subject));
            if let Some(row) = page.rows.iter().find(begins) {
                return Ok(Some(row.ticket.id));
            }
        }
        Ok(None)
    }
}
