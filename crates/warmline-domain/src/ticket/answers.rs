//! What we write to customers, and what becomes of it.
//!
//! | delivery  | means                                     | leads out                                            |
//! |-----------|-------------------------------------------|------------------------------------------------------|
//! | queued    | waits for its time; can be taken back     | sent, deferred, failed, withdrawn, schedule stopped  |
//! | deferred  | a server said "later", or did not answer  | sent, deferred again, failed; queued, by an agent    |
//! | sent      | a server took it                          | delivered, bounced                                   |
//! | delivered | the last server says it arrived           | –                                                    |
//! | bounced   | came back: *has not heard from us*        | queued again, by an agent                            |
//! | failed    | given up: *has not heard from us*         | queued again, by an agent                            |
//! | withdrawn | taken back; never left the house          | –                                                    |

use jiff::{SignedDuration, Timestamp};

use super::content::short_digest;
use super::honesty::{self, Beside};
use super::stage::Step;
use super::{
    Delivery, Event, Kind, MadeIn, Message, NewPromise, Outgoing, Question, Report, Stage, Standing, Ticket, articles,
    charge, click, promises, record, referral,
};
use crate::customer::is_address;
use crate::limits;
use crate::site::Site;
use crate::{By, MessageId, Refusal, Sealed, refusal};

/// A wish to answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub message: MessageId,
    /// The newest entry of the timeline its author had before them.
    pub seen: i64,
    pub content: Message,
    /// A time the author chose; otherwise it goes out when the undo window closes.
    pub send_at: Option<Timestamp>,
    pub then: Then,
    /// What it promises, to go on the record with it.
    pub promises: Vec<NewPromise>,
    /// Phrases of the library that it was made from, by their keys.
    pub phrases: Vec<String>,
    pub reading: Reading,
    /// What it stands on, puts right, or shows.
    pub beside: Beside,
    /// The digest of the secret in its link, should it ask something.
    pub ask: Option<String>,
}

/// What reading the text before sending found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// What only insiders may read: in words for the author.
    pub leaks: Vec<String>,
    /// What does not go out without a reason.
    pub blocks: Vec<Block>,
    /// Why it goes out all the same.
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub rule: String,
    pub say: String,
}

/// Who is to move after the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    Wait,
    Keep,
    Solve,
}

/// What a mail server says is kept to this length on the journal.
const WHY_CHARS: usize = 300;

pub(super) fn write(
    ticket: &Ticket,
    site: &Site,
    by: By,
    now: Timestamp,
    answer: Answer,
) -> Result<Vec<Event>, Refusal> {
    let all = answer.content.to.iter().chain(&answer.content.cc);
    if let Some(third) = all.clone().find(|a| ticket.is_third_party(&a.address)) {
        return Err(Refusal::input(
            format!("{} is a third party on this ticket, not the customer.", third.address),
            "Take it off, or write to them under “Third party”. Your text is kept.",
        ));
    }
    let (then, message, mut new) = (answer.then, answer.message, answer.promises.clone());
    // Why it goes out at all is why it can be promised: nobody is asked twice.
    for promise in new.iter_mut().filter(|p| p.reason.trim().is_empty()) {
        promise.reason.clone_from(&answer.reading.reason);
    }
    let mut said = charge::carried(ticket, message, &answer.content.text);
    said.extend(referral::carried(ticket, message, &answer.content.text));
    let (mut solved, mut closing) = (vec![], None);
    if then == Then::Solve {
        super::work::owes_nothing(ticket)?;
        closing = referral::solving(ticket, &answer.content.text)?;
        solved = record::solved_by(ticket, site, now, message)?;
    }
    let beside = honesty::beside(ticket, site, now, &answer);
    let given = articles::given(ticket, &answer);
    let asked = click::asked(ticket, &answer, &said);
    let mut events = written(ticket, site, now, answer, Kind::Answer)?;
    events.extend(said);
    events.extend(beside?);
    events.extend(given);
    events.extend(asked);
    for promise in &new {
        let owner = promises::owner(ticket, by)?;
        events.extend(promises::make(ticket, site, now, owner, promise, MadeIn::Message(message))?);
    }
    events.extend(solved.into_iter().map(Event::Record));
    events.extend(stage_after(ticket, site, now, then));
    events.extend(closing);
    Ok(events)
}

/// A third party is asked. What they answer comes back into the ticket; the next move stays ours.
pub(super) fn forward(ticket: &Ticket, site: &Site, now: Timestamp, answer: Answer) -> Result<Vec<Event>, Refusal> {
    let all = answer.content.to.iter().chain(&answer.content.cc);
    if let Some(known) = all.clone().find(|a| ticket.is_participant(&a.address)) {
        return Err(Refusal::input(
            format!("{} takes part in this ticket as a customer.", known.address),
            "Write an answer instead, so that it stands in their conversation. Your text is kept.",
        ));
    }
    let complained = charge::complained(site, &answer);
    let mut events = written(ticket, site, now, answer, Kind::Forward)?;
    events.extend(complained);
    Ok(events)
}

