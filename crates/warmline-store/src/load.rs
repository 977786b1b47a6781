//! Loading aggregates, to decide on them.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use warmline_domain::customer::Customer;
use warmline_domain::floor::Floor;
use warmline_domain::journal::{Head, Stream};
use warmline_domain::phrase::Phrase;
use warmline_domain::runbook::Runbook;
use warmline_domain::site::Site;
use warmline_domain::ticket::Ticket;
use warmline_domain::{CustomerId, MessageId, PhraseId, RunbookId, Sealed, TicketId, TicketNumber};

use crate::batch::Fault;
use crate::value::{Row, Value};
use crate::{Store, mail::reference};

/// A state and where its stream stands: what a change is checked against.
#[derive(Clone, Debug)]
pub struct Loaded<T> {
    pub value: T,
    pub head: Head,
}

pub(crate) fn parse<T: DeserializeOwned>(what: &str, json: &str) -> Result<T, Fault> {
    serde_json::from_str(json)
        .map_err(|e| Fault(format!("A stored {what} cannot be read: {e}. Run “warmline doctor”.")))
}

/// Reads `seq, hash, subject, state, first_subject` from column `first` on.
pub(crate) fn ticket_of(row: &mut Row, first: usize) -> Result<Loaded<Ticket>, Fault> {
    let head = Head { seq: row.int(first), hash: row.hash(first + 1) };
    let subject = Sealed::new(row.text(first + 2));
    let mut value: Ticket = parse("ticket", &row.text(first + 3))?;
    value.subject = subject;
    value.first_subject = value.first_subject.map(|_| Sealed::new(row.text(first + 4)));
    Ok(Loaded { value, head })
}

impl Store {
    pub async fn ticket(&self, id: TicketId) -> Result<Option<Loaded<Ticket>>, Fault> {
        let row = self
            .one(
                "SELECT seq, hash, subject, state, first_subject FROM ticket WHERE site = $1 AND id = $2",
                vec![self.site.into(), id.0.into()],
            )
            .await?;
        row.map(|mut row| ticket_of(&mut row, 0)).transpose()
    }

    pub async fn ticket_by_number(&self, number: TicketNumber) -> Result<Option<TicketId>, Fault> {
        let row = self
            .one(
                "SELECT id FROM ticket WHERE site = $1 AND number = $2",
                vec![self.site.into(), (number.0 as i64).into()],
            )
            .await?;
        Ok(row.map(|row| TicketId(row.int(0))))
    }

    pub async fn customer(&self, id: CustomerId) -> Result<Option<Loaded<Customer>>, Fault> {
        let row = self
            .one(
                "SELECT seq, hash, name, state, organisation FROM customer WHERE site = $1 AND id = $2",
                vec![self.site.into(), id.0.into()],
            )
            .await?;
        let Some(mut row) = row else { return Ok(None) };
        let head = Head { seq: row.int(0), hash: row.hash(1) };
        let name = Sealed::new(row.text(2));
        let mut value: Customer = parse("customer", &row.text(3))?;
        value.name = name;
        value.organisation = value.organisation.map(|_| Sealed::new(row.text(4)));
        Ok(Some(Loaded { value, head }))
    }

    pub async fn customer_by_address(&self, address: &str) -> Result<Option<CustomerId>, Fault> {
        let row = self
            .one(
                "SELECT customer FROM customer_address WHERE site = $1 AND address = $2",
                vec![self.site.into(), warmline_domain::customer::normal_address(address).into()],
            )
            .await?;
        Ok(row.map(|row| CustomerId(row.int(0))))
    }

    pub async fn customer_addresses(&self, id: CustomerId) -> Result<BTreeSet<String>, Fault> {
        let rows = self
            .query(
                "SELECT address FROM customer_address WHERE site = $1 AND customer = $2",
                vec![self.site.into(), id.0.into()],
            )
            .await?;
        Ok(rows.into_iter().map(|mut row| row.text(0)).collect())
    }

    pub async fn load_site(&self) -> Result<Loaded<Site>, Fault> {
        self.aggregate_of(Stream::Site).await
    }

    pub async fn load_floor(&self) -> Result<Loaded<Floor>, Fault> {
        let loaded: Loaded<Floor> = self.aggregate_of(Stream::Floor).await?;
        Ok(Loaded { value: loaded.value.loaded(), head: loaded.head })
    }

