//! Replay: folds the journal and holds it against the rows. They must agree, and every chain must be whole.

use warmline_domain::article;
use warmline_domain::calendar;
use warmline_domain::customer::{self, Customer};
use warmline_domain::floor::{self, Floor};
use warmline_domain::journal::{Entry, Head, Stream};
use warmline_domain::measure::Tally;
use warmline_domain::phrase;
use warmline_domain::runbook;
use warmline_domain::sealed::Digest;
use warmline_domain::site::{self, Site};
use warmline_domain::ticket::{self, Event, Ticket, honesty};
use warmline_domain::{AgentId, AssetId, CustomerId, TicketId, asset as register};

use crate::Store;
use crate::assets;
use crate::batch::Fault;
use crate::load::{Loaded, parse};
use crate::measures::{Zones, count_floor, count_ticket, differences};
use crate::save::{asked, asset, attention, counted, pressing, stage_column};
use crate::value::Value;

/// Something that is not as the journal says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    pub stream: Stream,
    pub what: String,
}

#[derive(Clone, Debug, Default)]
pub struct Verdict {
    pub streams: usize,
    pub entries: usize,
    pub disagreements: Vec<Disagreement>,
}

/// What the journal tells beside the states.
#[derive(Default)]
struct Told {
    counters: std::collections::BTreeMap<String, i64>,
    tally: Tally,
    /// The site's stream is read first, so they are known when they are needed.
    zones: Zones,
}

const STREAMS_AT_A_TIME: i64 = 500;

impl Store {
    /// Reads the whole journal. `progress` is told how many streams are done.
    pub async fn replay(&self, mut progress: impl FnMut(usize)) -> Result<Verdict, Fault> {
        let mut verdict = Verdict::default();
        let mut told = Told::default();
        let (mut kind, mut id) = (0, i64::MIN);
        loop {
            let rows = self
                .query(
                    "SELECT DISTINCT kind, id FROM journal WHERE site = $1 AND (kind, id) > ($2, $3)
                     ORDER BY kind, id LIMIT $4",
                    vec![self.site.into(), kind.into(), id.into(), STREAMS_AT_A_TIME.into()],
                )
                .await?;
            let Some(last) = rows.last() else { break };
            (kind, id) = (last.int(0), last.int(1));
            for row in &rows {
                if let Some(stream) = Stream::from_key(row.int(0), row.int(1)) {
                    self.replay_stream(stream, &mut verdict, &mut told).await?;
                }
            }
            progress(verdict.streams);
        }
        self.check_counters(told.counters, &mut verdict).await?;
        self.check_measures(&told.tally, &mut verdict).await?;
        self.check_orphans(&mut verdict).await?;
        self.check_checkpoints(&mut verdict).await?;
        Ok(verdict)
    }

    async fn replay_stream(&self, stream: Stream, verdict: &mut Verdict, beside: &mut Told) -> Result<(), Fault> {
        let entries = self.journal(stream).await?;
        verdict.streams += 1;
        verdict.entries += entries.len();
        let mut wrong: Vec<String> = Vec::new();
        let head = check_chain(&entries, &mut wrong);
        match stream {
            Stream::Ticket(id) => self.replay_ticket(TicketId(id), &entries, head, &mut wrong, beside).await?,
            Stream::Customer(id) => self.replay_customer(CustomerId(id), &entries, head, &mut wrong).await?,
            Stream::Phrase(_) => {
                let fold = |told, entry: &Entry| Ok::<_, Fault>(phrase::evolve(told, &parse("entry", &entry.body)?));
                let told = entries.iter().try_fold(None, fold)?;
                differs(&self.library_state(stream).await?, &told, head, &mut wrong);
            }
            Stream::Runbook(_) => {
                let fold = |told, entry: &Entry| Ok::<_, Fault>(runbook::evolve(told, &parse("entry", &entry.body)?));
                let told = entries.iter().try_fold(None, fold)?;
                differs(&self.library_state(stream).await?, &told, head, &mut wrong);
            }
            Stream::Article(_) => {
                let fold = |told, entry: &Entry| Ok::<_, Fault>(article::evolve(told, &parse("entry", &entry.body)?));
                let told = entries.iter().try_fold(None, fold)?;
                differs(&self.library_state(stream).await?, &told, head, &mut wrong);
            }
            Stream::Calendar(id) => {
                let fold = |told, entry: &Entry| Ok::<_, Fault>(calendar::evolve(told, &parse("entry", &entry.body)?));
                let told = entries.iter().try_fold(calendar::Calendar::default(), fold)?;
                differs(&self.calendar(AgentId(id)).await?, &told, head, &mut wrong);
            }
            Stream::Asset(id) => self.replay_asset(AssetId(id), &entries, head, &mut wrong).await?,
            Stream::Site => {
                let mut told = Site::default();
                for entry in &entries {
                    told = site::evolve(told, &parse("entry", &entry.body)?);
                    beside.zones.learn(entry.at, &told);
                }
                differs(&self.load_site().await?, &told, head, &mut wrong);
            }
            Stream::Floor => {
                let mut told = Floor::default();
                for entry in &entries {
                    let event: floor::Event = parse("entry", &entry.body)?;
                    told = count_floor(told, entry, &event, beside.zones.day(entry.at), &mut beside.tally);
                }
                differs(&self.load_floor().await?, &told, head, &mut wrong);
            }
        }
        verdict.disagreements.extend(wrong.into_iter().map(|what| Disagreement { stream, what }));
        Ok(())
    }