fn written(ticket: &Ticket, site: &Site, now: Timestamp, answer: Answer, kind: Kind) -> Result<Vec<Event>, Refusal> {
    if answer.seen != ticket.last_entry {
        return Err(Refusal::new(
            refusal::Kind::Stale,
            "Something new came in since you opened this ticket, so your answer was not sent.",
            "Your text is kept. Read what is new, then send again.",
        ));
    }
    if matches!(ticket.question, Some(Question::OtherMatter(_))) {
        return Err(Refusal::state(
            "The last mail may be about something else, and your answer would carry this ticket’s subject.",
            "Decide first: keep it here, or make it a ticket of its own. Your text is kept.",
        ));
    }
    check_recipients(&answer.content, site)?;
    check_content(&answer.content)?;
    if ticket.outgoing.len() >= limits::PENDING_ANSWERS {
        return Err(Refusal::state(
            "Many answers of this ticket are still waiting to go out.",
            "Look at why they do not leave; the mail log says what the server answered.",
        ));
    }
    if answer.send_at.is_some_and(|at| at <= now || at > now + SignedDuration::from_hours(24 * 366)) {
        return Err(Refusal::input(
            "An answer can be scheduled from now to a year ahead.",
            "Choose another time, or send it now. Your text is kept.",
        ));
    }
    let overridden = read_before_sending(answer.message, &answer.reading)?;
    let phrases: Vec<String> = answer.phrases.iter().take(limits::PHRASES_USED).cloned().collect();
    let used = (!phrases.is_empty()).then_some(Event::PhrasesUsed { message: answer.message, phrases });
    let undo = SignedDuration::from_secs(i64::from(site.policy.answers.undo_seconds));
    let participants = answer.content.to.iter().chain(&answer.content.cc).map(|a| short_digest(&a.address)).collect();
    let written = Event::MessageWritten {
        message: answer.message,
        kind,
        send_at: answer.send_at.unwrap_or(now + undo),
        scheduled: answer.send_at.is_some(),
        chat: false,
        participants,
        content: Sealed::new(answer.content),
    };
    Ok(std::iter::once(written).chain(overridden).chain(used).collect())
}

/// What is internal never goes out; other blocks go out with a reason, which stands on the timeline.
pub(super) fn read_before_sending(message: MessageId, reading: &Reading) -> Result<Option<Event>, Refusal> {
    let Reading { leaks, blocks, reason } = reading;
    if let Some(leak) = leaks.first() {
        return Err(Refusal::new(
            refusal::Kind::Words,
            format!("This would let something internal out. {leak}"),
            "Take it out of your text, then send again. Your text is kept.",
        ));
    }
    let Some(first) = blocks.first() else { return Ok(None) };
    let reason: String = reason.trim().chars().take(limits::REASON_CHARS).collect();
    if reason.is_empty() {
        return Err(Refusal::new(
            refusal::Kind::NeedsReason,
            format!("Not sent yet. {}", first.say),
            "Mend the wording, or send it with a reason; the reason stands on the timeline. Your text is kept.",
        ));
    }
    let rules = blocks.iter().map(|b| b.rule.clone()).collect();
    Ok(Some(Event::WordsOverridden { message, rules, reason }))
}

fn stage_after(ticket: &Ticket, site: &Site, now: Timestamp, then: Then) -> Option<Event> {
    let step = match then {
        // Handed up, it waits for a colleague: the customer has nothing to do.
        Then::Wait if ticket.offer.is_some() => Step::AnswerAndKeep,
        Then::Wait => Step::Answer,
        Then::Keep => Step::AnswerAndKeep,
        Then::Solve => Step::Solve,
    };
    let stage = ticket.stage.after(step)?;
    let since = if stage.is_ours() && ticket.stage.is_ours() { ticket.since } else { now };
    Some(Event::StageChanged { stage, since, close_at: super::work::close_at(stage, site, now), wake_at: None })
}

fn check_recipients(content: &Message, site: &Site) -> Result<(), Refusal> {
    let all: Vec<_> = content.to.iter().chain(&content.cc).collect();
    if content.to.is_empty() {
        return Err(Refusal::input("This answer has no recipient.", "Enter at least one address under To."));
    }
    if all.len() > limits::RECIPIENTS {
        return Err(Refusal::input(
            format!("An answer goes to {} recipients at most; this one has {}.", limits::RECIPIENTS, all.len()),
            "Take some off. For news to many people, use a mailing list.",
        ));
    }
    for recipient in all {
        if !is_address(&recipient.address) {
            return Err(Refusal::input(
                format!("“{}” is not a mail address.", recipient.address),
                "Correct it or take it off; it should look like name@example.com. Your text is kept.",
            ));
        }
        if site.mailbox_of(&recipient.address).is_some() {
            return Err(Refusal::input(
                format!("{} is our own mailbox; the desk does not write to itself.", recipient.address),
                "Take it off the recipients. To tell a colleague something, write a note.",
            ));
        }
    }
    Ok(())
}

