//! Mail as it came: every mail taken is kept with its raw bytes and what became of it.

use jiff::Timestamp;
use warmline_domain::sealed::Digest;
use warmline_domain::{MailboxId, TicketId};

use crate::Store;
use crate::batch::{Batch, Fault};
use crate::value::{Row, Value};

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Opened a ticket.
    Opened,
    /// Followed up a ticket.
    Followed,
    /// Waits on a ticket for an agent to let it in.
    Held,
    /// A delivery status notification that was matched.
    DeliveryReport,
    /// Kept, not acted on; `why` says why.
    Ignored,
    /// Could not be read; the raw bytes are kept.
    Quarantined,
}

impl Outcome {
    const ALL: [Outcome; 6] = [
        Outcome::Opened,
        Outcome::Followed,
        Outcome::Held,
        Outcome::DeliveryReport,
        Outcome::Ignored,
        Outcome::Quarantined,
    ];
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Opened => "opened",
            Outcome::Followed => "followed",
            Outcome::Held => "held",
            Outcome::DeliveryReport => "delivery report",
            Outcome::Ignored => "ignored",
            Outcome::Quarantined => "quarantined",
        }
    }
    fn from_word(word: &str) -> Outcome {
        Outcome::ALL.into_iter().find(|o| o.word() == word).unwrap_or(Outcome::Ignored)
    }
}

#[derive(Clone, Debug)]
pub struct Inbound {
    /// The mail's own identity: the same mail twice is one mail.
    pub identity: Vec<u8>,
    pub at: Timestamp,
    pub outcome: Outcome,
    pub why: String,
    pub sender: String,
    pub subject: String,
    pub ticket: Option<TicketId>,
    pub bytes: i64,
    /// Deflated; `None` when the bytes lie in the blob store under the identity.
    pub raw: Option<Vec<u8>>,
    /// How often the same mail came once more.
    pub again: i64,
}

/// How fetching a mailbox goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailboxState {
    pub uid_validity: i64,
    pub last_uid: i64,
    pub succeeded_at: Option<Timestamp>,
    pub failed_at: Option<Timestamp>,
    pub error: String,
}

/// What a Message-ID is looked up by: half a SHA-256.
pub fn reference(message_id: &str) -> Vec<u8> {
    Digest::of_bytes(message_id.trim().as_bytes()).0[..16].to_vec()
}

impl Batch {
    pub fn inbound(&mut self, mail: &Inbound) {
        self.write(
            "INSERT INTO inbound (site, identity, at, outcome, why, sender, subject, ticket, bytes, raw, again)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)",
            vec![
                self.site.into(),
                mail.identity.clone().into(),
                mail.at.into(),
                mail.outcome.word().into(),
                mail.why.as_str().into(),
                mail.sender.as_str().into(),
                mail.subject.as_str().into(),
                mail.ticket.map_or(0, |t| t.0).into(),
                mail.bytes.into(),
                mail.raw.clone().into(),
            ],
        );
    }

    /// The same mail came once more: nothing happens, and that it did is seen.
    pub fn inbound_again(&mut self, identity: &[u8]) {
        self.write(
            "UPDATE inbound SET again = again + 1 WHERE site = $1 AND identity = $2",
            vec![self.site.into(), identity.into()],
        );
    }

    /// Counts an automatic mail against the day's budget of an address.
    pub fn automatic_mail(&mut self, address: &str, day: i64) {
        self.write(
            "INSERT INTO automatic_mail (site, address, day, sent) VALUES ($1, $2, $3, 1)
             ON CONFLICT (site, address, day) DO UPDATE SET sent = automatic_mail.sent + 1",
            vec![self.site.into(), address.into(), day.into()],
        );
    }

    pub fn mailbox_secret(&mut self, mailbox: MailboxId, fetch: &str, submit: &str) {
        self.write(
            "INSERT INTO mailbox_secret (site, mailbox, fetch_password, submit_password) VALUES ($1, $2, $3, $4)
             ON CONFLICT (site, mailbox) DO UPDATE SET fetch_password = excluded.fetch_password,
               submit_password = excluded.submit_password",
            vec![self.site.into(), mailbox.0.into(), fetch.into(), submit.into()],
        );
    }