    async fn replay_ticket(
        &self,
        id: TicketId,
        entries: &[Entry],
        head: Head,
        wrong: &mut Vec<String>,
        beside: &mut Told,
    ) -> Result<(), Fault> {
        let mut told: Option<Ticket> = None;
        let mut texts: Vec<(i64, Digest, bool)> = Vec::new();
        let mut record = std::collections::BTreeMap::new();
        let mut events: Vec<Event> = Vec::new();
        let mut stood: Vec<(i64, Digest)> = Vec::new();
        for entry in entries {
            let event: Event = parse("journal entry", &entry.body)?;
            match &event {
                Event::MessageReceived { message, content, .. }
                | Event::MessageHeld { message, content, .. }
                | Event::MessageWritten { message, content, .. } => texts.push((message.0, content.digest(), false)),
                Event::NoteWritten { note, content } => texts.push((note.0, content.digest(), true)),
                Event::Honesty(honesty::Event::StandsOn { message, grounds, .. }) => {
                    stood.push((message.0, grounds.digest()));
                }
                _ => {}
            }
            record.extend(crate::ongoing::entry_of(&event).map(|(id, _, text)| (id.0, text.digest())));
            count_ticket(told.as_ref(), entry, &event, beside.zones.day(entry.at), &mut beside.tally);
            told = ticket::evolve(told, entry.at, &event);
            events.push(event);
        }
        let (Some(told), Some(row)) = (told, self.ticket(id).await?) else {
            wrong.push("there is no row for it".into());
            return Ok(());
        };
        differs(&row, &told, head, wrong);
        self.check_ticket_columns(&row.value, wrong).await?;
        self.check_ongoing(&row.value, &record, wrong).await?;
        self.check_course(&row.value, entries, wrong).await?;
        self.check_deliveries(id, &events, wrong).await?;
        self.check_promises(id, &events, wrong).await?;
        for (entry, digest, inside) in texts {
            let table = if inside { "note" } else { "message" };
            let stored = self.content_json(entry, inside).await?;
            match stored {
                None => wrong.push(format!("{table} {entry} is missing")),
                Some(json) if Digest::of_bytes(json.as_bytes()) != digest => {
                    wrong.push(format!("the text of {table} {entry} is not what was written"));
                }
                Some(_) => {}
            }
        }
        for (message, digest) in stood {
            let stored = self.ground_json(message).await?;
            if stored.is_none_or(|json| Digest::of_bytes(json.as_bytes()) != digest) {
                wrong.push(format!("what message {message} stands on is not what was written"));
            }
        }
        for name in counted(&row.value) {
            *beside.counters.entry(name).or_default() += 1;
        }
        *beside.counters.entry("serial".into()).or_default() += 1;
        Ok(())
    }

