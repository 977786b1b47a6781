//! What the desk says by itself, or by one key without a composer: each letter as a customer reads it.

use askama::Template;
use axum::extract::State;
use jiff::SignedDuration;
use warmline_desk::promises::date_in_full;
use warmline_domain::TicketNumber;

use crate::App;
use crate::page::{Frame, Shown, draw};
use crate::promises::{notice_in_words, receipt_in_words};
use crate::session::Who;
use crate::settings::administrator;

/// A customer who is nobody's.
const CUSTOMER: &str = "Maria Okafor";
const SUBJECT: &str = "The lamps are dark";
const NUMBER: TicketNumber = TicketNumber(20_261);

struct Letter {
    name: &'static str,
    /// When it goes out.
    when: String,
    subject: String,
    html: String,
}

#[derive(Template)]
#[template(path = "automatic.html")]
struct AutomaticPage {
    frame: Frame,
    customer: &'static str,
    letters: Vec<Letter>,
}

pub(crate) async fn show(State(app): State<App>, who: Who) -> Shown {
    administrator(&who)?;
    draw(&AutomaticPage { frame: Frame::new(&app, &who).await?, customer: CUSTOMER, letters: letters(&app) })
}

fn letters(app: &App) -> Vec<Letter> {
    let (site, zone) = (app.desk.site(), &app.settings.zone);
    let automatic = &site.policy.automatic_mail;
    let now = app.desk.clock.now();
    let letter = |name, when: String, text: String| Letter {
        name,
        when,
        subject: warmline_desk::outbox::subject(SUBJECT, &NUMBER.to_string()),
        html: warmline_mail::markdown_to_html(&text),
    };
    let acknowledged = match automatic.acknowledge {
        true => format!(
            "By itself, when their first mail is in; {} a day at most to one address.",
            automatic.per_address_and_day
        ),
        false => "Never: the policy says acknowledge = false.".into(),
    };
    let mut letters = vec![letter("The acknowledgement", acknowledged, automatic.acknowledgement_of(NUMBER, SUBJECT))];
    let due = now + SignedDuration::from_hours(24);
    for (german, what, reason) in [
        (false, "I will call you about the lamps.", "the part comes a day later"),
        (true, "Ich rufe Sie wegen der Lampen an.", "das Teil kommt einen Tag später"),
    ] {
        let receipt = receipt_in_words(CUSTOMER, what, due, zone);
        let dates = [due, due + SignedDuration::from_hours(24)].map(|at| date_in_full(at, zone, german));
        let notice = notice_in_words(CUSTOMER, what, &dates, reason, german);
        letters.push(letter("The receipt of a promise", "When an agent mails it with one click.".into(), receipt));
        letters.push(letter("The notice that a promise moves", "Drafted for its owner, who sends it.".into(), notice));
    }
    letters
}
