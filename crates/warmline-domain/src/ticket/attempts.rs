//! P12: every attempt to reach each other, either way and on any channel, with its outcome; and when somebody may be
//! called unreachable.
//!
//! | state       | means                                             | leads out                                        |
//! |-------------|---------------------------------------------------|--------------------------------------------------|
//! | reachable   | our tries are counted since they were last heard  | unreachable, once the policy's tries are done    |
//! | unreachable | it rests, a last message is on its way            | reachable, by a word of theirs; solved, in time  |
//!
//! Nothing is counted twice: mails and calls are read from the events they left, the rest is written down by hand.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::stage::Step as Move;
use super::{Event as TicketEvent, Kind, Matched, Stage, Ticket, chat, promises};
use crate::customer::phone_number;
use crate::floor::chat::Step as ChatStep;
use crate::floor::{Ending, Step};
use crate::limits::{ATTEMPT_PAST_DAYS, TRIES_KEPT};
use crate::site::Site;
use crate::{AttemptId, By, CallId, ChatId, MessageId, Refusal};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Mail,
    Phone,
    Fax,
    Letter,
    Visit,
    Chat,
}

impl Channel {
    /// Those that are written down by hand.
    pub const ALL: [Channel; 5] = [Channel::Phone, Channel::Visit, Channel::Letter, Channel::Fax, Channel::Mail];
    pub fn word(self) -> &'static str {
        match self {
            Channel::Mail => "mail",
            Channel::Phone => "phone",
            Channel::Fax => "fax",
            Channel::Letter => "letter",
            Channel::Visit => "visit",
            Channel::Chat => "chat",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Spoke,
    NoAnswer,
    Busy,
    VoicemailLeft,
    Sent,
    Delivered,
    Bounced,
}

impl Outcome {
    pub const ALL: [Outcome; 7] = [
        Outcome::Spoke,
        Outcome::NoAnswer,
        Outcome::Busy,
        Outcome::VoicemailLeft,
        Outcome::Sent,
        Outcome::Delivered,
        Outcome::Bounced,
    ];
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Spoke => "spoke",
            Outcome::NoAnswer => "no answer",
            Outcome::Busy => "busy",
            Outcome::VoicemailLeft => "voicemail left",
            Outcome::Sent => "sent",
            Outcome::Delivered => "delivered",
            Outcome::Bounced => "bounced",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// We tried to reach them.
    Out,
    /// They tried to reach us.
    In,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// An attempt the desk could not see: a visit, a private phone.
    Note { attempt: AttemptId, at: Timestamp, channel: Channel, direction: Direction, outcome: Outcome },
    /// `known` is how this customer can be reached at all.
    GiveUp { known: BTreeSet<Channel> },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Noted {
        attempt: AttemptId,
        at: Timestamp,
        channel: Channel,
        direction: Direction,
        outcome: Outcome,
    },
    /// After so many tries; without a word of theirs it is solved at `until`.
    Unreachable {
        tries: u32,
        until: Timestamp,
    },
    /// The time without a word is over.
    RestOver,
}

/// What a ticket remembers of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attempts {
    /// Our tries since they were last heard; the newest are kept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tries: Vec<Try>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heard_at: Option<Timestamp>,
    /// The last one written down by hand: the same form sent again is the same attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noted: Option<AttemptId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreachable_until: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Try {
    pub at: Timestamp,
    pub channel: Channel,
}

impl Attempts {
    pub fn is_empty(&self) -> bool {
        *self == Attempts::default()
    }
}

/// How somebody can be reached whose addresses these are.
pub fn known<'a>(addresses: impl IntoIterator<Item = &'a String>) -> BTreeSet<Channel> {
    let channel = |address: &'a String| match address.strip_prefix("tel:") {
        Some(number) => phone_number(number).map(|_| Channel::Phone),
        None => Some(Channel::Mail),
    };
    addresses.into_iter().filter_map(channel).collect()
}

/// How far the policy's tries have come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    pub tries: u32,
    pub days: u32,
    pub channels: BTreeSet<Channel>,
    /// What is still to be done, in words; nothing when they may be called unreachable.
    pub missing: Vec<String>,
}

