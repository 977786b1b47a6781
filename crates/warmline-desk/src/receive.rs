//! A mail comes in: who wrote it, which ticket it belongs to, what becomes of it. Whatever becomes of it, it stands in
//! the mail log with its raw bytes and the reason.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use warmline_domain::site::Mailbox;
use warmline_domain::ticket::threading::{Candidate, Place, place};
use warmline_domain::ticket::{self, Acknowledgement, Address, Arrival, Attachment, Matched, Message, Source};
use warmline_domain::{By, CustomerId, MailboxId, MessageId, TicketId, TicketNumber};
use warmline_mail::{Delivered, Mail, Nature, Person, Report, Unreadable};
use warmline_store::{Inbound, Outcome as MailOutcome};

use crate::announce::Topic;
use crate::core::Unit;
use crate::wish::{DeskError, Opening, Outcome};

/// Tickets a mail may point to before looking stops.
const CANDIDATES: usize = 8;
/// Raw mails up to this size lie in the database, larger ones in the blob store.
pub(crate) const INLINE_BYTES: usize = 64 * 1024;

/// A mail as it came, read at the edge so that the loop only decides.
#[derive(Debug)]
pub struct Incoming {
    pub identity: [u8; 32],
    pub bytes: usize,
    /// Deflated; `None` when it lies in the blob store under its identity.
    pub raw: Option<Vec<u8>>,
    pub mail: Result<Mail, Unreadable>,
    /// Where the envelope sent it.
    pub recipients: Vec<String>,
    /// The envelope's sender; `Some("")` is the null path of automatic mail.
    pub sender: Option<String>,
    /// The mailbox it was fetched from.
    pub mailbox: Option<MailboxId>,
}

impl Incoming {
    /// Reads raw bytes. Takes time in proportion to their number; call it off the loop.
    pub fn read(raw: &[u8], recipients: Vec<String>, sender: Option<String>, mailbox: Option<MailboxId>) -> Self {
        Incoming { mail: warmline_mail::read(raw), ..Incoming::unread(raw, recipients, sender, mailbox, "") }
    }

    /// A mail that is kept without having been read.
    pub fn unread(
        raw: &[u8],
        recipients: Vec<String>,
        sender: Option<String>,
        mailbox: Option<MailboxId>,
        why: &'static str,
    ) -> Self {
        let identity = warmline_mail::identity(raw);
        let raw_kept = (raw.len() <= INLINE_BYTES).then(|| deflate(raw));
        Incoming { identity, bytes: raw.len(), raw: raw_kept, mail: Err(Unreadable(why)), recipients, sender, mailbox }
    }
}

fn deflate(raw: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::with_capacity(raw.len() / 2), Compression::fast());
    encoder.write_all(raw).and_then(|()| encoder.finish()).expect("memory takes what is written")
}

/// What became of a mail and where it is now.
struct Became {
    outcome: MailOutcome,
    why: String,
    ticket: Option<TicketId>,
}

impl Became {
    fn of(outcome: MailOutcome, why: impl Into<String>) -> Self {
        Became { outcome, why: why.into(), ticket: None }
    }
}

