//! What may be done for this customer, at which price; agreements, exceptions, complaints. Beside the ticket.

use axum::Form;
use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;
use warmline_desk::{DeskError, Wish};
use warmline_domain::customer::is_address;
use warmline_domain::id::Minter;
use warmline_domain::site::Role;
use warmline_domain::site::catalogue::{Entry, Terms};
use warmline_domain::ticket::charge::{self, Agreement, Charge, Standing};
use warmline_domain::ticket::{Address, Command, Message, Then, Ticket, Told};
use warmline_domain::{MessageId, Refusal, RequestId};
use warmline_store::Draft;

use crate::App;
use crate::drafts::keep_draft;
use crate::letters::{draft, reader};
use crate::on::OnTicket;
use crate::page::{Shown, Wrong};
use crate::referrals::{Choosable, Typed, choosable};
use crate::session::Who;
use crate::tickets::{Trouble, fresh_node};
use crate::timeline::Eyes;

const FOUND: usize = 14;
/// Of the customer's words, so many lines go to the managers.
const QUOTED_LINES: usize = 60;

pub(crate) struct ChargesPane {
    pub(crate) list: Vec<ChargeView>,
    pub(crate) plan: String,
    /// There is an address that complaints go to.
    pub(crate) passes: bool,
    pub(crate) complained: bool,
    /// Makes exceptions.
    pub(crate) supervises: bool,
    pub(crate) message: MessageId,
    pub(crate) empty: bool,
}

pub(crate) struct ChargeView {
    pub(crate) n: usize,
    pub(crate) request: String,
    pub(crate) price: String,
    /// In words.
    pub(crate) stands: &'static str,
    pub(crate) standing: Standing,
    pub(crate) replied: bool,
    /// The most an exception may waive.
    pub(crate) limit: String,
    pub(crate) waived: String,
}

pub(crate) fn pane(app: &App, who: &Who, ticket: &Ticket, organisation: &str) -> ChargesPane {
    let site = app.desk.site();
    let view = |(n, c): (usize, &Charge)| ChargeView {
        n,
        request: c.request.clone(),
        price: c.price.as_ref().map_or_else(String::new, ToString::to_string),
        stands: match c.standing {
            Standing::Quoted => "not said yet",
            Standing::Offered if c.reply.is_some() => "they have replied since",
            Standing::Offered => "waits for their yes",
            Standing::NotHere => "not done here",
            Standing::Agreed => "agreed, not begun",
            Standing::Excepted => "an exception, not begun",
            Standing::Started if c.excepted_at.is_some() => "begun, as an exception",
            Standing::Started => "agreed and begun",
            Standing::Dropped => "dropped",
        },
        standing: c.standing,
        replied: c.reply.is_some(),
        limit: site.catalogue.entries.get(&c.entry).map_or_else(String::new, |e| limit(e, c)),
        waived: c.waived.as_ref().map(ToString::to_string).unwrap_or_default(),
    };
    ChargesPane {
        list: ticket.charges.list.iter().enumerate().map(view).collect(),
        plan: site.catalogue.plan_of(organisation).unwrap_or_default().to_owned(),
        passes: is_address(&site.policy.charges.complaints_to),
        complained: ticket.charges.complaint_at.is_some(),
        supervises: who.role >= Role::Supervisor,
        message: Minter::new(fresh_node()).mint(app.desk.clock.now()),
        empty: site.catalogue.entries.is_empty(),
    }
}

fn limit(entry: &Entry, charge: &Charge) -> String {
    let Some(price) = &charge.price else { return String::new() };
    warmline_domain::money::Money { minor: entry.exception.up_to, ..price.clone() }.to_string()
}

/// What the catalogue says, in a line for the dialog.
fn line(entry: &Entry, plan: Option<&str>) -> String {
    let price = entry.terms(plan).price().map(|p| format!(" {p}")).unwrap_or_default();
    let time = if entry.minutes > 0 { format!(" · {} min", entry.minutes) } else { String::new() };
    let reason = entry.reason("en");
    let why = if reason.is_empty() || *entry.terms(plan) == Terms::Included {
        String::new()
    } else {
        format!(" · {reason}")
    };
    format!("{}{price}{time}{why}", entry.terms(plan).word())
}

