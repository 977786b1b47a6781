//! Not our job: nobody is sent away with nothing.
//!
//! | state   | means                                                       | leads out                                  |
//! |---------|-------------------------------------------------------------|--------------------------------------------|
//! | looking | somebody looks, with a small budget, who does help          | pointed; ours after all                    |
//! | pointed | an entry of the directory or a found link was chosen        | given; pointed elsewhere; ours after all   |
//! | given   | the customer was told, in a message or on the phone         | closed; pointed (the message did not go)   |
//! | closed  | solved as out of scope                                      | reopened, when the ticket is ours again    |
//! | ours    | it was ours after all                                       | –                                          |
//! | reopened| the pointer did not help, or not alone                      | –                                          |
//!
//! While one is open the ticket is solved only when the customer has a pointer.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Event as TicketEvent, Stage, Ticket, Told};
use crate::limits::{NAME_CHARS, REFERRALS};
use crate::site::Site;
use crate::site::referrals::{Pointer, web_link};
use crate::{MessageId, PointerId, Refusal};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referral {
    pub since: Timestamp,
    /// The quick look may take so long; what goes beyond is counted, never cut off.
    pub budget_seconds: u32,
    pub standing: Standing,
    /// How long the look took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked_seconds: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<To>,
    /// The message that carried it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Looking,
    Pointed,
    Given,
    Closed,
    Ours,
    Reopened,
}

impl Standing {
    pub fn word(self) -> &'static str {
        match self {
            Standing::Looking => "looking",
            Standing::Pointed => "pointed",
            Standing::Given => "given",
            Standing::Closed => "closed",
            Standing::Ours => "ours",
            Standing::Reopened => "reopened",
        }
    }
}

/// Where the customer is pointed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct To {
    /// Of the directory; none for a link that was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<PointerId>,
    pub name: String,
    /// What shows in a text that it says this: number, address, link.
    pub marks: Vec<String>,
}

/// Whom a wish points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    Directory(PointerId),
    Found { link: String, name: String },
}

#[derive(Clone, Debug)]
pub enum Command {
    /// The quick look begins.
    Look,
    Point(Choice),
    /// It was said on the phone.
    Said,
    /// It is ours after all.
    Ours,
    /// Solves the ticket as out of scope.
    Close,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Looked { budget_seconds: u32 },
    Pointed { to: To, looked_seconds: u32 },
    Given { told: Told, message: Option<MessageId> },
    Closed,
    Ours,
}

pub(super) fn decide(
    ticket: &Ticket,
    site: &Site,
    now: Timestamp,
    command: Command,
) -> Result<Vec<TicketEvent>, Refusal> {
    let open = open(ticket);
    let event = match (command, open) {
        (Command::Look, Some(_)) => return Ok(vec![]),
        (Command::Look, None) => look(ticket, site)?,
        (_, None) => {
            return Err(Refusal::state(
                "This ticket is not marked as somebody else’s work.",
                "Begin with “Not our job”; the quick look starts then.",
            ));
        }
        (Command::Point(choice), Some(referral)) => {
            let looked = now.duration_since(referral.since).as_secs().clamp(0, i64::from(u32::MAX)) as u32;
            Event::Pointed { to: chosen(site, choice)?, looked_seconds: referral.looked_seconds.unwrap_or(looked) }
        }
        (Command::Said, Some(referral)) => match (&referral.to, referral.standing) {
            (_, Standing::Given) => return Ok(vec![]),
            (None, _) => return Err(no_pointer()),
            (Some(_), _) => Event::Given { told: Told::OnThePhone, message: None },
        },
        (Command::Ours, Some(_)) => Event::Ours,
        (Command::Close, Some(_)) => {
            return super::work::out_of_scope(ticket, site, now);
        }
    };
    Ok(vec![TicketEvent::Referral(event)])
}

fn look(ticket: &Ticket, site: &Site) -> Result<Event, Refusal> {
    if matches!(ticket.stage, Stage::Solved | Stage::Closed) {
        return Err(Refusal::state(
            "This ticket is done already.",
            "Reopen it first, if the customer still needs somebody.",
        ));
    }
    if ticket.referrals.len() >= REFERRALS {
        return Err(Refusal::state(
            "This ticket was pointed elsewhere many times.",
            "Ask a supervisor whose work it is.",
        ));
    }
    Ok(Event::Looked { budget_seconds: site.policy.referrals.look_seconds })
}

fn chosen(site: &Site, choice: Choice) -> Result<To, Refusal> {
    match choice {
        Choice::Directory(id) => {
            let pointer = site.directory.pointers.get(&id).ok_or_else(|| Refusal::missing("entry in the directory"))?;
            Ok(To { pointer: Some(id), name: pointer.name.clone(), marks: pointer.marks() })
        }
        Choice::Found { link, name } => {
            let link = web_link(&link)?;
            let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
            if name.chars().count() > NAME_CHARS {
                return Err(Refusal::input(
                    format!("What is there is said in {NAME_CHARS} characters."),
                    "Shorten it; the message can say more.",
                ));
            }
            let host = link.split('/').nth(2).unwrap_or_default().to_owned();
            Ok(To { pointer: None, name: if name.is_empty() { host } else { name }, marks: vec![link] })
        }
    }
}

fn no_pointer() -> Refusal {
    Refusal::state(
        "The customer has no pointer yet, and nobody is sent away with nothing.",
        "Choose who helps from the directory, or a link you found, and tell the customer. Or say that it is ours after all.",
    )
}

