//! One step of the desk: decide everything that waits, commit once.
//!
//! While deciding, what earlier wishes of the same step changed is seen by later ones ([`Unit`]); the database sees
//! all of it or nothing. If the commit fails, nothing happened and everybody who asked is told so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use warmline_domain::asset::Asset;
use warmline_domain::calendar::Calendar;
use warmline_domain::customer::Customer;
use warmline_domain::floor::{self, Floor};
use warmline_domain::id::made_at;
use warmline_domain::journal::{Head, Stream};
use warmline_domain::limits::ID_AHEAD_SECONDS;
use warmline_domain::measure::{self, OnTicket, Tally};
use warmline_domain::site::{self, Site};
use warmline_domain::ticket::{self, Command, Ticket};
use warmline_domain::wording;
use warmline_domain::{AgentId, AssetId, By, CallId, CustomerId, MessageId, QueueId, Refusal, TicketId, TicketNumber};
use warmline_store::{Batch, CommitError, Fault, Loaded, Store, TicketChange};

use crate::announce::Topic;
use crate::edge::Edge;
use crate::forecasts::Forecasts;
use crate::recordings::Recordings;
use crate::wish::{DeskError, FloorWish, Outcome, Wish};
use crate::words::{self, Words};

/// How often a step that collided with another node is decided again.
const RETRIES: usize = 3;

pub struct Core {
    pub(crate) store: Store,
    pub(crate) edge: Edge,
    words: Arc<Words>,
    forecasts: Arc<Forecasts>,
    recordings: Recordings,
    site: Loaded<Arc<Site>>,
    floor: Loaded<Arc<Floor>>,
    /// The floor that the telephone has been told of.
    ordered: Arc<Floor>,
}

/// What a step came to.
#[derive(Debug, Default)]
pub struct Stepped {
    /// In the order of the wishes.
    pub outcomes: Vec<Result<Outcome, DeskError>>,
    pub topics: BTreeSet<Topic>,
    /// What the telephone is to do now that it is committed.
    pub orders: Vec<floor::Order>,
}

impl Core {
    pub async fn load(store: Store, mut edge: Edge, recordings: Recordings) -> Result<Core, DeskError> {
        store.count_by_catalogue().await?;
        edge.start_after(store.highest_id().await?);
        let (site, floor) = (store.load_site().await?, store.load_floor().await?);
        let floor = shared(floor);
        let words = Arc::new(Words::default());
        words.learn(&store.rule_counts().await?);
        Ok(Core {
            store,
            edge,
            words,
            forecasts: Arc::default(),
            recordings,
            site: shared(site),
            ordered: floor.value.clone(),
            floor,
        })
    }

    pub fn words(&self) -> Arc<Words> {
        self.words.clone()
    }

    pub fn forecasts(&self) -> Arc<Forecasts> {
        self.forecasts.clone()
    }

    pub fn site(&self) -> Arc<Site> {
        self.site.value.clone()
    }

    pub fn floor(&self) -> Arc<Floor> {
        self.floor.value.clone()
    }

    /// Decides the wishes in order and commits what came of them together.
    pub async fn step(&mut self, wishes: Vec<Wish>, now: Timestamp) -> Stepped {
        let together = self.step_together(&wishes, now).await;
        let failed = together.outcomes.iter().any(|o| matches!(o, Err(DeskError::Fault(_))));
        if !failed || wishes.len() == 1 || self.store.ping().await.is_err() {
            return together;
        }
        // One of them cannot be done; the others are not to suffer for it.
        let mut apart = Stepped::default();
        for wish in wishes {
            let one = self.step_together(&[wish], now).await;
            apart.outcomes.extend(one.outcomes);
            apart.topics.extend(one.topics);
            apart.orders.extend(one.orders);
        }
        apart
    }

