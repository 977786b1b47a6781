//! The call bar: what is on the line now, what can be done, and the words to say. Always on top, on every page.

use std::collections::BTreeMap;
use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};
use warmline_domain::floor::{Brief, Call, State, Target, WrapUp, call::Hold, hard};
use warmline_domain::site::Role;
use warmline_domain::{AgentId, Refusal, TicketId};

use crate::App;
use crate::page::{Wrong, moment};
use crate::session::Who;

/// What was refused to somebody last, for the bar of their next pages.
#[derive(Default)]
pub(crate) struct Said(Mutex<BTreeMap<AgentId, (Refusal, Timestamp)>>);

const SHOWN_FOR: SignedDuration = SignedDuration::from_secs(15);

impl Said {
    pub(crate) fn say(&self, agent: AgentId, refusal: Option<Refusal>, now: Timestamp) {
        let Ok(mut said) = self.0.lock() else { return };
        match refusal {
            Some(refusal) => said.insert(agent, (refusal, now)),
            None => said.remove(&agent),
        };
    }
    fn to(&self, agent: AgentId, now: Timestamp) -> Option<Refusal> {
        let mut said = self.0.lock().ok()?;
        said.retain(|_, (_, at)| now.duration_since(*at) < SHOWN_FOR);
        said.get(&agent).map(|(refusal, _)| refusal.clone())
    }
}

#[derive(Default)]
pub(crate) struct CallBar {
    pub(crate) refused: Option<Refusal>,
    pub(crate) call: Option<CallView>,
    pub(crate) wrap_up: Option<WrapUpView>,
    /// For supervisors: calls that need them.
    pub(crate) alerts: Vec<Alert>,
    /// Chats that concern this agent.
    pub(crate) chats: Vec<crate::chats::bar::Row>,
    /// For supervisors: customers who ask for a manager.
    pub(crate) asked: Vec<crate::appeals::Asked>,
    /// The end of the break.
    pub(crate) recovery: Option<String>,
    /// Where calls ring.
    pub(crate) browser: bool,
}

/// A call that a supervisor should look at.
pub(crate) struct Alert {
    pub(crate) id: i64,
    pub(crate) words: String,
}

pub(crate) struct CallView {
    pub(crate) id: i64,
    pub(crate) kind: Kind,
    pub(crate) who: String,
    pub(crate) first_name: String,
    pub(crate) number: String,
    pub(crate) subject: String,
    pub(crate) queue: String,
    pub(crate) why: String,
    /// Since when, in milliseconds since 1970.
    pub(crate) since: i64,
    /// The sentence to say.
    pub(crate) ask: Option<Ask>,
    pub(crate) hold: Option<HoldView>,
    /// With whom they are being put through.
    pub(crate) party: String,
    pub(crate) answered: bool,
    pub(crate) brief: Option<BriefView>,
    pub(crate) recorded: bool,
    pub(crate) paused: bool,
    pub(crate) hard: bool,
    pub(crate) warned: bool,
    pub(crate) watched: String,
    /// Supervisors who are on the line.
    pub(crate) watchers: String,
    /// The agent's own phone is still to be picked up.
    pub(crate) waits_for_me: bool,
    pub(crate) mode: &'static str,
    pub(crate) colleagues: Vec<(String, String)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Rings for me.
    Offered,
    /// A colleague asks me to take over.
    Asked,
    /// I am with the colleague who asked me; the customer does not hear us.
    Consulted,
    /// Introduced: the customer hears me.
    Introduced,
    Calling,
    Talking,
    Held,
    Consulting,
    Joined,
    Orphaned,
    Watching,
}

pub(crate) struct Ask {
    pub(crate) reason: String,
    pub(crate) minutes: String,
}

pub(crate) struct HoldView {
    pub(crate) until: i64,
    pub(crate) reason: String,
    pub(crate) asked: bool,
    pub(crate) over: bool,
}

pub(crate) struct BriefView {
    pub(crate) from: String,
    pub(crate) brief: Brief,
}

pub(crate) struct WrapUpView {
    pub(crate) number: String,
    pub(crate) until: i64,
    pub(crate) hard: bool,
}

