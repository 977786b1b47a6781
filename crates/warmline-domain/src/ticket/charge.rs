//! What costs extra is agreed before work starts.
//!
//! | state    | means                                                      | leads out                                    |
//! |----------|------------------------------------------------------------|----------------------------------------------|
//! | quoted   | the price was looked up for this customer, not said yet    | offered; excepted; dropped                   |
//! | offered  | the customer was told, in a message or on the phone        | agreed; excepted; dropped; quoted (not sent) |
//! | not here | the catalogue says that it is not done                     | excepted; dropped                            |
//! | agreed   | the customer agreed to the price                           | started; excepted; dropped                   |
//! | excepted | a supervisor made an exception, inside the limit           | started; dropped                             |
//! | started  | the work began                                             | –                                            |
//! | dropped  | the customer does not want it, or it was not needed        | –                                            |
//!
//! A ticket is not solved while a price is neither agreed to, excepted nor dropped. A complaint about a charge goes to the
//! managers' address with the record, not to the agent who said the price.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Answer, Event as TicketEvent, Ticket, Told};
use crate::customer::normal_address;
use crate::limits::{CHARGES, REASON_CHARS};
use crate::money::Money;
use crate::site::Site;
use crate::site::catalogue::Terms;
use crate::{By, MessageId, Refusal, RequestId, refusal};

/// What was said about prices on a ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Charges {
    pub list: Vec<Charge>,
    /// When a complaint about a charge was passed to the managers last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complaint_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    pub entry: RequestId,
    /// What the catalogue called it then.
    pub request: String,
    /// What it costs; none when it is not done here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    pub standing: Standing,
    /// The message that said the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
    /// What the customer wrote after it, the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<MessageId>,
    /// When an exception was made, and how much of the price was waived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excepted_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waived: Option<Money>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Quoted,
    Offered,
    NotHere,
    Agreed,
    Excepted,
    Started,
    Dropped,
}

impl Standing {
    pub fn word(self) -> &'static str {
        match self {
            Standing::Quoted => "quoted",
            Standing::Offered => "offered",
            Standing::NotHere => "not_here",
            Standing::Agreed => "agreed",
            Standing::Excepted => "excepted",
            Standing::Started => "started",
            Standing::Dropped => "dropped",
        }
    }
}

/// How a customer agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// In this message of theirs.
    Reply(MessageId),
    OnThePhone,
    /// With the button behind the link of the answer that said the price.
    Clicked,
}