    async fn step_together(&mut self, wishes: &[Wish], now: Timestamp) -> Stepped {
        let count = wishes.len();
        let mut tries = 0;
        loop {
            let mut unit = Unit::new(self, now);
            let mut outcomes = Vec::with_capacity(count);
            for wish in wishes {
                match unit.decide(wish).await {
                    // The database failed while reading: nothing of this step is kept.
                    Err(DeskError::Fault(fault)) => return failed(count, &fault),
                    outcome => outcomes.push(outcome),
                }
            }
            let Decided { batch, site, floor, topics, mut touched } = unit.finish();
            match self.store.commit(batch).await {
                Ok(()) => {
                    // What was committed without our hearing of it, or by somebody else, is looked at as a whole.
                    if tries > 0 || !Arc::ptr_eq(&self.ordered, &self.floor.value) {
                        touched = self.ordered.calls.keys().chain(floor.value.calls.keys()).copied().collect();
                    }
                    let orders = floor::orders(&self.ordered, &floor.value, touched);
                    self.ordered = floor.value.clone();
                    (self.site, self.floor) = (site, floor);
                    return Stepped { outcomes, topics, orders };
                }
                Err(CommitError::Fault(fault)) => return failed(count, &fault),
                Err(CommitError::Conflict) if tries < RETRIES => {
                    tries += 1;
                    if let Err(DeskError::Fault(fault)) = self.reload().await {
                        return failed(count, &fault);
                    }
                }
                Err(CommitError::Conflict) => {
                    return failed(count, &Fault("Others changed the same things at the same time. Try again.".into()));
                }
            }
        }
    }

    async fn reload(&mut self) -> Result<(), DeskError> {
        self.site = shared(self.store.load_site().await?);
        self.floor = shared(self.store.load_floor().await?);
        Ok(())
    }
}

pub(crate) fn sent_before() -> Refusal {
    Refusal::state(
        "This form was sent before, with other words.",
        "Reload the page to see what was kept; your text is kept as a draft.",
    )
}

fn shared<T>(loaded: Loaded<T>) -> Loaded<Arc<T>> {
    Loaded { value: Arc::new(loaded.value), head: loaded.head }
}

fn failed(count: usize, fault: &Fault) -> Stepped {
    tracing::error!(%fault, wishes = count, "a step of the desk failed; nothing happened");
    Stepped {
        outcomes: (0..count).map(|_| Err(DeskError::Fault(fault.clone()))).collect(),
        topics: BTreeSet::new(),
        orders: vec![],
    }
}

/// The step in the making: what was loaded, and what has been decided on top of it.
pub(crate) struct Unit<'a> {
    pub(crate) core: &'a mut Core,
    pub(crate) now: Timestamp,
    pub(crate) batch: Batch,
    pub(crate) site: Loaded<Arc<Site>>,
    pub(crate) floor: Loaded<Arc<Floor>>,
    tickets: BTreeMap<TicketId, Loaded<Ticket>>,
    pub(crate) customers: BTreeMap<CustomerId, Loaded<Customer>>,
    pub(crate) overlay: Overlay,
    /// Tickets of which it is to be asked whether their customer's rank counts.
    pub(crate) to_weigh: Vec<TicketId>,
    serial: Option<u64>,
    pub(crate) topics: BTreeSet<Topic>,
    pub(crate) calendars: BTreeMap<AgentId, Loaded<Calendar>>,
    /// Calls that something happened to.
    touched: BTreeSet<CallId>,
}

/// What this step has written that look-ups in the database cannot see yet.
#[derive(Default)]
pub(crate) struct Overlay {
    pub(crate) mails: BTreeSet<Vec<u8>>,
    pub(crate) message_ids: BTreeMap<String, (TicketId, MessageId, bool)>,
    pub(crate) addresses: BTreeMap<String, CustomerId>,
    pub(crate) numbers: BTreeMap<TicketNumber, TicketId>,
    pub(crate) automatic: BTreeMap<String, i64>,
    pub(crate) written: BTreeSet<i64>,
    pub(crate) assets: BTreeMap<AssetId, Loaded<Asset>>,
}

