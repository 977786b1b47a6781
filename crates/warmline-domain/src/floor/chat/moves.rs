//! What can be wished of a chat, what is told of it, and what time brings.

use jiff::{SignedDuration, Timestamp};

use super::line::colleague;
use super::{Chat, End, State, Step, Target, seconds};
use crate::floor::call::Brief;
use crate::floor::{Event, Floor, Presence};
use crate::limits::{CHATS, REASON_CHARS};
use crate::policy::Chats;
use crate::site::{Role, Site};
use crate::{AgentId, By, ChatId, CustomerId, QueueId, Refusal, Sealed, TicketId, refusal};

/// What an agent wishes. What is written to the customer goes with the line that says it.
#[derive(Clone, Debug)]
pub enum Wish {
    /// Takes what is offered, or picks somebody who waits.
    Take,
    Decline,
    /// A line of ours is on its way with this; it asks for time.
    AskToWait {
        minutes: u32,
    },
    /// The line asks whether a colleague may come in. The brief is inside only.
    Propose {
        to: Target,
        brief: Brief,
    },
    /// They said yes, or no, in their own words.
    HearYes,
    HearNo,
    TakeBack,
    Back,
    /// Comes in, having read the brief.
    Join,
    /// Leaves the customer with the colleague who came in.
    Leave,
    /// Puts it back in line.
    Return {
        reason: String,
    },
    MarkHard,
    /// A supervisor goes on in the agent's place.
    TakeOver,
    End {
        reason: String,
    },
    /// A line of ours was written.
    Wrote,
}

/// What is told of a chat.
#[derive(Clone, Debug)]
pub enum Report {
    Came {
        queue: QueueId,
        customer: CustomerId,
        ticket: TicketId,
        class: i64,
    },
    /// Their page opened, or its last one closed.
    Seen,
    Gone,
    TheyWrote,
    /// They pressed the button below our question.
    Answered {
        yes: bool,
    },
    /// They ended it.
    Left,
}

pub(in crate::floor) fn decide(
    floor: &Floor,
    site: &Site,
    now: Timestamp,
    by: AgentId,
    id: ChatId,
    wish: Wish,
) -> Result<Vec<Step>, Refusal> {
    let Some(chat) = floor.chats.get(&id) else {
        return Err(Refusal::state(
            "This chat is over.",
            "Look at its ticket; answer by mail if something is left to say.",
        ));
    };
    match wish {
        Wish::Take => take(floor, site, now, chat, by),
        Wish::Decline => Ok(declined(chat, by)),
        Wish::Join => match &chat.state {
            State::BringingIn { colleague, .. } if *colleague == by => Ok(vec![Step::Joined { colleague: by }]),
            _ => Err(Refusal::state("You are not asked to join this chat (any more).", "Ask whoever has it.")),
        },
        Wish::TakeOver => take_over(floor, site, chat, by),
        Wish::Wrote => {
            may_write(chat, by)?;
            // Whoever writes is back.
            let back = matches!(chat.state, State::SteppedOut { .. }).then(|| back(chat, now));
            Ok(back.into_iter().chain([Step::WeWrote { agent: by }]).collect())
        }
        owned => {
            if chat.owner() != Some(by) {
                return Err(Refusal::state("This chat is not yours (any more).", "Look at who has it now."));
            }
            of_owner(floor, site, now, chat, by, owned)
        }
    }
}