pub fn progress(ticket: &Ticket, site: &Site, known: &BTreeSet<Channel>) -> Progress {
    let policy = &site.policy.attempts;
    let zone = site.hours_of(ticket.queue).zone();
    let tried = &ticket.attempts.tries;
    let days: BTreeSet<_> = tried.iter().map(|t| t.at.to_zoned(zone.clone()).date()).collect();
    let channels: BTreeSet<Channel> = tried.iter().map(|t| t.channel).collect();
    let (tries, days) = (tried.len() as u32, days.len() as u32);
    let wanted = (policy.channels as usize).min(known.len());
    let mut missing = Vec::new();
    match policy.tries.saturating_sub(tries) {
        0 => {}
        1 => missing.push("one more try".to_owned()),
        n => missing.push(format!("{n} more tries")),
    }
    match policy.days.saturating_sub(days) {
        0 => {}
        1 if days > 0 => missing.push("a try on another day".to_owned()),
        n => missing.push(format!("tries on {n} {}days", if days > 0 { "other " } else { "different " })),
    }
    if channels.len() < wanted {
        let untried: Vec<&str> = known.difference(&channels).map(|c| c.word()).collect();
        missing.push(format!("a try by {}", untried.join(" or ")));
    }
    Progress { tries, days, channels, missing }
}

pub(super) fn decide(
    ticket: &Ticket,
    site: &Site,
    now: Timestamp,
    command: Command,
) -> Result<Vec<TicketEvent>, Refusal> {
    match command {
        Command::Note { attempt, .. } if ticket.attempts.noted == Some(attempt) => Ok(vec![]),
        Command::Note { attempt, at, channel, direction, outcome } => {
            let oldest = now - SignedDuration::from_hours(24 * ATTEMPT_PAST_DAYS);
            if at > now || at < oldest {
                return Err(Refusal::input(
                    format!("An attempt is written down when it was made, at most {ATTEMPT_PAST_DAYS} days ago."),
                    "Choose the day and time it was made. What is still to come is a promise.",
                ));
            }
            Ok(vec![TicketEvent::Attempts(Event::Noted { attempt, at, channel, direction, outcome })])
        }
        Command::GiveUp { known } => give_up(ticket, site, now, &known),
    }
}

fn give_up(
    ticket: &Ticket,
    site: &Site,
    now: Timestamp,
    known: &BTreeSet<Channel>,
) -> Result<Vec<TicketEvent>, Refusal> {
    if ticket.attempts.unreachable_until.is_some() {
        return Ok(vec![]);
    }
    if matches!(ticket.stage, Stage::Solved | Stage::Closed) {
        return Err(Refusal::state(
            format!("This ticket is {}, so nobody is being reached.", ticket.stage.word()),
            "Reopen it first if there is something left to say.",
        ));
    }
    let done = progress(ticket, site, known);
    if !done.missing.is_empty() {
        let times = if done.tries == 1 { "once".to_owned() } else { format!("{} times", done.tries) };
        let so_far = if done.tries == 0 { "not tried yet".to_owned() } else { format!("tried {times}") };
        return Err(Refusal::state(
            format!("They may still be reached; since they were last heard, we have {so_far}."),
            format!("Still to do: {}. What you did elsewhere can be written down.", done.missing.join(", ")),
        ));
    }
    promises::none_open(ticket)?;
    let until = now + SignedDuration::from_hours(24 * i64::from(site.policy.attempts.rest_days));
    let mut events = vec![TicketEvent::Attempts(Event::Unreachable { tries: done.tries, until })];
    events.extend(ticket.stage.after(Move::Park).map(|stage| moved(stage, now, None)));
    Ok(events)
}

fn moved(stage: Stage, now: Timestamp, close_at: Option<Timestamp>) -> TicketEvent {
    TicketEvent::StageChanged { stage, since: now, close_at, wake_at: None }
}

/// Without a word of theirs it is solved; what we still owe them makes it ours again.
pub(super) fn time_came(ticket: &Ticket, site: &Site, now: Timestamp) -> Vec<TicketEvent> {
    if ticket.attempts.unreachable_until.is_none_or(|until| until > now) {
        return vec![];
    }
    let by = if ticket.promises.is_empty() { Move::Solve } else { Move::Wake };
    let stage = ticket.stage.after(by).unwrap_or(ticket.stage);
    let close_at = super::work::close_at(stage, site, now);
    vec![TicketEvent::Attempts(Event::RestOver), moved(stage, now, close_at)]
}

