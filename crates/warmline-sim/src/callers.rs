//! Scripted people on the phone: customers who call the demo over real SIP, and a colleague whose desk phone answers.
//! They speak with synthetic voices; what they say was written for them. They watch the desk to know when it is their
//! turn, as a person would hear it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use warmline_desk::Desk;
use warmline_domain::AgentId;
use warmline_domain::customer::tel;
use warmline_domain::floor::{Presence, State};
use warmline_phone::{Config, LegId, Logins, Order, Phone, Report, Source, Trunk};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// One customer who calls.
struct Caller {
    name: &'static str,
    number: &'static str,
    problem: &'static [u8],
    after_hold: &'static [u8],
    /// What they say to the one they were handed over to, before they hang up.
    colleague: &'static [u8],
}

const CALLERS: &[Caller] = &[
    Caller {
        name: "Maria Okafor",
        number: MARIA,
        problem: include_bytes!("../speech/maria-problem.ulaw"),
        after_hold: include_bytes!("../speech/maria-after-hold.ulaw"),
        colleague: include_bytes!("../speech/maria-colleague.ulaw"),
    },
    Caller {
        name: "Dan Whitlow",
        number: "+12025550178",
        problem: include_bytes!("../speech/dan-problem.ulaw"),
        after_hold: include_bytes!("../speech/dan-after-hold.ulaw"),
        colleague: include_bytes!("../speech/dan-after-hold.ulaw"),
    },
];

/// The number of Maria Okafor, whose mails the desk knows.
pub const MARIA: &str = "+12025550143";
const CALLED_BACK: &[u8] = include_bytes!("../speech/maria-called.ulaw");
const COLLEAGUE: &[u8] = include_bytes!("../speech/ravi-hello.ulaw");

/// You were free for so long: somebody calls.
const FREE: Duration = Duration::from_secs(12);
const LOOK: Duration = Duration::from_millis(400);
/// Before somebody picks up.
const PICK_UP: Duration = Duration::from_secs(3);

/// What the other end of the line is: the public network, or a colleague's desk phone.
pub struct Elsewhere {
    phone: Phone,
    reports: UnboundedReceiver<Report>,
}

impl Elsewhere {
    /// `register`: a desk phone with its name and password; otherwise the public network.
    pub async fn open(desk: SocketAddr, folder: PathBuf, register: Option<(&str, &str)>) -> std::io::Result<Self> {
        let (user, password) = register.unwrap_or_default();
        let trunk = Trunk {
            server: desk.to_string(),
            user: user.to_owned(),
            password: password.to_owned(),
            register: register.is_some(),
            tls: None,
        };
        let config = Config {
            sip: Some((HERE, 0).into()),
            tcp: false,
            tls: None,
            address: HERE,
            realm: "elsewhere".into(),
            trunk: Some(trunk),
            trusted: vec![HERE],
            recordings: folder,
        };
        let next = std::sync::atomic::AtomicI64::new(1);
        let mint = move || next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let (phone, reports) = Phone::start(config, Logins::default(), mint).await?;
        Ok(Elsewhere { phone, reports })
    }

    /// Where calls to it go.
    pub fn address(&self) -> Option<SocketAddr> {
        self.phone.sip
    }

    fn say(&self, leg: LegId, words: &'static [u8]) {
        let words = Source::Words { ulaw: Arc::new(words.to_vec()), again: false };
        self.phone.order(Order::Hear { call: leg.call, hears: vec![(leg, vec![words])] });
    }
}

/// A colleague's phone: picks up, and says that they have read the brief.
pub async fn colleague(mut phone: Elsewhere) {
    while let Some(report) = phone.reports.recv().await {
        if let Report::Arrived { call, .. } = report {
            let leg = LegId { call, n: 1 };
            tokio::time::sleep(PICK_UP).await;
            phone.phone.order(Order::Answer { leg });
            phone.say(leg, COLLEAGUE);
        }
    }
}

/// Where a call stands, as its caller hears it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Heard {
    Nobody,
    Agent(AgentId),
    Hold,
}

