//! The raw measures: a calm table by practice, each figure with its definition, over a period and a queue.
//!
//! Supervisors and administrators see the desk, and each agent where that is fair; an agent sees their own.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;
use warmline_domain::measure::table::MEASURES;
use warmline_domain::measure::{self, Measure, Sum, Unit, Whose, at_most};
use warmline_domain::site::{Role, Site};
use warmline_domain::{AgentId, Refusal, csv, refusal};
use warmline_store::MeasureRow;

use crate::App;
use crate::forms::percent;
use crate::page::{Frame, Shown, Wrong, draw, sheet};
use crate::session::Who;

/// Longer periods are reports of their own.
const DAYS: i32 = 366;

#[derive(Clone, Default, Deserialize)]
pub(crate) struct Asked {
    /// today, 7, 30 or dates.
    #[serde(default)]
    period: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    queue: String,
    #[serde(default)]
    agent: String,
}

/// What a page of measures is about.
struct Scope {
    period: &'static str,
    from: Date,
    until: Date,
    zone: String,
    /// 0: all queues.
    queue: i64,
    /// Only this agent's.
    agent: Option<AgentId>,
    supervises: bool,
}

/// A measure as it is shown.
struct Line {
    key: &'static str,
    name: &'static str,
    definition: &'static str,
    figure: String,
    /// A share of another, a mean or percentiles.
    beside: String,
    /// For each day: the height of its point, 0 to 20.
    points: String,
    days: Vec<i64>,
    /// Its tickets can be looked at.
    opens: bool,
}

struct Group {
    practice: u8,
    name: &'static str,
    lines: Vec<Line>,
    /// Measures that say nothing of these days.
    quiet: Vec<&'static str>,
}

#[derive(Template)]
#[template(path = "measures.html")]
struct MeasuresPage {
    frame: Frame,
    scope: Scope,
    groups: Vec<Group>,
    /// Practices of which nothing happened in the period.
    quiet: Vec<String>,
    queues: Vec<(i64, String)>,
    agents: Vec<(i64, String)>,
    query: String,
    problem: Option<Refusal>,
}

pub(crate) async fn show(State(app): State<App>, who: Who, Query(asked): Query<Asked>) -> Shown {
    let (site, now) = (app.desk.site(), app.desk.clock.now());
    let (scope, problem) = match scope(&site, &who, now, &asked) {
        Ok(scope) => (scope, None),
        Err(refusal) => (scope(&site, &who, now, &Asked::default())?, Some(refusal)),
    };
    let rows = app.desk.store.measures(number(scope.from), number(scope.until)).await?;
    let (groups, quiet) = groups(rows, &scope);
    draw(&MeasuresPage {
        frame: Frame::new(&app, &who).await?,
        query: query(&scope),
        queues: site.queues.values().map(|q| (q.id.0, q.name.clone())).collect(),
        agents: if scope.supervises { agents(&site) } else { vec![] },
        scope,
        groups,
        quiet,
        problem,
    })
}

fn agents(site: &Site) -> Vec<(i64, String)> {
    site.agents.values().map(|a| (a.id.0, a.name.clone())).collect()
}

fn scope(site: &Site, who: &Who, now: Timestamp, asked: &Asked) -> Result<Scope, Refusal> {
    let zone = site.hours.zone();
    let today = now.to_zoned(zone.clone()).date();
    let supervises = who.role >= Role::Supervisor;
    let (period, from, until) = match asked.period.as_str() {
        "today" => ("today", today, today),
        "30" => ("30", today.saturating_sub(29.days()), today),
        "dates" => ("dates", date(&asked.from)?, date(&asked.until)?),
        _ => ("7", today.saturating_sub(6.days()), today),
    };
    let days = from.until(until).map_or(i32::MAX, |span| span.get_days());
    if !(0..DAYS).contains(&days) {
        return Err(Refusal::input(
            "A period goes from a day to the same or a later one, and has a year at most.",
            "Choose other dates; the last seven days are shown.",
        ));
    }
    let chosen = asked.agent.parse().ok().map(AgentId).filter(|id| site.agents.contains_key(id));
    Ok(Scope {
        period,
        from,
        until,
        zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        queue: asked.queue.parse().unwrap_or(0),
        agent: if supervises { chosen } else { Some(who.id) },
        supervises,
    })
}

fn date(text: &str) -> Result<Date, Refusal> {
    text.parse().map_err(|_| Refusal::input(format!("“{text}” is not a day."), "Choose the first and the last day."))
}

/// A day as it is stored: 20261123.
fn number(date: Date) -> i64 {
    i64::from(date.year()) * 10_000 + i64::from(date.month()) * 100 + i64::from(date.day())
}

