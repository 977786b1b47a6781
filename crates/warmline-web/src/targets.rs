//! Targets: set per queue on a page of their own, and shown on the ticket as they run.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use warmline_desk::{DeskError, Wish};
use warmline_domain::site::targets::{Command, QueueTargets, Times, minutes_as_text, read_minutes};
use warmline_domain::site::{Command as SiteCommand, Site};
use warmline_domain::ticket::targets::{Event, Standing, in_words};
use warmline_domain::ticket::{Target, Ticket};
use warmline_domain::{QueueId, Refusal};

use crate::App;
use crate::page::{Frame, Shown, drawn, moment, status_of};
use crate::session::Who;
use crate::settings::administrator;

#[derive(Template)]
#[template(path = "targets.html")]
struct TargetsPage {
    frame: Frame,
    queues: Vec<QueueRows>,
    warn_percent: u32,
    problem: Option<Refusal>,
}

struct QueueRows {
    id: QueueId,
    name: String,
    hours: String,
    rows: Vec<FieldRow>,
    /// The same for each plan, and whether it names any.
    plans: Vec<(String, Vec<FieldRow>, bool)>,
}

/// A target, what it means, and its two fields: their names' first part and how they stand.
struct FieldRow {
    target: Target,
    meaning: &'static str,
    prefix: String,
    critical: String,
    others: String,
}

/// What is typed, by the names of the fields: `critical.solution`, `gold/others.first_answer`.
type Typed = BTreeMap<String, String>;

fn meaning(target: Target) -> &'static str {
    match target {
        Target::PickUp => "somebody has it; also after it was handed on",
        Target::FirstAnswer => "a person of ours has answered",
        Target::NextAnswer => "our next word, when the customer waits for it",
        Target::Solution => "it is solved",
    }
}

fn as_typed(targets: &QueueTargets) -> Typed {
    let of = |prefix: &str, name: &str, minutes: &BTreeMap<Target, u32>| -> Typed {
        minutes.iter().map(|(t, m)| (format!("{prefix}{name}.{}", t.word()), minutes_as_text(*m))).collect()
    };
    let mut typed = of("", "critical", &targets.critical);
    typed.extend(of("", "others", &targets.others));
    for (plan, times) in &targets.plans {
        typed.extend(of(&format!("{plan}/"), "critical", &times.critical));
        typed.extend(of(&format!("{plan}/"), "others", &times.others));
    }
    typed
}

fn read(typed: &Typed) -> Result<QueueTargets, Refusal> {
    let of = |prefix: &str| -> Result<Times, Refusal> {
        let mut times = Times::default();
        for target in Target::ALL {
            let text = |name: &str| typed.get(&format!("{prefix}{name}.{}", target.word())).map_or("", String::as_str);
            times.critical.extend(read_minutes(text("critical"))?.map(|m| (target, m)));
            times.others.extend(read_minutes(text("others"))?.map(|m| (target, m)));
        }
        Ok(times)
    };
    let plans: BTreeSet<&str> = typed.keys().filter_map(|name| Some(name.split_once('/')?.0)).collect();
    let plans = plans.into_iter().map(|plan| Ok((plan.to_owned(), of(&format!("{plan}/"))?)));
    let plans = plans.collect::<Result<_, Refusal>>()?;
    let Times { critical, others } = of("")?;
    Ok(QueueTargets { critical, others, plans })
}

fn rows(fields: &Typed, prefix: &str) -> Vec<FieldRow> {
    let field =
        |name: &str, t: Target| fields.get(&format!("{prefix}{name}.{}", t.word())).cloned().unwrap_or_default();
    let row = |target: Target| FieldRow {
        target,
        meaning: meaning(target),
        prefix: prefix.to_owned(),
        critical: field("critical", target),
        others: field("others", target),
    };
    Target::ALL.into_iter().map(row).collect()
}

