//! What pages read: lists and timelines. Lists never count and never skip: they go by key.

use jiff::Timestamp;
use warmline_domain::journal::{Entry as JournalEntry, Stream};
use warmline_domain::ticket::{Message, Note, Ticket};
use warmline_domain::{AgentId, By, CustomerId, MessageId, NoteId, TicketId};

use crate::Store;
use crate::batch::Fault;
use crate::load::{Loaded, parse, ticket_of};
use crate::value::{Row, Value};

/// Which list of tickets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum View {
    /// Mine and nobody's, in one order.
    Next(AgentId),
    Mine(AgentId),
    Unassigned,
    /// Everything that is ours to move, whoever has it.
    Ours,
    Waiting,
    Solved,
    Closed,
    /// With a promise or a target at risk or past, the earliest date first.
    Late,
    /// Mails of ours that did not arrive.
    NotHeard,
    /// Held mail and open questions.
    ToDecide,
    Customer(CustomerId),
    /// All that belong to it.
    Organisation(String),
    Tag(String),
}

/// The place after a row, for the next page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub class: i64,
    /// The place, or whatever moment the list goes by.
    pub place: i64,
    pub id: i64,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}_{}_{}", self.class, self.place, self.id)
    }
}

impl std::str::FromStr for Cursor {
    type Err = Fault;
    fn from_str(text: &str) -> Result<Self, Fault> {
        let numbers: Vec<i64> = text.split('_').filter_map(|n| n.parse().ok()).collect();
        match numbers[..] {
            [class, place, id] => Ok(Cursor { class, place, id }),
            _ => Err(Fault("That page of the list cannot be found.".into())),
        }
    }
}

#[derive(Clone, Debug)]
pub struct ListRow {
    pub ticket: Ticket,
    pub customer: String,
}

#[derive(Clone, Debug, Default)]
pub struct Page {
    pub rows: Vec<ListRow>,
    pub next: Option<Cursor>,
}

#[derive(Clone, Debug)]
pub struct MessageRow {
    pub id: MessageId,
    pub at: Timestamp,
    pub by: By,
    /// received, held, turned_away, answer, acknowledgement
    pub kind: String,
    pub note_on_arrival: String,
    pub delivery: String,
    pub why: String,
    pub content: Message,
    /// Identity of the raw mail.
    pub inbound: Option<Vec<u8>>,
}

#[derive(Clone, Debug)]
pub struct NoteRow {
    pub id: NoteId,
    pub at: Timestamp,
    pub by: By,
    pub content: Note,
}

/// One thing on the timeline of a ticket, for people inside.
#[derive(Clone, Debug)]
pub enum Entry {
    Message(Box<MessageRow>),
    Note(NoteRow),
    Event(JournalEntry),
}

impl Entry {
    pub fn at(&self) -> Timestamp {
        match self {
            Entry::Message(m) => m.at,
            Entry::Note(n) => n.at,
            Entry::Event(e) => e.at,
        }
    }
}

macro_rules! list_sql {
    ($condition:literal) => {
        concat!(
            "SELECT t.seq, t.hash, t.subject, t.state, t.first_subject, c.name, t.class, t.place, t.id FROM ticket t
             JOIN customer c ON c.site = t.site AND c.id = t.customer WHERE ",
            $condition
        )
    };
}

const BY_ASSIGNEE: &str = list_sql!(
    "t.site = $1 AND t.stage = $2 AND t.assignee = $3 AND (t.class, t.place, t.id) > ($4, $5, $6)
     ORDER BY t.class, t.place, t.id LIMIT $7"
);
const BY_STAGE: &str = list_sql!(
    "t.site = $1 AND t.stage = $2 AND (t.class, t.place, t.id) > ($3, $4, $5)
     ORDER BY t.class, t.place, t.id LIMIT $6"
);
const BY_STAGE_NEWEST: &str = list_sql!(
    "t.site = $1 AND t.stage = $2 AND (t.class, t.place, t.id) < ($3, $4, $5)
     ORDER BY t.class DESC, t.place DESC, t.id DESC LIMIT $6"
);
/// These go by a moment of their own; it stands where a page reads the place.
const BY_ATTENTION: &str = "SELECT t.seq, t.hash, t.subject, t.state, t.first_subject, c.name, t.class, t.since, t.id
     FROM ticket t JOIN customer c ON c.site = t.site AND c.id = t.customer
     WHERE t.site = $1 AND t.attention > 0 AND t.attention = $2 AND (t.since, t.id) > ($3, $4)
     ORDER BY t.since, t.id LIMIT $5";