    /// The house's own phrases, with where their streams stand.
    pub async fn phrases(&self) -> Result<Vec<(PhraseId, Loaded<Phrase>)>, Fault> {
        self.library(Stream::Phrase(0)).await
    }

    pub async fn runbooks(&self) -> Result<Vec<(RunbookId, Loaded<Runbook>)>, Fault> {
        self.library(Stream::Runbook(0)).await
    }

    /// All of one kind that are there.
    pub(crate) async fn library<I: From<i64>, T: DeserializeOwned>(
        &self,
        of: Stream,
    ) -> Result<Vec<(I, Loaded<T>)>, Fault> {
        let (kind, _) = of.key();
        let rows = self
            .query(
                "SELECT id, seq, hash, state FROM aggregate WHERE site = $1 AND kind = $2 ORDER BY id",
                vec![self.site.into(), kind.into()],
            )
            .await?;
        let mut found = Vec::new();
        for mut row in rows {
            let head = Head { seq: row.int(1), hash: row.hash(2) };
            if let Some(value) = parse::<Option<T>>("library", &row.text(3))? {
                found.push((I::from(row.int(0)), Loaded { value, head }));
            }
        }
        Ok(found)
    }

    pub(crate) async fn library_state<T: DeserializeOwned>(&self, of: Stream) -> Result<Loaded<Option<T>>, Fault> {
        self.aggregate_of(of).await
    }

    pub(crate) async fn aggregate_of<T: DeserializeOwned + Default>(&self, stream: Stream) -> Result<Loaded<T>, Fault> {
        let (kind, id) = stream.key();
        let row = self
            .one(
                "SELECT seq, hash, state FROM aggregate WHERE site = $1 AND kind = $2 AND id = $3",
                vec![self.site.into(), kind.into(), id.into()],
            )
            .await?;
        let Some(mut row) = row else { return Ok(Loaded { value: T::default(), head: Head::default() }) };
        let head = Head { seq: row.int(0), hash: row.hash(1) };
        Ok(Loaded { value: parse("state of the desk", &row.text(2))?, head })
    }

    /// Where these Message-IDs were seen: the ticket, the message, and whether it was one of ours.
    pub async fn seen_message_ids(&self, ids: &[String]) -> Result<Vec<(TicketId, MessageId, bool)>, Fault> {
        let mut found = Vec::new();
        for id in ids {
            let rows = self
                .query(
                    "SELECT ticket, message, ours FROM mail_ref WHERE site = $1 AND ref = $2",
                    vec![self.site.into(), reference(id).into()],
                )
                .await?;
            found.extend(rows.iter().map(|row| (TicketId(row.int(0)), MessageId(row.int(1)), row.int(2) == 1)));
        }
        Ok(found)
    }

    /// The highest identifier given so far; new ones must come after it.
    pub async fn highest_id(&self) -> Result<i64, Fault> {
        let mut highest = 0;
        for sql in [
            "SELECT max(id) FROM ticket WHERE site = $1",
            "SELECT max(id) FROM customer WHERE site = $1",
            "SELECT max(id) FROM asset WHERE site = $1",
        ] {
            highest = highest.max(self.one(sql, vec![self.site.into()]).await?.map_or(0, |row| row.int(0)));
        }
        // Messages and notes are numbered across sites.
        for sql in ["SELECT max(id) FROM message", "SELECT max(id) FROM note"] {
            highest = highest.max(self.one(sql, vec![]).await?.map_or(0, |row| row.int(0)));
        }
        Ok(highest)
    }

    /// The next serial for a ticket number.
    pub async fn next_serial(&self) -> Result<u64, Fault> {
        Ok(self.counter("serial").await?.max(0) as u64)
    }

    pub async fn counter(&self, name: &str) -> Result<i64, Fault> {
        let row = self
            .one("SELECT n FROM counter WHERE site = $1 AND name = $2", vec![self.site.into(), name.into()])
            .await?;
        Ok(row.map_or(0, |row| row.int(0)))
    }

    pub async fn counters(&self) -> Result<std::collections::BTreeMap<String, i64>, Fault> {
        let rows = self.query("SELECT name, n FROM counter WHERE site = $1", vec![self.site.into()]).await?;
        Ok(rows.into_iter().map(|mut row| (row.text(0), row.int(1))).collect())
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), Fault> {
        self.query("SELECT 1", Vec::<Value>::new()).await.map(|_| ())
    }
}
