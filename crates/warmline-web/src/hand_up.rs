//! Handing a ticket up, and what waits with colleagues: what is handed up to me, and what they ask me.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use jiff::SignedDuration;
use serde::Deserialize;
use warmline_desk::{DeskError, Wish};
use warmline_domain::id::Minter;
use warmline_domain::site::Site;
use warmline_domain::site::queue::LAST_TIER;
use warmline_domain::ticket::hand_up::{Command, Event, Receiver};
use warmline_domain::ticket::{Command as TicketCommand, Ticket, ladder};
use warmline_domain::{AgentId, NoteId, RecordId, Refusal, TicketId};
use warmline_store::{Draft, RecordRow};

use crate::App;
use crate::drafts::keep_draft;
use crate::forms::local_moment;
use crate::on::OnTicket;
use crate::page::{Frame, Shown, Wrong, draw, moment};
use crate::record::RecordForm;
use crate::session::Who;
use crate::tickets::fresh_node;

pub(crate) struct HandUpPane {
    /// To whom, what they are asked, and until when they accept it.
    pub(crate) offered: Option<(String, String, String)>,
    pub(crate) late: bool,
    pub(crate) may_accept: bool,
    pub(crate) may_take_back: bool,
    /// The customer has not been told yet.
    pub(crate) untold: bool,
    /// `tier:2`, `agent:7` with names, the next tier first.
    pub(crate) receivers: Vec<(String, String)>,
    pub(crate) hear_by: String,
    pub(crate) fresh: RecordId,
}

impl HandUpPane {
    /// The next tier is a matter now; `asked`: the clock asks whoever has the ticket to hand it up.
    pub(crate) fn matters(&self, asked: bool) -> bool {
        self.offered.is_some() || self.untold || asked
    }
}

/// When the customer is to hear from the receiver, unless another time is chosen.
const HEARS_AFTER: SignedDuration = SignedDuration::from_hours(4);

pub(crate) fn hand_up_pane(app: &App, who: AgentId, ticket: &Ticket, rows: &[RecordRow]) -> HandUpPane {
    let (site, now, zone) = (app.desk.site(), app.desk.clock.now(), &app.settings.zone);
    let offered = ticket.offer.map(|offer| {
        let ask = rows.iter().find(|r| r.id == offer.id).map(|r| r.text.clone()).unwrap_or_default();
        (name_of(&site, offer.to), ask, moment(offer.accept_by, now, zone))
    });
    let tier = site.agents.get(&who).map_or(0, |a| a.tier);
    let mine = |to: Receiver| match to {
        Receiver::Tier(from) => tier >= from,
        Receiver::Agent(id) => id == who,
    };
    let next = site.agents.get(&who).map_or(1, |a| a.tier.max(ticket.tier)) + 1;
    let above = (next..=LAST_TIER).chain((1..next).rev());
    let staffed = |t: &u8| site.agents.values().any(|a| a.active && a.tier >= *t && a.id != who);
    let tiers = above.filter(staffed).map(|t| (format!("tier:{t}"), format!("tier {t}")));
    let people = site.agents.values().filter(|a| a.active && a.id != who);
    let people = people.map(|a| (format!("agent:{}", a.id), format!("{} (tier {})", a.name, a.tier)));
    HandUpPane {
        offered,
        late: ticket.offer.is_some_and(|o| o.late),
        may_accept: ticket.offer.is_some_and(|o| o.by != who && mine(o.to)),
        may_take_back: ticket.offer.is_some() && ticket.assignee == Some(who),
        untold: ticket.untold,
        receivers: tiers.chain(people).collect(),
        hear_by: (now + HEARS_AFTER).to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:00").to_string(),
        fresh: Minter::new(fresh_node()).mint(now),
    }
}

fn name_of(site: &Site, to: Receiver) -> String {
    match to {
        Receiver::Tier(tier) => format!("tier {tier}"),
        Receiver::Agent(id) => site.agents.get(&id).map_or_else(|| "a colleague".into(), |a| a.name.clone()),
    }
}

#[derive(Deserialize)]
pub(crate) struct OfferForm {
    offer: i64,
    to: String,
    ask: String,
    #[serde(default)]
    hear_by: String,
    #[serde(default)]
    tell: Option<String>,
    #[serde(flatten)]
    record: RecordForm,
}

/// Keeps the record, hands it up, and drafts the word to the customer with its promise.
pub(crate) async fn offer(on: OnTicket, Form(form): Form<OfferForm>) -> Shown {
    let to = match form.to.split_once(':') {
        Some(("tier", tier)) => Receiver::Tier(tier.parse().map_err(|_| Wrong::Missing)?),
        Some(("agent", id)) => Receiver::Agent(AgentId(id.parse().map_err(|_| Wrong::Missing)?)),
        _ => return on.refused(Refusal::input("Nobody was chosen.", "Choose a tier or a colleague.")).await,
    };
    let command = TicketCommand::HandUp(Command::Offer { id: RecordId(form.offer), to, ask: form.ask.clone() });
    let done = match form.record.keep(&on).await {
        Ok(()) => on.app.desk.ask(on.wish(command)).await.map(|_| ()),
        refused => refused,
    };
    match done {
        Ok(()) => {
            if form.tell.is_some() {
                tell_customer(&on, to, &form.hear_by).await?;
            }
            on.back()
        }
        Err(DeskError::Refused(refusal)) => on.refused(refusal).await,
        Err(fault) => Err(fault.into()),
    }
}