const BY_DATE: &str = "SELECT t.seq, t.hash, t.subject, t.state, t.first_subject, c.name, t.class, t.pressing, t.id
     FROM ticket t JOIN customer c ON c.site = t.site AND c.id = t.customer
     WHERE t.site = $1 AND t.pressing > 0 AND (t.pressing, t.id) > ($2, $3)
     ORDER BY t.pressing, t.id LIMIT $4";
/// The ids first: SQLite's planner would otherwise walk all tickets instead of one customer's.
const BY_CUSTOMER: &str = list_sql!(
    "t.site = $1 AND t.id IN (SELECT id FROM ticket WHERE site = $2 AND customer = $3 AND id < $4
     ORDER BY customer DESC, id DESC LIMIT $5) ORDER BY t.id DESC"
);
const BY_ORGANISATION: &str = list_sql!(
    "t.site = $1 AND t.id IN (SELECT ticket.id FROM customer o JOIN ticket ON ticket.site = o.site AND ticket.customer = o.id
     WHERE o.site = $2 AND o.organisation = $3 AND ticket.id < $4 ORDER BY ticket.id DESC LIMIT $5) ORDER BY t.id DESC"
);
const BY_TAG: &str = list_sql!(
    "t.site = $1 AND t.id IN (SELECT ticket FROM ticket_tag WHERE site = $2 AND tag = $3 AND ticket < $4
     ORDER BY ticket DESC LIMIT $5) ORDER BY t.id DESC"
);

impl Store {
    /// Tickets of somebody that are not solved yet.
    pub async fn unfinished_of(&self, agent: AgentId, limit: usize) -> Result<Vec<TicketId>, Fault> {
        let sql = "SELECT id FROM ticket WHERE site = $1 AND stage IN (0, 1) AND assignee = $2 ORDER BY id LIMIT $3";
        let rows = self.query(sql, ints(&[self.site, agent.0, limit as i64])).await?;
        Ok(rows.into_iter().map(|row| TicketId(row.int(0))).collect())
    }

    pub async fn list(&self, view: &View, after: Option<Cursor>, limit: usize) -> Result<Page, Fault> {
        let first = Cursor { class: i64::MIN, place: i64::MIN, id: i64::MIN };
        let last = Cursor { class: i64::MAX, place: i64::MAX, id: i64::MAX };
        let up = after.unwrap_or(first);
        let down = after.unwrap_or(last);
        // One more than asked for tells whether there is a next page.
        let limit = limit as i64 + 1;
        let site = self.site;
        let by_assignee = |agent: i64| ints(&[site, 0, agent, up.class, up.place, up.id, limit]);
        let rows = match view {
            View::Next(agent) => {
                let mut mine = self.query(BY_ASSIGNEE, by_assignee(agent.0)).await?;
                mine.extend(self.query(BY_ASSIGNEE, by_assignee(0)).await?);
                mine.sort_by_key(|row| (row.int(6), row.int(7), row.int(8)));
                mine
            }
            View::Mine(agent) => self.query(BY_ASSIGNEE, by_assignee(agent.0)).await?,
            View::Unassigned => self.query(BY_ASSIGNEE, by_assignee(0)).await?,
            View::Ours => self.query(BY_STAGE, ints(&[site, 0, up.class, up.place, up.id, limit])).await?,
            View::Waiting => self.query(BY_STAGE, ints(&[site, 1, up.class, up.place, up.id, limit])).await?,
            View::Solved => {
                self.query(BY_STAGE_NEWEST, ints(&[site, 2, down.class, down.place, down.id, limit])).await?
            }
            View::Closed => {
                self.query(BY_STAGE_NEWEST, ints(&[site, 3, down.class, down.place, down.id, limit])).await?
            }
            View::Late => self.query(BY_DATE, ints(&[site, up.place, up.id, limit])).await?,
            View::NotHeard => self.query(BY_ATTENTION, ints(&[site, 1, up.place, up.id, limit])).await?,
            View::ToDecide => self.query(BY_ATTENTION, ints(&[site, 2, up.place, up.id, limit])).await?,
            View::Customer(id) => self.query(BY_CUSTOMER, ints(&[site, site, id.0, down.id, limit])).await?,
            View::Organisation(name) => {
                let name = Value::Text(name.clone());
                self.query(BY_ORGANISATION, vec![site.into(), site.into(), name, down.id.into(), limit.into()]).await?
            }
            View::Tag(tag) => {
                let tag = Value::Text(tag.clone());
                self.query(BY_TAG, vec![site.into(), site.into(), tag, down.id.into(), limit.into()]).await?
            }
        };
        page(rows, limit as usize - 1)
    }