pub(super) fn due(ticket: &Ticket) -> Option<Timestamp> {
    ticket.attempts.unreachable_until
}

/// Takes in what any event says about reaching each other. Asked first: it needs to know which mails are on their way.
pub(super) fn evolve(ticket: &mut Ticket, at: Timestamp, event: &TicketEvent) {
    match event {
        TicketEvent::Attempts(Event::Noted { attempt, at, channel, direction, outcome }) => {
            ticket.attempts.noted = Some(*attempt);
            match (direction, outcome) {
                (Direction::In, _) | (_, Outcome::Spoke) => heard(ticket, *at),
                (Direction::Out, _) => tried(ticket, *at, *channel),
            }
        }
        TicketEvent::Attempts(Event::Unreachable { until, .. }) => ticket.attempts.unreachable_until = Some(*until),
        TicketEvent::Attempts(Event::RestOver) => ticket.attempts.unreachable_until = None,
        // Unreachable means waiting; whatever else is done with it, somebody works on it or it is done.
        TicketEvent::StageChanged { stage, .. } if *stage != Stage::Waiting => {
            ticket.attempts.unreachable_until = None;
        }
        TicketEvent::MessageReceived { automatic: false, third_party: false, .. } | TicketEvent::LetIn { .. } => {
            heard(ticket, at);
        }
        TicketEvent::Sent { message } => {
            let fax = super::other_ways::is_fax(ticket, *message);
            let answer = ticket.outgoing.get(message).is_some_and(|o| o.kind == Kind::Answer);
            if answer {
                tried(ticket, at, if fax { Channel::Fax } else { Channel::Mail });
            }
        }
        TicketEvent::OnCall { step, .. } => match **step {
            Step::Arrived { .. } | Step::Answered { .. } => heard(ticket, at),
            Step::NotReached { .. } => tried(ticket, at, Channel::Phone),
            _ => {}
        },
        _ => {}
    }
}

fn heard(ticket: &mut Ticket, at: Timestamp) {
    let attempts = &mut ticket.attempts;
    let newest = attempts.heard_at.map_or(at, |before| before.max(at));
    attempts.heard_at = Some(newest);
    attempts.tries.retain(|t| t.at > newest);
    attempts.unreachable_until = None;
}

fn tried(ticket: &mut Ticket, at: Timestamp, channel: Channel) {
    let attempts = &mut ticket.attempts;
    // What is written down by hand is known to the minute.
    let minute = SignedDuration::from_mins(1);
    if attempts.heard_at.is_some_and(|heard| at + minute <= heard) {
        return;
    }
    attempts.tries.push(Try { at, channel });
    if attempts.tries.len() > TRIES_KEPT {
        attempts.tries.remove(0);
    }
}

/// One attempt, as the record shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub at: Timestamp,
    pub by: By,
    pub channel: Channel,
    pub direction: Direction,
    /// `None`: it is going on.
    pub outcome: Option<Outcome>,
    pub by_hand: bool,
}

/// Every attempt a ticket's journal tells of, in the order they were made.
pub fn told<'a>(entries: impl IntoIterator<Item = (Timestamp, By, &'a TicketEvent)>) -> Vec<Attempt> {
    let mut telling = Telling::default();
    for (at, by, event) in entries {
        telling.hear(at, by, event);
    }
    telling.attempts.sort_by_key(|a| a.at);
    telling.attempts
}

#[derive(Default)]
struct Telling {
    attempts: Vec<Attempt>,
    answers: BTreeSet<MessageId>,
    faxes: BTreeSet<MessageId>,
    sent: BTreeMap<MessageId, usize>,
    calls: BTreeMap<CallId, usize>,
    chats: BTreeMap<ChatId, usize>,
}

