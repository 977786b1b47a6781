//! Safe dates in words: what similar work took, before somebody promises.

use askama::Template;
use axum::extract::Query;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use warmline_domain::forecast::{Forecast, Likeness};
use warmline_domain::site::Site;
use warmline_domain::ticket::PromiseKind;

use crate::forms::local_moment;
use crate::on::OnTicket;
use crate::page::{Shown, Wrong, draw};

/// What stands under a promise that is being made.
#[derive(Template)]
#[template(path = "promises/safe.html")]
pub(crate) struct Safe {
    /// Empty when there is too little to say.
    pub(crate) words: String,
    /// The safe date, for the field and in words.
    pub(crate) safe: Option<(String, String)>,
    /// The date chosen is before it.
    pub(crate) early: bool,
    /// What that day holds already.
    pub(crate) load: String,
}

#[derive(Deserialize)]
pub(crate) struct Chosen {
    #[serde(default)]
    due: String,
    #[serde(default)]
    what: String,
    #[serde(default)]
    kind: String,
}

pub(crate) async fn show(on: OnTicket, Query(chosen): Query<Chosen>) -> Shown {
    let due = local_moment(&chosen.due, &on.app.settings.zone).ok();
    draw(&safe(&on, due, kind_of(&chosen.kind, &chosen.what)).await?)
}

pub(crate) fn kind_of(word: &str, what: &str) -> PromiseKind {
    match word {
        "finish" => PromiseKind::Finish,
        "word" => PromiseKind::Word,
        _ => PromiseKind::of(what),
    }
}

pub(crate) async fn safe(on: &OnTicket, due: Option<Timestamp>, kind: PromiseKind) -> Result<Safe, Wrong> {
    let desk = &on.app.desk;
    let (site, now, zone) = (desk.site(), desk.clock.now(), &on.app.settings.zone);
    let ticket = desk.store.ticket(on.id).await?.ok_or(Wrong::Missing)?.value;
    let forecast = match kind {
        PromiseKind::Word => None,
        PromiseKind::Finish => desk.forecasts.of(&desk.store, &site, &ticket, now).await?,
    };
    let early = due.zip(forecast.as_ref()).is_some_and(|(due, forecast)| due < forecast.safe);
    let local = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string();
    Ok(Safe {
        words: match (&forecast, kind) {
            (Some(forecast), _) => in_words(forecast, &site, now, zone),
            (None, PromiseKind::Finish) if site.policy.promises.safe_dates => {
                "Too little work like this is done yet to say how long it takes.".into()
            }
            (None, _) => String::new(),
        },
        safe: forecast.map(|f| (local(f.safe), said(f.safe, now, zone))),
        early,
        load: match due {
            Some(due) => crate::calendar::load::in_words(&on.app, on.who.id, due, true).await?,
            None => String::new(),
        },
    })
}

/// `8 of 10 like this were done by Thursday 14:00, 95 of 100 by Tue 1 December, 10:00; from 143 tickets in Support.`
pub(crate) fn in_words(forecast: &Forecast, site: &Site, now: Timestamp, zone: &TimeZone) -> String {
    let like = match &forecast.like {
        Likeness::Topic(topic) => format!("about {topic}"),
        Likeness::Queue(queue) => format!("in {}", site.queues.get(queue).map_or("this queue", |q| &q.name)),
        Likeness::All => "of all kinds".into(),
    };
    let sure = match forecast.sure {
        Some(sure) => format!(", 95 of 100 by {}", said(sure, now, zone)),
        None => ", and some take longer than can be said yet".into(),
    };
    format!(
        "8 of 10 like this were done by {}{sure}; from {} tickets {like}.",
        said(forecast.safe, now, zone),
        forecast.cases
    )
}

/// A moment to come as people say it: `today 14:00`, `Thursday 14:00`, `Tue 1 December, 10:00`.
pub(crate) fn said(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, today) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()).date());
    let days = (at.date() - today).get_days();
    let format = match days {
        0 => "today %H:%M",
        1 => "tomorrow %H:%M",
        2..=6 => "%A %H:%M",
        _ if at.year() == today.year() => "%a %-d %B, %H:%M",
        _ => "%a %-d %B %Y, %H:%M",
    };
    at.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_said_as_people_say_them() {
        let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let said = |at: &str| said(at.parse().unwrap(), now, &TimeZone::UTC);
        assert_eq!(said("2026-11-23T14:00:00Z"), "today 14:00");
        assert_eq!(said("2026-11-26T14:00:00Z"), "Thursday 14:00");
        assert_eq!(said("2026-12-01T10:00:00Z"), "Tue 1 December, 10:00");
        assert_eq!(said("2027-01-04T10:00:00Z"), "Mon 4 January 2027, 10:00");
    }
}
