//! A call on the floor: one contact with its legs, from the first ring to the last goodbye.
//!
//! Who owns the caller, who hears whom and what rings is *derived* from the state; nothing is stored twice.
//!
//! | state      | the caller hears          | owner          | leads in                              | leads out                                                              |
//! |------------|---------------------------|----------------|---------------------------------------|------------------------------------------------------------------------|
//! | waiting    | greeting, music, position | the queue      | arrived; requeued at the front        | offered; parting (keeps their place, key 2); ended (abandoned)         |
//! | choosing   | closed, or full: 1, 2     | the desk       | arrived after hours or too many       | leaving (1); parting (2); ended                                        |
//! | leaving    | the tone                  | the desk       | key 1                                 | parting; ended                                                         |
//! | parting    | what was agreed           | the desk       | a message left; a callback promised   | ended                                                                  |
//! | offered    | the same                  | the queue      | an agent is free; blind transfer      | talking; waiting (declined, no answer); ended (abandoned)              |
//! | calling    | (their phone rings)       | the agent      | an agent calls them                   | talking; ended (no answer, busy)                                       |
//! | talking    | the agent                 | the agent      | answered; resumed; transfer completed | held; consulting; orphaned; waiting or outside (blind); ended          |
//! | held       | music, notices            | the agent      | consent, or abruptly                  | talking; consulting; orphaned; waiting (the agent hung up); callback   |
//! | consulting | music                     | the agent      | warm transfer begins                  | talking (declined, no answer, back); joined; orphaned; callback        |
//! | joined     | both                      | the agent      | introduced                            | talking (back, or the other left); completed: talking or outside       |
//! | outside    | the outside number        | that party     | completed, blind to a number          | ended; waiting (nobody answered there)                                 |
//! | orphaned   | a kind word, music        | the lost agent | the agent's line vanished             | talking (came back in time); waiting at the front; callback            |
//!
//! *Callback* ends the call and puts its caller onto the list of callbacks owed, with the same agent first.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::entrance::{Farewell, Turned};
use super::listening::Heard;
use super::quality::Quality;
use super::wait::{Range, Said};
use crate::{AgentId, CallId, CustomerId, QueueId, Sealed, TicketId};

/// One line of a call. The caller's is always the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LegId {
    pub call: CallId,
    pub n: u32,
}