struct Decided {
    batch: Batch,
    site: Loaded<Arc<Site>>,
    floor: Loaded<Arc<Floor>>,
    pub(crate) topics: BTreeSet<Topic>,
    touched: BTreeSet<CallId>,
}

impl<'a> Unit<'a> {
    fn new(core: &'a mut Core, now: Timestamp) -> Self {
        let (batch, site, floor) = (core.store.batch(), core.site.clone(), core.floor.clone());
        Unit {
            core,
            now,
            batch,
            site,
            floor,
            tickets: BTreeMap::new(),
            customers: BTreeMap::new(),
            overlay: Overlay::default(),
            to_weigh: vec![],
            serial: None,
            topics: BTreeSet::new(),
            calendars: BTreeMap::new(),
            touched: BTreeSet::new(),
        }
    }

    fn finish(mut self) -> Decided {
        let before = &self.core.floor;
        if self.floor.head != before.head {
            self.batch.floor_row(self.floor.head, &self.floor.value);
            self.batch.timer(Stream::Floor, floor::due(&self.floor.value, &self.site.value));
        }
        let Unit { batch, site, floor, topics, touched, .. } = self;
        Decided { batch, site, floor, topics, touched }
    }

    async fn decide(&mut self, wish: &Wish) -> Result<Outcome, DeskError> {
        let outcome = self.decided(wish).await?;
        self.weigh().await?;
        Ok(outcome)
    }

    async fn decided(&mut self, wish: &Wish) -> Result<Outcome, DeskError> {
        match wish {
            Wish::Site { by, command } => self.site_wish(*by, command.clone()),
            Wish::ConnectMailbox { by, mailbox, secrets } => {
                let outcome = self.site_wish(*by, site::Command::ConnectMailbox { mailbox: mailbox.clone() })?;
                self.batch.mailbox_secret(mailbox.id, &secrets.0, &secrets.1);
                Ok(outcome)
            }
            Wish::Floor(wish) => self.floor_wish(wish).await,
            Wish::AddAddress { by, customer, address } => self.add_address(*by, *customer, address).await,
            Wish::Belongs { by, customer, organisation } => self.belongs(*by, *customer, organisation).await,
            Wish::ChatArrives(arrival) => self.chat_arrives(arrival).await,
            Wish::ChatWrites { chat, message, text } => self.chat_writes(*chat, *message, text).await,
            Wish::ChatLine { by, chat, line } => self.chat_line(*by, *chat, line).await,
            Wish::CallArrives(arrival) => self.call_arrives(arrival).await,
            Wish::CallCustomer { by, call, ticket } => self.call_customer(*by, *call, *ticket).await,
            Wish::Ticket { by, ticket, command } => self.ticket_wish(*by, *ticket, command.clone()).await,
            Wish::Answer { by, ticket, answer } => self.answer(*by, *ticket, answer).await,
            Wish::Print { by, ticket, draft } => self.print(*by, *ticket, draft).await,
            Wish::Fax { by, ticket, answer, number } => self.fax(*by, *ticket, answer, number).await,
            Wish::GiveUp { by, ticket } => self.give_up(*by, *ticket).await,
            Wish::Assign { by, ticket, to, reason } => {
                let presence = self.floor.value.presence(*to);
                let command = Command::Assign { to: *to, presence, reason: reason.clone() };
                self.ticket_wish(*by, *ticket, command).await
            }
            Wish::Listen { by, ticket, call } => {
                let going_on = self.floor.value.calls.contains_key(call);
                self.ticket_wish(*by, *ticket, Command::Listen { call: *call, going_on }).await
            }
            Wish::SplitOff { by, ticket, message } => self.split_off(*by, *ticket, *message).await,
            Wish::Open { by, opening } => self.open_by_hand(*by, opening).await,
            Wish::Mail(incoming) => self.receive(incoming).await,
            Wish::Delivery { ticket, news } => self.news(*ticket, news.clone()).await,
            Wish::Phrase { by, command } => self.phrase_wish(*by, command.clone()).await,
            Wish::Runbook { by, command } => self.runbook_wish(*by, command.clone()).await,
            Wish::Article { by, command } => self.article_wish(*by, command.clone()).await,
            Wish::Attention { agent, ticket } => self.attention(*agent, *ticket).await,
            Wish::Measured { by, measure, queue } => {
                self.tell(measure, *queue, *by);
                Ok(Outcome::Done)
            }
            Wish::Calendar(wish) => self.calendar_wish(wish).await,
            Wish::Leaves { by, agent, to } => self.leaves(*by, *agent, *to).await,
            Wish::Asset { by, asset } => self.keep_asset(*by, asset).await,
            Wish::TakeOver { by, rows } => self.take_over(*by, rows).await,
            Wish::LinkAsset { by, ticket, asset } => self.link_asset(*by, *ticket, *asset).await,
            Wish::AskToDrop { by, ticket, to, minutes, reason } => {
                self.ask_to_drop(*by, *ticket, (*to, *minutes, reason)).await
            }
            Wish::TimeCame(stream) => self.time_came(*stream).await,
            Wish::MaySend { ticket, message } => self.may_send(*ticket, *message).await,
        }
    }

