//! Referrals, charges and requests for a manager as rows: what pages list and measures count. A row says what the
//! ticket's state says, and the replay holds the two against each other.

use std::collections::BTreeMap;

use jiff::Timestamp;
use warmline_domain::ticket::Ticket;
use warmline_domain::ticket::appeal::{self, Appeal};
use warmline_domain::ticket::charge::Charge;
use warmline_domain::ticket::referral::{self, Looks, Referral, Uses};
use warmline_domain::{AgentId, PointerId, RequestId, TicketId, TicketNumber};

use crate::Store;
use crate::batch::{Batch, Fault};
use crate::value::{Row, Value};

fn when(at: Option<Timestamp>) -> Value {
    Value::Int(at.map_or(0, Timestamp::as_millisecond))
}

fn referral_columns(r: &Referral) -> Vec<Value> {
    let to = r.to.as_ref();
    vec![
        r.since.into(),
        r.standing.word().into(),
        i64::from(r.budget_seconds).into(),
        r.looked_seconds.map_or(-1, i64::from).into(),
        to.and_then(|t| t.pointer).map_or(0, |p| p.0).into(),
        to.map_or(String::new(), |t| t.name.clone()).into(),
    ]
}

fn charge_columns(c: &Charge) -> Vec<Value> {
    vec![
        c.entry.0.into(),
        c.standing.word().into(),
        c.price.as_ref().map_or(-1, |p| p.minor).into(),
        c.price.as_ref().map_or(String::new(), |p| p.currency.clone()).into(),
        when(c.excepted_at),
        c.waived.as_ref().map_or(0, |w| w.minor).into(),
    ]
}

fn appeal_columns(a: &Appeal) -> Vec<Value> {
    vec![
        a.since.into(),
        a.standing.word().into(),
        when(a.asked_at),
        a.to.map_or(0, |to| to.0).into(),
        when(a.due),
        when(a.taken_at),
        i64::from(a.late).into(),
    ]
}

impl Batch {
    /// Rows of what has changed.
    pub(crate) fn house_rows(&mut self, before: Option<&Ticket>, after: &Ticket) {
        for (n, referral) in after.referrals.iter().enumerate() {
            if before.and_then(|b| b.referrals.get(n)) != Some(referral) {
                let all = self.keyed(after.id, n, referral_columns(referral));
                self.write(
                    "INSERT INTO referral (site, ticket, n, since, standing, budget, looked, pointer, name)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                     ON CONFLICT (site, ticket, n) DO UPDATE SET standing = excluded.standing, looked = excluded.looked,
                       pointer = excluded.pointer, name = excluded.name",
                    all,
                );
            }
        }
        for (n, charge) in after.charges.list.iter().enumerate() {
            if before.and_then(|b| b.charges.list.get(n)) != Some(charge) {
                let all = self.keyed(after.id, n, charge_columns(charge));
                self.write(
                    "INSERT INTO charge (site, ticket, n, entry, standing, minor, currency, excepted_at, waived)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                     ON CONFLICT (site, ticket, n) DO UPDATE SET standing = excluded.standing, minor = excluded.minor,
                       currency = excluded.currency, excepted_at = excluded.excepted_at, waived = excluded.waived",
                    all,
                );
            }
        }
        for (n, appeal) in after.appeals.iter().enumerate() {
            if before.and_then(|b| b.appeals.get(n)) != Some(appeal) {
                let all = self.keyed(after.id, n, appeal_columns(appeal));
                self.write(
                    "INSERT INTO appeal (site, ticket, n, since, standing, asked_at, owner, due, taken_at, late)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                     ON CONFLICT (site, ticket, n) DO UPDATE SET standing = excluded.standing,
                       asked_at = excluded.asked_at, owner = excluded.owner, due = excluded.due,
                       taken_at = excluded.taken_at, late = excluded.late",
                    all,
                );
            }
        }
        let complaint = after.charges.complaint_at;
        if let Some(at) = complaint.filter(|_| before.and_then(|b| b.charges.complaint_at) != complaint) {
            self.write(
                "INSERT INTO charge_complaint (site, ticket, at) VALUES ($1, $2, $3)
                 ON CONFLICT (site, ticket) DO UPDATE SET at = excluded.at",
                vec![self.site.into(), after.id.0.into(), at.into()],
            );
        }
    }

    fn keyed(&self, ticket: TicketId, n: usize, columns: Vec<Value>) -> Vec<Value> {
        [self.site.into(), ticket.0.into(), (n as i64).into()].into_iter().chain(columns).collect()
    }
}