/// Drafts what the customer is told, with the promise that goes out with it. Words somebody typed before stay.
async fn tell_customer(on: &OnTicket, to: Receiver, hear_by: &str) -> Result<(), Wrong> {
    let (app, who) = (&on.app, on.who.id);
    let kept = app.desk.store.draft(who, on.id, "answer").await?.map(|(_, d)| d).unwrap_or_default();
    let (now, zone) = (app.desk.clock.now(), &app.settings.zone);
    let Ok(by) = local_moment(hear_by, zone) else { return Ok(()) };
    if !kept.text.trim().is_empty() {
        return Ok(());
    }
    let whom = match to {
        Receiver::Tier(_) => "a colleague who knows this kind of problem well".to_owned(),
        agent @ Receiver::Agent(_) => format!("my colleague {}", name_of(&app.desk.site(), agent)),
    };
    let when = moment(by, now, zone);
    let promise = format!("You will hear from us by {when}.");
    let text = format!(
        "I have passed your case on to {whom}, with everything we know and have tried, so you do not need to explain it \
         again. {promise}"
    );
    let promises = format!("{} {promise}", by.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M"));
    let draft = Draft { text, promises, ..kept };
    keep_draft(app, who, on.id, "answer", &draft).await
}

#[derive(Deserialize)]
pub(crate) struct AnswerForm {
    /// accept, return or take-back.
    wish: String,
    #[serde(default)]
    entry: i64,
    #[serde(default)]
    missing: String,
}

pub(crate) async fn answer(on: OnTicket, Form(form): Form<AnswerForm>) -> Shown {
    let command = match form.wish.as_str() {
        "accept" => Command::Accept,
        "return" => Command::Return { id: RecordId(form.entry), missing: form.missing },
        "take-back" => Command::TakeBack,
        _ => return Err(Wrong::Missing),
    };
    on.command(TicketCommand::HandUp(command)).await
}

#[derive(Template)]
#[template(path = "colleagues.html")]
struct ColleaguesPage {
    frame: Frame,
    offers: Vec<OfferView>,
    questions: Vec<QuestionView>,
}

struct OfferView {
    number: String,
    subject: String,
    by: String,
    accept_by: String,
    late: bool,
    ask: String,
}

struct QuestionView {
    id: RecordId,
    note: NoteId,
    ticket: TicketId,
    number: String,
    subject: String,
    by: String,
    at: String,
    text: String,
}

pub(crate) async fn colleagues(State(app): State<App>, who: Who) -> Shown {
    let (site, now, zone) = (app.desk.site(), app.desk.clock.now(), &app.settings.zone);
    let name = |agent: Option<AgentId>| {
        agent.and_then(|a| site.agents.get(&a)).map_or_else(|| "A colleague".into(), |a| a.name.clone())
    };
    let mut minter = Minter::new(fresh_node());
    let offers = app.desk.store.offers(who.id, tier_of(&site, who.id)).await?;
    let questions = app.desk.store.questions(who.id).await?;
    draw(&ColleaguesPage {
        frame: Frame::new(&app, &who).await?,
        offers: offers
            .into_iter()
            .map(|o| OfferView {
                number: o.number.to_string(),
                subject: o.subject,
                by: name(Some(o.by)),
                late: o.accept_by <= now,
                accept_by: moment(o.accept_by, now, zone),
                ask: o.text,
            })
            .collect(),
        questions: questions
            .into_iter()
            .map(|q| QuestionView {
                id: q.id,
                note: minter.mint(now),
                ticket: q.ticket,
                number: q.number.to_string(),
                subject: q.subject,
                by: name(q.by.agent()),
                at: moment(q.at, now, zone),
                text: q.text,
            })
            .collect(),
    })
}

fn tier_of(site: &Site, agent: AgentId) -> u8 {
    site.agents.get(&agent).map_or(0, |a| a.tier)
}

/// How much waits with this agent's colleagues' names on it.
pub(crate) async fn waiting(app: &App, who: AgentId) -> Result<usize, Wrong> {
    let tier = tier_of(&app.desk.site(), who);
    Ok(app.desk.store.questions(who).await?.len() + app.desk.store.offers(who, tier).await?.len())
}

#[derive(Deserialize)]
pub(crate) struct ReplyForm {
    ticket: i64,
    note: i64,
    #[serde(default)]
    text: String,
}

/// A colleague's question is answered; an empty answer says "not seen".
pub(crate) async fn reply(
    State(app): State<App>,
    who: Who,
    Path(question): Path<i64>,
    Form(form): Form<ReplyForm>,
) -> Shown {
    let command = ladder::Command::Answer {
        question: RecordId(question),
        note: NoteId(form.note),
        text: form.text.replace("\r\n", "\n"),
    };
    let wish = Wish::Ticket { by: who.by(), ticket: TicketId(form.ticket), command: TicketCommand::Ladder(command) };
    app.desk.ask(wish).await?;
    Ok(Redirect::to("/colleagues").into_response())
}

/// For the timeline, with the words of the entry.
pub(crate) fn sentence(event: &Event, who: &str, site: &Site, text: &dyn Fn(RecordId) -> String) -> String {
    match event {
        Event::Offered { id, to, spent, .. } => {
            format!("{who} handed it up to {} after {} min of work: {}", name_of(site, *to), spent / 60, text(*id))
        }
        Event::TakenBack => format!("{who} took it back"),
        Event::Accepted { .. } => format!("{who} accepted it"),
        Event::Returned { id, .. } => format!("{who} returned it, because this is missing: {}", text(*id)),
        Event::Late => "Nobody has accepted it in time; supervisors see it".into(),
    }
}

/// Until when something is, for a draft.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_it_goes_to_is_said_by_name() {
        assert_eq!(name_of(&Site::default(), Receiver::Tier(2)), "tier 2");
        assert_eq!(name_of(&Site::default(), Receiver::Agent(AgentId(9))), "a colleague");
    }
}
