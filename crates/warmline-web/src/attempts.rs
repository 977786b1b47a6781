//! Every attempt to reach a customer, beside the ticket; what was tried elsewhere, by hand; and giving somebody up.

use axum::Form;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use warmline_desk::{DeskError, Wish};
use warmline_domain::id::Minter;
use warmline_domain::site::Site;
use warmline_domain::ticket::attempts::{Attempt, Channel, Command, Direction, Event, Outcome, known, progress, told};
use warmline_domain::ticket::{self, Ticket};
use warmline_domain::{AttemptId, Refusal};
use warmline_store::{Draft, Entry};

use crate::App;
use crate::drafts::keep_draft;
use crate::forms::local_moment;
use crate::on::OnTicket;
use crate::page::{Shown, Wrong, exact, moment};
use crate::tickets::fresh_node;
use crate::timeline::{Eyes, author};

/// Attempts that are shown before the list is opened.
const SHOWN: usize = 4;

pub(crate) struct AttemptsPane {
    /// The newest first.
    pub(crate) newest: Vec<AttemptView>,
    pub(crate) earlier: Vec<AttemptView>,
    /// How far the tries have come, in words; empty when there is nothing to reach anybody about.
    pub(crate) so_far: String,
    /// What is still to be done before somebody may be given up.
    pub(crate) missing: String,
    /// They were given up, until then.
    pub(crate) until: Option<String>,
    pub(crate) fresh: AttemptId,
    pub(crate) now: String,
}

pub(crate) struct AttemptView {
    pub(crate) at: String,
    pub(crate) exact: String,
    pub(crate) words: String,
    pub(crate) by: String,
    /// It did not reach anybody.
    pub(crate) vain: bool,
}

pub(crate) async fn attempts_pane(
    app: &App,
    site: &Site,
    ticket: &Ticket,
    entries: &[Entry],
) -> Result<AttemptsPane, Wrong> {
    let (now, zone) = (app.desk.clock.now(), &app.settings.zone);
    let channels = known(&app.desk.store.customer_addresses(ticket.customer).await?);
    let done = progress(ticket, site, &channels);
    let policy = &site.policy.attempts;
    let open = ticket.attempts.tries.is_empty();
    let words: Vec<&str> = done.channels.iter().map(|c| c.word()).collect();
    let so_far = format!(
        "{} of {} tries since they were last heard, on {} of {} days, by {}.",
        done.tries,
        policy.tries,
        done.days,
        policy.days,
        words.join(" and ")
    );
    let mut views: Vec<AttemptView> = of(entries).iter().rev().map(|attempt| view(attempt, site, now, zone)).collect();
    let earlier = views.split_off(views.len().min(SHOWN));
    Ok(AttemptsPane {
        newest: views,
        earlier,
        so_far: if open { String::new() } else { so_far },
        missing: done.missing.join(", "),
        until: ticket.attempts.unreachable_until.map(|at| moment(at, now, zone)),
        fresh: Minter::new(fresh_node()).mint(now),
        now: now.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string(),
    })
}

/// Every attempt the entries of a timeline tell of.
pub(crate) fn of(entries: &[Entry]) -> Vec<Attempt> {
    let events: Vec<(Timestamp, _, ticket::Event)> = entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Event(e) => Some((e.at, e.by, serde_json::from_str(&e.body).ok()?)),
            _ => None,
        })
        .collect();
    told(events.iter().map(|(at, by, event)| (*at, *by, event)))
}

fn view(attempt: &Attempt, site: &Site, now: Timestamp, zone: &TimeZone) -> AttemptView {
    let by = match attempt.direction {
        Direction::Out if attempt.by.agent().is_some() => author(attempt.by, site, ""),
        _ => String::new(),
    };
    AttemptView {
        at: moment(attempt.at, now, zone),
        exact: exact(attempt.at, zone),
        words: words(attempt),
        by,
        vain: matches!(attempt.outcome, Some(Outcome::Bounced | Outcome::Busy | Outcome::NoAnswer)),
    }
}

