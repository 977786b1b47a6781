//! Writing what was decided: rows, journal, outbox, timers, counters and search, all from the same events.

use jiff::Timestamp;
use serde::Serialize;
use warmline_domain::customer::{self, Customer};
use warmline_domain::floor::Floor;
use warmline_domain::journal::{Entry, Head, Stream};
use warmline_domain::measure::Tally;
use warmline_domain::site::Site;
use warmline_domain::ticket::{self, Delivery, Event, Kind, Message, Note, Order, Ticket, priority};
use warmline_domain::wording::RuleCount;
use warmline_domain::{By, MessageId, NoteId, TicketId};

use crate::batch::{Batch, INDEX_MESSAGE, INDEX_NOTE};
use crate::load::Loaded;
use crate::mail::reference;
use crate::search::words;
use crate::value::Value;

/// What happened to a ticket, and what it is now.
pub struct TicketChange<'a> {
    pub before: Option<&'a Loaded<Ticket>>,
    pub after: &'a Ticket,
    pub events: &'a [Event],
    pub by: By,
    pub at: Timestamp,
    pub policy: i64,
    /// Identity of the raw mail that caused it.
    pub inbound: Option<Vec<u8>>,
    /// What the events count as.
    pub tally: Tally,
}

pub struct CustomerChange<'a> {
    pub before: Option<&'a Loaded<Customer>>,
    pub after: &'a Customer,
    pub events: &'a [customer::Event],
    pub by: By,
    pub at: Timestamp,
    pub policy: i64,
}

/// How many Message-IDs of a mail's References are kept to find its ticket again.
const REFERENCES_KEPT: usize = 12;

impl Batch {
    /// Returns where the ticket's stream stands afterwards.
    pub fn ticket(&mut self, change: &TicketChange<'_>) -> Head {
        let TicketChange { before, after, events, by, at, policy, .. } = change;
        let before_head = before.map_or(Head::default(), |b| b.head);
        let head = self.journal(Stream::Ticket(after.id.0), before_head, *at, *by, *policy, events);
        self.ticket_row(before.map(|b| &b.value), after, before_head, head);
        for event in *events {
            self.ticket_event(change, event);
        }
        self.course(change);
        self.house_rows(before.map(|b| &b.value), after);
        self.articles_given(before.map(|b| &b.value), after);
        self.ticket_timer(before.map(|b| &b.value), after);
        self.ticket_counters(before.map(|b| &b.value), after);
        self.ongoing(before.map(|b| &b.value), after);
        self.measured(change.tally.clone());
        head
    }

