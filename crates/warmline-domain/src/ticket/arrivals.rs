//! What customers send us.

use jiff::{SignedDuration, Timestamp};

use super::content::{Address, short_digest};
use super::stage::Step;
use super::threading::{Matched, matter};
use super::{Event, Kind, Message, Question, Stage, Ticket, answers};
use crate::limits::{PARTICIPANTS, SUBJECT_CHARS};
use crate::site::Site;
use crate::{CustomerId, MessageId, QueueId, Refusal, Sealed, TicketId, TicketNumber};

/// A mail that came in and has found its place.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub message: MessageId,
    pub content: Message,
    /// An automatic reply or bulk mail: shown, never answered, changes nothing.
    pub automatic: bool,
    pub matched: Matched,
    /// Somebody unknown quotes this ticket: an agent decides.
    pub held: bool,
    /// For the case that it opens a ticket.
    pub opening: Opening,
}

/// What a new ticket needs.
#[derive(Clone, Debug)]
pub struct Opening {
    pub ticket: TicketId,
    pub number: TicketNumber,
    pub queue: QueueId,
    pub customer: CustomerId,
    /// Absent when nothing may be sent automatically: no mailbox, an automatic mail, or the day's budget is used up.
    pub acknowledgement: Option<Acknowledgement>,
}

#[derive(Clone, Debug)]
pub struct Acknowledgement {
    pub message: MessageId,
    pub message_id: String,
    pub from: Address,
    /// Who is to get it; counted against the day's budget of this address.
    pub to: Address,
}

/// A message that leaves its ticket to become one of its own.
#[derive(Clone, Debug)]
pub struct Split {
    pub from: TicketId,
    pub message: MessageId,
    pub ticket: TicketId,
    pub number: TicketNumber,
    pub queue: QueueId,
    pub customer: CustomerId,
    pub content: Message,
}

/// A new subject is only doubtful on a ticket that has been quiet for this long.
const OLD_MATTER: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn arrived(ticket: Option<&Ticket>, site: &Site, now: Timestamp, arrival: Arrival) -> Vec<Event> {
    match ticket {
        None => open(site, now, arrival),
        Some(_) if arrival.held => vec![Event::MessageHeld {
            message: arrival.message,
            matched: arrival.matched,
            content: Sealed::new(arrival.content),
        }],
        Some(ticket) => follow_up(ticket, site, now, arrival),
    }
}

fn open(site: &Site, now: Timestamp, arrival: Arrival) -> Vec<Event> {
    let Opening { ticket, number, queue, customer, acknowledgement } = arrival.opening;
    let subject = shown_subject(&arrival.content);
    let mut events = vec![Event::Opened { id: ticket, number, queue, customer, subject: Sealed::new(subject.clone()) }];
    let acknowledged =
        acknowledgement.filter(|_| site.policy.automatic_mail.acknowledge && !arrival.automatic).map(|ack| {
            let content = acknowledge(site, number, &subject, &ack, &arrival.content);
            Event::MessageWritten {
                message: ack.message,
                kind: Kind::Acknowledgement,
                send_at: now,
                scheduled: false,
                chat: false,
                participants: vec![],
                content: Sealed::new(content),
            }
        });
    events.push(received(site, arrival.message, arrival.matched, arrival.automatic, arrival.content));
    events.extend(acknowledged);
    events
}

fn acknowledge(site: &Site, number: TicketNumber, subject: &str, ack: &Acknowledgement, theirs: &Message) -> Message {
    let text = site.policy.automatic_mail.acknowledgement_of(number, subject);
    Message {
        from: ack.from.clone(),
        to: vec![ack.to.clone()],
        subject: subject.to_owned(),
        text,
        message_id: ack.message_id.clone(),
        references: Some(theirs.message_id.clone()).filter(|id| !id.is_empty()).into_iter().collect(),
        ..Message::default()
    }
}

fn follow_up(ticket: &Ticket, site: &Site, now: Timestamp, arrival: Arrival) -> Vec<Event> {
    if ticket.is_third_party(&arrival.content.from.address) {
        return third_party_wrote(ticket, site, now, arrival);
    }
    let thanks = is_thanks(&arrival.content.text) && arrival.content.attachments.is_empty();
    let other_matter = is_other_matter(ticket, now, &arrival.content);
    let message = arrival.message;
    let mut events = vec![received(site, message, arrival.matched, arrival.automatic, arrival.content)];
    if arrival.automatic {
        return events;
    }
    events.extend(answers::stopped_by_customer(ticket, site, now));
    let done = matches!(ticket.stage, Stage::Solved | Stage::Closed);
    if done && thanks && !site.policy.tickets.thanks_reopens {
        events.push(Event::Asked { question: Question::Reopen(message) });
        return events;
    }
    events.extend(customer_wrote(ticket, now));
    if other_matter && ticket.question.is_none() {
        events.push(Event::Asked { question: Question::OtherMatter(message) });
    }
    events
}

/// An answer to what was forwarded: ours to move, nothing of the customer's conversation changes.
fn third_party_wrote(ticket: &Ticket, site: &Site, now: Timestamp, arrival: Arrival) -> Vec<Event> {
    let automatic = arrival.automatic;
    let mut event = received(site, arrival.message, arrival.matched, automatic, arrival.content);
    if let Event::MessageReceived { third_party, participants, .. } = &mut event {
        *third_party = true;
        participants.clear();
    }
    let mut events = vec![event];
    events.extend(customer_wrote(ticket, now).filter(|_| !automatic));
    events
}