    pub(crate) fn site_wish(&mut self, by: By, command: site::Command) -> Result<Outcome, DeskError> {
        if let site::Command::Wording(wording::Command::WriteRules { name, language, text, .. }) = &command {
            words::proven(&self.site.value.wording, name, language, text)?;
        }
        if let site::Command::ChangePolicy { toml } = &command {
            let policy = warmline_domain::Policy::from_toml(toml)?;
            self.may_be_kept(&policy.automatic_mail.acknowledgement, None)?;
        }
        let events = site::decide(&self.site.value, by, command)?;
        if events.is_empty() {
            return Ok(Outcome::Done);
        }
        let after = events.iter().fold((*self.site.value).clone(), site::evolve);
        let head = self.batch.site(self.site.head, &after, &events, by, self.now);
        self.site = Loaded { value: Arc::new(after), head };
        self.topics.insert(Topic::Site);
        Ok(Outcome::Done)
    }

    pub(crate) async fn floor_wish(&mut self, wish: &FloorWish) -> Result<Outcome, DeskError> {
        let floor = &self.floor.value;
        let (by, events) = match wish {
            FloorWish::Wish(by, command) => (*by, floor::decide(floor, &self.site.value, self.now, command.clone())?),
            FloorWish::News(report) => (By::Desk, floor::observe(floor, &self.site.value, self.now, report.clone())),
        };
        if events.is_empty() {
            return Ok(Outcome::Done);
        }
        let (now, day) = (self.now, self.day());
        let mut tally = Tally::default();
        let after = events.iter().fold((**floor).clone(), |f, e| {
            let call = e.call().and_then(|id| f.calls.get(&id)).cloned();
            let after = floor::evolve(f, now, e);
            measure::of_floor(call.as_ref(), &after, now, e).iter().for_each(|figure| tally.add(day, figure));
            after
        });
        self.batch.measured(tally);
        let policy = self.site.value.policy_version;
        let head = self.batch.floor(self.floor.head, &events, by, now, policy);
        let before = std::mem::replace(&mut self.floor, Loaded { value: Arc::new(after), head });
        self.topics.insert(Topic::Floor);
        for event in events {
            self.topics.extend(event.agent().map(Topic::Seat));
            if let floor::Event::PresenceChanged { agent, presence: floor::Presence::Offline }
            | floor::Event::RecoveryBegan { agent, .. } = &event
            {
                self.attention(*agent, None).await?;
            }
            match event {
                floor::Event::Call { call, step } => self.on_call(&before.value, call, step, by).await?,
                floor::Event::Chat { chat, step } => self.on_chat(&before.value, chat, step, by).await?,
                _ => {}
            }
        }
        Ok(Outcome::Done)
    }

