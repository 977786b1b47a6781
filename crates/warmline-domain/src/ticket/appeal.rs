//! The customer asks for a manager.
//!
//! | state     | means                                                        | leads out                              |
//! |-----------|--------------------------------------------------------------|----------------------------------------|
//! | trying    | the front line has its fair try, the manager's view open     | settled; asked                         |
//! | asked     | a task with a deadline for a supervisor; the customer knows  | taken; passed on; late; settled        |
//! | taken     | a supervisor has it                                          | returned; settled                      |
//! | returned  | back with the front line, with a word of the supervisor      | asked; settled                         |
//! | settled   | by the front line or by a supervisor, with a word            | –                                      |
//!
//! When nobody takes it, it goes to the next supervisor, and at its time everybody who leads is told that it is late. The
//! customer is promised a callback by then: an ordinary promise, of whoever has the request.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Event as TicketEvent, MadeIn, NewPromise, Stage, Ticket, promises};
use crate::limits::{APPEALS, REASON_CHARS};
use crate::site::{Role, Site};
use crate::{AgentId, By, PromiseId, Refusal, refusal};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appeal {
    pub since: Timestamp,
    /// Who was asked for a manager.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<AgentId>,
    pub standing: Standing,
    /// When it went to the supervisors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<Timestamp>,
    /// Whose task it is, or whose it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<AgentId>,
    /// Who else is asked, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<AgentId>,
    /// When it goes on to the next, or everybody is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass_at: Option<Timestamp>,
    /// By when the customer hears from a manager.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// What the customer was promised with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise: Option<PromiseId>,
    /// The last word on it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub word: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Trying,
    Asked,
    Taken,
    Returned,
    /// By the front line.
    Settled,
    /// By a supervisor.
    Decided,
}

impl Standing {
    pub fn word(self) -> &'static str {
        match self {
            Standing::Trying => "trying",
            Standing::Asked => "asked",
            Standing::Taken => "taken",
            Standing::Returned => "returned",
            Standing::Settled => "settled",
            Standing::Decided => "decided",
        }
    }
    pub fn is_open(self) -> bool {
        !matches!(self, Standing::Settled | Standing::Decided)
    }
}

