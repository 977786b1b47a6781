//! The telephone: orders of the floor become orders of the voice engine, its reports become news. Nothing is decided
//! here.

use std::sync::OnceLock;
use std::time::Duration;

use tokio::sync::watch;
use warmline_domain::customer::phone_number;
use warmline_domain::floor::{self, Ending, LegNews, Report as News, Target};
use warmline_domain::{AgentId, CallId, CustomerId, QueueId, Sealed, TicketId};
use warmline_phone::{Config, Logins, Phone, Report};

use crate::edge::Edge;
use crate::said;
use crate::{CallArrival, Desk, DeskError, FloorWish, Wish};

/// The running engine, and which desk phones may register.
#[derive(Default)]
pub struct Telephone {
    phone: OnceLock<Phone>,
    pub logins: Logins,
}

impl Telephone {
    /// `None` while there is no telephone.
    pub fn phone(&self) -> Option<&Phone> {
        self.phone.get()
    }
}

/// Before news that could not be written down is tried again, and how often.
const AGAIN: Duration = Duration::from_millis(300);
const TRIES: usize = 30;

/// Starts the engine; its reports are read until the desk stops.
pub async fn start(
    desk: &Desk,
    config: Config,
    node: u16,
    mut stopping: watch::Receiver<bool>,
) -> std::io::Result<tokio::task::JoinHandle<()>> {
    refresh_logins(desk).await.map_err(std::io::Error::other)?;
    let (mut edge, clock) = (Edge::system(node), desk.clock.clone());
    edge.start_after(desk.store.highest_id().await.map_err(std::io::Error::other)?);
    let edge = std::sync::Mutex::new(edge);
    let mint = move || {
        let mut edge = edge.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        edge.mint::<CallId>(clock.now()).0
    };
    let (phone, mut reports) = Phone::start(config, desk.telephone.logins.clone(), mint).await?;
    if desk.telephone.phone.set(phone).is_err() {
        return Err(std::io::Error::other("the telephone runs already"));
    }
    let desk = desk.clone();
    Ok(tokio::spawn(async move {
        loop {
            tokio::select! {
                report = reports.recv() => match report {
                    Some(report) => tell(&desk, report).await,
                    None => return,
                },
                () = crate::stopped(&mut stopping) => return,
            }
        }
    }))
}

/// Which desk phones may register, as the database has them now.
pub async fn refresh_logins(desk: &Desk) -> Result<(), warmline_store::Fault> {
    let logins = desk.store.phone_logins().await?;
    if let Ok(mut known) = desk.telephone.logins.write() {
        let site = desk.site();
        let active = |agent: &AgentId| site.agents.get(agent).is_some_and(|a| a.active);
        *known = logins
            .into_iter()
            .filter(|(_, agent, _)| active(agent))
            .map(|(user, agent, ha1)| (user, (agent.0, ha1)))
            .collect();
    }
    Ok(())
}