    pub(crate) async fn ticket_wish(&mut self, by: By, id: TicketId, command: Command) -> Result<Outcome, DeskError> {
        let note = match &command {
            Command::WriteNote { note, content } => {
                self.plausible(note.0)?;
                match self.core.store.note(*note).await? {
                    Some((at, row)) if at == id && row.content == *content => return Ok(Outcome::Done),
                    Some(_) => return Err(sent_before().into()),
                    None if self.overlay.written.contains(&note.0) => return Ok(Outcome::Done),
                    None => Some(note.0),
                }
            }
            _ => None,
        };
        let before = self.existing(id).await?;
        let command = self.informed(&before.value, by, command).await?;
        let events = ticket::decide(&before.value, &self.site.value, by, self.now, command)?;
        self.overlay.written.extend(note);
        self.apply(Some(before), id, &events, by, None)?;
        Ok(Outcome::Done)
    }

    async fn split_off(&mut self, by: By, id: TicketId, message: MessageId) -> Result<Outcome, DeskError> {
        let before = self.existing(id).await?;
        let Some((at, row)) = self.core.store.message(message).await?.filter(|(at, _)| *at == id) else {
            return Err(Refusal::missing("message on this ticket").into());
        };
        let to: TicketId = self.core.edge.mint(self.now);
        let number = self.next_number().await?;
        let events = ticket::decide(&before.value, &self.site.value, by, self.now, Command::SplitOff { message, to })?;
        let split = ticket::Split {
            from: at,
            message,
            ticket: to,
            number,
            queue: before.value.queue,
            customer: before.value.customer,
            content: row.content,
        };
        let report = ticket::Report::SplitFrom(Box::new(split));
        let opened = ticket::observe(None, &self.site.value, self.now, report);
        self.apply(Some(before), id, &events, by, None)?;
        self.apply(None, to, &opened, by, None)?;
        Ok(Outcome::Opened(to, number))
    }

    pub(crate) async fn news(&mut self, id: TicketId, news: ticket::Report) -> Result<Outcome, DeskError> {
        let about = match &news {
            ticket::Report::Sent { message }
            | ticket::Report::NotSent { message, .. }
            | ticket::Report::Refused { message, .. } => Some(*message),
            _ => None,
        };
        let Some(before) = self.ticket(id).await? else {
            about.into_iter().for_each(|message| self.batch.forget(message));
            return Ok(Outcome::Done);
        };
        let time_came = matches!(news, ticket::Report::TimeCame);
        let events = ticket::observe(Some(&before.value), &self.site.value, self.now, news);
        if events.is_empty() {
            // Nothing came of it, so nothing may keep asking: the row in the outbox goes, the timer is set anew.
            about.into_iter().for_each(|message| self.batch.forget(message));
            if time_came {
                self.batch.timer(Stream::Ticket(id.0), ticket::due(&before.value));
            }
            return Ok(Outcome::Done);
        }
        self.apply(Some(before), id, &events, By::Desk, None)?;
        Ok(Outcome::Done)
    }

    async fn time_came(&mut self, stream: Stream) -> Result<Outcome, DeskError> {
        match stream {
            Stream::Floor => {
                let outcome = self.floor_wish(&FloorWish::News(floor::Report::TimeCame)).await?;
                self.batch.timer(Stream::Floor, floor::due(&self.floor.value, &self.site.value));
                Ok(outcome)
            }
            Stream::Ticket(id) => self.news(TicketId(id), ticket::Report::TimeCame).await,
            Stream::Calendar(agent) => self.shift_ended(AgentId(agent)).await,
            Stream::Site
            | Stream::Customer(_)
            | Stream::Phrase(_)
            | Stream::Runbook(_)
            | Stream::Article(_)
            | Stream::Asset(_) => {
                self.batch.timer(stream, None);
                Ok(Outcome::Done)
            }
        }
    }

    async fn may_send(&mut self, id: TicketId, message: MessageId) -> Result<Outcome, DeskError> {
        let may = self.ticket(id).await?.is_some_and(|t| ticket::may_send(&t.value, self.now, message));
        if may {
            // Taking it back needs its time to be still to come, so from here on that is too late.
            return Ok(Outcome::Done);
        }
        Err(Refusal::state("This message is not to leave now.", "Nothing is to be done.").into())
    }