/// Customers call while `you` are free, one at a time, and pick up when they are called.
pub async fn customers(desk: Desk, mut network: Elsewhere, you: AgentId) {
    let mut next = CALLERS.iter().cycle();
    let mut free = Duration::ZERO;
    let mut calls = 0;
    let mut look = tokio::time::interval(LOOK);
    loop {
        tokio::select! {
            report = network.reports.recv() => match report {
                Some(Report::Arrived { call, .. }) => pick_up(&network, LegId { call, n: 1 }),
                Some(_) => {}
                None => return,
            },
            _ = look.tick() => {
                free = if is_free(&desk, you) { free + LOOK } else { Duration::ZERO };
                if free < FREE {
                    continue;
                }
                free = Duration::ZERO;
                calls += 1;
                if let Some(caller) = next.next() {
                    // Calls of ours are numbered below zero, those that come in above.
                    call(&desk, &mut network, caller, LegId { call: -calls, n: 1 }, you).await;
                }
            }
        }
    }
}

fn is_free(desk: &Desk, you: AgentId) -> bool {
    let floor = desk.floor();
    let ready = floor.seats.get(&you).is_some_and(|s| {
        s.presence == Presence::Available && (s.browser || s.phone) && s.wrap_up.is_none() && s.recovery_until.is_none()
    });
    ready && floor.calls.is_empty()
}

fn pick_up(network: &Elsewhere, leg: LegId) {
    let phone = network.phone.clone();
    tokio::spawn(async move {
        tokio::time::sleep(PICK_UP).await;
        phone.order(Order::Answer { leg });
        let words = Source::Words { ulaw: Arc::new(CALLED_BACK.to_vec()), again: false };
        phone.order(Order::Hear { call: leg.call, hears: vec![(leg, vec![words])] });
    });
}

/// One call, from dialling to the last goodbye.
async fn call(desk: &Desk, network: &mut Elsewhere, caller: &Caller, leg: LegId, you: AgentId) {
    network.phone.order(Order::Dial {
        leg,
        number: "+12025550100".into(),
        from: Some((caller.number.into(), caller.name.into())),
    });
    let (mut before, mut spoken) = (Heard::Nobody, false);
    let mut goodbye: Option<tokio::time::Instant> = None;
    loop {
        tokio::select! {
            report = network.reports.recv() => match report {
                Some(Report::Ended(ended, _)) if ended == leg => return,
                Some(Report::Arrived { call, .. }) => pick_up(network, LegId { call, n: 1 }),
                Some(_) => {}
                None => return,
            },
            () = tokio::time::sleep(LOOK) => {}
        }
        if goodbye.is_some_and(|at| at <= tokio::time::Instant::now()) {
            network.phone.order(Order::HangUp { leg });
            return;
        }
        let now = heard(desk, caller).await;
        if now == before {
            continue;
        }
        match now {
            Heard::Agent(agent) if agent != you => {
                network.say(leg, caller.colleague);
                let seconds = 3 + caller.colleague.len() as u64 / 8000;
                goodbye = Some(tokio::time::Instant::now() + Duration::from_secs(seconds));
            }
            Heard::Agent(_) if before == Heard::Hold => network.say(leg, caller.after_hold),
            Heard::Agent(_) if !spoken => {
                spoken = true;
                network.say(leg, caller.problem);
            }
            _ => {}
        }
        before = now;
    }
}

async fn heard(desk: &Desk, caller: &Caller) -> Heard {
    let Ok(Some(customer)) = desk.store.customer_by_address(&tel(caller.number)).await else { return Heard::Nobody };
    let floor = desk.floor();
    match floor.calls.values().find(|c| c.customer == customer).map(|c| &c.state) {
        Some(State::Talking { agent, .. }) => Heard::Agent(*agent),
        Some(State::Held { .. } | State::Consulting { .. } | State::Orphaned { .. }) => Heard::Hold,
        _ => Heard::Nobody,
    }
}
