//! The customer's click: a small page that shows what we proposed and asks. Looking at it changes nothing, because
//! programs that look at mails follow every link; only the button says something.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use warmline_desk::{DeskError, Wish, clicks};
use warmline_domain::limits::CLICKS_A_MINUTE;
use warmline_domain::ticket::click::{About, Ask, Click, Event, Standing, behind, standing};
use warmline_domain::ticket::{Address, Ticket};
use warmline_domain::{MessageId, Refusal};
use warmline_mail::markdown_to_html;

use crate::App;
use crate::articles::shelf::{Door, door};
use crate::page::{Shown, Wrong, drawn, status_of};
use crate::timeline::Eyes;

#[derive(Template)]
#[template(path = "clicks/page.html")]
struct ClickPage {
    door: Door,
    link: String,
    number: String,
    /// What we wrote; empty: there is nothing behind this link.
    html: String,
    questions: Vec<Question>,
    refused: Option<Refusal>,
}

struct Question {
    n: usize,
    words: String,
    yes: String,
    no: &'static str,
    /// They are asked for a few words with a no.
    why: &'static str,
    /// Empty while it is open.
    answered: &'static str,
}

pub(crate) async fn show(State(app): State<App>, Path(link): Path<String>) -> Shown {
    page(&app, &link, None).await
}

async fn page(app: &App, link: &str, refused: Option<Refusal>) -> Shown {
    let door = door(app);
    let found = found(app, link).await?;
    let status = refused.as_ref().map_or(StatusCode::OK, status_of);
    let Some((ticket, ask)) = found else {
        let (link, number, html) = (String::new(), String::new(), String::new());
        return Ok(drawn(StatusCode::NOT_FOUND, &ClickPage { door, link, number, html, questions: vec![], refused }));
    };
    let row = app.desk.store.message(ask.message).await?.ok_or(Wrong::Missing)?.1;
    let questions = (0..ask.about.len()).map(|n| question(&ticket, &ask, n)).collect();
    let page = ClickPage {
        door,
        link: link.to_owned(),
        number: ticket.number.to_string(),
        html: markdown_to_html(&row.content.text),
        questions,
        refused,
    };
    Ok(drawn(status, &page))
}

/// The ticket and the question behind a link.
async fn found(app: &App, link: &str) -> Result<Option<(Ticket, Ask)>, Wrong> {
    let Some((number, secret)) = clicks::read_link(link) else { return Ok(None) };
    let Some(id) = app.desk.store.ticket_by_number(number).await? else { return Ok(None) };
    let Some(ticket) = app.desk.store.ticket(id).await? else { return Ok(None) };
    let ask = behind(&ticket.value, secret).cloned();
    Ok(ask.map(|ask| (ticket.value, ask)))
}

fn question(ticket: &Ticket, ask: &Ask, n: usize) -> Question {
    let price = match ask.about[n] {
        About::Price(at) => ticket.charges.list.get(at),
        About::Solution => None,
    };
    let stands = standing(ticket, ask, n);
    let over = "This is over: something has changed since we asked. Please reply to our mail if something is left.";
    match price {
        Some(charge) => {
            let costs = charge.price.as_ref().map(ToString::to_string).unwrap_or_default();
            Question {
                n,
                words: format!("{} costs {costs}. Shall we begin?", charge.request),
                yes: format!("I agree to {costs}"),
                no: "No, thank you",
                why: "What would help you instead?",
                answered: match stands {
                    Standing::Open => "",
                    Standing::Said(true) => "Thank you. You agreed, and we begin.",
                    Standing::Said(false) => "Thank you for telling us. Nothing is done and nothing costs anything.",
                    Standing::Over => over,
                },
            }
        }
        None => Question {
            n,
            words: "Is it solved?".into(),
            yes: "Yes, it is solved".into(),
            no: "No, not yet",
            why: "What is still wrong?",
            answered: match stands {
                Standing::Open => "",
                Standing::Said(true) => "Thank you. We are glad that it works.",
                Standing::Said(false) => "Thank you for telling us. It is open again, and we go on.",
                Standing::Over => over,
            },
        },
    }
}

#[derive(Deserialize)]
pub(crate) struct ClickForm {
    #[serde(default)]
    n: usize,
    /// yes or no.
    say: String,
    #[serde(default)]
    words: String,
}

pub(crate) async fn say(State(app): State<App>, Path(link): Path<String>, Form(form): Form<ClickForm>) -> Shown {
    let Some((ticket, _)) = found(&app, &link).await? else { return page(&app, &link, None).await };
    if !app.clicks.counts(app.desk.clock.now(), CLICKS_A_MINUTE) {
        let (why, way) =
            ("Very many answers came in this minute.", "Please try again in a minute, or reply to our mail.");
        return page(&app, &link, Some(Refusal::state(why, way))).await;
    }
    let secret = clicks::read_link(&link).map_or("", |(_, secret)| secret).to_owned();
    // The desk names the message of their words and whom it is from.
    let (message, from) = (MessageId(0), Address::default());
    let click = Click { secret, n: form.n, yes: form.say == "yes", words: form.words, message, from };
    match app.desk.ask(Wish::Click { ticket: ticket.id, click: Box::new(click) }).await {
        Ok(_) => page(&app, &link, None).await,
        Err(DeskError::Refused(refusal)) => page(&app, &link, Some(refusal)).await,
        Err(fault) => Err(fault.into()),
    }
}

/// The timeline's sentence.
pub(crate) fn sentence(event: &Event, eyes: &Eyes<'_>) -> String {
    let price = |n: &usize| eyes.ticket.charges.list.get(*n).map(|c| c.request.clone()).unwrap_or_default();
    match event {
        Event::Asked { about, .. } if about.contains(&About::Solution) => {
            "The answer carries a link that asks whether it is solved".into()
        }
        Event::Asked { .. } => "The answer carries a link that asks whether they agree to the price".into(),
        Event::Answered { about: About::Solution, yes: true, .. } => "The customer clicked: yes, it is solved".into(),
        Event::Answered { about: About::Solution, .. } => "The customer clicked: no, not yet".into(),
        Event::Answered { about: About::Price(n), yes: true, .. } => {
            format!("The customer clicked: they agree to the price of {}", price(n))
        }
        Event::Answered { about: About::Price(n), .. } => {
            format!("The customer clicked: they do not want {} for its price", price(n))
        }
    }
}