    fn ticket_row(&mut self, before: Option<&Ticket>, after: &Ticket, was: Head, head: Head) {
        let subject = after.subject.open().cloned().unwrap_or_default();
        let first_subject = after.first_subject.as_ref().and_then(|s| s.open()).cloned().unwrap_or_default();
        let state = json(after);
        let place = priority::place(after);
        let columns: Vec<Value> = vec![
            after.customer.0.into(),
            after.queue.0.into(),
            stage_column(after).into(),
            after.assignee.map_or(0, |a| a.0).into(),
            place.class.into(),
            after.since.into(),
            attention(after).into(),
            subject.into(),
            head.seq.into(),
            head.hash.into(),
            state.into(),
            first_subject.into(),
            place.arrived.into(),
            pressing(after).into(),
            asset(after).into(),
            asked(after).into(),
        ];
        if before.is_none() {
            let mut all = vec![self.site.into(), after.id.0.into(), (after.number.0 as i64).into()];
            all.extend(columns);
            self.write(
                "INSERT INTO ticket (site, id, number, customer, queue, stage, assignee, class, since, attention,
                                     subject, seq, hash, state, first_subject, place, pressing, asset, asked)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
                all,
            );
            self.count("serial".into(), 1);
        } else {
            let mut all = columns;
            all.extend([self.site.into(), after.id.0.into(), was.seq.into()]);
            self.write_one(
                "UPDATE ticket SET customer = $1, queue = $2, stage = $3, assignee = $4, class = $5, since = $6,
                        attention = $7, subject = $8, seq = $9, hash = $10, state = $11, first_subject = $12,
                        place = $13, pressing = $14, asset = $15, asked = $16
                 WHERE site = $17 AND id = $18 AND seq = $19",
                all,
            );
        }
    }

    fn ticket_event(&mut self, change: &TicketChange<'_>, event: &Event) {
        let id = change.after.id;
        match event {
            Event::MessageReceived { message, matched, automatic, third_party, content, .. } => {
                let why = if *automatic { "automatic" } else { word(matched) };
                let kind = if *third_party { "third_party" } else { "received" };
                self.message(change, *message, kind, why, content.open());
            }
            Event::MessageHeld { message, matched, content } => {
                self.message(change, *message, "held", word(matched), content.open());
            }
            Event::MessageWritten { message, kind, chat, content, .. } => {
                let kind = match kind {
                    Kind::Answer => "answer",
                    Kind::Acknowledgement => "acknowledgement",
                    Kind::Forward => "forward",
                };
                self.message(change, *message, kind, if *chat { "chat" } else { "" }, content.open());
            }
            Event::LetIn { message, .. } => self.message_kind(id, *message, "received"),
            Event::TurnedAway { message } => self.message_kind(id, *message, "turned_away"),
            Event::MovedIn { message, from, .. } => self.move_message(*message, *from, id),
            Event::NoteWritten { note, content } => self.note(change, *note, content.open()),
            Event::Tagged { tag } => self.write(
                "INSERT INTO ticket_tag (site, tag, ticket) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                vec![self.site.into(), tag.as_str().into(), id.0.into()],
            ),
            Event::Untagged { tag } => self.write(
                "DELETE FROM ticket_tag WHERE site = $1 AND tag = $2 AND ticket = $3",
                vec![self.site.into(), tag.as_str().into(), id.0.into()],
            ),
            Event::PhrasesUsed { message, phrases } => {
                phrases.iter().for_each(|p| self.phrase_used(p, *message, id, change.at));
            }
            Event::WordsOverridden { rules, .. } => rules
                .iter()
                .for_each(|rule| self.rule_counted(rule, RuleCount { overridden: 1, ..RuleCount::default() })),
            Event::Honesty(event) => self.honesty_event(id, event),
            other => self.promise_event(id, change.at, other),
        }
        self.record_entry(id, change.at, change.by, event);
        self.forget_ask_link(event);
        if !matches!(event, Event::MessageWritten { .. })
            && let Some((message, delivery, why)) = ticket::delivery_after(event)
        {
            self.write(
                "UPDATE message SET delivery = $1, why = $2 WHERE site = $3 AND ticket = $4 AND id = $5",
                vec![delivery.word().into(), why.into(), self.site.into(), id.0.into(), message.0.into()],
            );
        }
        match ticket::orders(event) {
            Some(Order::Send { message, at }) => self.write(
                "INSERT INTO outbox (site, message, ticket, at) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (site, message) DO UPDATE SET at = excluded.at",
                vec![self.site.into(), message.0.into(), id.0.into(), at.into()],
            ),
            Some(Order::Forget { message }) => self.forget(message),
            None => {}
        }
    }

    fn message(
        &mut self,
        change: &TicketChange<'_>,
        id: MessageId,
        kind: &str,
        why_here: &str,
        content: Option<&Message>,
    ) {
        let Some(content) = content else { return };
        let ours = matches!(kind, "answer" | "acknowledgement" | "forward");
        let delivery = match (ours, why_here) {
            (true, "chat") => Delivery::Sent.word(),
            (true, _) => Delivery::Queued.word(),
            (false, _) => "",
        };
        let ticket = change.after.id;
        self.write(
            "INSERT INTO message (site, ticket, id, at, actor, kind, note_on_arrival, delivery, why, content, inbound)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', $9, $10)",
            vec![
                self.site.into(),
                ticket.0.into(),
                id.0.into(),
                change.at.into(),
                json(&change.by).into(),
                kind.into(),
                why_here.into(),
                delivery.into(),
                json(content).into(),
                if ours { Value::Null } else { change.inbound.clone().into() },
            ],
        );
        if kind != "acknowledgement" {
            let people = format!("{} {} {}", content.subject, content.from.name, content.from.address);
            self.write(INDEX_MESSAGE, vec![id.0.into(), words(&[&people, &content.text]).into()]);
        }
        // A held mail's too: whoever answers it must take part in the ticket all the same.
        let referred = content.references.iter().rev().take(REFERENCES_KEPT).filter(|_| !ours);
        for message_id in std::iter::once(&content.message_id).chain(referred).filter(|m| !m.is_empty()) {
            self.mail_reference(message_id, ticket, id, ours);
        }
    }

    fn mail_reference(&mut self, message_id: &str, ticket: TicketId, message: MessageId, ours: bool) {
        self.write(
            "INSERT INTO mail_ref (site, ref, ticket, ours, message) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (site, ref, ticket) DO NOTHING",
            vec![
                self.site.into(),
                reference(message_id).into(),
                ticket.0.into(),
                i64::from(ours).into(),
                message.0.into(),
            ],
        );
    }

    fn message_kind(&mut self, ticket: TicketId, message: MessageId, kind: &str) {
        self.write_one(
            "UPDATE message SET kind = $1 WHERE site = $2 AND ticket = $3 AND id = $4",
            vec![kind.into(), self.site.into(), ticket.0.into(), message.0.into()],
        );
    }

    fn move_message(&mut self, message: MessageId, from: TicketId, to: TicketId) {
        self.write_one(
            "UPDATE message SET ticket = $1 WHERE site = $2 AND ticket = $3 AND id = $4",
            vec![to.0.into(), self.site.into(), from.0.into(), message.0.into()],
        );
        self.write(
            "UPDATE mail_ref SET ticket = $1 WHERE site = $2 AND message = $3 AND ticket = $4",
            vec![to.0.into(), self.site.into(), message.0.into(), from.0.into()],
        );
    }

    fn note(&mut self, change: &TicketChange<'_>, id: NoteId, content: Option<&Note>) {
        let Some(content) = content else { return };
        self.write(
            "INSERT INTO note (site, ticket, id, at, actor, content) VALUES ($1, $2, $3, $4, $5, $6)",
            vec![
                self.site.into(),
                change.after.id.0.into(),
                id.0.into(),
                change.at.into(),
                json(&change.by).into(),
                json(content).into(),
            ],
        );
        self.write(INDEX_NOTE, vec![id.0.into(), words(&[&content.text]).into()]);
    }

    fn ticket_timer(&mut self, before: Option<&Ticket>, after: &Ticket) {
        let due = ticket::due(after);
        if before.and_then(ticket::due) != due {
            self.timer(Stream::Ticket(after.id.0), due);
        }
    }

    /// Sets, moves or takes away the timer of a stream.
    pub fn timer(&mut self, stream: Stream, due: Option<Timestamp>) {
        let (kind, id) = stream.key();
        match due {
            Some(at) => self.write(
                "INSERT INTO timer (site, kind, id, due_at) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (site, kind, id) DO UPDATE SET due_at = excluded.due_at",
                vec![self.site.into(), kind.into(), id.into(), at.into()],
            ),
            None => self.write(
                "DELETE FROM timer WHERE site = $1 AND kind = $2 AND id = $3",
                vec![self.site.into(), kind.into(), id.into()],
            ),
        }
    }

    fn ticket_counters(&mut self, before: Option<&Ticket>, after: &Ticket) {
        let old = before.map(counted).unwrap_or_default();
        let new = counted(after);
        for name in old.iter().filter(|n| !new.contains(n)) {
            self.count(name.clone(), -1);
        }
        for name in new.iter().filter(|n| !old.contains(n)) {
            self.count(name.clone(), 1);
        }
    }

    pub fn customer(&mut self, change: &CustomerChange<'_>) -> Head {
        let CustomerChange { before, after, events, by, at, policy } = change;
        let was = before.map_or(Head::default(), |b| b.head);
        let head = self.journal(Stream::Customer(after.id.0), was, *at, *by, *policy, events);
        let name = after.name.open().cloned().unwrap_or_default();
        let organisation = after.organisation.as_ref().and_then(|o| o.open()).cloned().unwrap_or_default();
        let row = vec![
            self.site.into(),
            after.id.0.into(),
            name.into(),
            organisation.into(),
            head.seq.into(),
            head.hash.into(),
            json(after).into(),
        ];
        self.write(
            "INSERT INTO customer (site, id, name, organisation, seq, hash, state) VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (site, id) DO UPDATE SET name = excluded.name, organisation = excluded.organisation, seq = excluded.seq, hash = excluded.hash,
                                                  state = excluded.state",
            row,
        );
        for event in *events {
            if let customer::Event::Met { address, .. } | customer::Event::AddressAdded { address } = event
                && let Some(address) = address.open()
            {
                self.write(
                    "INSERT INTO customer_address (site, address, customer) VALUES ($1, $2, $3)",
                    vec![self.site.into(), address.as_str().into(), after.id.0.into()],
                );
            }
        }
        head
    }

    pub fn site(
        &mut self,
        before: Head,
        after: &Site,
        events: &[warmline_domain::site::Event],
        by: By,
        at: Timestamp,
    ) -> Head {
        let head = self.journal(Stream::Site, before, at, by, after.policy_version, events);
        self.aggregate(Stream::Site, head, json(after));
        head
    }

    /// Something of the house's library: a phrase, a runbook, an article. None: it was taken away.
    #[allow(clippy::too_many_arguments)] // One each for what stands on a journal entry.
    pub fn of_library<T: Serialize, E: Serialize>(
        &mut self,
        stream: Stream,
        before: Head,
        after: Option<&T>,
        events: &[E],
        by: By,
        at: Timestamp,
        policy: i64,
    ) -> Head {
        let head = self.journal(stream, before, at, by, policy, events);
        self.aggregate(stream, head, json(&after));
        head
    }

    /// What happened on the floor; its row is written once, by [`Batch::floor_row`].
    pub fn floor(
        &mut self,
        before: Head,
        events: &[warmline_domain::floor::Event],
        by: By,
        at: Timestamp,
        policy: i64,
    ) -> Head {
        self.journal(Stream::Floor, before, at, by, policy, events)
    }

    /// The floor as it is after all of a step.
    pub fn floor_row(&mut self, head: Head, after: &Floor) {
        self.aggregate(Stream::Floor, head, json(after));
    }

    pub(crate) fn aggregate(&mut self, stream: Stream, head: Head, state: String) {
        let (kind, id) = stream.key();
        self.write(
            "INSERT INTO aggregate (site, kind, id, seq, hash, state) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (site, kind, id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, state = excluded.state",
            vec![self.site.into(), kind.into(), id.into(), head.seq.into(), head.hash.into(), state.into()],
        );
    }

    /// Two writers at the same place of a stream collide on its primary key: that is the version check.
    pub(crate) fn journal<E: Serialize>(
        &mut self,
        stream: Stream,
        mut head: Head,
        at: Timestamp,
        by: By,
        policy: i64,
        events: &[E],
    ) -> Head {
        let (kind, id) = stream.key();
        for event in events {
            let entry = Entry::after(head, stream, at, by, policy, event);
            head = entry.head();
            self.write(
                "INSERT INTO journal (site, kind, id, seq, at, actor, policy, body, hash)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                vec![
                    self.site.into(),
                    kind.into(),
                    id.into(),
                    entry.seq.into(),
                    entry.at.into(),
                    json(&entry.by).into(),
                    entry.policy.into(),
                    entry.body.into(),
                    entry.hash.into(),
                ],
            );
        }
        head
    }
}

pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("states are plain values")
}

fn word(matched: &ticket::Matched) -> &'static str {
    match matched {
        ticket::Matched::OurMessageId => "our_message_id",
        ticket::Matched::AddressToken => "address_token",
        ticket::Matched::References => "references",
        ticket::Matched::SubjectNumber => "subject_number",
        ticket::Matched::ByHand => "by_hand",
        ticket::Matched::Chat => "chat",
        ticket::Matched::Opening => "opening",
    }
}

pub(crate) fn stage_column(ticket: &Ticket) -> i64 {
    use warmline_domain::ticket::Stage;
    match ticket.stage {
        Stage::New | Stage::Open => 0,
        Stage::Waiting => 1,
        Stage::Solved => 2,
        Stage::Closed => 3,
    }
}

/// Its earliest date that is at risk or past.
pub(crate) fn pressing(ticket: &Ticket) -> i64 {
    priority::pressing(ticket).map_or(0, Timestamp::as_millisecond)
}

pub(crate) fn asset(ticket: &Ticket) -> i64 {
    ticket.stakes.asset.as_ref().map_or(0, |a| a.id.0)
}

/// Who is asked to drop everything for it.
pub(crate) fn asked(ticket: &Ticket) -> i64 {
    ticket.dropping.as_ref().map_or(0, |d| d.to.0)
}