impl CallBar {
    pub(crate) async fn of(app: &App, who: &Who) -> Result<CallBar, Wrong> {
        let (floor, now) = (app.desk.floor(), app.desk.clock.now());
        let seat = floor.seats.get(&who.id);
        let call = match floor.call_of(who.id) {
            Some(call) => Some(view(app, who, call).await?),
            None => None,
        };
        let call_is_none = call.is_none();
        let wrap_up = match seat.and_then(|s| s.wrap_up.as_ref()).filter(|_| call.is_none()) {
            Some(wrap_up) => Some(wrap_up_view(app, wrap_up).await?),
            None => None,
        };
        let recovery = seat.and_then(|s| s.recovery_until).map(|until| moment(until, now, &app.settings.zone));
        Ok(CallBar {
            refused: app.said.to(who.id, now),
            call,
            wrap_up,
            alerts: if call_is_none { alerts(app, who).await? } else { vec![] },
            chats: crate::chats::bar::rows(app, who).await?,
            asked: crate::appeals::asked(app, who).await?,
            recovery,
            browser: seat.is_some_and(|s| s.browser),
        })
    }

    /// Changes when what can be done changes; then it is drawn whatever is being edited in it.
    pub(crate) fn state(&self) -> String {
        let call = self.call.as_ref().map(|c| (c.id, c.kind as u8, c.answered, c.ask.is_some()));
        let chats: Vec<_> = self.chats.iter().map(|c| (c.id, c.kind as u8, c.since.is_some(), c.late)).collect();
        let (wrap_up, recovery) = (self.wrap_up.is_some(), self.recovery.is_some());
        format!("{call:?} {chats:?} {wrap_up} {recovery} {}", self.refused.is_some())
    }

    /// Some of the chats are this agent's.
    pub(crate) fn has_chats(&self) -> bool {
        self.chats.iter().any(|c| c.kind == crate::chats::bar::Kind::Mine)
    }

    /// Nothing to show beyond the frame.
    pub(crate) fn is_quiet(&self) -> bool {
        self.refused.is_none()
            && self.alerts.is_empty()
            && self.asked.is_empty()
            && self.chats.is_empty()
            && self.call.is_none()
            && self.wrap_up.is_none()
            && self.recovery.is_none()
    }
}

async fn alerts(app: &App, who: &Who) -> Result<Vec<Alert>, Wrong> {
    if who.role < Role::Supervisor {
        return Ok(vec![]);
    }
    let (site, floor) = (app.desk.site(), app.desk.floor());
    let mut alerts = Vec::new();
    for (call, alert) in floor.calls.values().filter_map(|c| Some((c, hard::alert(c)?))) {
        let Some(agent) = call.owner().and_then(|a| site.agents.get(&a)) else { continue };
        let customer = app.desk.store.customer(call.customer).await?;
        let name = customer.and_then(|c| c.value.name.open().cloned()).unwrap_or_else(|| "somebody".into());
        let words = match alert {
            hard::Alert::Abusive => format!("{}’s call with {name} is getting abusive.", agent.name),
            hard::Alert::HeldTooLong => format!("{name} is on hold by {} far longer than promised.", agent.name),
        };
        alerts.push(Alert { id: call.id.0, words });
    }
    Ok(alerts)
}

async fn wrap_up_view(app: &App, wrap_up: &WrapUp) -> Result<WrapUpView, Wrong> {
    let (number, _) = ticket(app, wrap_up.ticket).await?;
    let until = wrap_up.until(&app.desk.site().policy).as_millisecond();
    Ok(WrapUpView { number, until, hard: wrap_up.hard })
}

async fn ticket(app: &App, id: TicketId) -> Result<(String, String), Wrong> {
    let found = app.desk.store.ticket(id).await?;
    Ok(found.map_or_else(Default::default, |t| {
        (t.value.number.to_string(), t.value.subject.open().cloned().unwrap_or_default())
    }))
}

