//! Calendars of agents: aggregates with their journal; and what is secret about them, in rows of its own.

use std::collections::BTreeMap;

use jiff::Timestamp;
use warmline_domain::calendar::{self, Calendar};
use warmline_domain::journal::{Head, Stream};
use warmline_domain::{AgentId, By};

use crate::Store;
use crate::batch::{Batch, Fault};
use crate::load::{Loaded, parse};
use crate::save::json;

/// A calendar elsewhere that is read from time to time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarSource {
    pub agent: AgentId,
    pub url: String,
    /// When it was last read to its end.
    pub read_at: Option<Timestamp>,
    /// Why it could not be, the last time; empty when it could.
    pub error: String,
}

/// Who did it, when, and under which policy.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    pub by: By,
    pub at: Timestamp,
    pub policy: i64,
}

impl Batch {
    pub fn calendar(
        &mut self,
        before: Head,
        agent: AgentId,
        after: &Calendar,
        events: &[calendar::Event],
        stamp: Stamp,
    ) -> Head {
        let stream = Stream::Calendar(agent.0);
        let head = self.journal(stream, before, stamp.at, stamp.by, stamp.policy, events);
        self.aggregate(stream, head, json(after));
        self.timer(stream, calendar::due(after, stamp.at));
        head
    }

    /// `digest` is that of the secret in the address; the one before is good for nothing from now on.
    pub fn calendar_feed(&mut self, agent: AgentId, digest: &[u8]) {
        self.write(
            "INSERT INTO calendar_feed (site, agent, digest) VALUES ($1, $2, $3)
             ON CONFLICT (site, agent) DO UPDATE SET digest = excluded.digest",
            vec![self.site.into(), agent.0.into(), digest.into()],
        );
    }

    pub fn calendar_source(&mut self, source: &CalendarSource) {
        let read_at = source.read_at.map_or(0, Timestamp::as_millisecond);
        self.write(
            "INSERT INTO calendar_source (site, agent, url, read_at, error) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (site, agent) DO UPDATE SET url = excluded.url, read_at = excluded.read_at, error = excluded.error",
            vec![
                self.site.into(),
                source.agent.0.into(),
                source.url.as_str().into(),
                read_at.into(),
                source.error.as_str().into(),
            ],
        );
    }

    /// It was read, or could not be: unless its address was changed or taken away meanwhile.
    pub fn calendar_source_read(&mut self, source: &CalendarSource) {
        self.write(
            "UPDATE calendar_source SET read_at = $1, error = $2 WHERE site = $3 AND agent = $4 AND url = $5",
            vec![
                source.read_at.map_or(0, Timestamp::as_millisecond).into(),
                source.error.as_str().into(),
                self.site.into(),
                source.agent.0.into(),
                source.url.as_str().into(),
            ],
        );
    }

    pub fn no_calendar_source(&mut self, agent: AgentId) {
        self.write(
            "DELETE FROM calendar_source WHERE site = $1 AND agent = $2",
            vec![self.site.into(), agent.0.into()],
        );
    }
}

impl Store {
    pub async fn calendar(&self, agent: AgentId) -> Result<Loaded<Calendar>, Fault> {
        self.aggregate_of(Stream::Calendar(agent.0)).await
    }

    pub async fn calendars(&self) -> Result<BTreeMap<AgentId, Calendar>, Fault> {
        let (kind, _) = Stream::Calendar(0).key();
        let sql = "SELECT id, state FROM aggregate WHERE site = $1 AND kind = $2";
        let rows = self.query(sql, vec![self.site.into(), kind.into()]).await?;
        rows.into_iter().map(|mut row| Ok((AgentId(row.int(0)), parse("calendar", &row.text(1))?))).collect()
    }

    /// Whose calendar stands behind the secret with this digest.
    pub async fn calendar_behind(&self, digest: &[u8]) -> Result<Option<AgentId>, Fault> {
        let sql = "SELECT agent FROM calendar_feed WHERE site = $1 AND digest = $2";
        Ok(self.one(sql, vec![self.site.into(), digest.into()]).await?.map(|row| AgentId(row.int(0))))
    }

    pub async fn has_calendar_feed(&self, agent: AgentId) -> Result<bool, Fault> {
        let sql = "SELECT 1 FROM calendar_feed WHERE site = $1 AND agent = $2";
        Ok(self.one(sql, vec![self.site.into(), agent.0.into()]).await?.is_some())
    }

    pub async fn calendar_sources(&self) -> Result<Vec<CalendarSource>, Fault> {
        let sql = "SELECT agent, url, read_at, error FROM calendar_source WHERE site = $1 ORDER BY agent";
        let rows = self.query(sql, vec![self.site.into()]).await?;
        let source = |mut row: crate::Row| CalendarSource {
            agent: AgentId(row.int(0)),
            url: row.text(1),
            read_at: (row.int(2) > 0).then(|| row.time(2)),
            error: row.text(3),
        };
        Ok(rows.into_iter().map(source).collect())
    }
}
