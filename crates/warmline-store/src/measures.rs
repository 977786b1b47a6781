//! Raw measures as rows, written with what they count, and counted again from the journal when the catalogue changes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use warmline_domain::floor::{self, Floor};
use warmline_domain::journal::{Entry, Stream};
use warmline_domain::measure::{self, OnTicket, Place, Sum, Tally};
use warmline_domain::site::{self, Site};
use warmline_domain::ticket;
use warmline_domain::{TicketId, TicketNumber};

use crate::Store;
use crate::batch::{Batch, Fault};
use crate::load::parse;
use crate::value::Row;

/// A sum as pages read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasureRow {
    pub place: Place,
    pub sum: Sum,
}

/// The zones of the business hours, each from when on it held.
#[derive(Clone, Debug, Default)]
pub(crate) struct Zones(Vec<(Timestamp, TimeZone)>);

impl Zones {
    /// Takes in the site as it was from `at` on.
    pub(crate) fn learn(&mut self, at: Timestamp, site: &Site) {
        let zone = site.hours.zone();
        if self.0.last().is_none_or(|(_, last)| *last != zone) {
            self.0.push((at, zone));
        }
    }

    pub(crate) fn day(&self, at: Timestamp) -> i64 {
        let zone = self.0.iter().rev().find(|(from, _)| *from <= at).map(|(_, zone)| zone);
        measure::day(at, zone.unwrap_or(&TimeZone::UTC))
    }
}

/// What one entry of the floor's journal counts as.
pub(crate) fn count_floor(before: Floor, entry: &Entry, event: &floor::Event, day: i64, tally: &mut Tally) -> Floor {
    let call = event.call().and_then(|id| before.calls.get(&id)).cloned();
    let after = floor::evolve(before, entry.at, event);
    for figure in measure::of_floor(call.as_ref(), &after, entry.at, event) {
        tally.add(day, &figure);
    }
    after
}

/// What one entry of a ticket's journal counts as.
pub(crate) fn count_ticket(
    before: Option<&ticket::Ticket>,
    entry: &Entry,
    event: &ticket::Event,
    day: i64,
    tally: &mut Tally,
) {
    for figure in measure::of_ticket(&OnTicket { before, event, by: entry.by, at: entry.at }) {
        tally.add(day, &figure);
    }
}

impl Batch {
    /// Figures of one batch are added up first: each row is touched once.
    pub fn measured(&mut self, tally: Tally) {
        self.tally.append(tally);
    }

    pub(crate) fn write_tally(&mut self, site: i64) {
        let Tally { sums, tickets } = std::mem::take(&mut self.tally);
        for (place, sum) in sums {
            self.write(
                "INSERT INTO measure_day (site, day, measure, queue, agent, n, sum) VALUES ($1, $2, $3, $4, $5, $6, $7)
                 ON CONFLICT (site, day, measure, queue, agent)
                 DO UPDATE SET n = measure_day.n + excluded.n, sum = measure_day.sum + excluded.sum",
                vec![
                    site.into(),
                    place.day.into(),
                    place.measure.into(),
                    place.queue.into(),
                    place.agent.into(),
                    sum.n.into(),
                    sum.sum.into(),
                ],
            );
        }
        for (day, measure, ticket) in tickets {
            self.write(
                "INSERT INTO measure_ticket (site, measure, day, ticket) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                vec![site.into(), measure.into(), day.into(), ticket.into()],
            );
        }
    }
}

/// Tickets behind a figure that are listed.
const TICKETS: i64 = 200;

impl Store {
    /// The sums of some days, both ends in it.
    pub async fn measures(&self, from: i64, until: i64) -> Result<Vec<MeasureRow>, Fault> {
        let rows = self
            .query(
                "SELECT day, measure, queue, agent, n, sum FROM measure_day WHERE site = $1 AND day >= $2 AND day <= $3
                 ORDER BY day, measure, queue, agent",
                vec![self.site.into(), from.into(), until.into()],
            )
            .await?;
        Ok(rows.into_iter().map(row_of).collect())
    }

    /// The tickets behind a figure, newest first: number, subject and queue.
    pub async fn measured_tickets(
        &self,
        measure: &str,
        from: i64,
        until: i64,
    ) -> Result<Vec<(TicketId, TicketNumber, String, i64)>, Fault> {
        let rows = self
            .query(
                "SELECT DISTINCT t.id, t.number, t.subject, t.queue FROM measure_ticket m
                 JOIN ticket t ON t.site = m.site AND t.id = m.ticket
                 WHERE m.site = $1 AND m.measure = $2 AND m.day >= $3 AND m.day <= $4 ORDER BY t.id DESC LIMIT $5",
                vec![self.site.into(), measure.into(), from.into(), until.into(), TICKETS.into()],
            )
            .await?;
        let ticket = |mut row: Row| (TicketId(row.int(0)), TicketNumber(row.int(1) as u64), row.text(2), row.int(3));
        Ok(rows.into_iter().map(ticket).collect())
    }

