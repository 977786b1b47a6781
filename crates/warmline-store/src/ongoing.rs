//! What goes on beside tickets, as rows: who works on which, questions to colleagues, what was handed up. All of it
//! follows from the tickets' states; the words of a record stand here alone.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use warmline_domain::sealed::Digest;
use warmline_domain::ticket::hand_up::{self, Receiver};
use warmline_domain::ticket::{Event, Ticket, ladder, record};
use warmline_domain::{AgentId, By, RecordId, Sealed, TicketId, TicketNumber};

use crate::Store;
use crate::batch::{Batch, Fault};
use crate::load::parse;
use crate::save::json;
use crate::value::Value;

/// An entry of a ticket's record, with its words.
#[derive(Clone, Debug)]
pub struct RecordRow {
    pub id: RecordId,
    /// A field of the record, or `found`, `question`, `ask`, `missing`.
    pub kind: String,
    pub at: Timestamp,
    pub by: By,
    pub text: String,
}

/// A question of a colleague that waits for an answer.
#[derive(Clone, Debug)]
pub struct QuestionRow {
    pub id: RecordId,
    pub ticket: TicketId,
    pub number: TicketNumber,
    pub subject: String,
    pub at: Timestamp,
    pub by: By,
    pub text: String,
}

/// A ticket that was handed up and that nobody has accepted.
#[derive(Clone, Debug)]
pub struct OfferRow {
    pub ticket: TicketId,
    pub number: TicketNumber,
    pub subject: String,
    pub by: AgentId,
    pub accept_by: Timestamp,
    pub text: String,
}

/// The words an event adds to the record.
pub(crate) fn entry_of(event: &Event) -> Option<(RecordId, &'static str, &Sealed<String>)> {
    Some(match event {
        Event::Record(record::Event::Written { id, field, text }) => (*id, field.word(), text),
        Event::Record(record::Event::Planned { id, what, .. }) => (*id, "next", what),
        Event::Record(record::Event::Tried { id, what, .. }) => (*id, "tried", what),
        Event::Ladder(ladder::Event::Found { id, link }) => (*id, "found", link),
        Event::Ladder(ladder::Event::Asked { id, question, .. }) => (*id, "question", question),
        Event::HandUp(hand_up::Event::Offered { id, ask, .. }) => (*id, "ask", ask),
        Event::HandUp(hand_up::Event::Returned { id, missing, .. }) => (*id, "missing", missing),
        _ => return None,
    })
}

/// Who is at work on it.
pub(crate) fn workers(ticket: &Ticket) -> BTreeSet<AgentId> {
    ticket.effort.at_work.iter().map(|(agent, _)| *agent).collect()
}

/// Whom each open question waits for.
pub(crate) fn asked(ticket: &Ticket) -> BTreeSet<(RecordId, AgentId)> {
    let open = |(id, to): (&RecordId, &BTreeSet<AgentId>)| to.iter().map(|a| (*id, *a)).collect::<Vec<_>>();
    ticket.ladder.questions.iter().flat_map(open).collect()
}

/// Entry, tier, agent, time of the offer that is open.
pub(crate) fn offered(ticket: &Ticket) -> Option<[i64; 4]> {
    ticket.offer.map(|offer| {
        let (tier, agent) = match offer.to {
            Receiver::Tier(tier) => (i64::from(tier), 0),
            Receiver::Agent(agent) => (0, agent.0),
        };
        [offer.id.0, tier, agent, offer.accept_by.as_millisecond()]
    })
}

impl Batch {
    pub(crate) fn record_entry(&mut self, ticket: TicketId, at: Timestamp, by: By, event: &Event) {
        let Some((id, kind, text)) = entry_of(event) else { return };
        let text = text.open().cloned().unwrap_or_default();
        self.write(
            "INSERT INTO record (site, id, ticket, kind, at, actor, text) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            vec![self.site.into(), id.0.into(), ticket.0.into(), kind.into(), at.into(), json(&by).into(), text.into()],
        );
    }

    pub(crate) fn ongoing(&mut self, before: Option<&Ticket>, after: &Ticket) {
        let (site, id) = (self.site, after.id.0);
        let was = before.map(workers).unwrap_or_default();
        for agent in was.symmetric_difference(&workers(after)) {
            let sql = if was.contains(agent) {
                "DELETE FROM at_work WHERE site = $1 AND agent = $2 AND ticket = $3"
            } else {
                "INSERT INTO at_work (site, agent, ticket) VALUES ($1, $2, $3)"
            };
            self.write(sql, vec![site.into(), agent.0.into(), id.into()]);
        }
        let was = before.map(asked).unwrap_or_default();
        for (question, agent) in was.symmetric_difference(&asked(after)) {
            let sql = if was.contains(&(*question, *agent)) {
                "DELETE FROM question WHERE site = $1 AND agent = $2 AND id = $3 AND ticket = $4"
            } else {
                "INSERT INTO question (site, agent, id, ticket) VALUES ($1, $2, $3, $4)"
            };
            self.write(sql, vec![site.into(), agent.0.into(), question.0.into(), id.into()]);
        }
        let (was, now) = (before.and_then(offered), offered(after));
        if was != now {
            self.write("DELETE FROM offer WHERE site = $1 AND ticket = $2", vec![site.into(), id.into()]);
            if let Some([entry, tier, agent, accept_by]) = now {
                let row: Vec<Value> = [site, id, entry, tier, agent, accept_by].map(Value::Int).to_vec();
                self.write(
                    "INSERT INTO offer (site, ticket, entry, tier, agent, accept_by) VALUES ($1, $2, $3, $4, $5, $6)",
                    row,
                );
            }
        }
    }
}