fn check_content(content: &Message) -> Result<(), Refusal> {
    if content.text.trim().is_empty() {
        return Err(Refusal::input("There is nothing in this answer yet.", "Write a line, then send."));
    }
    if content.text.len() > limits::TEXT_BYTES {
        return Err(Refusal::input(
            format!("This text is longer than {} kB.", limits::TEXT_BYTES / 1024),
            "Put the long part into an attachment. Your text is kept.",
        ));
    }
    let bytes: u64 = content.attachments.iter().map(|a| a.bytes).sum();
    if content.attachments.len() > limits::ATTACHMENTS || bytes > limits::ATTACHMENT_BYTES as u64 {
        return Err(Refusal::input(
            format!("The attachments are more than a mail can carry ({} MB).", limits::ATTACHMENT_BYTES >> 20),
            "Take some off, or send them in a second mail. Your text is kept.",
        ));
    }
    Ok(())
}

pub(super) fn withdraw(ticket: &Ticket, now: Timestamp, message: MessageId) -> Result<Vec<Event>, Refusal> {
    let gone = || {
        Refusal::state(
            "This answer has left already and cannot be taken back.",
            "Write another one that sets it right; people think well of a quick correction.",
        )
    };
    let out = ticket.outgoing.get(&message).ok_or_else(gone)?;
    if out.delivery != Delivery::Queued || out.tries > 0 || out.send_at <= now {
        return Err(gone());
    }
    let mut events = vec![Event::Withdrawn { message }];
    events.extend(promises::taken_back(ticket, message));
    events.extend(back_to(ticket, out.before));
    Ok(events)
}

fn back_to(ticket: &Ticket, before: Standing) -> Option<Event> {
    let Standing { stage, since, close_at, wake_at } = before;
    (ticket.standing() != before).then_some(Event::StageChanged { stage, since, close_at, wake_at })
}

pub(super) fn send_again(ticket: &Ticket, now: Timestamp, message: MessageId) -> Result<Vec<Event>, Refusal> {
    match ticket.outgoing.get(&message) {
        Some(out) if out.delivery.not_heard() || out.delivery == Delivery::Deferred => {
            Ok(vec![Event::Requeued { message, send_at: now }])
        }
        Some(_) => Ok(vec![]),
        None => Err(Refusal::state("This message did not fail.", "There is nothing to send again.")),
    }
}

/// A customer wrote: answers whose time is still to come are stopped and wait for their author's second look.
pub(super) fn stopped_by_customer(ticket: &Ticket, site: &Site, now: Timestamp) -> Vec<Event> {
    if !site.policy.answers.customer_stops_scheduled {
        return vec![];
    }
    let pending =
        ticket.outgoing.iter().filter(|(_, o)| o.scheduled && o.delivery == Delivery::Queued && o.send_at > now);
    pending
        .flat_map(|(message, _)| {
            let stopped = Event::ScheduleStopped { message: *message };
            std::iter::once(stopped).chain(promises::taken_back(ticket, *message))
        })
        .collect()
}

pub(super) fn delivery_news(ticket: &Ticket, site: &Site, now: Timestamp, report: Report) -> Vec<Event> {
    let on_its_way = |message: &MessageId| {
        ticket.outgoing.get(message).filter(|o| matches!(o.delivery, Delivery::Queued | Delivery::Deferred))
    };
    match report {
        Report::Sent { message } if on_its_way(&message).is_some() => vec![Event::Sent { message }],
        Report::NotSent { message, why } => {
            let Some(out) = on_its_way(&message) else { return vec![] };
            match site.policy.answers.retry_minutes.get(out.tries as usize) {
                Some(minutes) => {
                    let until = now + SignedDuration::from_mins(i64::from(*minutes));
                    vec![Event::Deferred { message, until, why: cut(&why) }]
                }
                None => not_heard(ticket, now, Event::Failed { message, why: cut(&why) }, out.kind),
            }
        }
        Report::Refused { message, why } => match on_its_way(&message) {
            Some(out) => not_heard(ticket, now, Event::Failed { message, why: cut(&why) }, out.kind),
            None => vec![],
        },
        Report::Bounced { message, why } => {
            if ticket.outgoing.get(&message).is_some_and(|o| o.delivery.not_heard()) {
                return vec![];
            }
            not_heard(ticket, now, Event::Bounced { message, why: cut(&why) }, Kind::Answer)
        }
        Report::Delivered { message } => vec![Event::Delivered { message }],
        _ => vec![],
    }
}