fn of_owner(
    floor: &Floor,
    site: &Site,
    now: Timestamp,
    chat: &Chat,
    by: AgentId,
    wish: Wish,
) -> Result<Vec<Step>, Refusal> {
    match (wish, &chat.state) {
        (Wish::AskToWait { minutes }, State::Talking { .. } | State::SteppedOut { .. }) => {
            let asked = ask_to_wait(&site.policy.chats, by, minutes)?;
            // Looked in, and needs longer.
            let back = matches!(chat.state, State::SteppedOut { .. }).then(|| back(chat, now));
            Ok(back.into_iter().chain(asked).collect())
        }
        (Wish::Propose { to, brief }, State::Talking { .. }) => propose(floor, site, chat, by, to, brief),
        (Wish::AskToWait { .. } | Wish::Propose { .. }, _) => {
            Err(Refusal::state("One thing after the other.", "Wait for their answer, or take your question back."))
        }
        (Wish::HearYes, _) => Ok(answered(floor, site, chat, true)),
        (Wish::HearNo, _) => Ok(answered(floor, site, chat, false)),
        (Wish::TakeBack, State::Asked { .. } | State::Proposed { .. }) => Ok(vec![Step::Withdrawn]),
        (Wish::TakeBack, State::BringingIn { colleague, .. }) => {
            Ok(vec![Step::NotJoined { colleague: Some(*colleague) }])
        }
        (Wish::Back, State::SteppedOut { .. }) => Ok(vec![back(chat, now)]),
        (Wish::Leave, State::Joined { agent, colleague }) => {
            Ok(vec![Step::Left { agent: *agent, colleague: *colleague }])
        }
        (Wish::Leave, _) => Err(Refusal::state(
            "There is nobody to leave the customer with.",
            "Bring a colleague in first, or end the chat.",
        )),
        (Wish::Return { reason }, _) => {
            let reason =
                needed(reason, "They had somebody, and would wait again.", "Bring a colleague in, or say why.")?;
            Ok(vec![Step::Returned { agent: by, reason }])
        }
        (Wish::MarkHard, _) => Ok(if chat.hard { vec![] } else { vec![Step::MarkedHard] }),
        (Wish::End { reason }, _) => end(chat, reason),
        _ => Ok(vec![]),
    }
}

fn take(floor: &Floor, site: &Site, now: Timestamp, chat: &Chat, by: AgentId) -> Result<Vec<Step>, Refusal> {
    let since = match &chat.state {
        State::Waiting(place) => place.since,
        State::Offered { place, .. } => place.since,
        _ if chat.owner() == Some(by) => return Ok(vec![]),
        _ => return Err(Refusal::state("A colleague was quicker.", "Nothing is to be done; they are looked after.")),
    };
    if !site.serves(by, chat.queue) {
        return Err(Refusal::state(
            "This queue asks for what you have not been given yet.",
            "Leave it to a colleague.",
        ));
    }
    is_signed_in(floor, by)?;
    if floor.call_of(by).is_some() {
        return Err(Refusal::state("You are on a call.", "Whoever you talk with has all of you. End it first."));
    }
    let waited = now.duration_since(since).as_secs();
    Ok(vec![Step::Taken { agent: by, waited }])
}

fn is_signed_in(floor: &Floor, by: AgentId) -> Result<(), Refusal> {
    match floor.presence(by) {
        Presence::Offline => Err(Refusal::state("You are not signed in.", "Sign in first.")),
        _ => Ok(()),
    }
}

fn declined(chat: &Chat, by: AgentId) -> Vec<Step> {
    match &chat.state {
        State::Offered { agent, .. } if *agent == by => vec![Step::Declined { agent: by }],
        State::BringingIn { colleague, .. } if *colleague == by => vec![Step::NotJoined { colleague: Some(by) }],
        _ => vec![],
    }
}

fn take_over(floor: &Floor, site: &Site, chat: &Chat, by: AgentId) -> Result<Vec<Step>, Refusal> {
    if site.role(By::Agent(by)).is_none_or(|role| role < Role::Supervisor) {
        return Err(Refusal::new(
            refusal::Kind::Permission,
            "Supervisors take a chat over.",
            "Ask one, or ask its agent.",
        ));
    }
    is_signed_in(floor, by)?;
    Ok(match chat.owner() {
        Some(owner) if owner == by => vec![],
        from => vec![Step::TookOver { from, by }],
    })
}