/// The stage after a customer's word. A customer who writes twice has waited since the first time.
pub(super) fn customer_wrote(ticket: &Ticket, now: Timestamp) -> Option<Event> {
    let stage = ticket.stage.after(Step::CustomerWrites)?;
    (stage != ticket.stage).then_some(Event::StageChanged { stage, since: now, close_at: None, wake_at: None })
}

fn received(site: &Site, message: MessageId, matched: Matched, automatic: bool, content: Message) -> Event {
    let others = content.to.iter().chain(&content.cc).filter(|a| site.mailbox_of(&a.address).is_none());
    let participants = std::iter::once(&content.from).chain(others).map(|a| short_digest(&a.address)).collect();
    Event::MessageReceived {
        message,
        matched,
        automatic,
        third_party: false,
        participants,
        content: Sealed::new(content),
    }
}

fn is_other_matter(ticket: &Ticket, now: Timestamp, content: &Message) -> bool {
    let Some(subject) = ticket.mail_subject().open() else { return false };
    let new = matter(&content.subject);
    !new.is_empty() && new != matter(subject) && now.duration_since(ticket.since) > OLD_MATTER
}

/// A short word of thanks and nothing else: no question, no "but", no second problem. English and German.
fn is_thanks(text: &str) -> bool {
    const THANKS: &[&str] = &["thanks", "thank", "thx", "cheers", "danke", "dankeschön", "merci", "perfect", "super"];
    const MORE: &[&str] = &[
        "but", "however", "still", "not", "again", "except", "aber", "noch", "nicht", "wieder", "kein", "keine", "doch",
    ];
    let own: Vec<&str> = text
        .lines()
        .map(str::trim)
        .take_while(|l| !l.starts_with('>') && *l != "--" && !(l.starts_with("On ") && l.ends_with("wrote:")))
        .collect();
    let own = own.join(" ").to_lowercase();
    let words: Vec<&str> = own.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let negated = own.contains("n't") || own.contains("n’t");
    !words.is_empty()
        && words.len() <= 20
        && !own.contains('?')
        && !negated
        && words.iter().any(|w| THANKS.contains(w))
        && !words.iter().any(|w| MORE.contains(w))
}

fn shown_subject(content: &Message) -> String {
    let from_text = || content.text.lines().map(str::trim).find(|l| !l.is_empty()).unwrap_or("(no subject)").to_owned();
    let subject = content.subject.split_whitespace().collect::<Vec<_>>().join(" ");
    let subject = if subject.is_empty() { from_text() } else { subject };
    subject.chars().filter(|c| !c.is_control()).take(SUBJECT_CHARS).collect()
}

pub(super) fn let_in(ticket: &Ticket, now: Timestamp, message: MessageId, from: &str) -> Result<Vec<Event>, Refusal> {
    if !ticket.held.contains(&message) {
        return Ok(vec![]);
    }
    let mut events = vec![Event::LetIn { message, participants: vec![short_digest(from)] }];
    events.extend(customer_wrote(ticket, now));
    Ok(events)
}

pub(super) fn turn_away(ticket: &Ticket, message: MessageId) -> Result<Vec<Event>, Refusal> {
    Ok(if ticket.held.contains(&message) { vec![Event::TurnedAway { message }] } else { vec![] })
}

pub(super) fn split_off(ticket: &Ticket, message: MessageId, to: TicketId) -> Result<Vec<Event>, Refusal> {
    if ticket.question != Some(Question::OtherMatter(message)) {
        return Err(Refusal::state(
            "This message is not in doubt (any more).",
            "Look at the ticket again; somebody may have decided already.",
        ));
    }
    Ok(vec![Event::MovedOut { message, to }, Event::Settled])
}

pub(super) fn split_from(split: Split) -> Vec<Event> {
    let subject = Sealed::new(shown_subject(&split.content));
    let participants = vec![short_digest(&split.content.from.address)];
    vec![
        Event::Opened { id: split.ticket, number: split.number, queue: split.queue, customer: split.customer, subject },
        Event::MovedIn { message: split.message, from: split.from, participants },
    ]
}

fn take_part(ticket: &mut Ticket, participants: &[String]) {
    let room = PARTICIPANTS.saturating_sub(ticket.participants.len());
    ticket.participants.extend(participants.iter().take(room).cloned());
}

/// Takes in an event that is about what customers sent; says whether it was.
pub(super) fn evolve(ticket: &mut Ticket, event: &Event) -> bool {
    match event {
        Event::MessageReceived { message, automatic, participants, .. } => {
            take_part(ticket, participants);
            if !automatic {
                ticket.last_entry = message.0;
            }
        }
        Event::MessageHeld { message, .. } => {
            ticket.held.insert(*message);
        }
        Event::LetIn { message, participants } => {
            ticket.held.remove(message);
            take_part(ticket, participants);
            ticket.last_entry = message.0;
        }
        Event::TurnedAway { message } => {
            ticket.held.remove(message);
        }
        Event::MovedIn { message, participants, .. } => {
            take_part(ticket, participants);
            ticket.last_entry = message.0;
        }
        Event::MovedOut { .. } => {}
        Event::Asked { question } => ticket.question = Some(*question),
        Event::Settled => ticket.question = None,
        _ => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use super::is_thanks;

    #[test]
    fn thanks_alone_is_thanks_and_thanks_with_more_is_not() {
        for yes in ["Thanks!", "Perfect, thank you so much, Ines.\n\n> Try again please?", "Vielen Dank, super!", "thx"]
        {
            assert!(is_thanks(yes), "{yes}");
        }
        for no in [
            "Thanks, but it is broken again.",
            "Thank you. Can you also look at the second printer?",
            "Thanks. It doesn't print.",
            "Danke, geht aber noch nicht.",
            "It works.",
            "",
        ] {
            assert!(!is_thanks(no), "{no}");
        }
    }
}