/// The catalogue for the ticket's dialog, as it is for this customer's plan.
pub(crate) async fn find(on: OnTicket, Query(typed): Query<Typed>) -> Result<Response, Wrong> {
    let reader = reader(&on).await?;
    let site = on.app.desk.site();
    let plan = site.catalogue.plan_of(&reader.organisation);
    let found = site.catalogue.search(typed.text()).into_iter().take(FOUND);
    let choice = |e: &Entry| Choosable { value: e.id.to_string(), title: e.name.clone(), text: line(e, plan) };
    Ok(choosable(&found.map(choice).collect::<Vec<_>>()))
}

#[derive(Deserialize)]
pub(crate) struct ChargeForm {
    /// quote, say, said, agree-reply, agree-phone, start, except or drop.
    wish: String,
    #[serde(default)]
    entry: i64,
    #[serde(default)]
    n: usize,
    #[serde(default)]
    pays: String,
    #[serde(default)]
    reason: String,
}

pub(crate) async fn change(on: OnTicket, Form(form): Form<ChargeForm>) -> Shown {
    let ChargeForm { n, pays, reason, .. } = form;
    let command = match form.wish.as_str() {
        "quote" => return quote(on, RequestId(form.entry)).await,
        "say" => return say(on, n).await,
        "said" => charge::Command::Said { n },
        "agree-reply" => charge::Command::Agree { n, on_the_phone: false },
        "agree-phone" => charge::Command::Agree { n, on_the_phone: true },
        "start" => charge::Command::Start { n },
        "except" => charge::Command::Except { n, pays, reason },
        "drop" => charge::Command::Drop { n, reason },
        _ => return Err(Wrong::Missing),
    };
    on.command(Command::Charge(command)).await
}

/// Looks the request up for this customer's plan and drafts what is said about it.
async fn quote(on: OnTicket, entry: RequestId) -> Shown {
    let reader = reader(&on).await?;
    let site = on.app.desk.site();
    let plan = site.catalogue.plan_of(&reader.organisation).map(str::to_owned);
    let command = Command::Charge(charge::Command::Quote { entry, plan: plan.clone() });
    match on.app.desk.ask(on.wish(command)).await {
        Ok(_) => {}
        Err(DeskError::Refused(refusal)) => return on.refused(refusal).await,
        Err(fault) => return Err(fault.into()),
    }
    if let Some(entry) = site.catalogue.entries.get(&entry) {
        draft(&on, &entry.words(plan.as_deref(), reader.language)).await?;
    }
    on.back()
}

/// The words once more, in the draft.
async fn say(on: OnTicket, n: usize) -> Shown {
    let reader = reader(&on).await?;
    let site = on.app.desk.site();
    let entry = reader.ticket.charges.list.get(n).and_then(|c| site.catalogue.entries.get(&c.entry));
    let Some(entry) = entry else { return on.refused(Refusal::missing("request in the catalogue")).await };
    draft(&on, &entry.words(site.catalogue.plan_of(&reader.organisation), reader.language)).await?;
    on.back()
}

#[derive(Deserialize)]
pub(crate) struct ComplaintForm {
    message: i64,
    seen: i64,
}

