//! How long tickets took: rows that safe dates stand on, kept with the tickets they tell of.

use jiff::Timestamp;
use warmline_domain::forecast::Course;
use warmline_domain::journal::Entry;
use warmline_domain::ticket::{Event, Stage, Ticket};
use warmline_domain::{QueueId, TicketId};

use crate::Store;
use crate::batch::{Batch, Fault};
use crate::load::parse;
use crate::save::TicketChange;

/// When a ticket was solved, after an event at `at`: it stays so when it closes, and ends when it is reopened.
fn solved_after(before: i64, at: Timestamp, event: &Event) -> i64 {
    match event {
        Event::StageChanged { stage: Stage::Solved, .. } => at.as_millisecond(),
        Event::StageChanged { stage: Stage::Closed, .. } => before,
        Event::StageChanged { .. } => 0,
        _ => before,
    }
}

impl Batch {
    pub(crate) fn course(&mut self, change: &TicketChange<'_>) {
        let (ticket, site) = (change.after, self.site);
        if change.before.is_none() {
            self.write(
                "INSERT INTO ticket_course (site, ticket, queue, topic, opened_at, solved_at) VALUES ($1, $2, $3, $4, $5, 0)",
                vec![
                    site.into(),
                    ticket.id.0.into(),
                    ticket.queue.0.into(),
                    ticket.topic.as_str().into(),
                    ticket.opened_at.into(),
                ],
            );
        }
        for event in change.events {
            match event {
                Event::StageChanged { stage, .. } if *stage != Stage::Closed => self.write(
                    "UPDATE ticket_course SET solved_at = $1 WHERE site = $2 AND ticket = $3",
                    vec![solved_after(0, change.at, event).into(), site.into(), ticket.id.0.into()],
                ),
                Event::Moved { .. } | Event::Classified { .. } => self.write(
                    "UPDATE ticket_course SET queue = $1, topic = $2 WHERE site = $3 AND ticket = $4",
                    vec![ticket.queue.0.into(), ticket.topic.as_str().into(), site.into(), ticket.id.0.into()],
                ),
                _ => {}
            }
        }
    }
}

impl Store {
    /// Tickets opened since, the newest first.
    pub async fn courses(&self, since: Timestamp, limit: usize) -> Result<Vec<Course>, Fault> {
        let rows = self
            .query(
                "SELECT queue, topic, opened_at, solved_at FROM ticket_course WHERE site = $1 AND opened_at >= $2
                 ORDER BY opened_at DESC LIMIT $3",
                vec![self.site.into(), since.into(), (limit as i64).into()],
            )
            .await?;
        let course = |mut row: crate::Row| Course {
            queue: QueueId(row.int(0)),
            topic: row.text(1),
            opened_at: row.time(2),
            solved_at: (row.int(3) > 0).then(|| row.time(3)),
        };
        Ok(rows.into_iter().map(course).collect())
    }

    /// What the journal tells of a ticket's course is what its row says.
    pub(crate) async fn check_course(
        &self,
        row: &Ticket,
        entries: &[Entry],
        wrong: &mut Vec<String>,
    ) -> Result<(), Fault> {
        let mut solved = 0;
        for entry in entries {
            solved = solved_after(solved, entry.at, &parse("journal entry", &entry.body)?);
        }
        if self.course_columns(row.id).await?
            != Some((row.queue.0, row.topic.clone(), row.opened_at.as_millisecond(), solved))
        {
            wrong.push("how long it took differs from what the journal tells".into());
        }
        Ok(())
    }

    async fn course_columns(&self, ticket: TicketId) -> Result<Option<(i64, String, i64, i64)>, Fault> {
        let row = self
            .one(
                "SELECT queue, topic, opened_at, solved_at FROM ticket_course WHERE site = $1 AND ticket = $2",
                vec![self.site.into(), ticket.0.into()],
            )
            .await?;
        Ok(row.map(|mut row| (row.int(0), row.text(1), row.int(2), row.int(3))))
    }
}