/// In the order they came, each until it is committed: a call is not answered before it is written down.
async fn tell(desk: &Desk, report: Report) {
    for _ in 0..TRIES {
        let Some(wish) = wish(desk, &report) else { return };
        match desk.ask(wish).await {
            Ok(_) => return settle(desk, &report),
            Err(DeskError::Refused(refusal)) => return tracing::debug!(%refusal, "news that came to nothing"),
            Err(DeskError::Fault(fault)) => {
                tracing::error!(%fault, "what happened on a line could not be kept; trying again");
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
    // Nobody can be served without the database; this line at least does not hold up the others.
    if let (Some(phone), Some(leg)) = (desk.telephone.phone(), line_of(&report)) {
        phone.order(warmline_phone::Order::HangUp { leg });
    }
}

fn line_of(report: &Report) -> Option<warmline_phone::LegId> {
    match report {
        Report::Arrived { call, .. } => Some(warmline_phone::LegId { call: *call, n: 1 }),
        Report::Answered(leg) | Report::Referred(leg, _) => Some(*leg),
        _ => None,
    }
}

/// After the desk has decided: a line that answered too late is closed, a transfer that was not taken is refused.
fn settle(desk: &Desk, report: &Report) {
    let Some(phone) = desk.telephone.phone() else { return };
    let floor = desk.floor();
    match report {
        Report::Answered(leg) if !floor.calls.contains_key(&CallId(leg.call)) => {
            phone.order(warmline_phone::Order::HangUp { leg: *leg });
        }
        Report::Referred(leg, _) => {
            let keeps = |call: &floor::Call| match &call.state {
                floor::State::Talking { leg: own, .. } | floor::State::Held { leg: own, .. } => *own == inside(*leg),
                _ => false,
            };
            if floor.calls.get(&CallId(leg.call)).is_none_or(keeps) {
                phone.order(warmline_phone::Order::NoTransfer { leg: *leg });
            }
        }
        _ => {}
    }
}

/// `None`: nothing the desk needs to know.
fn wish(desk: &Desk, report: &Report) -> Option<Wish> {
    let leg = |leg: &warmline_phone::LegId, news| News::Leg { leg: inside(*leg), news };
    let news = match report {
        Report::Arrived { call, number, name, to, about } => {
            return Some(Wish::CallArrives(Box::new(CallArrival {
                call: CallId(*call),
                number: number.clone(),
                name: name.clone(),
                line: to.clone(),
                about: about.map(TicketId),
            })));
        }
        Report::Answered(id) => leg(id, LegNews::Answered),
        Report::Ended(id, how) => leg(id, LegNews::Ended(ending(*how))),
        Report::Held(id) => leg(id, LegNews::Held),
        Report::Resumed(id) => leg(id, LegNews::Resumed),
        Report::Key(id, key) => leg(id, LegNews::Digit(*key)),
        Report::Referred(id, to) => News::Referred { leg: inside(*id), to: target(desk, to) },
        Report::Heard { leg, device, heard } => {
            News::Heard { call: CallId(leg.call), agent: AgentId(*device), heard: as_heard(heard) }
        }
        Report::Quality { leg, device, quality } => {
            News::Quality { leg: inside(*leg), agent: device.map(AgentId), quality: as_quality(quality)? }
        }
        Report::Devices { device, browser, phone } => {
            News::Devices { agent: AgentId(*device), browser: *browser, phone: *phone }
        }
    };
    Some(Wish::Floor(FloorWish::News(news)))
}

/// The engine's figures in the desk's words.
pub fn as_heard(heard: &warmline_phone::listening::Heard) -> floor::Heard {
    let warmline_phone::listening::Heard { together, agent, caller, silence, longest, interruptions, tone } = *heard;
    let (pace, pitch_range) = (tone.pace, tone.range);
    floor::Heard { together, agent, caller, silence, longest, interruptions, pace, pitch_range }
}

/// Fewer packets say nothing about a line: five seconds.
const SAYS_SOMETHING: u32 = 250;

fn as_quality(counted: &warmline_phone::Quality) -> Option<floor::Quality> {
    let all = counted.came + counted.lost;
    let lost = (u64::from(counted.lost) * 1000).checked_div(u64::from(all))? as u32;
    let (lost_there, jitter_there) = (counted.there.map(|t| t.lost), counted.there.map(|t| t.jitter));
    (all >= SAYS_SOMETHING).then_some(floor::Quality { lost, jitter: counted.jitter, lost_there, jitter_there })
}

/// Whom a phone's own transfer names: a colleague's phone, a line of ours, or a number outside.
fn target(desk: &Desk, to: &str) -> Target {
    let colleague = desk.telephone.logins.read().ok().and_then(|logins| logins.get(to).map(|(agent, _)| *agent));
    let line = || {
        let site = desk.site();
        phone_number(to).and_then(|n| site.lines.get(&n).copied())
    };
    match colleague {
        Some(agent) => Target::Agent(AgentId(agent)),
        None => line().map_or_else(|| Target::Outside(Sealed::new(to.to_owned())), |q: QueueId| Target::Queue(q)),
    }
}

/// Carries out what was committed.
pub(crate) fn order(desk: &Desk, orders: Vec<floor::Order>) {
    let Some(phone) = desk.telephone.phone() else { return };
    for order in orders {
        use warmline_phone::Order as Out;
        phone.order(match order {
            floor::Order::Answer { leg } => Out::Answer { leg: outside(leg) },
            floor::Order::RingAgent { leg, agent, rejoin } => {
                Out::RingDevice { leg: outside(leg), device: agent.0, auto: rejoin }
            }
            floor::Order::CallCustomer { leg, customer } => {
                tokio::spawn(call_customer(desk.clone(), phone.clone(), leg, customer));
                continue;
            }
            floor::Order::CallOutside { leg, number } => Out::Dial { leg: outside(leg), number, from: None },
            floor::Order::HangUp { leg } => Out::HangUp { leg: outside(leg) },
            floor::Order::Hear { call, hears } => {
                let hears = hears
                    .into_iter()
                    .map(|(leg, sources)| (outside(leg), sources.into_iter().map(said::heard).collect()));
                Out::Hear { call: call.0, hears: hears.collect() }
            }
            floor::Order::Record { call, on } => Out::Record { call: call.0, on },
            floor::Order::Private { call, on } => Out::Private { call: call.0, on },
        });
    }
}

async fn call_customer(desk: Desk, phone: Phone, leg: floor::LegId, customer: CustomerId) {
    let number = match desk.store.customer_addresses(customer).await {
        Ok(addresses) => addresses.iter().find_map(|a| a.strip_prefix("tel:").and_then(phone_number)),
        Err(fault) => {
            tracing::error!(%fault, "a customer's number could not be read");
            None
        }
    };
    // They may have given up meanwhile.
    let calls = |call: &floor::Call| matches!(call.state, floor::State::Calling { up: true, .. });
    if !desk.floor().calls.get(&leg.call).is_some_and(calls) {
        return;
    }
    // A number that is not there cannot be called; the engine says so as of any other.
    phone.order(warmline_phone::Order::Dial { leg: outside(leg), number: number.unwrap_or_default(), from: None });
}

pub(crate) fn outside(leg: floor::LegId) -> warmline_phone::LegId {
    warmline_phone::LegId { call: leg.call.0, n: leg.n }
}

fn inside(leg: warmline_phone::LegId) -> floor::LegId {
    floor::LegId { call: CallId(leg.call), n: leg.n }
}

fn ending(how: warmline_phone::Ending) -> Ending {
    match how {
        warmline_phone::Ending::HungUp => Ending::HungUp,
        warmline_phone::Ending::Lost => Ending::Lost,
        warmline_phone::Ending::Busy => Ending::Busy,
        warmline_phone::Ending::Declined => Ending::Declined,
        warmline_phone::Ending::NoAnswer => Ending::NoAnswer,
        warmline_phone::Ending::Failed => Ending::Failed,
    }
}