    pub fn mailbox_state(&mut self, mailbox: MailboxId, state: &MailboxState) {
        let at = |t: Option<Timestamp>| t.map_or(0, Timestamp::as_millisecond);
        self.write(
            "INSERT INTO mailbox_state (site, mailbox, uid_validity, last_uid, succeeded_at, failed_at, error)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (site, mailbox) DO UPDATE SET uid_validity = excluded.uid_validity,
               last_uid = excluded.last_uid, succeeded_at = excluded.succeeded_at, failed_at = excluded.failed_at,
               error = excluded.error",
            vec![
                self.site.into(),
                mailbox.0.into(),
                state.uid_validity.into(),
                state.last_uid.into(),
                at(state.succeeded_at).into(),
                at(state.failed_at).into(),
                state.error.as_str().into(),
            ],
        );
    }
}

impl Store {
    pub async fn inbound(&self, identity: &[u8]) -> Result<Option<Inbound>, Fault> {
        let row = self
            .one(
                "SELECT identity, at, outcome, why, sender, subject, ticket, bytes, again, raw FROM inbound
                 WHERE site = $1 AND identity = $2",
                vec![self.site.into(), identity.into()],
            )
            .await?;
        Ok(row.map(inbound_of))
    }

    pub async fn is_known_mail(&self, identity: &[u8]) -> Result<bool, Fault> {
        let known = self
            .one("SELECT at FROM inbound WHERE site = $1 AND identity = $2", vec![self.site.into(), identity.into()])
            .await?;
        Ok(known.is_some())
    }

    /// The mail log, newest first, without the bytes.
    pub async fn mail_log(&self, before: Option<Timestamp>, limit: usize) -> Result<Vec<Inbound>, Fault> {
        let rows = self
            .query(
                "SELECT identity, at, outcome, why, sender, subject, ticket, bytes, again FROM inbound
                 WHERE site = $1 AND at < $2 ORDER BY at DESC LIMIT $3",
                vec![
                    self.site.into(),
                    before.map_or(i64::MAX, Timestamp::as_millisecond).into(),
                    (limit as i64).into(),
                ],
            )
            .await?;
        Ok(rows.into_iter().map(inbound_of).collect())
    }

    pub async fn automatic_mails(&self, address: &str, day: i64) -> Result<i64, Fault> {
        let row = self
            .one(
                "SELECT sent FROM automatic_mail WHERE site = $1 AND address = $2 AND day = $3",
                vec![self.site.into(), address.into(), day.into()],
            )
            .await?;
        Ok(row.map_or(0, |row| row.int(0)))
    }

    /// The passwords for fetching and for sending.
    pub async fn mailbox_secret(&self, mailbox: MailboxId) -> Result<(String, String), Fault> {
        let row = self
            .one(
                "SELECT fetch_password, submit_password FROM mailbox_secret WHERE site = $1 AND mailbox = $2",
                vec![self.site.into(), mailbox.0.into()],
            )
            .await?;
        Ok(row.map(|mut row| (row.text(0), row.text(1))).unwrap_or_default())
    }

    pub async fn mailbox_state(&self, mailbox: MailboxId) -> Result<MailboxState, Fault> {
        let row = self
            .one(
                "SELECT uid_validity, last_uid, succeeded_at, failed_at, error FROM mailbox_state
                 WHERE site = $1 AND mailbox = $2",
                vec![self.site.into(), mailbox.0.into()],
            )
            .await?;
        let time = |row: &Row, i| (row.int(i) != 0).then(|| row.time(i));
        Ok(row.map_or_else(MailboxState::default, |mut row| MailboxState {
            uid_validity: row.int(0),
            last_uid: row.int(1),
            succeeded_at: time(&row, 2),
            failed_at: time(&row, 3),
            error: row.text(4),
        }))
    }
}

fn inbound_of(mut row: Row) -> Inbound {
    Inbound {
        identity: row.bytes(0).unwrap_or_default(),
        at: row.time(1),
        outcome: Outcome::from_word(&row.text(2)),
        why: row.text(3),
        sender: row.text(4),
        subject: row.text(5),
        ticket: Some(row.int(6)).filter(|t| *t != 0).map(TicketId),
        bytes: row.int(7),
        again: row.int(8),
        raw: match row.0.get_mut(9) {
            Some(Value::Bytes(bytes)) => Some(std::mem::take(bytes)),
            _ => None,
        },
    }
}