/// What did not arrive is ours again.
fn not_heard(ticket: &Ticket, now: Timestamp, event: Event, kind: Kind) -> Vec<Event> {
    let mut events = vec![event];
    if kind == Kind::Answer && !ticket.stage.is_ours() {
        events.push(Event::StageChanged { stage: Stage::Open, since: now, close_at: None, wake_at: None });
    }
    events
}

fn cut(why: &str) -> String {
    why.chars().map(|c| if c.is_control() { ' ' } else { c }).take(WHY_CHARS).collect()
}

/// Whether the message may be given to a mail server now: asked right before it is, so that an answer taken back in
/// the last moment stays here.
pub fn may_send(ticket: &Ticket, now: Timestamp, message: MessageId) -> bool {
    ticket
        .outgoing
        .get(&message)
        .is_some_and(|o| matches!(o.delivery, Delivery::Queued | Delivery::Deferred) && o.send_at <= now)
}

/// Takes in an event that is about our messages; says whether it was.
pub(super) fn evolve(ticket: &mut Ticket, at: Timestamp, event: &Event) -> bool {
    match event {
        Event::MessageWritten { message, chat: true, participants, .. } => {
            // It was said when it was written.
            ticket.participants.extend(participants.iter().cloned());
            (ticket.last_entry, ticket.answered) = (message.0, true);
        }
        Event::MessageWritten { message, kind, send_at, scheduled, participants, .. } => {
            let before = ticket.standing();
            let out = Outgoing {
                delivery: Delivery::Queued,
                send_at: *send_at,
                scheduled: *scheduled,
                tries: 0,
                kind: *kind,
                before,
            };
            ticket.outgoing.insert(*message, out);
            match kind {
                Kind::Forward => ticket.third_parties.extend(participants.iter().cloned()),
                Kind::Answer | Kind::Acknowledgement => ticket.participants.extend(participants.iter().cloned()),
            }
            if *kind != Kind::Acknowledgement {
                ticket.last_entry = message.0;
            }
        }
        Event::Withdrawn { message } | Event::ScheduleStopped { message } => {
            ticket.outgoing.remove(message);
        }
        Event::Sent { message } => {
            let sent = ticket.outgoing.remove(message);
            if sent.is_some_and(|o| o.kind == Kind::Answer) {
                ticket.answered = true;
                ticket.outgoing.retain(|_, o| !o.delivery.not_heard());
            }
        }
        Event::Deferred { message, until, .. } => {
            if let Some(out) = ticket.outgoing.get_mut(message) {
                *out = Outgoing { delivery: Delivery::Deferred, send_at: *until, tries: out.tries + 1, ..*out };
            }
        }
        Event::Failed { message, .. } => set_delivery(ticket, *message, Delivery::Failed, at),
        Event::Bounced { message, .. } => set_delivery(ticket, *message, Delivery::Bounced, at),
        Event::Requeued { message, send_at } => {
            if let Some(out) = ticket.outgoing.get_mut(message) {
                *out = Outgoing { delivery: Delivery::Queued, send_at: *send_at, tries: 0, ..*out };
            }
        }
        Event::Delivered { .. } => {}
        _ => return false,
    }
    true
}

fn set_delivery(ticket: &mut Ticket, message: MessageId, delivery: Delivery, at: Timestamp) {
    let before = ticket.standing();
    let fresh = Outgoing { delivery, send_at: at, scheduled: false, tries: 1, kind: Kind::Answer, before };
    ticket.outgoing.entry(message).and_modify(|o| o.delivery = delivery).or_insert(fresh);
}

/// The delivery an event gives to a message, for the message's own row.
pub fn delivery_after(event: &Event) -> Option<(MessageId, Delivery, &str)> {
    Some(match event {
        Event::MessageWritten { message, chat: true, .. } => (*message, Delivery::Sent, ""),
        Event::MessageWritten { message, .. } | Event::Requeued { message, .. } => (*message, Delivery::Queued, ""),
        Event::Withdrawn { message } | Event::ScheduleStopped { message } => (*message, Delivery::Withdrawn, ""),
        Event::Sent { message } => (*message, Delivery::Sent, ""),
        Event::Deferred { message, why, .. } => (*message, Delivery::Deferred, why),
        Event::Failed { message, why } => (*message, Delivery::Failed, why),
        Event::Bounced { message, why } => (*message, Delivery::Bounced, why),
        Event::Delivered { message } => (*message, Delivery::Delivered, ""),
        _ => return None,
    })
}