impl Store {
    /// The tickets an agent is at work on.
    pub async fn at_work(&self, agent: AgentId) -> Result<Vec<TicketId>, Fault> {
        let sql = "SELECT ticket FROM at_work WHERE site = $1 AND agent = $2 ORDER BY ticket";
        let rows = self.query(sql, vec![self.site.into(), agent.0.into()]).await?;
        Ok(rows.iter().map(|row| TicketId(row.int(0))).collect())
    }

    /// The record of a ticket, oldest entry first.
    pub async fn record(&self, ticket: TicketId) -> Result<Vec<RecordRow>, Fault> {
        let sql = "SELECT id, kind, at, actor, text FROM record WHERE site = $1 AND ticket = $2 ORDER BY id";
        let rows = self.query(sql, vec![self.site.into(), ticket.0.into()]).await?;
        let read = |mut row: crate::value::Row| {
            let by = parse("actor", &row.text(3))?;
            Ok(RecordRow { id: RecordId(row.int(0)), kind: row.text(1), at: row.time(2), by, text: row.text(4) })
        };
        rows.into_iter().map(read).collect()
    }

    /// What colleagues ask this agent, the oldest first.
    pub async fn questions(&self, agent: AgentId) -> Result<Vec<QuestionRow>, Fault> {
        let sql = "SELECT q.id, q.ticket, t.number, t.subject, r.at, r.actor, r.text FROM question q
                   JOIN ticket t ON t.site = q.site AND t.id = q.ticket JOIN record r ON r.site = q.site AND r.id = q.id
                   WHERE q.site = $1 AND q.agent = $2 ORDER BY q.id LIMIT 100";
        let rows = self.query(sql, vec![self.site.into(), agent.0.into()]).await?;
        let read = |mut row: crate::value::Row| {
            Ok(QuestionRow {
                id: RecordId(row.int(0)),
                ticket: TicketId(row.int(1)),
                number: TicketNumber(row.int(2) as u64),
                subject: row.text(3),
                at: row.time(4),
                by: parse("actor", &row.text(5))?,
                text: row.text(6),
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// What is handed up to a tier up to this one, or to this agent, the most pressing first.
    pub async fn offers(&self, agent: AgentId, tier: u8) -> Result<Vec<OfferRow>, Fault> {
        let sql = "SELECT o.ticket, t.number, t.subject, t.assignee, o.accept_by, r.text FROM offer o
                   JOIN ticket t ON t.site = o.site AND t.id = o.ticket JOIN record r ON r.site = o.site AND r.id = o.entry
                   WHERE o.site = $1 AND (o.agent = $2 OR (o.agent = 0 AND o.tier <= $3)) AND t.assignee <> $4
                   ORDER BY o.accept_by, o.ticket LIMIT 100";
        let own = Value::Int(agent.0);
        let rows = self.query(sql, vec![self.site.into(), own.clone(), i64::from(tier).into(), own]).await?;
        let read = |mut row: crate::value::Row| OfferRow {
            ticket: TicketId(row.int(0)),
            number: TicketNumber(row.int(1) as u64),
            subject: row.text(2),
            by: AgentId(row.int(3)),
            accept_by: row.time(4),
            text: row.text(5),
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// The rows beside a ticket against its state, and the words of its record against the journal.
    pub(crate) async fn check_ongoing(
        &self,
        ticket: &Ticket,
        told: &BTreeMap<i64, Digest>,
        wrong: &mut Vec<String>,
    ) -> Result<(), Fault> {
        let of_ticket = vec![Value::Int(self.site), ticket.id.0.into()];
        let sql = "SELECT agent FROM at_work WHERE site = $1 AND ticket = $2 ORDER BY agent";
        let at_work = self.query(sql, of_ticket.clone()).await?;
        if !at_work.iter().map(|r| r.int(0)).eq(workers(ticket).iter().map(|a| a.0)) {
            wrong.push("who works on it differs from its state".into());
        }
        let sql = "SELECT id, agent FROM question WHERE site = $1 AND ticket = $2 ORDER BY id, agent";
        let questions = self.query(sql, of_ticket.clone()).await?;
        if !questions.iter().map(|r| (r.int(0), r.int(1))).eq(asked(ticket).iter().map(|(q, a)| (q.0, a.0))) {
            wrong.push("its questions to colleagues differ from its state".into());
        }
        let sql = "SELECT entry, tier, agent, accept_by FROM offer WHERE site = $1 AND ticket = $2";
        let offer = self.query(sql, of_ticket).await?;
        if offer.first().map(|r| [r.int(0), r.int(1), r.int(2), r.int(3)]) != offered(ticket) {
            wrong.push("whom it is handed up to differs from its state".into());
        }
        let rows = self.record(ticket.id).await?;
        for row in &rows {
            match told.get(&row.id.0) {
                None => wrong.push(format!("entry {} of its record stands in no journal", row.id)),
                Some(digest) if *digest != Sealed::new(row.text.clone()).digest() => {
                    wrong.push(format!("entry {} of its record is not what was written", row.id));
                }
                Some(_) => {}
            }
        }
        if rows.len() < told.len() {
            wrong.push("an entry of its record is missing".into());
        }
        Ok(())
    }
}