    /// The columns lists go by, the timer and the outbox follow from the state.
    async fn check_ticket_columns(&self, row: &Ticket, wrong: &mut Vec<String>) -> Result<(), Fault> {
        let columns = self
            .one(
                "SELECT stage, assignee, class, since, attention, queue, number, customer, place, pressing, asset, asked FROM ticket
                 WHERE site = $1 AND id = $2",
                vec![self.site.into(), row.id.0.into()],
            )
            .await?;
        let place = ticket::priority::place(row);
        let expected = [
            stage_column(row),
            row.assignee.map_or(0, |a| a.0),
            place.class,
            row.since.as_millisecond(),
            attention(row),
            row.queue.0,
            row.number.0 as i64,
            row.customer.0,
            place.arrived.as_millisecond(),
            pressing(row),
            asset(row),
            asked(row),
        ];
        if columns.is_none_or(|c| expected.iter().enumerate().any(|(i, v)| c.int(i) != *v)) {
            wrong.push("a list column differs from its state".into());
        }
        let timer = self
            .one(
                "SELECT due_at FROM timer WHERE site = $1 AND kind = 4 AND id = $2",
                vec![self.site.into(), row.id.0.into()],
            )
            .await?;
        let due = ticket::due(row).map(jiff::Timestamp::as_millisecond);
        if timer.map(|t| t.int(0)) != due {
            wrong.push("its timer differs from its state".into());
        }
        let outbox = self
            .query(
                "SELECT message FROM outbox WHERE site = $1 AND ticket = $2 ORDER BY message",
                vec![self.site.into(), row.id.0.into()],
            )
            .await?;
        let to_send = row
            .outgoing
            .iter()
            .filter(|(_, o)| matches!(o.delivery, ticket::Delivery::Queued | ticket::Delivery::Deferred));
        if !outbox.iter().map(|r| r.int(0)).eq(to_send.map(|(m, _)| m.0)) {
            wrong.push("the outbox differs from its state".into());
        }
        let ledger = self
            .query(
                "SELECT id, owner, due, first_due FROM promise WHERE site = $1 AND ticket = $2 AND settled_at = 0 ORDER BY id",
                vec![self.site.into(), row.id.0.into()],
            )
            .await?;
        let open =
            row.promises.iter().map(|(id, p)| [id.0, p.owner.0, p.due.as_millisecond(), p.first_due.as_millisecond()]);
        if !ledger.iter().map(|r| [r.int(0), r.int(1), r.int(2), r.int(3)]).eq(open) {
            wrong.push("its promises differ from its state".into());
        }
        self.check_articles_given(row, wrong).await?;
        self.check_house_rows(row, wrong).await
    }

    /// What the row of a message of ours says became of it.
    async fn check_deliveries(&self, id: TicketId, events: &[Event], wrong: &mut Vec<String>) -> Result<(), Fault> {
        let told: std::collections::BTreeMap<i64, &str> =
            events.iter().filter_map(ticket::delivery_after).map(|(m, delivery, _)| (m.0, delivery.word())).collect();
        let rows = self
            .query(
                "SELECT id, delivery FROM message WHERE site = $1 AND ticket = $2 AND delivery <> '' ORDER BY id",
                vec![self.site.into(), id.0.into()],
            )
            .await?;
        for mut row in rows {
            let (message, delivery) = (row.int(0), row.text(1));
            if told.get(&message).is_none_or(|word| *word != delivery) {
                wrong.push(format!("message {message} says {delivery}, which the journal does not"));
            }
        }
        Ok(())
    }

    async fn content_json(&self, id: i64, inside: bool) -> Result<Option<String>, Fault> {
        let sql = if inside {
            "SELECT content FROM note WHERE site = $1 AND id = $2"
        } else {
            "SELECT content FROM message WHERE site = $1 AND id = $2"
        };
        Ok(self.one(sql, vec![self.site.into(), id.into()]).await?.map(|mut row| row.text(0)))
    }

    async fn replay_customer(
        &self,
        id: CustomerId,
        entries: &[Entry],
        head: Head,
        wrong: &mut Vec<String>,
    ) -> Result<(), Fault> {
        let fold = |state, entry: &Entry| Ok::<_, Fault>(customer::evolve(state, &parse("entry", &entry.body)?));
        let told: Option<Customer> = entries.iter().try_fold(None, fold)?;
        let (Some(told), Some(row)) = (told, self.customer(id).await?) else {
            wrong.push("there is no row for it".into());
            return Ok(());
        };
        differs(&row, &told, head, wrong);
        let addresses = self.customer_addresses(id).await?;
        let digests = addresses.iter().map(|a| warmline_domain::Sealed::new(a.clone()).digest().hex()).collect();
        if told.addresses != digests {
            wrong.push("its addresses are not what was written".into());
        }
        Ok(())
    }