/// The one that is open.
pub(super) fn open(ticket: &Ticket) -> Option<&Referral> {
    ticket.referrals.last().filter(|r| matches!(r.standing, Standing::Looking | Standing::Pointed | Standing::Given))
}

/// An answer that says the pointer gives it.
pub(super) fn carried(ticket: &Ticket, message: MessageId, text: &str) -> Option<TicketEvent> {
    let to = open(ticket)?.to.as_ref()?;
    let says = to.marks.iter().any(|mark| is_in(mark, text));
    says.then_some(TicketEvent::Referral(Event::Given { told: Told::Written, message: Some(message) }))
}

/// Numbers are compared by their digits: people write them with spaces.
fn is_in(mark: &str, text: &str) -> bool {
    let digits = |t: &str| t.chars().filter(|c| !c.is_whitespace() && !"-.()/".contains(*c)).collect::<String>();
    let bare = mark.strip_prefix('+').unwrap_or(mark);
    let is_number = bare.chars().all(|c| c.is_ascii_digit());
    if is_number { digits(text).contains(mark) } else { text.to_lowercase().contains(&mark.to_lowercase()) }
}

/// What solving says about it: nothing while none is open, that it is closed, or why it cannot be. `words` go out now.
pub(super) fn solving(ticket: &Ticket, words: &str) -> Result<Option<TicketEvent>, Refusal> {
    let Some(referral) = open(ticket) else { return Ok(None) };
    let on_its_way = referral.message.and_then(|m| ticket.outgoing.get(&m));
    let given = referral.standing == Standing::Given || carried(ticket, MessageId(0), words).is_some();
    if !given {
        return Err(no_pointer());
    }
    if on_its_way.is_some_and(|o| o.scheduled) {
        return Err(Refusal::state(
            "The message with the pointer goes out later.",
            "Solve the ticket when it has, or send it now.",
        ));
    }
    Ok(Some(TicketEvent::Referral(Event::Closed)))
}

pub(super) fn evolve(ticket: &mut Ticket, at: Timestamp, event: &TicketEvent) {
    if let TicketEvent::Referral(Event::Looked { budget_seconds }) = event {
        ticket.referrals.push(Referral {
            since: at,
            budget_seconds: *budget_seconds,
            standing: Standing::Looking,
            looked_seconds: None,
            to: None,
            message: None,
        });
    }
    let Some(last) = ticket.referrals.last_mut() else { return };
    match event {
        TicketEvent::Referral(Event::Pointed { to, looked_seconds }) => {
            last.to = Some(to.clone());
            last.looked_seconds = Some(*looked_seconds);
            (last.standing, last.message) = (Standing::Pointed, None);
        }
        TicketEvent::Referral(Event::Given { message, .. }) => {
            (last.standing, last.message) = (Standing::Given, *message);
        }
        TicketEvent::Referral(Event::Closed) => last.standing = Standing::Closed,
        TicketEvent::Referral(Event::Ours) => last.standing = Standing::Ours,
        // What did not arrive was not given.
        TicketEvent::Withdrawn { message }
        | TicketEvent::ScheduleStopped { message }
        | TicketEvent::Failed { message, .. }
        | TicketEvent::Bounced { message, .. }
            if last.message == Some(*message) =>
        {
            (last.standing, last.message) = (Standing::Pointed, None);
        }
        TicketEvent::StageChanged { stage: Stage::New | Stage::Open, .. } if last.standing == Standing::Closed => {
            last.standing = Standing::Reopened;
        }
        _ => {}
    }
}

/// The message to the customer, drafted in their language: what we are not trained for, and what was found.
pub fn letter(language: &str, first_name: &str, name: &str, pointer: Option<&Pointer>, link: &str) -> String {
    let german = language == "de";
    let mut ways = Vec::new();
    let mut way = |en: &str, de: &str, value: &str| {
        if !value.is_empty() {
            ways.push(format!("- {}: {value}", if german { de } else { en }));
        }
    };
    way("Phone", "Telefon", pointer.map_or("", |p| &p.phone));
    way("Mail", "E-Mail", pointer.map_or("", |p| &p.mail));
    way("Page", "Seite", pointer.map_or(link, |p| &p.link));
    let ways = ways.join("\n");
    let greeting = match (german, first_name) {
        (true, "") => "Guten Tag,".to_owned(),
        (true, name) => format!("Guten Tag {name},"),
        (false, "") => "Hello,".to_owned(),
        (false, name) => format!("Hello {name},"),
    };
    if german {
        return format!(
            "{greeting}\n\nvielen Dank für Ihre Frage. Dafür sind wir nicht ausgebildet, und Raten könnte es schlimmer machen. \
             Ich habe nachgesehen, wer Ihnen weiterhelfen kann: **{name}**\n\n{ways}\n\n\
             Wenn dort etwas offen bleibt, antworten Sie bitte auf diese Nachricht; dann sehe ich es mir noch einmal an.\n"
        );
    }
    format!(
        "{greeting}\n\nThank you for asking us. We are not trained to support this, and a guess could make it worse. \
         I looked for who can help you: **{name}**\n\n{ways}\n\n\
         If anything stays open there, please reply to this message and I can look at it again.\n"
    )
}

/// How often an entry was used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    pub given: i64,
    pub reopened: i64,
    /// When it was given last.
    pub last: Option<Timestamp>,
}

/// All looks of a time; nobody is ranked by them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looks {
    pub looks: i64,
    pub in_budget: i64,
    pub given: i64,
    pub closed: i64,
    pub reopened: i64,
    pub ours: i64,
}

impl Referral {
    pub fn over_budget(&self) -> bool {
        self.looked_seconds.is_some_and(|s| s > self.budget_seconds)
    }
}
