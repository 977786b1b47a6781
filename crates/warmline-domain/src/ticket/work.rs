//! The work on a ticket: who has it, what it is about, when it rests and when it is done.

use jiff::{SignedDuration, Timestamp};

use super::stage::Step;
use super::{Command, Event, Note, Stage, Ticket, appeal, charge, promises, record, referral};
use crate::floor::Presence;
use crate::limits::{REASON_CHARS, SUBJECT_CHARS, TAG_CHARS, TAGS, TEXT_BYTES};
use crate::site::Site;
use crate::{AgentId, By, NoteId, Refusal, Sealed, refusal};

pub(super) fn decide(
    ticket: &Ticket,
    site: &Site,
    by: By,
    now: Timestamp,
    command: Command,
) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::WriteNote { note, content } => write_note(note, content),
        Command::Assign { to, presence, reason } => {
            if by.agent().is_some_and(|giver| Some(giver) == ticket.assignee && giver != to) {
                record::complete(ticket, site, record::Act::Give, now)?;
            }
            assign(ticket, site, by, to, presence, &reason)
        }
        Command::Release => Ok(ticket.assignee.map(|_| Event::Released).into_iter().collect()),
        Command::Move { queue } => {
            site.queues.get(&queue).ok_or_else(|| Refusal::missing("queue"))?;
            Ok(if queue == ticket.queue { vec![] } else { vec![Event::Moved { queue }] })
        }
        Command::Tag { tag } => tag_with(ticket, &tag),
        Command::Untag { tag } => Ok(if ticket.tags.contains(&tag) { vec![Event::Untagged { tag }] } else { vec![] }),
        Command::Classify { topic } => classify(ticket, &topic),
        Command::Prioritise { impact, urgency } => {
            let same = (impact, urgency) == (ticket.impact, ticket.urgency);
            Ok(if same { vec![] } else { vec![Event::Prioritised { impact, urgency }] })
        }
        Command::Rename { subject } => rename(ticket, &subject),
        Command::Solve { agreed } => {
            owes_nothing(ticket)?;
            let closing = referral::solving(ticket, "")?;
            let mut events = step(ticket, site, now, Step::Solve, None)?;
            events.insert(0, Event::Record(record::solved(ticket, site, now, agreed)?));
            events.extend(closing);
            Ok(events)
        }
        Command::Reopen => step(ticket, site, now, Step::Reopen, None),
        Command::Park { until } => park(ticket, site, now, until),
        // The other commands are decided in `answers` and `arrivals`; `ticket::decide` sends them there.
        _ => Ok(vec![]),
    }
}

fn write_note(note: NoteId, content: Note) -> Result<Vec<Event>, Refusal> {
    if content.text.trim().is_empty() {
        return Err(Refusal::input("There is nothing in this note yet.", "Write a line, then keep it."));
    }
    if content.text.len() > TEXT_BYTES {
        return Err(Refusal::input(
            format!("This note is longer than {} kB.", TEXT_BYTES / 1024),
            "Shorten it. Your text is kept.",
        ));
    }
    Ok(vec![Event::NoteWritten { note, content: Sealed::new(content) }])
}

fn assign(
    ticket: &Ticket,
    site: &Site,
    by: By,
    to: AgentId,
    presence: Presence,
    reason: &str,
) -> Result<Vec<Event>, Refusal> {
    let agent = site.agents.get(&to).filter(|a| a.active).ok_or_else(|| Refusal::missing("agent"))?;
    if ticket.assignee == Some(to) {
        return Ok(vec![]);
    }
    let reason: String = reason.trim().chars().take(REASON_CHARS).collect();
    if presence != Presence::Available && by != By::Agent(to) && reason.is_empty() {
        return Err(Refusal::new(
            refusal::Kind::NeedsReason,
            format!("{} is {} and may not see this in time.", agent.name, presence.word()),
            "Give it to somebody who is available, leave it in the queue, or say why it must be them.",
        ));
    }
    let mut events = promises::follow(ticket, to);
    events.push(Event::Assigned { to, reason });
    Ok(events)
}

/// Topics and tags are written in one way, so that "Printer offline" and "printer-offline" are the same.
pub fn short_word(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join("-").to_lowercase()
}

fn fits(word: &str, what: &str) -> Result<(), Refusal> {
    if word.is_empty() || word.chars().count() > TAG_CHARS || word.chars().any(char::is_control) {
        return Err(Refusal::input(format!("A {what} is 1 to {TAG_CHARS} characters."), "Choose a short word."));
    }
    Ok(())
}

fn classify(ticket: &Ticket, topic: &str) -> Result<Vec<Event>, Refusal> {
    let topic = short_word(topic);
    if !topic.is_empty() {
        fits(&topic, "topic")?;
    }
    Ok(if topic == ticket.topic { vec![] } else { vec![Event::Classified { topic }] })
}