/// `n` counts the charges of a ticket from 0.
#[derive(Clone, Debug)]
pub enum Command {
    /// Looks up what a request costs a customer of this plan.
    Quote {
        entry: RequestId,
        plan: Option<String>,
    },
    /// The price was said on the phone.
    Said {
        n: usize,
    },
    Agree {
        n: usize,
        on_the_phone: bool,
    },
    Start {
        n: usize,
    },
    /// `pays` is what is left to pay, as it is typed; empty is nothing.
    Except {
        n: usize,
        pays: String,
        reason: String,
    },
    Drop {
        n: usize,
        reason: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Quoted {
        entry: RequestId,
        request: String,
        price: Option<Money>,
    },
    Offered {
        n: usize,
        told: Told,
        message: Option<MessageId>,
    },
    Agreed {
        n: usize,
        how: Agreement,
    },
    Started {
        n: usize,
    },
    Excepted {
        n: usize,
        price: Option<Money>,
        waived: Option<Money>,
        reason: String,
    },
    Dropped {
        n: usize,
        reason: String,
    },
    /// A complaint went to the managers' address with this message.
    ComplaintPassed {
        message: MessageId,
    },
}

pub(super) fn decide(ticket: &Ticket, site: &Site, by: By, command: Command) -> Result<Vec<TicketEvent>, Refusal> {
    use Standing::{Agreed, Dropped, Excepted, Offered, Quoted, Started};
    let event = match command {
        Command::Quote { entry, plan } => match quote(ticket, site, entry, plan.as_deref())? {
            Some(event) => event,
            None => return Ok(vec![]),
        },
        Command::Said { n } => match charge(ticket, n)?.standing {
            Quoted => Event::Offered { n, told: Told::OnThePhone, message: None },
            _ => return Ok(vec![]),
        },
        Command::Agree { n, on_the_phone } => {
            let charge = charge(ticket, n)?;
            match charge.standing {
                Agreed | Started => return Ok(vec![]),
                Offered => {}
                Quoted => {
                    return Err(Refusal::state(
                        "The customer has not been told this price yet.",
                        "Send it, or say it on the phone and note that; then they can agree.",
                    ));
                }
                _ => return Err(settled()),
            }
            let how = match (on_the_phone, charge.reply) {
                (true, _) => Agreement::OnThePhone,
                (false, Some(reply)) => Agreement::Reply(reply),
                (false, None) => {
                    return Err(Refusal::state(
                        "The customer has not written since the price was sent.",
                        "Wait for their reply, or ask them on the phone and note that they agreed there.",
                    ));
                }
            };
            Event::Agreed { n, how }
        }
        Command::Start { n } => match charge(ticket, n)?.standing {
            Started => return Ok(vec![]),
            Agreed | Excepted => Event::Started { n },
            _ => return Err(not_agreed(charge(ticket, n)?)),
        },
        Command::Except { n, pays, reason } => except(ticket, site, by, n, &pays, &reason)?,
        Command::Drop { n, reason } => {
            let charge = charge(ticket, n)?;
            if matches!(charge.standing, Started | Dropped) {
                return Err(settled());
            }
            Event::Dropped { n, reason: said(&reason, "That it is not done")? }
        }
    };
    Ok(vec![TicketEvent::Charge(event)])
}

fn charge(ticket: &Ticket, n: usize) -> Result<&Charge, Refusal> {
    ticket.charges.list.get(n).ok_or_else(|| Refusal::missing("charge on this ticket"))
}

fn settled() -> Refusal {
    Refusal::state("This was decided already.", "Look at the timeline; look the request up again for another offer.")
}

fn not_agreed(charge: &Charge) -> Refusal {
    match &charge.price {
        Some(price) => Refusal::state(
            format!("“{}” costs {price}, and nobody has agreed to that yet.", charge.request),
            "Say the price and note the agreement, ask a supervisor for an exception, or drop it.",
        ),
        None => Refusal::state(
            format!("“{}” is not done here.", charge.request),
            "Say what is possible instead, or ask a supervisor for an exception.",
        ),
    }
}

fn quote(ticket: &Ticket, site: &Site, entry: RequestId, plan: Option<&str>) -> Result<Option<Event>, Refusal> {
    let entry = site.catalogue.entries.get(&entry).ok_or_else(|| Refusal::missing("request in the catalogue"))?;
    let price = match entry.terms(plan) {
        Terms::Included => return Ok(None),
        Terms::Extra(price) => Some(price.clone()),
        Terms::NotHere => None,
    };
    let open = |c: &Charge| c.standing != Standing::Dropped && c.standing != Standing::Started;
    if ticket.charges.list.iter().any(|c| c.entry == entry.id && open(c)) {
        return Ok(None);
    }
    if ticket.charges.list.len() >= CHARGES {
        return Err(Refusal::state(
            format!("{CHARGES} prices were looked up on this ticket."),
            "Open another ticket for what is new.",
        ));
    }
    Ok(Some(Event::Quoted { entry: entry.id, request: entry.name.clone(), price }))
}

fn except(ticket: &Ticket, site: &Site, by: By, n: usize, pays: &str, reason: &str) -> Result<Event, Refusal> {
    let charge = charge(ticket, n)?;
    if matches!(charge.standing, Standing::Started | Standing::Dropped) {
        return Err(settled());
    }
    let entry = site.catalogue.entries.get(&charge.entry).ok_or_else(|| {
        Refusal::state(
            "This request is no longer in the catalogue.",
            "Look it up again; exceptions go by what stands there now.",
        )
    })?;
    let limit = entry.exception;
    if site.role(by) < Some(limit.by) {
        return Err(Refusal::new(
            refusal::Kind::Permission,
            format!("An exception for “{}” is made by a {}.", entry.name, limit.by.word()),
            "Ask one of them: “Asks for a manager” puts it on their list.",
        ));
    }
    let reason = said(reason, "An exception")?;
    let Some(full) = &charge.price else {
        return Ok(Event::Excepted { n, price: None, waived: None, reason });
    };
    let pays = match pays.trim() {
        "" => Money { minor: 0, ..full.clone() },
        text => Money::read(text, &full.currency)?,
    };
    let waived = full.minor - pays.minor;
    if waived <= 0 {
        return Err(Refusal::input(
            format!("{pays} is no less than the price of {full}."),
            "Enter what is left to pay, or leave it empty for nothing.",
        ));
    }
    if waived > limit.up_to {
        let most = Money { minor: limit.up_to, ..full.clone() };
        return Err(Refusal::state(
            format!("That would waive more than the {most} an exception for “{}” may be.", entry.name),
            "Waive less, or have the limit changed in the catalogue.",
        ));
    }
    let waived = Some(Money { minor: waived, ..full.clone() });
    Ok(Event::Excepted { n, price: Some(pays), waived, reason })
}

fn said(reason: &str, what: &str) -> Result<String, Refusal> {
    let reason: String = reason.trim().chars().take(REASON_CHARS).collect();
    if reason.is_empty() {
        return Err(Refusal::new(
            refusal::Kind::NeedsReason,
            format!("{what} needs a reason; it stands on the timeline."),
            "Say in a few words why.",
        ));
    }
    Ok(reason)
}

/// An answer that says the price of a quoted request offers it.
pub(super) fn carried(ticket: &Ticket, message: MessageId, text: &str) -> Vec<TicketEvent> {
    let quoted = ticket.charges.list.iter().enumerate().filter(|(_, c)| c.standing == Standing::Quoted);
    let says = |price: &Money| ["en", "de"].iter().any(|language| text.contains(&price.in_words(language)));
    quoted
        .filter(|(_, c)| c.price.as_ref().is_some_and(says))
        .map(|(n, _)| TicketEvent::Charge(Event::Offered { n, told: Told::Written, message: Some(message) }))
        .collect()
}

/// A forward to the managers' address passes a complaint.
pub(super) fn complained(site: &Site, answer: &Answer) -> Option<TicketEvent> {
    let managers = normal_address(&site.policy.charges.complaints_to);
    let all = answer.content.to.iter().chain(&answer.content.cc);
    let to_them = !managers.is_empty() && all.clone().any(|a| normal_address(&a.address) == managers);
    to_them.then_some(TicketEvent::Charge(Event::ComplaintPassed { message: answer.message }))
}

/// Nothing chargeable is done, or left open, without an agreement.
pub(super) fn none_open(ticket: &Ticket) -> Result<(), Refusal> {
    let waits = |c: &&Charge| matches!(c.standing, Standing::Quoted | Standing::Offered);
    match ticket.charges.list.iter().find(waits) {
        None => Ok(()),
        Some(charge) => Err(not_agreed(charge)),
    }
}

pub(super) fn evolve(ticket: &mut Ticket, at: Timestamp, event: &TicketEvent) {
    match event {
        TicketEvent::Charge(event) => happened(&mut ticket.charges, at, event),
        // What did not arrive was not offered.
        TicketEvent::Withdrawn { message }
        | TicketEvent::ScheduleStopped { message }
        | TicketEvent::Failed { message, .. }
        | TicketEvent::Bounced { message, .. } => {
            for charge in ticket.charges.list.iter_mut().filter(|c| c.message == Some(*message)) {
                if charge.standing == Standing::Offered {
                    (charge.standing, charge.message) = (Standing::Quoted, None);
                }
            }
        }
        TicketEvent::MessageReceived { message, automatic: false, third_party: false, .. } => {
            for charge in ticket.charges.list.iter_mut().filter(|c| c.standing == Standing::Offered) {
                charge.reply = Some(*message);
            }
        }
        _ => {}
    }
}

fn happened(charges: &mut Charges, at: Timestamp, event: &Event) {
    if let Event::Quoted { entry, request, price } = event {
        let standing = if price.is_some() { Standing::Quoted } else { Standing::NotHere };
        charges.list.push(Charge {
            entry: *entry,
            request: request.clone(),
            price: price.clone(),
            standing,
            message: None,
            reply: None,
            excepted_at: None,
            waived: None,
        });
    }
    if let Event::ComplaintPassed { .. } = event {
        charges.complaint_at = Some(at);
    }
    let (n, standing) = match event {
        Event::Quoted { .. } | Event::ComplaintPassed { .. } => return,
        Event::Offered { n, .. } => (*n, Standing::Offered),
        Event::Agreed { n, .. } => (*n, Standing::Agreed),
        Event::Started { n } => (*n, Standing::Started),
        Event::Excepted { n, .. } => (*n, Standing::Excepted),
        Event::Dropped { n, .. } => (*n, Standing::Dropped),
    };
    let Some(charge) = charges.list.get_mut(n) else { return };
    charge.standing = standing;
    match event {
        Event::Offered { message, .. } => charge.message = *message,
        Event::Excepted { price, waived, .. } => {
            (charge.price, charge.waived, charge.excepted_at) = (price.clone(), waived.clone(), Some(at));
        }
        _ => {}
    }
}

/// The message that tells the customer who has their complaint, drafted in their language.
pub fn complaint_letter(language: &str, first_name: &str) -> String {
    let name = if first_name.is_empty() { String::new() } else { format!(" {first_name}") };
    if language == "de" {
        return format!(
            "Guten Tag{name},\n\nüber Fragen zu Kosten entscheidet bei uns die Leitung selbst. Ich habe Ihre Nachricht mit allem, \
             was dazu gehört, dorthin weitergegeben. Sie bekommen die Antwort hier, in diesem Schriftwechsel.\n"
        );
    }
    format!(
        "Hello{name},\n\nOur managers decide questions about charges themselves. I have passed your message on to them, with \
         everything that belongs to it. Their answer reaches you here, in this conversation.\n"
    )
}

impl Charges {
    pub fn is_empty(&self) -> bool {
        *self == Charges::default()
    }
}