fn query(scope: &Scope) -> String {
    let agent = scope.agent.filter(|_| scope.supervises).map_or(String::new(), |a| a.to_string());
    format!(
        "?period={}&from={}&until={}&queue={}&agent={}",
        scope.period,
        scope.from,
        scope.until,
        scope.queue,
        percent(&agent)
    )
}

/// What was counted of one measure in the scope.
#[derive(Clone, Default)]
struct Counted {
    all: Sum,
    days: BTreeMap<i64, Sum>,
    buckets: BTreeMap<i64, i64>,
}

fn groups(rows: Vec<MeasureRow>, scope: &Scope) -> (Vec<Group>, Vec<String>) {
    let counted = counted(rows, scope);
    let (mut groups, mut quiet): (Vec<Group>, Vec<String>) = (vec![], vec![]);
    let mut practices: Vec<u8> = MEASURES.iter().map(|m| m.practice).collect();
    practices.dedup();
    for practice in practices {
        let fair = |m: &&Measure| m.practice == practice && (scope.agent.is_none() || m.whose == Whose::Agents);
        let measures: Vec<&Measure> = MEASURES.iter().filter(fair).collect();
        let happened = measures.iter().any(|m| counted.contains_key(m.key));
        let name = measure::practice(practice);
        if happened {
            let says =
                |m: &&&Measure| counted.contains_key(m.key) || m.per.is_some_and(|whole| counted.contains_key(whole));
            let quiet = measures.iter().filter(|m| !says(m)).map(|m| m.name).collect();
            let lines = measures.iter().filter(says).map(|m| line(m, &counted, scope)).collect();
            groups.push(Group { practice, name, lines, quiet });
        } else if !measures.is_empty() {
            quiet.push(format!("P{practice} {name}"));
        }
    }
    (groups, quiet)
}

fn counted(rows: Vec<MeasureRow>, scope: &Scope) -> BTreeMap<String, Counted> {
    let mut counted: BTreeMap<String, Counted> = BTreeMap::new();
    let wanted = |row: &MeasureRow| {
        (scope.queue == 0 || row.place.queue == scope.queue) && scope.agent.is_none_or(|a| row.place.agent == a.0)
    };
    for MeasureRow { place, sum } in rows.into_iter().filter(wanted) {
        match place.measure.split_once('/') {
            Some((key, bound)) => {
                let of = counted.entry(key.to_owned()).or_default();
                *of.buckets.entry(bound.parse().unwrap_or(0)).or_default() += sum.n;
            }
            None => {
                let of = counted.entry(place.measure).or_default();
                let day = of.days.entry(place.day).or_default();
                (day.n, day.sum) = (day.n + sum.n, day.sum + sum.sum);
                (of.all.n, of.all.sum) = (of.all.n + sum.n, of.all.sum + sum.sum);
            }
        }
    }
    counted
}

fn line(measure: &'static Measure, counted: &BTreeMap<String, Counted>, scope: &Scope) -> Line {
    let none = Counted::default();
    let of = counted.get(measure.key).unwrap_or(&none);
    let (n, mean) = (of.all.n, of.all.sum as f64 / of.all.n.max(1) as f64);
    let (figure, beside) = match measure.unit {
        Unit::Count => (of.all.sum.to_string(), share(measure, of, counted)),
        _ if n == 0 => ("–".into(), String::new()),
        Unit::Mean => (format!("{mean:.1}"), format!("mean of {n}")),
        Unit::Seconds => (span(mean.round() as i64), spread(of)),
    };
    let days: Vec<i64> =
        each_day(scope).map(|day| of.days.get(&day).map_or(0, |sum| of_day(measure.unit, *sum))).collect();
    Line {
        key: measure.key,
        name: measure.name,
        definition: measure.definition,
        figure,
        beside,
        points: points(&days),
        days,
        opens: measure.opens && n > 0 && scope.supervises && scope.agent.is_none(),
    }
}

fn of_day(unit: Unit, sum: Sum) -> i64 {
    if unit == Unit::Count { sum.sum } else { sum.sum / sum.n.max(1) }
}

fn each_day(scope: &Scope) -> impl Iterator<Item = i64> + use<> {
    let until = scope.until;
    scope.from.series(1.day()).take_while(move |day| *day <= until).map(number)
}

/// "of 12 holds, 42 %".
fn share(measure: &Measure, of: &Counted, counted: &BTreeMap<String, Counted>) -> String {
    let Some(whole) = measure.per.and_then(measure::find) else { return String::new() };
    match counted.get(whole.key).map_or(0, |c| c.all.sum) {
        0 => String::new(),
        n => format!("{} % of {n} {}", (of.all.sum * 100 + n / 2) / n, lower(whole.name)),
    }
}