fn tag_with(ticket: &Ticket, tag: &str) -> Result<Vec<Event>, Refusal> {
    let tag = short_word(tag);
    fits(&tag, "tag")?;
    if ticket.tags.contains(&tag) {
        return Ok(vec![]);
    }
    if ticket.tags.len() >= TAGS {
        return Err(Refusal::state(format!("This ticket has {TAGS} tags already."), "Take one off first."));
    }
    Ok(vec![Event::Tagged { tag }])
}

fn rename(ticket: &Ticket, subject: &str) -> Result<Vec<Event>, Refusal> {
    let subject = subject.split_whitespace().collect::<Vec<_>>().join(" ");
    if subject.is_empty() || subject.chars().count() > SUBJECT_CHARS {
        return Err(Refusal::input(format!("A subject is 1 to {SUBJECT_CHARS} characters."), "Say what it is about."));
    }
    let subject = Sealed::new(subject);
    Ok(if subject == ticket.subject { vec![] } else { vec![Event::Renamed { subject }] })
}

fn park(ticket: &Ticket, site: &Site, now: Timestamp, until: Timestamp) -> Result<Vec<Event>, Refusal> {
    if until <= now || until > now + SignedDuration::from_hours(24 * 366) {
        return Err(Refusal::input("A ticket can be parked from now to a year ahead.", "Choose another time."));
    }
    record::complete(ticket, site, record::Act::Park, now)?;
    step(ticket, site, now, Step::Park, Some(until))
}

fn step(
    ticket: &Ticket,
    site: &Site,
    now: Timestamp,
    by: Step,
    wake_at: Option<Timestamp>,
) -> Result<Vec<Event>, Refusal> {
    let Some(stage) = ticket.stage.after(by) else {
        return Err(Refusal::state(
            format!("This ticket is {} already.", ticket.stage.word()),
            "Look at it again; somebody may have been quicker.",
        ));
    };
    let close_at = close_at(stage, site, now);
    let mut events = vec![Event::StageChanged { stage, since: now, close_at, wake_at }];
    events.extend(ticket.question.map(|_| Event::Settled));
    Ok(events)
}

/// What is promised, priced or asked of a manager is settled before a ticket is solved.
pub(super) fn owes_nothing(ticket: &Ticket) -> Result<(), Refusal> {
    promises::none_open(ticket)?;
    charge::none_open(ticket)?;
    appeal::none_open(ticket)
}

/// Solved because somebody else helps: the pointer is the solution.
pub(super) fn out_of_scope(ticket: &Ticket, site: &Site, now: Timestamp) -> Result<Vec<Event>, Refusal> {
    let closing = referral::solving(ticket, "")?;
    owes_nothing(ticket)?;
    let mut events = step(ticket, site, now, Step::Solve, None)?;
    events.extend(closing);
    Ok(events)
}

/// A solved ticket closes after its quiet time.
pub(super) fn close_at(stage: Stage, site: &Site, now: Timestamp) -> Option<Timestamp> {
    let days = i64::from(site.policy.tickets.close_solved_after_days);
    (stage == Stage::Solved).then(|| now + SignedDuration::from_hours(24 * days))
}

pub(super) fn time_came(ticket: &Ticket, now: Timestamp) -> Vec<Event> {
    let passed = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
    let by = match () {
        () if passed(ticket.wake_at) => Step::Wake,
        () if passed(ticket.close_at) => Step::Close,
        () => return vec![],
    };
    let stage = ticket.stage.after(by).unwrap_or(ticket.stage);
    vec![Event::StageChanged { stage, since: now, close_at: None, wake_at: None }]
}

pub(super) fn evolve(ticket: &mut Ticket, event: &Event) {
    match event {
        Event::NoteWritten { note, .. } => ticket.last_entry = note.0,
        Event::Assigned { to, .. } => ticket.assignee = Some(*to),
        Event::Released => ticket.assignee = None,
        Event::Moved { queue } => ticket.queue = *queue,
        Event::Tagged { tag } => {
            ticket.tags.insert(tag.clone());
        }
        Event::Untagged { tag } => {
            ticket.tags.remove(tag);
        }
        Event::Classified { topic } => ticket.topic = topic.clone(),
        Event::Prioritised { impact, urgency } => {
            ticket.impact = *impact;
            ticket.urgency = *urgency;
        }
        Event::Renamed { subject } => {
            let before = std::mem::replace(&mut ticket.subject, subject.clone());
            ticket.first_subject.get_or_insert(before);
        }
        Event::StageChanged { stage, since, close_at, wake_at } => {
            ticket.stage = *stage;
            ticket.since = *since;
            ticket.close_at = *close_at;
            ticket.wake_at = *wake_at;
        }
        _ => {}
    }
}