#[derive(Clone, Debug)]
pub enum Command {
    /// The customer asks for a manager; the front line tries first.
    Begin,
    /// It goes to the supervisors, with a promise under this identifier. `here` are those who are available now: they
    /// are asked before the others.
    Ask {
        promise: PromiseId,
        here: Vec<AgentId>,
    },
    Take,
    /// Back to the front line, with a word what they can do or say.
    Return {
        word: String,
    },
    /// It is settled; how, in a word.
    Settle {
        word: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Begun {
        by: Option<AgentId>,
    },
    Asked {
        to: AgentId,
        then: Vec<AgentId>,
        pass_at: Timestamp,
        due: Timestamp,
        promise: PromiseId,
    },
    /// Nobody took it in time: the next one is asked.
    PassedOn {
        to: AgentId,
        pass_at: Option<Timestamp>,
    },
    /// The time the customer was told has come, and nobody has it.
    Late,
    Taken {
        by: AgentId,
    },
    Returned {
        word: String,
    },
    Settled {
        word: String,
        by_manager: bool,
    },
}

pub(super) fn decide(
    ticket: &Ticket,
    site: &Site,
    by: By,
    now: Timestamp,
    command: Command,
) -> Result<Vec<TicketEvent>, Refusal> {
    let open = open(ticket);
    let Some(appeal) = open else {
        return match command {
            Command::Begin => begin(ticket, by),
            _ => Err(Refusal::state(
                "Nobody asks for a manager on this ticket now.",
                "Look at the timeline; somebody may have settled it.",
            )),
        };
    };
    match command {
        Command::Begin => Ok(vec![]),
        Command::Ask { promise, here } => ask(ticket, appeal, site, by, now, promise, &here),
        Command::Take => take(ticket, appeal, site, by),
        Command::Return { word } => {
            supervises(site, by)?;
            if appeal.standing != Standing::Taken && appeal.standing != Standing::Asked {
                return Err(not_asked());
            }
            let word = said(&word, "What the front line can do now")?;
            let mut events = back(ticket, appeal);
            events.insert(0, TicketEvent::Appeal(Event::Returned { word }));
            Ok(events)
        }
        Command::Settle { word } => settle(ticket, appeal, site, by, &word),
    }
}

fn begin(ticket: &Ticket, by: By) -> Result<Vec<TicketEvent>, Refusal> {
    if matches!(ticket.stage, Stage::Solved | Stage::Closed) {
        return Err(Refusal::state("This ticket is done already.", "Reopen it first; then ask for a manager."));
    }
    if ticket.appeals.len() >= APPEALS {
        return Err(Refusal::state(
            "A manager was asked for on this ticket many times.",
            "Talk to your supervisor about it in person.",
        ));
    }
    Ok(vec![TicketEvent::Appeal(Event::Begun { by: by.agent() })])
}

fn ask(
    ticket: &Ticket,
    appeal: &Appeal,
    site: &Site,
    by: By,
    now: Timestamp,
    promise: PromiseId,
    here: &[AgentId],
) -> Result<Vec<TicketEvent>, Refusal> {
    if matches!(appeal.standing, Standing::Asked | Standing::Taken) {
        return Ok(vec![]);
    }
    let mut order = supervisors(site, by.agent(), here).into_iter();
    let to = order.next().ok_or_else(|| {
        Refusal::state(
            "There is no supervisor who could be asked.",
            "An administrator makes somebody a supervisor under Settings.",
        )
    })?;
    let (hours, policy) = (site.hours_of(ticket.queue), &site.policy.managers);
    let by_then = |minutes: u32| {
        hours.add_open_minutes(now, minutes).unwrap_or(now + SignedDuration::from_mins(i64::from(minutes)))
    };
    let (pass_at, due) = (by_then(policy.take_minutes), spoken(by_then(policy.answer_minutes)));
    let asked = TicketEvent::Appeal(Event::Asked { to, then: order.collect(), pass_at, due, promise });
    // Returned and asked again: what was promised stands, with its first date.
    if appeal.promise.is_some_and(|p| ticket.promises.contains_key(&p)) {
        return Ok(std::iter::once(asked).chain(hand_to(ticket, appeal, to)).collect());
    }
    let new = NewPromise::new(promise, "You will hear from a manager.", due);
    let mut events = vec![asked];
    events.extend(promises::make(ticket, site, now, to, &new, MadeIn::Words)?);
    Ok(events)
}

/// A time that can be said: the next full five minutes.
fn spoken(at: Timestamp) -> Timestamp {
    const STEP: i64 = 300;
    Timestamp::from_second((at.as_second() + STEP - 1).div_euclid(STEP) * STEP).unwrap_or(at)
}

/// Who can be asked: those who are here before the others, whoever asks last.
fn supervisors(site: &Site, asks: Option<AgentId>, here: &[AgentId]) -> Vec<AgentId> {
    let mut all: Vec<&crate::site::Agent> =
        site.agents.values().filter(|a| a.active && a.role >= Role::Supervisor).collect();
    // Administrators keep the machine; supervisors lead.
    all.sort_by_key(|a| (Some(a.id) == asks, !here.contains(&a.id), a.role, a.id));
    all.into_iter().map(|a| a.id).collect()
}

fn take(ticket: &Ticket, appeal: &Appeal, site: &Site, by: By) -> Result<Vec<TicketEvent>, Refusal> {
    let who = supervises(site, by)?;
    match appeal.standing {
        Standing::Taken if appeal.to == Some(who) => return Ok(vec![]),
        Standing::Asked | Standing::Taken => {}
        _ => return Err(not_asked()),
    }
    let mut events = vec![TicketEvent::Appeal(Event::Taken { by: who })];
    events.extend(hand_to(ticket, appeal, who));
    Ok(events)
}

fn settle(ticket: &Ticket, appeal: &Appeal, site: &Site, by: By, word: &str) -> Result<Vec<TicketEvent>, Refusal> {
    let by_manager = matches!(appeal.standing, Standing::Asked | Standing::Taken);
    if by_manager {
        supervises(site, by)?;
    }
    let word = said(word, "How it was settled")?;
    let mut events = vec![TicketEvent::Appeal(Event::Settled { word, by_manager })];
    // Whoever was promised a manager has heard from one, or from us that they need none any more.
    events.extend(appeal.promise.filter(|p| ticket.promises.contains_key(p)).map(|promise| match by_manager {
        true => TicketEvent::PromiseKept { promise },
        false => TicketEvent::PromiseLetGo { promise, reason: "settled by the front line".into() },
    }));
    Ok(events)
}

/// Whoever has the request has its promise.
fn hand_to(ticket: &Ticket, appeal: &Appeal, to: AgentId) -> Option<TicketEvent> {
    let promise = appeal.promise?;
    let owner = ticket.promises.get(&promise)?.owner;
    (owner != to).then_some(TicketEvent::PromiseHandedOver { promise, to, reason: String::new() })
}

fn back(ticket: &Ticket, appeal: &Appeal) -> Vec<TicketEvent> {
    appeal.by.and_then(|by| hand_to(ticket, appeal, by)).into_iter().collect()
}

fn supervises(site: &Site, by: By) -> Result<AgentId, Refusal> {
    by.agent().filter(|_| site.role(by) >= Some(Role::Supervisor)).ok_or_else(|| {
        Refusal::new(
            refusal::Kind::Permission,
            "This is with the supervisors now.",
            "Write a note if they should know more; it is shown to them.",
        )
    })
}

fn not_asked() -> Refusal {
    Refusal::state("The front line has it now.", "It comes to you when they ask.")
}

fn said(word: &str, what: &str) -> Result<String, Refusal> {
    let word: String = word.trim().chars().take(REASON_CHARS).collect();
    if word.is_empty() {
        return Err(Refusal::new(
            refusal::Kind::NeedsReason,
            format!("{what} is said in a word; it stands on the timeline."),
            "Write it down in a sentence.",
        ));
    }
    Ok(word)
}

pub(super) fn open(ticket: &Ticket) -> Option<&Appeal> {
    ticket.appeals.last().filter(|a| a.standing.is_open())
}

/// A customer who asked for a manager is not solved away.
pub(super) fn none_open(ticket: &Ticket) -> Result<(), Refusal> {
    match open(ticket) {
        None => Ok(()),
        Some(_) => Err(Refusal::state(
            "The customer asked for a manager, and that is still open.",
            "Settle it first, with a word how; it stands beside the ticket.",
        )),
    }
}

pub(super) fn time_came(ticket: &Ticket, site: &Site, now: Timestamp) -> Vec<TicketEvent> {
    let Some(appeal) = open(ticket).filter(|a| a.standing == Standing::Asked) else { return vec![] };
    if appeal.due.is_some_and(|due| due <= now) && !appeal.late {
        return vec![TicketEvent::Appeal(Event::Late)];
    }
    if appeal.pass_at.is_none_or(|at| at > now) {
        return vec![];
    }
    let still_leads = |id: &&AgentId| site.agents.get(id).is_some_and(|a| a.active && a.role >= Role::Supervisor);
    let hours = site.hours_of(ticket.queue);
    match appeal.then.iter().find(still_leads) {
        Some(to) => {
            let pass_at = hours.add_open_minutes(now, site.policy.managers.take_minutes);
            let mut events = vec![TicketEvent::Appeal(Event::PassedOn { to: *to, pass_at })];
            events.extend(hand_to(ticket, appeal, *to));
            events
        }
        // Everybody was asked: it stays with the last, and with all at its time.
        None => appeal.to.map(|to| TicketEvent::Appeal(Event::PassedOn { to, pass_at: None })).into_iter().collect(),
    }
}

pub(super) fn due(ticket: &Ticket) -> Option<Timestamp> {
    let appeal = open(ticket).filter(|a| a.standing == Standing::Asked)?;
    let late_at = appeal.due.filter(|_| !appeal.late);
    [appeal.pass_at, late_at].into_iter().flatten().min()
}

pub(super) fn evolve(ticket: &mut Ticket, at: Timestamp, event: &TicketEvent) {
    let TicketEvent::Appeal(event) = event else { return };
    if let Event::Begun { by } = event {
        ticket.appeals.push(Appeal {
            since: at,
            by: *by,
            standing: Standing::Trying,
            asked_at: None,
            to: None,
            then: vec![],
            pass_at: None,
            due: None,
            taken_at: None,
            late: false,
            promise: None,
            word: String::new(),
        });
    }
    let Some(last) = ticket.appeals.last_mut() else { return };
    match event {
        Event::Begun { .. } => {}
        Event::Asked { to, then, pass_at, due, promise } => {
            last.standing = Standing::Asked;
            // The first time counts: a customer who waits twice has waited since then.
            last.asked_at.get_or_insert(at);
            last.due.get_or_insert(*due);
            last.promise.get_or_insert(*promise);
            (last.to, last.then, last.pass_at) = (Some(*to), then.clone(), Some(*pass_at));
        }
        Event::PassedOn { to, pass_at } => {
            last.then.retain(|a| a != to);
            (last.to, last.pass_at) = (Some(*to), *pass_at);
        }
        Event::Late => (last.late, last.pass_at) = (true, None),
        Event::Taken { by } => {
            last.standing = Standing::Taken;
            last.taken_at.get_or_insert(at);
            last.to = Some(*by);
        }
        Event::Returned { word } => (last.standing, last.word) = (Standing::Returned, word.clone()),
        Event::Settled { word, by_manager } => {
            last.standing = if *by_manager { Standing::Decided } else { Standing::Settled };
            last.word = word.clone();
        }
    }
}

/// The message that tells the customer, drafted in their language: who has it and when they hear. `by` is the time, in
/// the words of the page.
pub fn letter(language: &str, first_name: &str, by: &str) -> String {
    if language == "de" {
        let name = if first_name.is_empty() { String::new() } else { format!(" {first_name}") };
        return format!(
            "Guten Tag{name},\n\nich habe Ihre Bitte an meine Teamleitung weitergegeben, mit allem, was bisher war. \
             Sie hören bis {by} von dort. Wenn eine andere Telefonnummer besser passt, schreiben Sie sie mir bitte.\n"
        );
    }
    let name = if first_name.is_empty() { String::new() } else { format!(" {first_name}") };
    format!(
        "Hello{name},\n\nI've passed your request on to my manager, with everything so far. \
         You will hear from them by {by}. If another phone number suits you better, please write it to me.\n"
    )
}