    /// Everything that happened on a ticket, oldest first.
    pub async fn timeline(&self, ticket: TicketId) -> Result<Vec<Entry>, Fault> {
        let mut entries: Vec<Entry> = Vec::new();
        entries.extend(self.journal(Stream::Ticket(ticket.0)).await?.into_iter().map(Entry::Event));
        entries.extend(self.messages(ticket).await?.into_iter().map(|m| Entry::Message(Box::new(m))));
        entries.extend(self.notes(ticket).await?.into_iter().map(Entry::Note));
        entries.sort_by_key(Entry::at);
        Ok(entries)
    }

    /// What the customer may see of a ticket, and no more.
    pub async fn messages(&self, ticket: TicketId) -> Result<Vec<MessageRow>, Fault> {
        let rows = self
            .query(
                "SELECT id, at, actor, kind, note_on_arrival, delivery, why, content, inbound FROM message
                 WHERE site = $1 AND ticket = $2 ORDER BY id",
                ints(&[self.site, ticket.0]),
            )
            .await?;
        rows.into_iter().map(message_of).collect()
    }

    /// The last messages of a ticket, oldest first.
    pub async fn newest_messages(&self, ticket: TicketId, limit: usize) -> Result<Vec<MessageRow>, Fault> {
        let rows = self
            .query(
                "SELECT id, at, actor, kind, note_on_arrival, delivery, why, content, inbound FROM message
                 WHERE site = $1 AND ticket = $2 ORDER BY id DESC LIMIT $3",
                ints(&[self.site, ticket.0, limit as i64]),
            )
            .await?;
        rows.into_iter().rev().map(message_of).collect()
    }

    pub async fn message(&self, id: MessageId) -> Result<Option<(TicketId, MessageRow)>, Fault> {
        let row = self
            .one(
                "SELECT id, at, actor, kind, note_on_arrival, delivery, why, content, inbound, ticket FROM message
                 WHERE site = $1 AND id = $2",
                ints(&[self.site, id.0]),
            )
            .await?;
        row.map(|row| Ok((TicketId(row.int(9)), message_of(row)?))).transpose()
    }

    pub async fn notes(&self, ticket: TicketId) -> Result<Vec<NoteRow>, Fault> {
        let rows = self
            .query(
                "SELECT id, at, actor, content FROM note WHERE site = $1 AND ticket = $2 ORDER BY id",
                ints(&[self.site, ticket.0]),
            )
            .await?;
        rows.into_iter().map(note_of).collect()
    }

    pub async fn note(&self, id: NoteId) -> Result<Option<(TicketId, NoteRow)>, Fault> {
        let row = self
            .one(
                "SELECT id, at, actor, content, ticket FROM note WHERE site = $1 AND id = $2",
                ints(&[self.site, id.0]),
            )
            .await?;
        row.map(|row| Ok((TicketId(row.int(4)), note_of(row)?))).transpose()
    }

    pub async fn journal(&self, stream: Stream) -> Result<Vec<JournalEntry>, Fault> {
        let (kind, id) = stream.key();
        let rows = self
            .query(
                "SELECT seq, at, actor, policy, body, hash FROM journal
                 WHERE site = $1 AND kind = $2 AND id = $3 ORDER BY seq",
                ints(&[self.site, kind, id]),
            )
            .await?;
        rows.into_iter()
            .map(|mut row| {
                Ok(JournalEntry {
                    stream,
                    seq: row.int(0),
                    at: row.time(1),
                    by: parse("actor", &row.text(2))?,
                    policy: row.int(3),
                    body: row.text(4),
                    hash: row.hash(5),
                })
            })
            .collect()
    }
}

pub(crate) fn ints(numbers: &[i64]) -> Vec<Value> {
    numbers.iter().map(|n| Value::Int(*n)).collect()
}

fn page(rows: Vec<Row>, limit: usize) -> Result<Page, Fault> {
    let more = rows.len() > limit;
    let mut page = Page::default();
    for mut row in rows.into_iter().take(limit) {
        let here = Cursor { class: row.int(6), place: row.int(7), id: row.int(8) };
        let Loaded { value: ticket, .. } = ticket_of(&mut row, 0)?;
        page.rows.push(ListRow { ticket, customer: row.text(5) });
        page.next = more.then_some(here);
    }
    Ok(page)
}

pub(crate) fn message_of(mut row: Row) -> Result<MessageRow, Fault> {
    Ok(MessageRow {
        id: MessageId(row.int(0)),
        at: row.time(1),
        by: parse("actor", &row.text(2))?,
        kind: row.text(3),
        note_on_arrival: row.text(4),
        delivery: row.text(5),
        why: row.text(6),
        content: parse("message", &row.text(7))?,
        inbound: row.bytes(8),
    })
}

fn note_of(mut row: Row) -> Result<NoteRow, Fault> {
    let (by, content) = (parse("actor", &row.text(2))?, parse("note", &row.text(3))?);
    Ok(NoteRow { id: NoteId(row.int(0)), at: row.time(1), by, content })
}