    async fn replay_asset(
        &self,
        id: AssetId,
        entries: &[Entry],
        head: Head,
        wrong: &mut Vec<String>,
    ) -> Result<(), Fault> {
        let fold = |told, entry: &Entry| Ok::<_, Fault>(register::evolve(told, &parse("entry", &entry.body)?));
        let told = entries.iter().try_fold(None, fold)?;
        let (Some(told), Some(row)) = (told, self.asset(id).await?) else {
            wrong.push("there is no row for it".into());
            return Ok(());
        };
        differs(&row, &told, head, wrong);
        let sql = "SELECT words, twin, organisation, criticality, retired FROM asset WHERE site = $1 AND id = $2";
        let kept = self.one(sql, vec![self.site.into(), id.0.into()]).await?;
        let kept = kept.map(|mut r| (r.text(0), r.text(1), r.text(2), r.int(3), r.int(4)));
        if kept != Some(assets::columns(&told)) {
            wrong.push("a list column differs from its state".into());
        }
        Ok(())
    }

    async fn check_counters(
        &self,
        told: std::collections::BTreeMap<String, i64>,
        verdict: &mut Verdict,
    ) -> Result<(), Fault> {
        let mut kept = self.counters().await?;
        kept.retain(|_, n| *n != 0);
        for name in kept.keys().chain(told.keys()).collect::<std::collections::BTreeSet<_>>() {
            let (kept, told) = (kept.get(name).copied().unwrap_or(0), told.get(name).copied().unwrap_or(0));
            if kept != told {
                let what = format!("the counter {name} says {kept}, the tickets say {told}");
                verdict.disagreements.push(Disagreement { stream: Stream::Site, what });
            }
        }
        Ok(())
    }

    /// Rows of another catalogue are counted again when the desk starts; until then they say nothing.
    async fn check_measures(&self, told: &Tally, verdict: &mut Verdict) -> Result<(), Fault> {
        let (kept, catalogue) = (self.kept_tally().await?, self.catalogue().await?);
        let other = !catalogue.is_empty() && catalogue != warmline_domain::measure::version();
        if other || catalogue.is_empty() && kept.sums.is_empty() {
            return Ok(());
        }
        let wrong = differences(&kept, told).into_iter();
        verdict.disagreements.extend(wrong.map(|what| Disagreement { stream: Stream::Site, what }));
        Ok(())
    }

    /// Rows nobody journaled.
    async fn check_orphans(&self, verdict: &mut Verdict) -> Result<(), Fault> {
        let checks: [(&str, &'static str); 5] = [
            (
                "ticket",
                "SELECT id FROM ticket t WHERE site = $1 AND NOT EXISTS
                 (SELECT 1 FROM journal j WHERE j.site = t.site AND j.kind = 4 AND j.id = t.id) LIMIT 20",
            ),
            (
                "customer",
                "SELECT id FROM customer t WHERE site = $1 AND NOT EXISTS
                 (SELECT 1 FROM journal j WHERE j.site = t.site AND j.kind = 3 AND j.id = t.id) LIMIT 20",
            ),
            (
                "asset",
                "SELECT id FROM asset t WHERE site = $1 AND NOT EXISTS
                 (SELECT 1 FROM journal j WHERE j.site = t.site AND j.kind = 20 AND j.id = t.id) LIMIT 20",
            ),
            (
                "message",
                "SELECT id FROM message m WHERE site = $1 AND NOT EXISTS
                 (SELECT 1 FROM ticket t WHERE t.site = m.site AND t.id = m.ticket) LIMIT 20",
            ),
            (
                "outbox entry",
                "SELECT message FROM outbox o WHERE site = $1 AND NOT EXISTS
                 (SELECT 1 FROM message m WHERE m.site = o.site AND m.id = o.message) LIMIT 20",
            ),
        ];
        for (what, sql) in checks {
            for row in self.query(sql, vec![Value::Int(self.site)]).await? {
                let what = format!("{what} {} stands in no journal", row.int(0));
                verdict.disagreements.push(Disagreement { stream: Stream::Site, what });
            }
        }
        Ok(())
    }
}

fn check_chain(entries: &[Entry], wrong: &mut Vec<String>) -> Head {
    let mut head = Head::default();
    for entry in entries {
        if !entry.follows(head) {
            wrong.push(format!("journal entry {} was changed, or one before it is missing", entry.seq));
        }
        head = entry.head();
    }
    head
}

fn differs<T: PartialEq>(row: &Loaded<T>, told: &T, head: Head, wrong: &mut Vec<String>) {
    if row.value != *told {
        wrong.push("the row differs from what the journal tells".into());
    }
    if row.head != head {
        wrong.push("the row stands at another journal entry than the last".into());
    }
}