/// Passes a complaint about a charge to the managers' address, with the record, and drafts the word to the customer.
pub(crate) async fn complain(on: OnTicket, Form(form): Form<ComplaintForm>) -> Shown {
    let managers = on.app.desk.site().policy.charges.complaints_to.clone();
    if !is_address(&managers) {
        let way = "An administrator sets charges.complaints_to in the policy, under Settings.";
        return on.refused(Refusal::state("There is no managers’ address for complaints yet.", way)).await;
    }
    let reader = reader(&on).await?;
    let text = record(&on, &reader.ticket, &reader.wrote);
    let content = Message { to: vec![Address::new("", &managers)], text: text.clone(), ..Message::default() };
    let zone = on.app.settings.zone.clone();
    let answer = warmline_desk::Draft {
        then: Then::Keep,
        third_party: true,
        ..warmline_desk::Draft::new(MessageId(form.message), form.seen, content, zone)
    };
    match on.app.desk.ask(Wish::Answer { by: on.who.by(), ticket: on.id, answer: Box::new(answer) }).await {
        Ok(_) => {
            draft(&on, &charge::complaint_letter(reader.language, &reader.first_name)).await?;
            on.back()
        }
        // The words stand in the form for third parties, to be mended and sent from there.
        Err(DeskError::Refused(refusal)) => {
            let kept = Draft { text, to: managers, ..Draft::default() };
            keep_draft(&on.app, on.who.id, on.id, "forward", &kept).await?;
            on.trouble(Trouble { refusal, seen: None, reason_for: None, about_words: false }).await
        }
        Err(fault) => Err(fault.into()),
    }
}

/// What a manager needs to answer a complaint: the prices and how they came about, and the customer's own words.
fn record(on: &OnTicket, ticket: &Ticket, wrote: &str) -> String {
    let charge = |c: &Charge| {
        let price = c.price.as_ref().map_or("not done here".into(), ToString::to_string);
        let waived = c.waived.as_ref().map(|w| format!(", {w} waived")).unwrap_or_default();
        format!("- {}: {price}, {}{waived}\n", c.request, c.standing.word().replace('_', " "))
    };
    let charges: String = ticket.charges.list.iter().map(charge).collect();
    let charges = if charges.is_empty() { "- no price is on record\n".into() } else { charges };
    let words: String = wrote.lines().take(QUOTED_LINES).map(|l| format!("> {l}\n")).collect();
    format!(
        "Hello,\n\nA customer complains about a charge, ticket {}. Your reply to this mail comes back into the ticket.\n\n\
         On record:\n\n{charges}\nThe customer writes:\n\n{words}",
        on.number
    )
}

/// What happened, for the timeline.
pub(crate) fn sentence(event: &charge::Event, who: &str, eyes: &Eyes<'_>) -> String {
    let of = |n: &usize| eyes.ticket.charges.list.get(*n).map(|c| c.request.clone()).unwrap_or_default();
    match event {
        charge::Event::Quoted { request, price: Some(price), .. } => {
            format!("{who} looked up what {request} costs: {price}")
        }
        charge::Event::Quoted { request, price: None, .. } => format!("{who} looked up {request}: not done here"),
        charge::Event::Offered { n, told: Told::Written, .. } => format!("The message says what {} costs", of(n)),
        charge::Event::Offered { n, told: Told::OnThePhone, .. } => {
            format!("{who} said on the phone what {} costs", of(n))
        }
        charge::Event::Agreed { n, how: Agreement::Reply(_) } => {
            format!("The customer agreed to the price of {} in their reply", of(n))
        }
        charge::Event::Agreed { n, how: Agreement::OnThePhone } => {
            format!("The customer agreed to the price of {} on the phone, to {who}", of(n))
        }
        charge::Event::Agreed { n, how: Agreement::Clicked } => {
            format!("The price of {} is agreed, by their click", of(n))
        }
        charge::Event::Started { n } => format!("{who} began the work: {}", of(n)),
        charge::Event::Excepted { n, price: Some(price), waived: Some(waived), reason } => {
            format!(
                "{who} made an exception for {}: {price} instead, {waived} waived, because {reason}. It is no rule",
                of(n)
            )
        }
        charge::Event::Excepted { n, reason, .. } => {
            format!("{who} made an exception for {}, because {reason}. It is no rule", of(n))
        }
        charge::Event::Dropped { n, reason } => format!("{} is dropped: {reason}", of(n)),
        charge::Event::ComplaintPassed { .. } => format!("{who} passed the complaint about a charge to the managers"),
    }
}