impl LegId {
    pub fn caller(call: CallId) -> Self {
        LegId { call, n: 1 }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    pub id: CallId,
    pub queue: QueueId,
    pub customer: CustomerId,
    pub ticket: TicketId,
    /// Whether they can be called back: the number is known.
    pub reachable: bool,
    /// The class of their ticket: a stopped press waits less.
    pub class: i64,
    pub arrived_at: Timestamp,
    pub state: State,
    /// The last leg that was made.
    pub legs: u32,
    /// Recorded: by the sample, by the key of a hard call, on demand. Never when the caller objected.
    pub recorded: bool,
    pub recording_paused: bool,
    /// Since when something of it lies among the recordings.
    #[serde(default)]
    pub kept_since: Option<Timestamp>,
    pub objected: bool,
    pub hard: bool,
    pub warned: bool,
    pub answered_at: Option<Timestamp>,
    pub hold_asked: Option<HoldAsk>,
    /// How often somebody else was to take them.
    #[serde(default, skip_serializing_if = "is_none_yet")]
    pub transfers: u32,
    pub monitors: BTreeMap<AgentId, Monitor>,
}

fn is_none_yet(transfers: &u32) -> bool {
    *transfers == 0
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Waiting(Waiting),
    /// Nobody takes them now: they hear why, and what they can do.
    Choosing {
        why: Turned,
        since: Timestamp,
    },
    /// They speak onto the machine.
    Leaving {
        since: Timestamp,
        until: Timestamp,
    },
    /// They hear what was agreed; then the line is closed.
    Parting {
        said: Farewell,
        since: Timestamp,
    },
    Offered {
        agent: AgentId,
        leg: LegId,
        rings_since: Timestamp,
        back_to: Option<AgentId>,
        waiting: Waiting,
        why: Why,
    },
    /// `own`: the agent placed it, so their phone in the page answers by itself.
    Calling {
        agent: AgentId,
        leg: LegId,
        up: bool,
        since: Timestamp,
        #[serde(default)]
        own: bool,
    },
    Talking {
        agent: AgentId,
        leg: LegId,
    },
    Held {
        agent: AgentId,
        leg: LegId,
        hold: Hold,
    },
    Consulting {
        agent: AgentId,
        leg: LegId,
        hold: Hold,
        with: Party,
    },
    Joined {
        agent: AgentId,
        leg: LegId,
        with: Party,
    },
    Outside {
        with: Party,
        back_to: Option<AgentId>,
    },
    /// `hold`: they were on hold, and will be when the agent is back.
    Orphaned {
        agent: AgentId,
        since: Timestamp,
        until: Timestamp,
        rejoining: Option<LegId>,
        #[serde(default)]
        hold: Option<Hold>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    pub since: Timestamp,
    /// They had somebody already, or kept their place.
    pub front: bool,
    /// Who is to have them before others.
    pub first: Option<AgentId>,
    /// Whose phones rang without success in this round.
    pub tried: BTreeSet<AgentId>,
    /// When the last of them did not answer; after a while all are asked again.
    #[serde(default)]
    pub tried_at: Option<Timestamp>,
    /// They came from another queue, and do not go on to a third.
    pub overflowed: bool,
    /// When they could not go on there; it is tried again.
    pub stayed_at: Option<Timestamp>,
    /// What they were told about their wait.
    pub said: Option<Said>,
}

impl Waiting {
    pub(super) fn new(since: Timestamp, front: bool, first: Option<AgentId>) -> Waiting {
        let tried = BTreeSet::new();
        Waiting { since, front, first, tried, tried_at: None, overflowed: false, stayed_at: None, said: None }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldAsk {
    pub reason: String,
    pub minutes: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    pub since: Timestamp,
    /// What the caller was promised.
    pub until: Timestamp,
    pub reason: String,
    pub asked: bool,
    /// How often the promised time passed with nobody back: once alerts the agent, twice the supervisor.
    pub overran: u32,
}

/// Whom a caller is being put through to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    pub target: Target,
    pub leg: LegId,
    pub since: Timestamp,
    pub answered: bool,
    pub brief: Sealed<Brief>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    Agent(AgentId),
    /// Somebody free in that queue.
    Queue(QueueId),
    Outside(Sealed<String>),
}

/// What the one who takes over sees before they answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brief {
    /// The problem in a line.
    pub problem: String,
    pub tried: String,
    pub mood: String,
}

impl Brief {
    pub fn is_complete(&self) -> bool {
        [&self.problem, &self.tried, &self.mood].iter().all(|t| !t.trim().is_empty())
    }

    /// As the note that is kept of it.
    pub fn written(&self, title: &str) -> String {
        let or = |text: &str| if text.trim().is_empty() { "not said".to_owned() } else { text.trim().to_owned() };
        let (problem, tried, mood) = (or(&self.problem), or(&self.tried), or(&self.mood));
        format!("**{title}**\n\n- Problem: {problem}\n- Tried: {tried}\n- Mood: {mood}")
    }
}

/// A supervisor on a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Monitor {
    pub leg: LegId,
    pub mode: Mode,
    pub up: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    Listen,
    /// The agent hears the supervisor, the caller does not.
    Whisper,
    Join,
}

/// How a leg came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Somebody hung up.
    HungUp,
    /// The line vanished: no media, the page gone, the phone unreachable.
    Lost,
    Busy,
    Declined,
    NoAnswer,
    Failed,
}