async fn view(app: &App, who: &Who, call: &Call) -> Result<CallView, Wrong> {
    let (site, floor) = (app.desk.site(), app.desk.floor());
    let customer = app.desk.store.customer(call.customer).await?;
    let name = customer.and_then(|c| c.value.name.open().cloned()).unwrap_or_else(|| "Somebody".into());
    let (number, subject) = ticket(app, call.ticket).await?;
    let agent_name = |id: &AgentId| site.agents.get(id).map_or_else(|| "a colleague".into(), |a| a.name.clone());
    let party = call.party();
    let me_asked = party.is_some_and(|p| p.target == Target::Agent(who.id));
    let kind = match &call.state {
        _ if call.monitors.contains_key(&who.id) => Kind::Watching,
        State::Offered { .. } => Kind::Offered,
        State::Consulting { with, .. } if me_asked => {
            if with.answered {
                Kind::Consulted
            } else {
                Kind::Asked
            }
        }
        State::Joined { .. } if me_asked => Kind::Introduced,
        State::Consulting { .. } => Kind::Consulting,
        State::Joined { .. } => Kind::Joined,
        State::Calling { .. } => Kind::Calling,
        State::Held { .. } => Kind::Held,
        State::Orphaned { .. } => Kind::Orphaned,
        _ => Kind::Talking,
    };
    let since = match &call.state {
        State::Offered { waiting, .. } => waiting.since,
        State::Consulting { with, .. } => with.since,
        _ => call.answered_at.unwrap_or(call.arrived_at),
    };
    let why = match &call.state {
        State::Offered { why, .. } => why.to_you(),
        _ => "",
    };
    let colleagues = site
        .agents
        .values()
        .filter(|a| a.active && a.id != who.id)
        .filter(|a| floor.seats.get(&a.id).is_some_and(|s| s.browser || s.phone) && floor.call_of(a.id).is_none())
        .map(|a| (format!("agent:{}", a.id), a.name.clone()))
        .chain(site.queues.values().map(|q| (format!("queue:{}", q.id), format!("Somebody free in {}", q.name))));
    let party_name = party.map(|p| match &p.target {
        Target::Agent(id) => agent_name(id),
        Target::Queue(id) => site.queues.get(id).map(|q| q.name.clone()).unwrap_or_default(),
        Target::Outside(number) => number.open().cloned().unwrap_or_else(|| "the number".into()),
    });
    let brief = party.filter(|_| me_asked).map(|p| BriefView {
        from: call.owner().as_ref().map(agent_name).unwrap_or_default(),
        brief: p.brief.open().cloned().unwrap_or_default(),
    });
    let watched = match kind {
        Kind::Watching => call.owner().as_ref().map(agent_name).unwrap_or_default(),
        _ => String::new(),
    };
    Ok(CallView {
        id: call.id.0,
        kind,
        first_name: name.split(' ').next().unwrap_or(&name).to_owned(),
        who: name,
        number,
        subject,
        queue: site.queues.get(&call.queue).map(|q| q.name.clone()).unwrap_or_default(),
        why: why.to_owned(),
        since: since.as_millisecond(),
        ask: call.hold_asked.as_ref().map(|a| Ask { reason: a.reason.clone(), minutes: minutes_in_words(a.minutes) }),
        hold: call.hold().map(|h| hold_view(h, app.desk.clock.now())),
        party: party_name.unwrap_or_default(),
        answered: party.is_some_and(|p| p.answered),
        brief,
        recorded: call.is_recorded(),
        paused: call.recording_paused,
        hard: call.hard,
        warned: call.warned,
        watched,
        watchers: call
            .monitors
            .iter()
            .filter(|(supervisor, m)| m.up && **supervisor != who.id)
            .map(|(supervisor, m)| format!("{} ({})", agent_name(supervisor), m.mode.word()))
            .collect::<Vec<_>>()
            .join(", "),
        waits_for_me: matches!(call.state, State::Calling { up: false, own: false, .. }),
        mode: call.monitors.get(&who.id).map_or("", |m| m.mode.word()),
        colleagues: colleagues.collect(),
    })
}

fn hold_view(hold: &Hold, now: Timestamp) -> HoldView {
    HoldView {
        until: hold.until.as_millisecond(),
        reason: hold.reason.clone(),
        asked: hold.asked,
        over: hold.until <= now,
    }
}

/// As it is said: "about two minutes".
fn minutes_in_words(minutes: u32) -> String {
    const WORDS: [&str; 13] =
        ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    let word = WORDS.get(minutes as usize).map_or_else(|| minutes.to_string(), |w| (*w).to_owned());
    format!("{word} minute{}", if minutes == 1 { "" } else { "s" })
}