    /// All rows, as they were counted.
    pub(crate) async fn kept_tally(&self) -> Result<Tally, Fault> {
        let sums = self.measures(0, i64::MAX).await?.into_iter().map(|row| (row.place, row.sum)).collect();
        let rows = self
            .query("SELECT day, measure, ticket FROM measure_ticket WHERE site = $1", vec![self.site.into()])
            .await?;
        let tickets = rows.into_iter().map(|mut row| (row.int(0), row.text(1), row.int(2))).collect();
        Ok(Tally { sums, tickets })
    }

    /// The catalogue the rows were counted by; empty: none yet.
    pub(crate) async fn catalogue(&self) -> Result<String, Fault> {
        let row = self.one("SELECT version FROM measure_catalogue WHERE site = $1", vec![self.site.into()]).await?;
        Ok(row.map(|mut row| row.text(0)).unwrap_or_default())
    }

    /// Counts the journal again when the rows were counted by another catalogue: a measure that is added later is known
    /// from the first day. Takes about as long as `doctor --replay`.
    pub async fn count_by_catalogue(&self) -> Result<(), Fault> {
        let version = measure::version();
        if self.catalogue().await? == version {
            return Ok(());
        }
        let kept = self.kept_tally().await?;
        let mut tally = self.count_again().await?;
        tally.sums.extend(kept.sums.into_iter().filter(|(place, _)| !measure::is_journaled(&place.measure)));
        let mut batch = self.batch();
        for table in [
            "DELETE FROM measure_day WHERE site = $1",
            "DELETE FROM measure_ticket WHERE site = $1",
            "DELETE FROM measure_catalogue WHERE site = $1",
        ] {
            batch.write(table, vec![self.site.into()]);
        }
        batch.write(
            "INSERT INTO measure_catalogue (site, version) VALUES ($1, $2)",
            vec![self.site.into(), version.into()],
        );
        batch.measured(tally);
        self.commit(batch).await.map_err(|e| Fault(e.to_string()))
    }

    async fn count_again(&self) -> Result<Tally, Fault> {
        let (mut tally, mut zones) = (Tally::default(), Zones::default());
        let mut site = Site::default();
        for entry in self.journal(Stream::Site).await? {
            site = site::evolve(site, &parse("entry", &entry.body)?);
            zones.learn(entry.at, &site);
        }
        let mut floor = Floor::default();
        for entry in self.journal(Stream::Floor).await? {
            let event: floor::Event = parse("entry", &entry.body)?;
            floor = count_floor(floor, &entry, &event, zones.day(entry.at), &mut tally);
        }
        for row in self.query("SELECT id FROM ticket WHERE site = $1", vec![self.site.into()]).await? {
            let mut ticket = None;
            for entry in self.journal(Stream::Ticket(row.int(0))).await? {
                let event: ticket::Event = parse("entry", &entry.body)?;
                count_ticket(ticket.as_ref(), &entry, &event, zones.day(entry.at), &mut tally);
                ticket = ticket::evolve(ticket, entry.at, &event);
            }
        }
        Ok(tally)
    }
}

fn row_of(mut row: Row) -> MeasureRow {
    let (day, queue, agent) = (row.int(0), row.int(2), row.int(3));
    let place = Place { day, measure: row.text(1), queue, agent };
    MeasureRow { place, sum: Sum { n: row.int(4), sum: row.int(5) } }
}

/// Where what is kept and what the journal tells differ, in words.
pub(crate) fn differences(kept: &Tally, told: &Tally) -> Vec<String> {
    let journaled = |tally: &Tally| -> BTreeMap<Place, Sum> {
        tally.sums.iter().filter(|(p, _)| measure::is_journaled(&p.measure)).map(|(p, s)| (p.clone(), *s)).collect()
    };
    let (kept_sums, told_sums) = (journaled(kept), journaled(told));
    let places: std::collections::BTreeSet<_> = kept_sums.keys().chain(told_sums.keys()).collect();
    let differ = places.into_iter().filter(|p| kept_sums.get(p) != told_sums.get(p)).map(|p| {
        let words =
            |sums: &BTreeMap<Place, Sum>| sums.get(p).map_or("nothing".into(), |s| format!("{} ({})", s.n, s.sum));
        format!("the measure {} of {} says {}, the journal {}", p.measure, p.day, words(&kept_sums), words(&told_sums))
    });
    let tickets = kept.tickets.symmetric_difference(&told.tickets);
    let tickets = tickets.map(|(day, key, id)| format!("ticket {id} behind the measure {key} of {day} is not as told"));
    differ.chain(tickets).collect()
}