/// What happened to a call. The same entries stand on the floor's journal and on the ticket's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Arrived {
        queue: QueueId,
        customer: CustomerId,
        ticket: TicketId,
        reachable: bool,
        class: i64,
        recorded: bool,
    },
    /// Nobody takes them now, and they were told why.
    TurnedAway {
        why: Turned,
    },
    MessageBegan {
        until: Timestamp,
    },
    /// `gone`: they hung up after it.
    MessageLeft {
        seconds: i64,
        gone: bool,
    },
    /// They asked to be called: in the order of their place, or from a time that was promised.
    CallbackAsked {
        promised: Option<(Timestamp, Timestamp)>,
    },
    /// The last words were said, or not waited for.
    Parted,
    /// They were told their place and how long it may take.
    Announced {
        position: u32,
        range: Option<Range>,
        again: bool,
    },
    /// They were owed a call and called themselves.
    PlaceTakenUp {
        since: Timestamp,
        front: bool,
        first: Option<AgentId>,
    },
    /// It got too long in their queue; they keep their time of waiting.
    Overflowed {
        to: QueueId,
    },
    /// There was no room there either.
    Stayed,
    /// An agent calls a customer.
    Called {
        agent: AgentId,
        queue: QueueId,
        customer: CustomerId,
        ticket: TicketId,
        recorded: bool,
        #[serde(default)]
        objected: bool,
        #[serde(default)]
        own: bool,
    },
    /// The agent is on the line; the customer's phone may ring.
    AgentReady,
    NotReached {
        how: Ending,
    },
    /// The agent's own phone was not picked up; the customer's never rang.
    NotPlaced {
        how: Ending,
    },
    Offered {
        agent: AgentId,
        why: Why,
    },
    /// Everybody may be asked again.
    AskedAround,
    NotTaken {
        agent: AgentId,
        how: Ending,
    },
    Answered {
        agent: AgentId,
        seconds: i64,
    },
    HoldAsked {
        reason: String,
        minutes: u32,
    },
    HoldRefused,
    Held {
        reason: String,
        minutes: u32,
        asked: bool,
    },
    HoldExtended {
        minutes: u32,
    },
    HoldOverran {
        times: u32,
    },
    Resumed {
        seconds: i64,
    },
    Consulted {
        target: Target,
        agent: Option<AgentId>,
        minutes: u32,
        agreed: bool,
        complete: bool,
        reason: String,
        brief: Sealed<Brief>,
    },
    ConsultAnswered {
        seconds: i64,
    },
    ConsultEnded {
        how: Ending,
    },
    /// The agent went back to the customer.
    CameBack,
    Introduced,
    /// The agent left; `to` has the caller now, unless that is somebody outside.
    Completed {
        introduced: bool,
        to: Option<AgentId>,
    },
    SentBlind {
        target: Target,
        agent: Option<AgentId>,
        reason: String,
    },
    OutsideAnswered,
    AgentLost {
        agent: AgentId,
        until: Timestamp,
    },
    Rejoining,
    AgentBack {
        seconds: i64,
    },
    /// At the front of the queue, with `first` before others.
    Requeued {
        first: Option<AgentId>,
        why: Ending,
    },
    /// They hung up or vanished while they were not with anybody.
    CallerLost {
        how: Ending,
    },
    Moved {
        ticket: TicketId,
    },
    MarkedHard {
        by: AgentId,
    },
    Warned,
    Monitored {
        supervisor: AgentId,
        mode: Mode,
    },
    MonitorUp {
        supervisor: AgentId,
    },
    MonitorEnded {
        supervisor: AgentId,
    },
    TookOver {
        supervisor: AgentId,
    },
    RecordingStarted,
    RecordingPaused,
    RecordingResumed,
    RecordingRefused,
    /// How good a line was, ours or the caller's; it may come after the end of the call.
    LineQuality {
        agent: Option<AgentId>,
        ticket: TicketId,
        quality: Quality,
    },
    /// What was heard of the agent's talk; it may come after the end of the call.
    Heard {
        agent: AgentId,
        ticket: TicketId,
        heard: Heard,
    },
    Ended {
        by: Option<AgentId>,
        how: Ending,
        talked: i64,
    },
}