fn lower(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

fn spread(of: &Counted) -> String {
    let within = |percent| match at_most(&of.buckets, of.all.n, percent) {
        Some(bound) => format!("within {}", span(bound)),
        None => "longer than a month".into(),
    };
    format!("mean of {}; half {}, nine in ten {}", of.all.n, within(50), within(90))
}

/// Seconds as people say them.
fn span(seconds: i64) -> String {
    let pair = |big: i64, b: &str, small: i64, s: &str| match small {
        0 => format!("{big} {b}"),
        _ => format!("{big} {b} {small} {s}"),
    };
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3_600 => pair(seconds / 60, "min", seconds % 60, "s"),
        3_600..86_400 => pair(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => pair(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
    }
}

/// A thin line of 120 × 20; empty for less than two days.
fn points(days: &[i64]) -> String {
    let (Some(high), true) = (days.iter().max().filter(|h| **h > 0), days.len() > 1) else { return String::new() };
    let step = 120.0 / (days.len() - 1) as f64;
    let point =
        |(n, value): (usize, &i64)| format!("{:.1},{:.1}", n as f64 * step, 21.0 - *value as f64 * 20.0 / *high as f64);
    days.iter().enumerate().map(point).collect::<Vec<_>>().join(" ")
}

#[derive(Template)]
#[template(path = "measured.html")]
struct MeasuredPage {
    frame: Frame,
    measure: &'static Measure,
    practice: &'static str,
    scope: Scope,
    query: String,
    tickets: Vec<(String, String)>,
}

/// The tickets behind a figure.
pub(crate) async fn tickets(
    State(app): State<App>,
    who: Who,
    Path(key): Path<String>,
    Query(asked): Query<Asked>,
) -> Shown {
    let measure = measure::find(&key).filter(|m| m.opens).ok_or(Wrong::Missing)?;
    let scope = scope(&app.desk.site(), &who, app.desk.clock.now(), &asked)?;
    if !scope.supervises {
        return Err(Refusal::new(
            refusal::Kind::Permission,
            "What stands behind a figure is for supervisors to look into.",
            "Your own figures stand on the page before.",
        )
        .into());
    }
    let rows = app.desk.store.measured_tickets(measure.key, number(scope.from), number(scope.until)).await?;
    let here = rows.into_iter().filter(|(.., queue)| scope.queue == 0 || *queue == scope.queue);
    draw(&MeasuredPage {
        frame: Frame::new(&app, &who).await?,
        measure,
        practice: measure::practice(measure.practice),
        query: query(&scope),
        tickets: here.map(|(_, number, subject, _)| (number.to_string(), subject)).collect(),
        scope,
    })
}

/// Exactly what the page shows, a measure a line, the days after it.
pub(crate) async fn export(State(app): State<App>, who: Who, Query(asked): Query<Asked>) -> Result<Response, Wrong> {
    let site = app.desk.site();
    let scope = scope(&site, &who, app.desk.clock.now(), &asked)?;
    let rows = app.desk.store.measures(number(scope.from), number(scope.until)).await?;
    let queue = site.queues.values().find(|q| q.id.0 == scope.queue).map_or("all", |q| &q.name);
    let person = scope.agent.and_then(|a| site.agents.get(&a)).map_or("all", |a| &a.name);
    let mut out = String::new();
    let days: Vec<String> =
        scope.from.series(1.day()).take_while(|d| *d <= scope.until).map(|d| d.to_string()).collect();
    let head =
        ["practice", "measure", "key", "definition", "figure", "beside", "from", "until", "zone", "queue", "person"];
    out.push_str(&csv::line(head.into_iter().map(str::to_owned).chain(days)));
    for group in groups(rows, &scope).0 {
        for line in group.lines {
            let first = [
                format!("P{} {}", group.practice, group.name),
                line.name.into(),
                line.key.into(),
                line.definition.into(),
                line.figure,
                line.beside,
                scope.from.to_string(),
                scope.until.to_string(),
                scope.zone.clone(),
                queue.to_owned(),
                person.to_owned(),
            ];
            out.push_str(&csv::line(first.into_iter().chain(line.days.iter().map(i64::to_string))));
        }
    }
    Ok(sheet(&format!("measures-{}-{}", scope.from, scope.until), out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_said_as_people_say_them() {
        let said = [0, 59, 60, 200, 3_600, 9_000, 90_000].map(span);
        assert_eq!(said, ["0 s", "59 s", "1 min", "3 min 20 s", "1 h", "2 h 30 min", "1 d 1 h"]);
    }

    #[test]
    fn a_line_needs_two_days_and_something_in_them() {
        assert_eq!(points(&[3]), "");
        assert_eq!(points(&[0, 0, 0]), "");
        assert_eq!(points(&[0, 2, 1]), "0.0,21.0 60.0,1.0 120.0,11.0");
    }
}