async fn page(app: &App, who: &Who, typed: Option<(QueueId, Typed)>, problem: Option<Refusal>) -> Shown {
    let site = app.desk.site();
    let queue = |id: QueueId, name: &str| {
        let kept = as_typed(&site.targets.get(&id).cloned().unwrap_or_default());
        let fields = typed.as_ref().filter(|(of, _)| *of == id).map_or(kept, |(_, typed)| typed.clone());
        let of_plan = |plan: &String| {
            let prefix = format!("{plan}/");
            let named = fields.iter().any(|(name, text)| name.starts_with(&prefix) && !text.trim().is_empty());
            (plan.clone(), rows(&fields, &prefix), named)
        };
        QueueRows {
            id,
            name: name.to_owned(),
            hours: crate::queues::in_words(site.hours_of(id), app),
            rows: rows(&fields, ""),
            plans: site.catalogue.plans.iter().map(of_plan).collect(),
        }
    };
    let page = TargetsPage {
        frame: Frame::new(app, who).await?,
        queues: site.queues.values().map(|q| queue(q.id, &q.name)).collect(),
        warn_percent: site.policy.priority.warn_percent,
        problem,
    };
    Ok(drawn(page.problem.as_ref().map_or(StatusCode::OK, status_of), &page))
}

pub(crate) async fn show(State(app): State<App>, who: Who) -> Shown {
    administrator(&who)?;
    page(&app, &who, None, None).await
}

pub(crate) async fn set(State(app): State<App>, who: Who, Path(id): Path<i64>, Form(typed): Form<Typed>) -> Shown {
    administrator(&who)?;
    let queue = QueueId(id);
    let asked = match read(&typed) {
        Ok(targets) => {
            let command = SiteCommand::Targets(Command::Set { queue, targets });
            app.desk.ask(Wish::Site { by: who.by(), command }).await
        }
        Err(refusal) => Err(DeskError::Refused(refusal)),
    };
    match asked {
        Ok(_) => Ok(Redirect::to("/settings/targets").into_response()),
        Err(DeskError::Refused(refusal)) => page(&app, &who, Some((queue, typed)), Some(refusal)).await,
        Err(fault) => Err(fault.into()),
    }
}

/// A clock as the ticket shows it.
pub(crate) struct ClockView {
    pub(crate) words: String,
    pub(crate) due: String,
    pub(crate) near: bool,
    pub(crate) late: bool,
    pub(crate) rests: bool,
}

pub(crate) fn clocks(app: &App, site: &Site, ticket: &Ticket) -> Vec<ClockView> {
    let (now, zone) = (app.desk.clock.now(), &app.settings.zone);
    let view = |(target, clock): (&Target, &warmline_domain::ticket::targets::Clock)| {
        let words = in_words(*target, clock, site, now);
        let (first, rest) = words.split_at(1);
        ClockView {
            words: format!("{}{rest}", first.to_uppercase()),
            due: moment(clock.due, now, zone),
            near: clock.standing == Standing::AtRisk && !clock.rests,
            late: clock.standing == Standing::Missed,
            rests: clock.rests,
        }
    };
    ticket.targets.iter().map(view).collect()
}

/// What came of a target, in words. How its clock runs stands beside the ticket, not in its story.
pub(crate) fn sentence(event: &Event) -> Option<String> {
    Some(match event {
        Event::TargetNears { target, standing: Standing::AtRisk } => format!("{} is nearly late", target.title()),
        Event::TargetMissed { target, .. } => format!("{} is late", target.title()),
        Event::TargetEnded { target, took, minutes, late: 0, .. } => {
            format!("{} in time: {took} of {minutes} open minutes", target.title())
        }
        Event::TargetEnded { target, late, minutes, .. } => {
            format!("{} came {late} open minutes late; the target is {minutes}", target.title())
        }
        Event::TargetDropped { target } => format!("There is no target for the {} any more", target.named()),
        Event::TargetSet { .. } | Event::TargetRests { .. } | Event::TargetNears { .. } => return None,
    })
}