    /// Forms bring their own identifiers. One from the future would stand before all that are still to be made.
    pub(crate) fn plausible(&self, id: i64) -> Result<(), Refusal> {
        if id > 0 && made_at(id) <= self.now.as_millisecond() + ID_AHEAD_SECONDS * 1000 {
            return Ok(());
        }
        Err(Refusal::input("This form cannot be from here.", "Reload the page and send it again."))
    }

    /// The day that measures of this step belong to.
    pub(crate) fn day(&self) -> i64 {
        measure::day(self.now, &self.site.value.hours.zone())
    }

    /// Counts something that no event tells.
    pub(crate) fn tell(&mut self, measure: &str, queue: QueueId, by: By) {
        let mut tally = Tally::default();
        if let Some(figure) = measure::told(measure, queue, by.agent()) {
            tally.add(self.day(), &figure);
        }
        self.batch.measured(tally);
    }

    /// Takes in what happened to a ticket: its rows, its journal, everybody who looks at it.
    pub(crate) fn apply(
        &mut self,
        before: Option<Loaded<Ticket>>,
        id: TicketId,
        events: &[ticket::Event],
        by: By,
        inbound: Option<Vec<u8>>,
    ) -> Result<(), DeskError> {
        if events.is_empty() {
            return Ok(());
        }
        self.core.recordings.deleted(events)?;
        let mut after = before.as_ref().map(|b| b.value.clone());
        let (mut tally, day) = (Tally::default(), self.day());
        for event in events {
            let happened = OnTicket { before: after.as_ref(), event, by, at: self.now };
            measure::of_ticket(&happened).iter().for_each(|figure| tally.add(day, figure));
            after = ticket::evolve(after, self.now, event);
        }
        let Some(after) = after else { return Err(Refusal::missing("ticket").into()) };
        let rank_counts = self.site.value.policy.priority.rank_counts;
        let heard = before.is_none() || events.iter().any(|e| matches!(e, ticket::Event::MessageReceived { .. }));
        let plans_count = self.site.value.plans_have_targets();
        if heard && (rank_counts || plans_count || !after.stakes.plan.is_empty()) || !rank_counts && after.stakes.ranked
        {
            self.to_weigh.push(id);
        }
        let change = TicketChange {
            before: before.as_ref(),
            after: &after,
            events,
            by,
            at: self.now,
            policy: self.site.value.policy_version,
            inbound,
            tally,
        };
        let head: Head = self.batch.ticket(&change);
        self.overlay.numbers.insert(after.number, id);
        self.tickets.insert(id, Loaded { value: after, head });
        self.topics.extend([Topic::Ticket(id), Topic::List]);
        Ok(())
    }

    /// Something happened to this call; its lines are looked at when all is decided.
    pub(crate) fn touch(&mut self, call: CallId) {
        self.touched.insert(call);
    }

    pub(crate) fn announce(&mut self, topic: Topic) {
        self.topics.insert(topic);
    }

    pub(crate) async fn ticket(&self, id: TicketId) -> Result<Option<Loaded<Ticket>>, Fault> {
        match self.tickets.get(&id) {
            Some(loaded) => Ok(Some(loaded.clone())),
            None => self.core.store.ticket(id).await,
        }
    }

    pub(crate) async fn existing(&self, id: TicketId) -> Result<Loaded<Ticket>, DeskError> {
        Ok(self.ticket(id).await?.ok_or_else(|| Refusal::missing("ticket"))?)
    }

    pub(crate) async fn next_number(&mut self) -> Result<TicketNumber, Fault> {
        let serial = match self.serial {
            Some(serial) => serial,
            None => self.core.store.next_serial().await?,
        };
        self.serial = Some(serial + 1);
        Ok(TicketNumber(serial))
    }
}