pub(crate) fn attention(ticket: &Ticket) -> i64 {
    match () {
        () if ticket.not_heard() => 1,
        () if !ticket.held.is_empty() || ticket.question.is_some() || ticket.articles.to_decide().next().is_some() => 2,
        () => 0,
    }
}

/// The counters a ticket stands in.
pub(crate) fn counted(ticket: &Ticket) -> Vec<String> {
    let stage = stage_column(ticket);
    let mut names = vec![
        format!("stage:{stage}"),
        format!("queue:{}:{stage}", ticket.queue),
        format!("agent:{}:{stage}", ticket.assignee.map_or(0, |a| a.0)),
    ];
    match attention(ticket) {
        0 => {}
        kind => names.push(format!("attention:{kind}")),
    }
    if pressing(ticket) > 0 {
        names.push("pressing".into());
    }
    names
}

impl Batch {
    /// The message is not to be sent (any more), whatever the ticket says.
    pub fn forget(&mut self, message: MessageId) {
        self.write("DELETE FROM outbox WHERE site = $1 AND message = $2", vec![self.site.into(), message.0.into()]);
    }

    /// Changes a row behind the journal's back, as somebody with a database tool would: for tests that must see it found.
    #[doc(hidden)]
    pub fn tamper_subject(&mut self, ticket: TicketId, subject: &str) {
        self.write(
            "UPDATE ticket SET subject = $1 WHERE site = $2 AND id = $3",
            vec![subject.into(), self.site.into(), ticket.0.into()],
        );
    }
}
