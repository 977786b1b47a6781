//! An answer on its way into the ticket: completed with what only the desk knows, read, and decided on.

use warmline_domain::ticket::click::digest_of;
use warmline_domain::ticket::honesty::{Beside, Corrects};
use warmline_domain::ticket::{self, Address, Answer, Command, Ticket};
use warmline_domain::{By, MessageId, Refusal, TicketId, TicketNumber};
use warmline_etiquette::Channel;
use warmline_store::Fault;

use crate::core::{Unit, sent_before};
use crate::promises::with_receipts;
use crate::reading;
use crate::wish::{DeskError, Draft, Outcome};

/// The References header of an answer carries this many of its thread.
const REFERENCES: usize = 20;

impl Unit<'_> {
    pub(crate) async fn answer(&mut self, by: By, id: TicketId, draft: &Draft) -> Result<Outcome, DeskError> {
        self.plausible(draft.message.0)?;
        let receipts = self.site.value.policy.promises.receipts && !draft.third_party;
        let promised = if receipts { draft.promises.as_slice() } else { &[] };
        let text = with_receipts(&draft.content.text, promised, &draft.zone);
        match self.core.store.message(draft.message).await? {
            Some((at, row)) if at == id && row.content.text == text => return Ok(Outcome::Done),
            Some(_) => return Err(sent_before().into()),
            None if self.overlay.written.contains(&draft.message.0) => return Ok(Outcome::Done),
            None => {}
        }
        let before = self.existing(id).await?;
        let number = before.value.number;
        let mailbox = self.site.value.mailbox_for(before.value.queue).cloned().ok_or_else(|| {
            Refusal::state(
                "There is no mailbox to answer from.",
                "An administrator connects one under Settings. Your text is kept.",
            )
        })?;
        let mut content = draft.content.clone();
        content.from = Address::new(&mailbox.display, &mailbox.address);
        content.message_id = self.message_id(draft.message, number, &mailbox.address);
        content.references = self.thread(id, draft.third_party).await?;
        content.text = text;
        content.subject = before.value.mail_subject().open().cloned().unwrap_or_default();
        let mut promises = Vec::with_capacity(draft.promises.len());
        for promise in &draft.promises {
            promises.push(self.informed_promise(&before.value, by, promise.clone()).await?);
        }
        let (beside, shown) = self.beside(id, draft).await?;
        let reading = self.read_before_sending(&before.value, by, draft, shown).await?;
        if !reading.leaks.is_empty() {
            self.tell("p18.stopped", before.value.queue, by);
        }
        let secret = self.ask_secret(draft.third_party);
        let answer = Box::new(Answer {
            message: draft.message,
            seen: draft.seen,
            content,
            send_at: draft.send_at,
            then: draft.then,
            promises,
            phrases: draft.phrases.clone(),
            reading,
            beside,
            ask: secret.as_deref().map(digest_of),
        });
        let command = if draft.third_party { Command::Forward(answer) } else { Command::Answer(answer) };
        let events = ticket::decide(&before.value, &self.site.value, by, self.now, command)?;
        self.overlay.written.insert(draft.message.0);
        self.keep_ask(number, secret, &draft.content.text, &events);
        self.apply(Some(before), id, &events, by, None)?;
        Ok(Outcome::Done)
    }

    /// What goes beside it: who was given the answer it puts right, and the words of the note it shows.
    async fn beside(&self, id: TicketId, draft: &Draft) -> Result<(Beside, String), DeskError> {
        let (grounds, articles) = self.with_articles(&draft.content.text, &draft.grounds).await?;
        let mut beside = Beside { grounds, corrects: None, shows: draft.shows.clone(), articles };
        if let Some(message) = draft.corrects {
            let wrong = self.core.store.message(message).await?;
            let Some((_, row)) = wrong.filter(|(at, row)| *at == id && row.kind == "answer") else {
                return Err(Refusal::missing("answer on this ticket to put right").into());
            };
            let told = row.content.to.into_iter().chain(row.content.cc).collect();
            beside.corrects = Some(Corrects { message, told });
        }
        let Some(showing) = &draft.shows else { return Ok((beside, String::new())) };
        match self.core.store.note(showing.note).await? {
            Some((at, row)) if at == id => Ok((beside, row.content.text)),
            _ => Err(Refusal::missing("note on this ticket").into()),
        }
    }

    /// Every answer is read here, whichever way it came; what the page said while it was typed counts for nothing.
    pub(crate) async fn read_before_sending(
        &self,
        ticket: &Ticket,
        by: By,
        draft: &Draft,
        shown: String,
    ) -> Result<ticket::Reading, Fault> {
        let out = reading::Outgoing {
            channel: Channel::Mail,
            text: &draft.content.text,
            author: by.agent(),
            recipients: draft.content.to.iter().chain(&draft.content.cc).map(|a| a.address.clone()).collect(),
            attachments: draft.content.attachments.len(),
            third_party: draft.third_party,
            zone: draft.zone.clone(),
            promised: draft.promises.iter().map(|p| p.due).collect(),
            shown,
        };
        let site = &self.site.value;
        let context = reading::context(&self.core.store, site, ticket, self.now, &out).await?;
        let verdict = self.core.words().engine(&site.wording).check(&draft.content.text, &context);
        Ok(reading::reading(&verdict, &draft.reason))
    }

    /// Message-IDs of the conversation so far, oldest first: the customer's, or the third party's. Neither sees the other's.
    async fn thread(&self, ticket: TicketId, third_party: bool) -> Result<Vec<String>, Fault> {
        let messages = self.core.store.newest_messages(ticket, REFERENCES).await?;
        // Our own acknowledgement is nothing to answer.
        let spoken = messages.iter().filter(|m| {
            let side: &[&str] = if third_party { &["forward", "third_party"] } else { &["received", "answer"] };
            side.contains(&m.kind.as_str()) && m.delivery != ticket::Delivery::Withdrawn.word()
        });
        Ok(spoken.map(|m| m.content.message_id.clone()).filter(|id| !id.is_empty()).collect())
    }

    /// `m.<id>.<number>.<random>@<our domain>`: stable for the message, and not to be guessed.
    pub(crate) fn message_id(&mut self, message: MessageId, number: TicketNumber, address: &str) -> String {
        let domain = address.rsplit_once('@').map_or("localhost", |(_, d)| d);
        format!("m.{:x}.{number}.{:016x}@{domain}", message.0, self.core.edge.chance())
    }
}