impl Unit<'_> {
    pub(crate) async fn receive(&mut self, incoming: &Incoming) -> Result<Outcome, DeskError> {
        let identity = incoming.identity.to_vec();
        if self.overlay.mails.contains(&identity) || self.core.store.is_known_mail(&identity).await? {
            self.batch.inbound_again(&identity);
            return Ok(Outcome::KnownMail);
        }
        let became = match &incoming.mail {
            Err(Unreadable(why)) => Became::of(MailOutcome::Quarantined, *why),
            Ok(mail) => self.place_mail(incoming, mail).await?,
        };
        let shown =
            |p: &Person| if p.name.is_empty() { p.address.clone() } else { format!("{} <{}>", p.name, p.address) };
        let (sender, subject) = match &incoming.mail {
            Ok(mail) => (mail.from.as_ref().map(shown).unwrap_or_default(), mail.subject.clone()),
            Err(_) => (incoming.sender.clone().unwrap_or_default(), String::new()),
        };
        self.batch.inbound(&Inbound {
            identity: identity.clone(),
            at: self.now,
            outcome: became.outcome,
            why: became.why,
            sender: sender.chars().take(300).collect(),
            subject: subject.chars().take(300).collect(),
            ticket: became.ticket,
            bytes: incoming.bytes as i64,
            raw: incoming.raw.clone(),
            again: 0,
        });
        self.overlay.mails.insert(identity);
        self.announce(Topic::Mail);
        Ok(Outcome::Mail(became.outcome))
    }

    async fn place_mail(&mut self, incoming: &Incoming, mail: &Mail) -> Result<Became, DeskError> {
        if let Nature::DeliveryReport(report) = &mail.nature {
            return self.delivery_report(report).await;
        }
        let sender = incoming.sender.as_ref().filter(|s| !s.is_empty());
        let from = mail.from.clone().or_else(|| sender.map(|s| Person { name: String::new(), address: s.clone() }));
        let Some(from) = from else {
            return Ok(Became::of(MailOutcome::Quarantined, "it names no sender"));
        };
        if !warmline_domain::customer::is_address(&from.address) {
            return Ok(Became::of(MailOutcome::Quarantined, "its sender is not a mail address"));
        }
        if self.site.value.mailbox_of(&from.address).is_some() {
            return Ok(Became::of(MailOutcome::Ignored, "it came from one of our own addresses"));
        }
        let customer = self.customer_at(&from.address).await?;
        let candidates = self.candidates(incoming, mail, &from, customer).await?;
        let place = place(candidates);
        let automatic = match &mail.nature {
            Nature::Automatic(why) => Some((*why).to_owned()),
            _ if incoming.sender.as_deref() == Some("") => Some("it has no return path".to_owned()),
            _ => None,
        };
        let (ticket, matched, held) = match place {
            Place::Follow(id, matched) => (Some(id), matched, false),
            Place::Hold(id, matched) => (Some(id), matched, true),
            Place::Open => (None, Matched::Opening, false),
        };
        self.arrive(incoming, mail, &from, ticket, matched, held, automatic).await
    }

    #[expect(clippy::too_many_arguments, reason = "one mail, taken apart once")]
    async fn arrive(
        &mut self,
        incoming: &Incoming,
        mail: &Mail,
        from: &Person,
        ticket: Option<TicketId>,
        matched: Matched,
        held: bool,
        automatic: Option<String>,
    ) -> Result<Became, DeskError> {
        let message: MessageId = self.core.edge.mint(self.now);
        let content = content(mail, from, &incoming.identity);
        let own_id = content.message_id.clone();
        let refers: Vec<String> = content.references.clone();
        let before = match ticket {
            Some(id) => self.ticket(id).await?,
            None => None,
        };
        let customer = self.customer_or_met(&from.name, &from.address).await?;
        let opening = self.opening(incoming, mail, from, customer, before.as_ref().map(|b| b.value.id)).await?;
        let id = before.as_ref().map_or(opening.ticket, |b| b.value.id);
        let arrival = Arrival { message, content, automatic: automatic.is_some(), matched, held, opening };
        let report = ticket::Report::MailArrived(Box::new(arrival));
        let events = ticket::observe(before.as_ref().map(|b| &b.value), &self.site.value, self.now, report);
        let acknowledged = events.iter().any(|e| matches!(e, ticket::Event::MessageWritten { .. }));
        if acknowledged {
            self.automatic_mail_to(&answer_to(mail, from).address);
        }
        let opened = before.is_none();
        self.apply(before, id, &events, By::Customer(customer), Some(incoming.identity.to_vec()))?;
        if !held {
            for message_id in std::iter::once(own_id).chain(refers).filter(|m| !m.is_empty()) {
                self.overlay.message_ids.entry(message_id).or_insert((id, message, false));
            }
        }
        let outcome = match (opened, held) {
            (true, _) => MailOutcome::Opened,
            (false, true) => MailOutcome::Held,
            (false, false) => MailOutcome::Followed,
        };
        let why = match automatic {
            Some(why) => format!("{}; {why}, so it changed nothing", matched.sentence()),
            None => matched.sentence().to_owned(),
        };
        Ok(Became { outcome, why, ticket: Some(id) })
    }

    async fn opening(
        &mut self,
        incoming: &Incoming,
        mail: &Mail,
        from: &Person,
        customer: CustomerId,
        existing: Option<TicketId>,
    ) -> Result<ticket::Opening, DeskError> {
        let mailbox = self.mailbox(incoming, mail);
        let queue = mailbox.as_ref().map(|m| m.queue).or_else(|| self.site.value.queues.keys().next().copied());
        let queue = queue.unwrap_or(warmline_domain::QueueId(0));
        if let Some(ticket) = existing {
            // It opens nothing; number and acknowledgement are not asked for.
            return Ok(ticket::Opening { ticket, number: TicketNumber(0), queue, customer, acknowledgement: None });
        }
        let number = self.next_number().await?;
        let ticket = self.core.edge.mint(self.now);
        let to = answer_to(mail, from);
        let answerable = matches!(mail.nature, Nature::Personal { answerable: true })
            && incoming.sender.as_deref() != Some("")
            && warmline_domain::customer::is_address(&to.address)
            && self.site.value.mailbox_of(&to.address).is_none()
            && self.within_budget(&to.address).await?;
        let acknowledgement = mailbox.filter(|m| answerable && m.submit.is_some()).map(|mailbox| {
            let message: MessageId = self.core.edge.mint(self.now);
            let message_id = self.message_id(message, number, &mailbox.address);
            Acknowledgement {
                message,
                message_id,
                from: Address::new(&mailbox.display, &mailbox.address),
                to: Address::new(&to.name, &to.address),
            }
        });
        Ok(ticket::Opening { ticket, number, queue, customer, acknowledgement })
    }

    /// Counts against the day's budget of an address.
    pub(crate) fn automatic_mail_to(&mut self, address: &str) {
        let address = warmline_domain::customer::normal_address(address);
        self.batch.automatic_mail(&address, self.now.as_second() / 86_400);
        *self.overlay.automatic.entry(address).or_default() += 1;
    }

    pub(crate) async fn within_budget(&self, address: &str) -> Result<bool, DeskError> {
        let address = warmline_domain::customer::normal_address(address);
        let day = self.now.as_second() / 86_400;
        let sent = self.core.store.automatic_mails(&address, day).await?
            + self.overlay.automatic.get(&address).copied().unwrap_or(0);
        Ok(sent < i64::from(self.site.value.policy.automatic_mail.per_address_and_day))
    }

    /// The mailbox a mail came to: by its envelope, where it was fetched, or by its headers.
    fn mailbox(&self, incoming: &Incoming, mail: &Mail) -> Option<Mailbox> {
        let site = &self.site.value;
        let fetched = || incoming.mailbox.and_then(|id| site.mailboxes.get(&id));
        let headers = || {
            let all = mail.delivered_to.iter().chain(mail.to.iter().chain(&mail.cc).map(|p| &p.address));
            all.filter_map(|a| site.mailbox_of(a)).next()
        };
        let envelope = incoming.recipients.iter().find_map(|r| site.mailbox_of(r));
        envelope.or_else(fetched).or_else(headers).or_else(|| site.mailboxes.values().next()).cloned()
    }

    async fn candidates(
        &self,
        incoming: &Incoming,
        mail: &Mail,
        from: &Person,
        customer: Option<CustomerId>,
    ) -> Result<Vec<Candidate>, DeskError> {
        let mut found: Vec<(TicketId, Matched)> = Vec::new();
        let by_reference = |ours| if ours { Matched::OurMessageId } else { Matched::References };
        let known = mail.refers_to.iter().filter_map(|id| self.overlay.message_ids.get(id));
        found.extend(known.map(|(ticket, _, ours)| (*ticket, by_reference(*ours))));
        let stored = self.core.store.seen_message_ids(&mail.refers_to).await?;
        found.extend(stored.iter().map(|(ticket, _, ours)| (*ticket, by_reference(*ours))));
        let addresses = incoming
            .recipients
            .iter()
            .chain(&mail.delivered_to)
            .chain(mail.to.iter().chain(&mail.cc).map(|p| &p.address));
        let tokens = addresses.filter_map(|a| token(a)).map(|n| (n, Matched::AddressToken));
        let subject = TicketNumber::find(&mail.subject).map(|n| (n, Matched::SubjectNumber));
        for (number, matched) in tokens.chain(subject).take(CANDIDATES) {
            let ticket = match self.overlay.numbers.get(&number) {
                Some(id) => Some(*id),
                None => self.core.store.ticket_by_number(number).await?,
            };
            found.extend(ticket.map(|t| (t, matched)));
        }
        found.sort_by_key(|(ticket, matched)| (*matched, std::cmp::Reverse(*ticket)));
        found.truncate(CANDIDATES);
        let mut candidates = Vec::new();
        for (ticket, matched) in found {
            let Some(loaded) = self.ticket(ticket).await? else { continue };
            let ticket_now = &loaded.value;
            let takes_part = Some(ticket_now.customer) == customer
                || ticket_now.is_participant(&from.address)
                || ticket_now.is_third_party(&from.address);
            candidates.push(Candidate { ticket, matched, takes_part });
        }
        Ok(candidates)
    }

    async fn delivery_report(&mut self, report: &Report) -> Result<Became, DeskError> {
        let about: Vec<String> = report.about.iter().cloned().collect();
        let ours = self.core.store.seen_message_ids(&about).await?.into_iter().find(|(_, _, ours)| *ours);
        let Some((id, message, _)) = ours else {
            return Ok(Became::of(MailOutcome::Ignored, "a delivery report about a mail that is not ours"));
        };
        let Some(before) = self.ticket(id).await? else {
            return Ok(Became::of(MailOutcome::Ignored, "a delivery report about a ticket that is gone"));
        };
        let news = match report.what {
            Delivered::Yes => Some(ticket::Report::Delivered { message }),
            Delivered::No => Some(ticket::Report::Bounced { message, why: report.why.clone() }),
            Delivered::Later => None,
        };
        if let Some(news) = news {
            let events = ticket::observe(Some(&before.value), &self.site.value, self.now, news);
            self.apply(Some(before), id, &events, By::Desk, None)?;
        }
        Ok(Became { outcome: MailOutcome::DeliveryReport, why: report.why.clone(), ticket: Some(id) })
    }

    /// An agent writes down what a customer said in person or on the phone.
    pub(crate) async fn open_by_hand(&mut self, by: By, opening: &Opening) -> Result<Outcome, DeskError> {
        use warmline_domain::{Refusal, customer::is_address};
        if self.site.value.role(by).is_none() {
            return Err(Refusal::state("Only agents open tickets here.", "Sign in.").into());
        }
        self.plausible(opening.message.0)?;
        if let Some((ticket, _)) = self.core.store.message(opening.message).await? {
            let number = self.ticket(ticket).await?.map_or(TicketNumber(0), |t| t.value.number);
            return Ok(Outcome::Opened(ticket, number));
        }
        let address = opening.address.trim();
        if !is_address(address) {
            return Err(Refusal::input(
                format!("“{address}” is not a mail address."),
                "Enter it as name@example.com, so that the answer can go there.",
            )
            .into());
        }
        if self.site.value.mailbox_of(address).is_some() {
            return Err(Refusal::input("That is our own mailbox.", "Enter the customer’s address.").into());
        }
        if opening.subject.trim().is_empty() && opening.text.trim().is_empty() {
            return Err(Refusal::input("There is nothing in this ticket yet.", "Say what the customer needs.").into());
        }
        let customer = self.customer_or_met(&opening.name, address).await?;
        let mailbox = opening.mailbox.and_then(|id| self.site.value.mailboxes.get(&id).cloned());
        let queue = mailbox.map(|m| m.queue).or_else(|| self.site.value.queues.keys().next().copied());
        let queue = queue.ok_or_else(|| Refusal::state("There is no queue yet.", "An administrator opens one."))?;
        if !self.overlay.written.insert(opening.message.0) {
            return Ok(Outcome::Done);
        }
        let number = self.next_number().await?;
        let id: TicketId = self.core.edge.mint(self.now);
        let content = Message {
            from: Address::new(&opening.name, address),
            subject: opening.subject.clone(),
            text: opening.text.clone(),
            ..Message::default()
        };
        let arrival = Arrival {
            message: opening.message,
            content,
            automatic: false,
            matched: Matched::ByHand,
            held: false,
            opening: ticket::Opening { ticket: id, number, queue, customer, acknowledgement: None },
        };
        let report = ticket::Report::MailArrived(Box::new(arrival));
        let events = ticket::observe(None, &self.site.value, self.now, report);
        self.apply(None, id, &events, by, None)?;
        Ok(Outcome::Opened(id, number))
    }
}