fn ask_to_wait(policy: &Chats, agent: AgentId, minutes: u32) -> Result<Vec<Step>, Refusal> {
    if !(1..=policy.longest_wait_minutes).contains(&minutes) {
        return Err(Refusal::input(
            format!("Nobody should look at an empty page for {minutes} minutes."),
            format!("Ask for up to {} minutes, or promise an answer by mail.", policy.longest_wait_minutes),
        ));
    }
    Ok(vec![Step::AskedToWait { agent, minutes }])
}

fn propose(
    floor: &Floor,
    site: &Site,
    chat: &Chat,
    agent: AgentId,
    to: Target,
    brief: Brief,
) -> Result<Vec<Step>, Refusal> {
    if !brief.is_complete() {
        return Err(Refusal::input(
            "Your colleague would come in without knowing what it is about.",
            "Say the problem, what was tried, and the mood. Your text is kept.",
        ));
    }
    if to == Target::Agent(agent) {
        return Err(Refusal::input("That is you.", "Choose a colleague, or a queue."));
    }
    if colleague(floor, site, chat, to).is_none() {
        return Err(match to {
            Target::Agent(id) => Refusal::state(
                format!("{} has no room for a chat now.", site.agents.get(&id).map_or("Your colleague", |a| &a.name)),
                "Choose somebody else, or promise when they will write.",
            ),
            Target::Queue(_) => {
                Refusal::state("Nobody there has room for a chat now.", "Promise when they will write.")
            }
        });
    }
    Ok(vec![Step::Proposed { agent, to, brief: Sealed::new(brief) }])
}

fn answered(floor: &Floor, site: &Site, chat: &Chat, yes: bool) -> Vec<Step> {
    match (&chat.state, yes) {
        (State::Asked { .. } | State::Proposed { .. }, false) => vec![Step::RatherNot],
        (State::Asked { .. }, true) => vec![Step::Agreed { colleague: None }],
        (State::Proposed { to, .. }, true) => match colleague(floor, site, chat, *to) {
            Some(colleague) => vec![Step::Agreed { colleague: Some(colleague) }],
            None => vec![Step::NotJoined { colleague: None }],
        },
        _ => vec![],
    }
}

fn back(chat: &Chat, now: Timestamp) -> Step {
    let over = match &chat.state {
        State::SteppedOut { until, .. } => now.duration_since(*until).as_secs().max(0),
        _ => 0,
    };
    Step::Back { over }
}

fn end(chat: &Chat, reason: String) -> Result<Vec<Step>, Refusal> {
    let reason = match chat.unanswered_since {
        Some(_) => needed(reason, "Their last line has no answer yet.", "Answer it, or say why it ends like this.")?,
        None => String::new(),
    };
    Ok(vec![Step::Ended { how: End::ByAgent, reason }])
}

fn needed(reason: String, why: &str, way: &str) -> Result<String, Refusal> {
    let reason: String = reason.trim().chars().take(REASON_CHARS).collect();
    if reason.is_empty() { Err(Refusal::new(refusal::Kind::NeedsReason, why, way)) } else { Ok(reason) }
}

/// Whether this agent's words may go to the customer.
pub fn may_write(chat: &Chat, by: AgentId) -> Result<(), Refusal> {
    let with = matches!(&chat.state, State::Joined { colleague, .. } if *colleague == by);
    if chat.owner() == Some(by) || with {
        return Ok(());
    }
    Err(match chat.owner() {
        None => Refusal::state("Nobody has taken this chat yet.", "Take it, then write. Your text is kept."),
        Some(_) => Refusal::state("A colleague has this chat.", "Write them a note. Your text is kept."),
    })
}

pub(in crate::floor) fn observe(floor: &Floor, site: &Site, id: ChatId, report: Report) -> Vec<Step> {
    let chat = floor.chats.get(&id);
    match (report, chat) {
        (Report::Came { queue, customer, ticket, class }, None) if floor.chats.len() < CHATS => {
            vec![Step::Came { queue, customer, ticket, class }]
        }
        (_, None) | (Report::Came { .. }, Some(_)) => vec![],
        (Report::Seen, Some(chat)) => chat.gone_since.map(|_| Step::Seen).into_iter().collect(),
        (Report::Gone, Some(chat)) => chat.gone_since.is_none().then_some(Step::Gone).into_iter().collect(),
        (Report::TheyWrote, Some(_)) => vec![Step::TheyWrote],
        (Report::Answered { yes }, Some(chat)) => answered(floor, site, chat, yes),
        (Report::Left, Some(_)) => vec![Step::Ended { how: End::ByCustomer, reason: String::new() }],
    }
}