/// A request for a manager, with its ticket.
#[derive(Clone, Debug)]
pub struct AppealRow {
    pub ticket: TicketId,
    pub number: TicketNumber,
    pub subject: String,
    pub customer: String,
    pub since: Timestamp,
    /// trying, asked, taken, returned; settled, decided.
    pub standing: String,
    pub asked_at: Option<Timestamp>,
    pub owner: Option<AgentId>,
    pub due: Option<Timestamp>,
    pub taken_at: Option<Timestamp>,
    pub late: bool,
}

/// How charges of all time stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChargeCounts {
    /// Told a price and still deciding.
    pub offered: i64,
    pub agreed: i64,
    pub excepted: i64,
    pub dropped: i64,
    pub complaints: i64,
}

/// Rows of one list or measure at most.
const ROWS: i64 = 2_000;

impl Store {
    /// The rows of this ticket, against its state: what differs, in words.
    pub(crate) async fn check_house_rows(&self, ticket: &Ticket, wrong: &mut Vec<String>) -> Result<(), Fault> {
        let of = vec![Value::Int(self.site), Value::Int(ticket.id.0)];
        let referrals = self
            .query(
                "SELECT since, standing, budget, looked, pointer, name FROM referral WHERE site = $1 AND ticket = $2 ORDER BY n",
                of.clone(),
            )
            .await?;
        if !referrals.iter().map(|r| &r.0).eq(ticket.referrals.iter().map(referral_columns).collect::<Vec<_>>().iter())
        {
            wrong.push("its referrals differ from its state".into());
        }
        let charges = self
            .query(
                "SELECT entry, standing, minor, currency, excepted_at, waived FROM charge
                 WHERE site = $1 AND ticket = $2 ORDER BY n",
                of.clone(),
            )
            .await?;
        if !charges.iter().map(|r| &r.0).eq(ticket.charges.list.iter().map(charge_columns).collect::<Vec<_>>().iter()) {
            wrong.push("its charges differ from its state".into());
        }
        let appeals = self
            .query(
                "SELECT since, standing, asked_at, owner, due, taken_at, late FROM appeal
                 WHERE site = $1 AND ticket = $2 ORDER BY n",
                of.clone(),
            )
            .await?;
        if !appeals.iter().map(|r| &r.0).eq(ticket.appeals.iter().map(appeal_columns).collect::<Vec<_>>().iter()) {
            wrong.push("its requests for a manager differ from its state".into());
        }
        let complaint = self.one("SELECT at FROM charge_complaint WHERE site = $1 AND ticket = $2", of).await?;
        if complaint.map(|r| r.int(0)) != ticket.charges.complaint_at.map(Timestamp::as_millisecond) {
            wrong.push("its complaint about a charge differs from its state".into());
        }
        Ok(())
    }

    /// How often each entry of the directory was given, and how often the ticket came back.
    pub async fn pointer_uses(&self) -> Result<BTreeMap<PointerId, Uses>, Fault> {
        let rows = self
            .query(
                "SELECT pointer, sum(CASE WHEN standing IN ('given', 'closed', 'reopened') THEN 1 ELSE 0 END),
                        sum(CASE WHEN standing = 'reopened' THEN 1 ELSE 0 END), max(since)
                 FROM referral WHERE site = $1 AND pointer > 0 GROUP BY pointer",
                vec![self.site.into()],
            )
            .await?;
        let uses = |row: &Row| Uses { given: row.int(1), reopened: row.int(2), last: Some(row.time(3)) };
        Ok(rows.iter().map(|row| (PointerId(row.int(0)), uses(row))).collect())
    }

    /// How the quick looks since then ended.
    pub async fn looks(&self, since: Timestamp) -> Result<Looks, Fault> {
        let rows = self
            .query(
                "SELECT standing, CASE WHEN looked >= 0 AND looked <= budget THEN 1 ELSE 0 END, count(*) FROM referral
                 WHERE site = $1 AND since >= $2 GROUP BY 1, 2",
                vec![self.site.into(), since.into()],
            )
            .await?;
        let mut looks = Looks::default();
        for mut row in rows {
            let (standing, in_budget, count) = (row.text(0), row.int(1) == 1, row.int(2));
            let is = |words: &[referral::Standing]| words.iter().any(|w| w.word() == standing);
            use referral::Standing::{Closed, Given, Ours, Reopened};
            looks.looks += count;
            looks.in_budget += if in_budget { count } else { 0 };
            looks.given += if is(&[Given, Closed, Reopened]) { count } else { 0 };
            looks.closed += if is(&[Closed]) { count } else { 0 };
            looks.reopened += if is(&[Reopened]) { count } else { 0 };
            looks.ours += if is(&[Ours]) { count } else { 0 };
        }
        Ok(looks)
    }

