//! Chats meet tickets: who came, what they and we write, and what happened in between, in one transaction each time.

use jiff::Timestamp;
use warmline_domain::floor::chat::{self, Step, Wish as Wished, can_take};
use warmline_domain::floor::{self, Command, Floor};
use warmline_domain::limits::{CHAT_LINE_BYTES, CHAT_LINES};
use warmline_domain::ticket::chat::{Line, News};
use warmline_domain::ticket::{self, Acknowledgement, Address, Arrival, Matched, Message, Stage, Ticket, priority};
use warmline_domain::{By, ChatId, CustomerId, MessageId, QueueId, Refusal, TicketId, TicketNumber};
use warmline_etiquette::Channel;
use warmline_store::{ChatVisitor, Fault, Loaded};

use crate::announce::Topic;
use crate::core::{Unit, sent_before};
use crate::promises::with_receipts;
use crate::reading;
use crate::wish::{ChatArrival, ChatLine, DeskError, FloorWish, Outcome};

/// The line that chats come in by.
pub const LINE: &str = "chat";

impl Unit<'_> {
    /// Their first words become a ticket at once; with somebody here they get a place in line as well.
    pub(crate) async fn chat_arrives(&mut self, arrival: &ChatArrival) -> Result<Outcome, DeskError> {
        self.plausible(arrival.chat.0)?;
        if self.core.store.message(arrival.message).await?.is_some()
            || self.overlay.written.contains(&arrival.message.0)
        {
            return Ok(Outcome::Done);
        }
        let address = arrival.address.trim();
        if !warmline_domain::customer::is_address(address) || self.site.value.mailbox_of(address).is_some() {
            let why = format!("“{address}” is not your mail address.");
            return Err(
                Refusal::input(why, "Enter it as name@example.com; an answer goes there if the line drops.").into()
            );
        }
        fits(&arrival.text)?;
        let queue = self.site.value.queue_of_line(LINE);
        let open = self.site.value.hours_of(queue).is_open(self.now);
        let live = open && can_take(&self.floor.value, &self.site.value, queue);
        let before = self.still_open(arrival.before).await?;
        let customer = match &before {
            Some(ticket) => ticket.value.customer,
            None => self.customer_or_met(&arrival.name, address).await?,
        };
        let id = self.chat_begins(arrival, before, queue, customer, live).await?;
        let visitor = ChatVisitor { chat: arrival.chat, ticket: id, began: self.now };
        self.batch.chat_visitor(&arrival.secret, &visitor);
        let number = self.ticket(id).await?.map_or(TicketNumber(0), |t| t.value.number);
        if live {
            self.weigh().await?;
            let class = self.ticket(id).await?.map_or(1, |t| priority::caller_class(&t.value));
            let came = chat::Report::Came { queue, customer, ticket: id, class };
            self.chat_news(arrival.chat, came).await?;
        }
        Ok(Outcome::Opened(id, number))
    }

    /// A ticket that somebody may go on with.
    pub(crate) async fn still_open(&self, before: Option<TicketId>) -> Result<Option<Loaded<Ticket>>, Fault> {
        let Some(id) = before else { return Ok(None) };
        let open = |t: &Loaded<Ticket>| !matches!(t.value.stage, Stage::Solved | Stage::Closed);
        Ok(self.ticket(id).await?.filter(open))
    }

    async fn chat_begins(
        &mut self,
        arrival: &ChatArrival,
        before: Option<Loaded<Ticket>>,
        queue: QueueId,
        customer: CustomerId,
        live: bool,
    ) -> Result<TicketId, DeskError> {
        let number = if before.is_some() { TicketNumber(0) } else { self.next_number().await? };
        let to = Address::new(&arrival.name, arrival.address.trim());
        let id = match &before {
            Some(ticket) => ticket.value.id,
            None => self.core.edge.mint(self.now),
        };
        // Whoever is here says the number; otherwise it goes by mail.
        let acknowledgement = if live { None } else { self.acknowledges(queue, number, &to).await? };
        let opening = ticket::Opening { ticket: id, number, queue, customer, acknowledgement };
        let content = Message { from: to, text: arrival.text.clone(), ..Message::default() };
        self.they_wrote(before, id, arrival.message, content, opening, customer)?;
        Ok(id)
    }

    async fn acknowledges(
        &mut self,
        queue: QueueId,
        number: TicketNumber,
        to: &Address,
    ) -> Result<Option<Acknowledgement>, DeskError> {
        let mailbox = self.site.value.mailbox_for(queue).filter(|m| m.submit.is_some()).cloned();
        let Some(mailbox) = mailbox else { return Ok(None) };
        if !self.within_budget(&to.address).await? {
            return Ok(None);
        }
        self.automatic_mail_to(&to.address);
        let message = self.core.edge.mint(self.now);
        let message_id = self.message_id(message, number, &mailbox.address);
        let from = Address::new(&mailbox.display, &mailbox.address);
        Ok(Some(Acknowledgement { message, message_id, from, to: to.clone() }))
    }

    fn they_wrote(
        &mut self,
        before: Option<Loaded<Ticket>>,
        id: TicketId,
        message: MessageId,
        content: Message,
        opening: ticket::Opening,
        customer: CustomerId,
    ) -> Result<(), DeskError> {
        let arrival = Arrival { message, content, automatic: false, matched: Matched::Chat, held: false, opening };
        let report = ticket::Report::MailArrived(Box::new(arrival));
        let events = ticket::observe(before.as_ref().map(|b| &b.value), &self.site.value, self.now, report);
        self.overlay.written.insert(message.0);
        self.apply(before, id, &events, By::Customer(customer), None)
    }

    /// A line of the customer's.
    pub(crate) async fn chat_writes(
        &mut self,
        chat: ChatId,
        message: MessageId,
        text: &str,
    ) -> Result<Outcome, DeskError> {
        self.plausible(message.0)?;
        let Some(found) = self.floor.value.chats.get(&chat).cloned() else { return Err(over().into()) };
        if self.core.store.message(message).await?.is_some() || self.overlay.written.contains(&message.0) {
            return Ok(Outcome::Done);
        }
        fits(text)?;
        if i64::from(found.lines) >= CHAT_LINES {
            let way = "Press “Send me this by mail” or call us; we go on from there.";
            return Err(Refusal::state("This chat has become very long.", way).into());
        }
        let before = self.existing(found.ticket).await?;
        let from = self.their_address(&before.value).await?;
        let (queue, customer) = (found.queue, found.customer);
        let opening =
            ticket::Opening { ticket: found.ticket, number: TicketNumber(0), queue, customer, acknowledgement: None };
        let content = Message { from, text: text.to_owned(), ..Message::default() };
        self.they_wrote(Some(before), found.ticket, message, content, opening, customer)?;
        self.chat_news(chat, chat::Report::TheyWrote).await
    }

    /// Who chats, as they said when they began.
    async fn their_address(&self, ticket: &Ticket) -> Result<Address, Fault> {
        let messages = self.core.store.newest_messages(ticket.id, LOOKED_AT).await?;
        let theirs = messages.into_iter().rev().find(|m| m.kind == "received" && m.note_on_arrival == "chat");
        if let Some(row) = theirs {
            return Ok(row.content.from);
        }
        let name = self.core.store.customer(ticket.customer).await?.and_then(|c| c.value.name.open().cloned());
        let address = self.core.store.customer_addresses(ticket.customer).await?.into_iter().find(|a| a.contains('@'));
        Ok(Address::new(&name.unwrap_or_default(), &address.unwrap_or_default()))
    }

    /// A line of ours: read like everything that goes out, then said, then whatever it asks is asked.
    pub(crate) async fn chat_line(&mut self, by: By, chat: ChatId, line: &ChatLine) -> Result<Outcome, DeskError> {
        self.plausible(line.message.0)?;
        let Some(agent) = by.agent() else { return Ok(Outcome::Done) };
        let receipts = self.site.value.policy.promises.receipts;
        let promised = if receipts { line.promises.as_slice() } else { &[] };
        let text = with_receipts(&line.text, promised, &line.zone);
        match self.core.store.message(line.message).await? {
            Some((_, row)) if row.content.text == text => return Ok(Outcome::Done),
            Some(_) => return Err(sent_before().into()),
            None if self.overlay.written.contains(&line.message.0) => return Ok(Outcome::Done),
            None => {}
        }
        let wishes: Vec<Wished> = std::iter::once(Wished::Wrote).chain(line.asks.clone()).collect();
        // All of it may be done, or none of it is.
        for wish in &wishes {
            let command = Command::Chat { by: agent, chat, wish: wish.clone() };
            floor::decide(&self.floor.value, &self.site.value, self.now, command)?;
        }
        let Some(found) = self.floor.value.chats.get(&chat).cloned() else { return Err(over().into()) };
        let before = self.existing(found.ticket).await?;
        let to = self.their_address(&before.value).await?;
        let out = reading::Outgoing {
            channel: Channel::Chat,
            text: &line.text,
            author: Some(agent),
            recipients: vec![to.address.clone()],
            attachments: 0,
            third_party: false,
            zone: line.zone.clone(),
            promised: line.promises.iter().map(|p| p.due).collect(),
            shown: String::new(),
        };
        let context = reading::context(&self.core.store, &self.site.value, &before.value, self.now, &out).await?;
        let verdict = self.core.words().engine(&self.site.value.wording).check(&line.text, &context);
        let reading = reading::reading(&verdict, &line.reason);
        if !reading.leaks.is_empty() {
            self.tell("p18.stopped", before.value.queue, by);
        }
        let mut promises = Vec::with_capacity(line.promises.len());
        for promise in &line.promises {
            promises.push(self.informed_promise(&before.value, by, promise.clone()).await?);
        }
        let content = Message { to: vec![to], text, ..Message::default() };
        let (message, phrases) = (line.message, line.phrases.clone());
        let say = ticket::Command::Say(Box::new(Line { chat, message, content, promises, phrases, reading }));
        let events = ticket::decide(&before.value, &self.site.value, by, self.now, say)?;
        self.overlay.written.insert(line.message.0);
        self.apply(Some(before), found.ticket, &events, by, None)?;
        for wish in wishes {
            self.floor_wish(&FloorWish::Wish(by, Command::Chat { by: agent, chat, wish })).await?;
        }
        Ok(Outcome::Done)
    }

    async fn chat_news(&mut self, chat: ChatId, news: chat::Report) -> Result<Outcome, DeskError> {
        self.floor_wish(&FloorWish::News(floor::Report::Chat { chat, news })).await
    }

    /// What happened in a chat goes to its ticket, in the same transaction.
    pub(crate) async fn on_chat(&mut self, before: &Floor, id: ChatId, step: Step, by: By) -> Result<(), DeskError> {
        let chats = [before.chats.get(&id).cloned(), self.floor.value.chats.get(&id).cloned()];
        self.announce(Topic::Chat(id));
        for agent in chats.iter().flatten().flat_map(|c| c.agents().collect::<Vec<_>>()) {
            self.announce(Topic::Seat(agent));
        }
        let told = match &step {
            Step::Came { ticket, .. } => Some(*ticket),
            _ => chats.iter().flatten().next().map(|c| c.ticket),
        };
        let Some(ticket) = told else { return Ok(()) };
        let Some(loaded) = self.ticket(ticket).await? else { return Ok(()) };
        let by = match (&step, by) {
            (Step::Came { customer, .. }, By::Desk) => By::Customer(*customer),
            (Step::Agreed { .. } | Step::RatherNot | Step::Ended { how: chat::End::ByCustomer, .. }, By::Desk) => {
                By::Customer(loaded.value.customer)
            }
            (_, by) => by,
        };
        let missed = match step {
            Step::Ended { .. } => self.missed(&loaded.value).await?,
            _ => None,
        };
        let news = News { chat: id, step, note: self.core.edge.mint(self.now), missed };
        let report = ticket::Report::OnChat(Box::new(news));
        let events = ticket::observe(Some(&loaded.value), &self.site.value, self.now, report);
        self.apply(Some(loaded), ticket, &events, by, None)
    }

    /// The mail with what their page has not shown, if there is anything and somewhere to send it.
    async fn missed(&mut self, ticket: &Ticket) -> Result<Option<(MessageId, Message)>, DeskError> {
        let Some(mailbox) = self.site.value.mailbox_for(ticket.queue).filter(|m| m.submit.is_some()).cloned() else {
            return Ok(None);
        };
        let mut lines: Vec<(Timestamp, Message)> = Vec::new();
        for unread in &ticket.chats.unread {
            lines.extend(self.core.store.message(*unread).await?.map(|(_, row)| (row.at, row.content)));
        }
        lines.sort_by_key(|(at, _)| *at);
        let to = lines.iter().find_map(|(_, line)| line.to.first().cloned()).filter(|to| !to.address.is_empty());
        let Some(to) = to else { return Ok(None) };
        let said: Vec<String> = lines.into_iter().map(|(_, line)| line.text).collect();
        let message: MessageId = self.core.edge.mint(self.now);
        let text = format!(
            "Our chat ended before you could read this:\n\n{}\n\nReply to this mail to go on; your number is {}.",
            said.join("\n\n"),
            ticket.number
        );
        let content = Message {
            from: Address::new(&mailbox.display, &mailbox.address),
            to: vec![to],
            subject: ticket.mail_subject().open().cloned().unwrap_or_default(),
            text,
            message_id: self.message_id(message, ticket.number, &mailbox.address),
            ..Message::default()
        };
        Ok(Some((message, content)))
    }
}

/// Messages of a ticket that are looked at for who chats.
const LOOKED_AT: usize = 50;

fn over() -> Refusal {
    Refusal::state("This chat is over.", "Begin another one, or write us a mail; we know what it is about.")
}

fn fits(text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::input("There is nothing to send yet.", "Write a line, then send it."));
    }
    if text.len() > CHAT_LINE_BYTES {
        let why = format!("This is longer than {} kB, too long for a chat.", CHAT_LINE_BYTES / 1024);
        return Err(Refusal::input(why, "Send it in parts, or as a mail."));
    }
    Ok(())
}