/// Who an automatic answer would go to; the budget counts for this address.
fn answer_to<'a>(mail: &'a Mail, from: &'a Person) -> &'a Person {
    mail.reply_to.as_ref().unwrap_or(from)
}

/// `support+K7M29Q@example.com` names a ticket.
fn token(address: &str) -> Option<TicketNumber> {
    let (local, _) = address.rsplit_once('@')?;
    let (_, token) = local.split_once('+')?;
    token.parse().ok()
}

fn content(mail: &Mail, from: &Person, identity: &[u8; 32]) -> Message {
    let address = |p: &Person| Address::new(&p.name, &p.address);
    Message {
        from: address(from),
        to: mail.to.iter().map(address).collect(),
        cc: mail.cc.iter().map(address).collect(),
        reply_to: mail.reply_to.as_ref().filter(|p| !p.address.eq_ignore_ascii_case(&from.address)).map(address),
        subject: mail.subject.clone(),
        text: mail.text.clone(),
        html: mail.has_html,
        attachments: mail
            .parts
            .iter()
            .map(|p| Attachment {
                name: p.name.clone(),
                media_type: p.media_type.clone(),
                bytes: p.bytes,
                content_id: p.content_id.clone(),
                source: Source::Part(p.index),
            })
            .collect(),
        // A mail without an id of its own gets one, so that our answer can refer to it.
        message_id: mail
            .message_id
            .clone()
            .unwrap_or_else(|| format!("{}@unnamed.invalid", hex::encode(&identity[..16]))),
        references: mail.refers_to.iter().rev().cloned().collect(),
    }
}