    /// Exceptions made since then, by entry of the catalogue.
    pub async fn exceptions(&self, since: Timestamp) -> Result<BTreeMap<RequestId, i64>, Fault> {
        let rows = self
            .query(
                "SELECT entry, count(*) FROM charge WHERE site = $1 AND excepted_at > 0 AND excepted_at >= $2 GROUP BY entry",
                vec![self.site.into(), since.into()],
            )
            .await?;
        Ok(rows.iter().map(|row| (RequestId(row.int(0)), row.int(1))).collect())
    }

    pub async fn charge_counts(&self) -> Result<ChargeCounts, Fault> {
        let rows = self
            .query(
                "SELECT standing, CASE WHEN excepted_at > 0 THEN 1 ELSE 0 END, count(*) FROM charge WHERE site = $1 GROUP BY 1, 2",
                vec![self.site.into()],
            )
            .await?;
        let complaints =
            self.one("SELECT count(*) FROM charge_complaint WHERE site = $1", vec![self.site.into()]).await?;
        let mut counts = ChargeCounts { complaints: complaints.map_or(0, |r| r.int(0)), ..ChargeCounts::default() };
        for mut row in rows {
            let (standing, excepted, count) = (row.text(0), row.int(1) == 1, row.int(2));
            match (standing.as_str(), excepted) {
                ("offered", _) => counts.offered += count,
                ("agreed" | "started", false) => counts.agreed += count,
                ("excepted" | "started", _) => counts.excepted += count,
                ("dropped", _) => counts.dropped += count,
                _ => {}
            }
        }
        Ok(counts)
    }

    /// Requests for a manager that are open, the most pressing first.
    pub async fn open_appeals(&self) -> Result<Vec<AppealRow>, Fault> {
        let rows = self
            .query(
                "SELECT a.ticket, t.number, t.subject, c.name, a.since, a.standing, a.asked_at, a.owner, a.due, a.taken_at, a.late
                 FROM appeal a JOIN ticket t ON t.site = a.site AND t.id = a.ticket
                      JOIN customer c ON c.site = t.site AND c.id = t.customer
                 WHERE a.site = $1 AND a.standing IN ('trying', 'asked', 'taken', 'returned')
                 ORDER BY CASE WHEN a.due = 0 THEN 1 ELSE 0 END, a.due, a.since LIMIT $2",
                vec![self.site.into(), ROWS.into()],
            )
            .await?;
        Ok(rows.into_iter().map(appeal_of).collect())
    }

    /// All requests since then, oldest first, for the measures.
    pub async fn appeals_since(&self, since: Timestamp) -> Result<Vec<AppealRow>, Fault> {
        let rows = self
            .query(
                "SELECT a.ticket, t.number, t.subject, '', a.since, a.standing, a.asked_at, a.owner, a.due, a.taken_at, a.late
                 FROM appeal a JOIN ticket t ON t.site = a.site AND t.id = a.ticket
                 WHERE a.site = $1 AND a.since >= $2 ORDER BY a.since LIMIT $3",
                vec![self.site.into(), since.into(), ROWS.into()],
            )
            .await?;
        Ok(rows.into_iter().map(appeal_of).collect())
    }

    /// Names of the organisations customers belong to.
    pub async fn organisations(&self) -> Result<Vec<String>, Fault> {
        let rows = self
            .query(
                "SELECT DISTINCT organisation FROM customer WHERE site = $1 AND organisation <> '' ORDER BY 1 LIMIT $2",
                vec![self.site.into(), ROWS.into()],
            )
            .await?;
        Ok(rows.into_iter().map(|mut row| row.text(0)).collect())
    }
}

fn appeal_of(mut row: Row) -> AppealRow {
    let time = |row: &Row, column| (row.int(column) > 0).then(|| row.time(column));
    AppealRow {
        ticket: TicketId(row.int(0)),
        number: TicketNumber(row.int(1) as u64),
        subject: row.text(2),
        customer: row.text(3),
        since: row.time(4),
        standing: row.text(5),
        asked_at: time(&row, 6),
        owner: Some(row.int(7)).filter(|id| *id > 0).map(AgentId),
        due: time(&row, 8),
        taken_at: time(&row, 9),
        late: row.int(10) == 1,
    }
}

impl AppealRow {
    pub fn is(&self, standing: appeal::Standing) -> bool {
        self.standing == standing.word()
    }
}