/// An attempt in a few words: who tried, how, and what came of it.
pub(crate) fn words(attempt: &Attempt) -> String {
    let how = match (attempt.direction, attempt.channel) {
        (Direction::In, Channel::Mail) => return "They wrote to us".into(),
        (Direction::In, Channel::Phone) => "They called",
        (Direction::In, Channel::Visit) => "They came to us",
        (Direction::In, Channel::Fax) => "They sent a fax",
        (Direction::In, Channel::Letter) => "They sent a letter",
        (Direction::Out, Channel::Mail) => "Mail",
        (Direction::Out, Channel::Phone) => "Call",
        (Direction::Out, Channel::Visit) => "Visit",
        (Direction::Out, Channel::Fax) => "Fax",
        (Direction::Out, Channel::Letter) => "Letter",
        (Direction::In, Channel::Chat) => "They came into the chat",
        (Direction::Out, Channel::Chat) => "Chat",
    };
    let outcome = attempt.outcome.map_or("going on", Outcome::word);
    let by_hand = if attempt.by_hand { ", written down by hand" } else { "" };
    format!("{how}: {outcome}{by_hand}")
}

pub(crate) fn sentence(event: &Event, who: &str, eyes: &Eyes<'_>) -> String {
    match event {
        Event::Noted { at, channel, direction, outcome, .. } => {
            let from = if *direction == Direction::In { "from them" } else { "to them" };
            let when = moment(*at, eyes.now, eyes.zone);
            format!("{who} wrote an attempt down: {} {from} at {when}, {}", channel.word(), outcome.word())
        }
        Event::Unreachable { tries, until } => {
            let until = moment(*until, eyes.now, eyes.zone);
            format!("{who} gave up reaching them after {tries} tries; without a word it is solved {until}")
        }
        Event::RestOver => "Not a word came in that time".into(),
    }
}

#[derive(Deserialize)]
pub(crate) struct NoteForm {
    attempt: i64,
    at: String,
    channel: String,
    direction: String,
    outcome: String,
}

/// An attempt the desk could not see.
pub(crate) async fn note(on: OnTicket, Form(form): Form<NoteForm>) -> Shown {
    let at = match local_moment(&form.at, &on.app.settings.zone) {
        Ok(at) => at,
        Err(refusal) => return on.refused(refusal).await,
    };
    let channel = Channel::ALL.into_iter().find(|c| c.word() == form.channel);
    let outcome = Outcome::ALL.into_iter().find(|o| o.word() == form.outcome);
    let (Some(channel), Some(outcome)) = (channel, outcome) else {
        let refusal = Refusal::input("That attempt could not be read.", "Choose how it was made and what came of it.");
        return on.refused(refusal).await;
    };
    let direction = if form.direction == "in" { Direction::In } else { Direction::Out };
    let attempt = AttemptId(form.attempt);
    on.command(ticket::Command::Attempts(Command::Note { attempt, at, channel, direction, outcome })).await
}

/// They cannot be reached: refused until the policy's tries are done; then the last message waits in the composer.
pub(crate) async fn give_up(on: OnTicket) -> Shown {
    match on.app.desk.ask(Wish::GiveUp { by: on.who.by(), ticket: on.id }).await {
        Ok(_) => {}
        Err(DeskError::Refused(refusal)) => return on.refused(refusal).await,
        Err(fault) => return Err(fault.into()),
    }
    let store = &on.app.desk.store;
    let ticket = store.ticket(on.id).await?.ok_or(Wrong::Missing)?.value;
    let draft = store.draft(on.who.id, on.id, "answer").await?.map(|(_, d)| d).unwrap_or_default();
    // What somebody is writing already is not written over.
    if draft.text.trim().is_empty() {
        let customer = store.customer(ticket.customer).await?.and_then(|c| c.value.name.open().cloned());
        let name = customer.as_deref().and_then(|n| n.split(' ').next()).unwrap_or_default().to_owned();
        let words = &on.app.desk.site().policy.attempts.last_message;
        let text = words.replace("{name}", &name).replace("{number}", &on.number);
        keep_draft(&on.app, on.who.id, on.id, "answer", &Draft { text, ..draft }).await?;
    }
    on.back()
}