/// Why this agent was chosen; each is a sentence on the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// They spoke before, or the caller was sent to them.
    Known,
    #[default]
    LongestIdle,
    /// Of those who know what the queue asks for.
    Skilled,
    /// Kept free for callers with a critical ticket.
    Reserve,
}

impl Why {
    /// As the one who was chosen reads it.
    pub fn to_you(self) -> &'static str {
        match self {
            Why::Known => "has spoken with you before, or was sent to you",
            Why::LongestIdle => "you have been free the longest",
            Why::Skilled => "you know this and have been free the longest",
            Why::Reserve => "critical; you were kept free for this",
        }
    }
}

impl Step {
    /// The call is over with it.
    pub fn is_last(&self) -> bool {
        matches!(
            self,
            Step::Ended { .. }
                | Step::CallerLost { .. }
                | Step::NotReached { .. }
                | Step::NotPlaced { .. }
                | Step::MessageLeft { gone: true, .. }
                | Step::Parted
        )
    }
}

impl Call {
    pub fn caller(&self) -> LegId {
        LegId::caller(self.id)
    }

    /// Who answers for the caller, if not the queue.
    pub fn owner(&self) -> Option<AgentId> {
        match &self.state {
            State::Waiting(_)
            | State::Choosing { .. }
            | State::Leaving { .. }
            | State::Parting { .. }
            | State::Offered { .. }
            | State::Outside { .. } => None,
            State::Calling { agent, .. }
            | State::Talking { agent, .. }
            | State::Held { agent, .. }
            | State::Consulting { agent, .. }
            | State::Joined { agent, .. }
            | State::Orphaned { agent, .. } => Some(*agent),
        }
    }

    /// Instead of waiting: their number is known, and there is a time when they would be.
    pub fn can_be_called_instead(&self) -> bool {
        self.reachable && !matches!(self.state, State::Choosing { why: Turned::Closed(None), .. })
    }

    pub fn hold(&self) -> Option<&Hold> {
        match &self.state {
            State::Held { hold, .. } | State::Consulting { hold, .. } => Some(hold),
            _ => None,
        }
    }

    pub fn party(&self) -> Option<&Party> {
        match &self.state {
            State::Consulting { with, .. } | State::Joined { with, .. } | State::Outside { with, .. } => Some(with),
            _ => None,
        }
    }

    /// The agent leaves the caller with whom they were being put through to.
    pub(super) fn completed(&self, introduced: bool) -> Step {
        let to = self.party().and_then(|p| match p.target {
            Target::Agent(agent) => Some(agent),
            Target::Queue(_) | Target::Outside(_) => None,
        });
        Step::Completed { introduced, to }
    }

    pub fn waiting(&self) -> Option<&Waiting> {
        match &self.state {
            State::Waiting(waiting) | State::Offered { waiting, .. } => Some(waiting),
            _ => None,
        }
    }

    /// Everybody of ours whose line this call takes, ringing or talking.
    pub fn agents(&self) -> impl Iterator<Item = AgentId> + '_ {
        let offered = match &self.state {
            State::Offered { agent, .. } => Some(*agent),
            _ => None,
        };
        let party = self.party().and_then(|p| match p.target {
            Target::Agent(agent) => Some(agent),
            Target::Queue(_) | Target::Outside(_) => None,
        });
        self.owner().into_iter().chain(offered).chain(party).chain(self.monitors.keys().copied())
    }

    pub(super) fn new_leg(&mut self) -> LegId {
        self.legs += 1;
        LegId { call: self.id, n: self.legs }
    }

    /// The leg the next step would make.
    pub(super) fn next_leg(&self) -> LegId {
        LegId { call: self.id, n: self.legs + 1 }
    }
}