/// The program starts again: no page is connected until it says so.
pub(in crate::floor) fn restarted(floor: &Floor) -> Vec<Event> {
    let open = floor.chats.values().filter(|c| c.gone_since.is_none());
    open.map(|c| Event::Chat { chat: c.id, step: Step::Gone }).collect()
}

/// Agents who have gone leave nobody behind.
pub(in crate::floor) fn left_behind(floor: &Floor, events: &[Event]) -> Vec<Event> {
    let gone = events.iter().filter_map(|event| match event {
        Event::PresenceChanged { agent, presence: Presence::Offline } => Some(*agent),
        _ => None,
    });
    gone.flat_map(|agent| {
        let theirs = floor.chats.values().filter(move |c| c.agents().any(|a| a == agent));
        theirs.map(move |chat| Event::Chat { chat: chat.id, step: without(chat, agent) })
    })
    .collect()
}

fn without(chat: &Chat, gone: AgentId) -> Step {
    match &chat.state {
        State::Offered { .. } => Step::NotTaken { agent: gone },
        State::BringingIn { colleague, .. } if *colleague == gone => Step::NotJoined { colleague: Some(gone) },
        State::Joined { agent, colleague } if *colleague == gone => Step::Left { agent: gone, colleague: *agent },
        State::Joined { agent, colleague } => Step::Left { agent: *agent, colleague: *colleague },
        _ => Step::Returned { agent: gone, reason: "their page was gone".into() },
    }
}

pub(in crate::floor) fn time_came(floor: &Floor, policy: &Chats, now: Timestamp) -> Vec<Event> {
    let mut events = Vec::new();
    for chat in floor.chats.values() {
        let step = next(chat, policy).filter(|(at, _)| *at <= now).map(|(_, step)| step);
        events.extend(step.map(|step| Event::Chat { chat: chat.id, step }));
    }
    events
}

pub(in crate::floor) fn due(floor: &Floor, policy: &Chats) -> Option<Timestamp> {
    floor.chats.values().filter_map(|chat| next(chat, policy)).map(|(at, _)| at).min()
}

/// Those who did not take a chat are asked again after this long.
const ASKED_AGAIN: SignedDuration = SignedDuration::from_secs(60);

/// What time brings to a chat next.
fn next(chat: &Chat, policy: &Chats) -> Option<(Timestamp, Step)> {
    let gone = chat.gone_since.map(|since| {
        let ended = Step::Ended { how: End::Gone, reason: String::new() };
        (since + SignedDuration::from_mins(i64::from(policy.gone_minutes)), ended)
    });
    let offer = match &chat.state {
        State::Waiting(place) => {
            let longest = SignedDuration::from_mins(i64::from(policy.wait_minutes));
            let ended = (place.since + longest, Step::Ended { how: End::NobodyFree, reason: String::new() });
            let again = place.tried_at.map(|at| (at + ASKED_AGAIN, Step::AskedAround));
            again.into_iter().chain([ended]).min_by_key(|(at, _)| *at)
        }
        State::Offered { agent, since, .. } => {
            Some((*since + seconds(policy.offer_seconds), Step::NotTaken { agent: *agent }))
        }
        State::BringingIn { colleague, since, .. } => {
            Some((*since + seconds(policy.offer_seconds), Step::NotJoined { colleague: Some(*colleague) }))
        }
        _ => None,
    };
    let pressing = chat.presses(policy).map(|(at, who)| (at, Step::Pressing { who }));
    [gone, offer, pressing].into_iter().flatten().min_by_key(|(at, _)| *at)
}