impl Telling {
    fn hear(&mut self, at: Timestamp, by: By, event: &TicketEvent) {
        match event {
            // Lines of a chat are one attempt, from its beginning to its end.
            TicketEvent::MessageReceived { matched: Matched::Chat, .. }
            | TicketEvent::MessageWritten { chat: true, .. } => {}
            TicketEvent::Chat(chat::Event::Happened { chat, step }) => self.chat(at, by, *chat, step),
            TicketEvent::MessageReceived { automatic: false, third_party: false, .. } | TicketEvent::LetIn { .. } => {
                self.push(at, by, Channel::Mail, Direction::In, Some(Outcome::Delivered));
            }
            TicketEvent::MessageWritten { message, kind: Kind::Answer, .. } => {
                self.answers.insert(*message);
            }
            TicketEvent::OtherWays(super::other_ways::Event::Faxed { message }) => {
                self.faxes.insert(*message);
            }
            TicketEvent::Sent { message } => self.left(at, by, *message, Outcome::Sent),
            TicketEvent::Delivered { message } => self.left(at, by, *message, Outcome::Delivered),
            TicketEvent::Bounced { message, .. } | TicketEvent::Failed { message, .. } => {
                self.left(at, by, *message, Outcome::Bounced);
            }
            TicketEvent::OnCall { call, step } => self.on_call(at, by, *call, step),
            TicketEvent::Attempts(Event::Noted { at, channel, direction, outcome, .. }) => {
                self.push(*at, by, *channel, *direction, Some(*outcome));
                self.attempts.last_mut().expect("just pushed").by_hand = true;
            }
            _ => {}
        }
    }

    fn push(&mut self, at: Timestamp, by: By, channel: Channel, direction: Direction, outcome: Option<Outcome>) {
        self.attempts.push(Attempt { at, by, channel, direction, outcome, by_hand: false });
    }

    /// A mail is one attempt; what becomes of it later is its outcome. One sent again is another.
    fn left(&mut self, at: Timestamp, by: By, message: MessageId, outcome: Outcome) {
        if !self.answers.contains(&message) {
            return;
        }
        match self.sent.get(&message) {
            Some(index) if outcome != Outcome::Sent => self.attempts[*index].outcome = Some(outcome),
            _ => {
                let channel = if self.faxes.contains(&message) { Channel::Fax } else { Channel::Mail };
                self.sent.insert(message, self.attempts.len());
                self.push(at, by, channel, Direction::Out, Some(outcome));
            }
        }
    }

    fn on_call(&mut self, at: Timestamp, by: By, call: CallId, step: &Step) {
        let outcome = match step {
            Step::Arrived { .. } | Step::Called { .. } => {
                let out = matches!(step, Step::Called { .. });
                self.calls.insert(call, self.attempts.len());
                return self.push(at, by, Channel::Phone, if out { Direction::Out } else { Direction::In }, None);
            }
            Step::Answered { .. } => Outcome::Spoke,
            Step::MessageLeft { .. } => Outcome::VoicemailLeft,
            Step::NotReached { how: Ending::Busy } => Outcome::Busy,
            Step::NotReached { .. } | Step::CallerLost { .. } | Step::Ended { .. } => Outcome::NoAnswer,
            // Our own phone was not picked up; theirs never rang.
            Step::NotPlaced { .. } => return self.never_was(call),
            _ => return,
        };
        let Some(attempt) = self.calls.get(&call).map(|index| &mut self.attempts[*index]) else { return };
        // Who spoke, spoke, however the call ended.
        if attempt.outcome.is_none() || outcome == Outcome::Spoke {
            attempt.outcome = Some(outcome);
        }
    }

    fn chat(&mut self, at: Timestamp, by: By, chat: ChatId, step: &ChatStep) {
        if let ChatStep::Came { .. } = step {
            self.chats.insert(chat, self.attempts.len());
            return self.push(at, by, Channel::Chat, Direction::In, None);
        }
        let Some(attempt) = self.chats.get(&chat).map(|index| &mut self.attempts[*index]) else { return };
        match step {
            ChatStep::Taken { .. } | ChatStep::TookOver { .. } => attempt.outcome = Some(Outcome::Spoke),
            ChatStep::Ended { .. } => attempt.outcome = attempt.outcome.or(Some(Outcome::NoAnswer)),
            _ => {}
        }
    }

    fn never_was(&mut self, call: CallId) {
        let Some(index) = self.calls.remove(&call) else { return };
        self.attempts.remove(index);
        let after = |at: &mut usize| *at -= usize::from(*at > index);
        self.calls.values_mut().for_each(after);
        self.sent.values_mut().for_each(after);
        self.chats.values_mut().for_each(after);
    }
}
