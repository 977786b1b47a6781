//! Settings of queues, and the hours in which the desk and its queues are open.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use warmline_desk::{DeskError, Wish};
use warmline_domain::hours::{WEEKDAYS, Written};
use warmline_domain::site::queue::{LAST_TIER, read_skills, skills_as_text};
use warmline_domain::site::{Command, Overflow, Queue};
use warmline_domain::{Hours, QueueId, Refusal};

use crate::App;
use crate::page::{Frame, Shown, Wrong, drawn, moment, status_of};
use crate::session::Who;
use crate::settings::administrator;

/// Hours as the form sends them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct HoursForm {
    zone: String,
    monday: String,
    tuesday: String,
    wednesday: String,
    thursday: String,
    friday: String,
    saturday: String,
    sunday: String,
    exceptions: String,
}

impl HoursForm {
    fn written(&self) -> Written {
        let days =
            [&self.monday, &self.tuesday, &self.wednesday, &self.thursday, &self.friday, &self.saturday, &self.sunday];
        Written { zone: self.zone.clone(), week: days.map(Clone::clone), exceptions: self.exceptions.clone() }
    }
}

/// A desk that was never given hours is shown the zone its machine is in.
fn written(hours: &Hours, app: &App) -> Written {
    let mut written = hours.written();
    if *hours == Hours::default() {
        written.zone = app.settings.zone.iana_name().unwrap_or("UTC").to_owned();
    }
    written
}

/// "open until 17:00", "opens 23 Nov 9:00".
pub(crate) fn in_words(hours: &Hours, app: &App) -> String {
    let now = app.desk.clock.now();
    let zone = hours.zone();
    let at = |at| moment(at, now, &zone);
    match (hours.is_open(now), hours.next_close(now), hours.next_open(now)) {
        (true, Some(closes), _) => format!("open now, until {}", at(closes)),
        (true, None, _) => "open day and night".into(),
        (false, _, Some(opens)) => format!("closed now, opens {}", at(opens)),
        (false, _, None) => "closed, with no day in sight".into(),
    }
}

#[derive(Template)]
#[template(path = "hours.html")]
struct HoursPage {
    frame: Frame,
    written: Written,
    now: String,
    problem: Option<Refusal>,
}

async fn hours_page(app: &App, who: &Who, written: Written, problem: Option<Refusal>) -> Shown {
    let status = problem.as_ref().map_or(StatusCode::OK, status_of);
    let now = in_words(&app.desk.site().hours, app);
    Ok(drawn(status, &HoursPage { frame: Frame::new(app, who).await?, written, now, problem }))
}

pub(crate) async fn show_hours(State(app): State<App>, who: Who) -> Shown {
    administrator(&who)?;
    let written = written(&app.desk.site().hours, &app);
    hours_page(&app, &who, written, None).await
}

pub(crate) async fn set_hours(State(app): State<App>, who: Who, Form(form): Form<HoursForm>) -> Shown {
    administrator(&who)?;
    let asked = match Hours::read(&form.written()) {
        Ok(hours) => {
            let command = Command::SetHours(Box::new(hours));
            app.desk.ask(Wish::Site { by: who.by(), command }).await
        }
        Err(refusal) => Err(DeskError::Refused(refusal)),
    };
    match asked {
        Ok(_) => Ok(Redirect::to("/settings").into_response()),
        Err(DeskError::Refused(refusal)) => hours_page(&app, &who, form.written(), Some(refusal)).await,
        Err(fault) => Err(fault.into()),
    }
}

#[derive(Template)]
#[template(path = "queue.html")]
struct QueuePage {
    frame: Frame,
    id: i64,
    form: QueueForm,
    written: Written,
    now: String,
    /// The other queues, to overflow to.
    others: Vec<(i64, String, bool)>,
    /// Who may be given its callers, as it is saved.
    served_by: String,
    problem: Option<Refusal>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct QueueForm {
    name: String,
    /// The queue has hours of its own.
    own_hours: Option<String>,
    #[serde(flatten)]
    hours: HoursForm,
    room: String,
    effort: String,
    overflow_to: String,
    overflow_after: String,
    overflow_from: String,
    skills: String,
    tier: String,
}

impl QueueForm {
    fn of(queue: &Queue) -> QueueForm {
        let number = |n: Option<u32>| n.map(|n| n.to_string()).unwrap_or_default();
        let overflow = queue.overflow.as_ref();
        QueueForm {
            name: queue.name.clone(),
            own_hours: queue.hours.as_ref().map(|_| "on".into()),
            hours: HoursForm::default(),
            room: queue.room.to_string(),
            effort: number(queue.effort_minutes),
            overflow_to: overflow.map(|o| o.to.to_string()).unwrap_or_default(),
            overflow_after: number(overflow.and_then(|o| o.after_minutes)),
            overflow_from: number(overflow.and_then(|o| o.from_waiting)),
            skills: skills_as_text(&queue.skills),
            tier: queue.tier.to_string(),
        }
    }

    fn queue(&self, id: QueueId) -> Result<Queue, Refusal> {
        let hours = self.own_hours.as_ref().map(|_| Hours::read(&self.hours.written())).transpose()?;
        let overflow = match self.overflow_to.parse() {
            Ok(to) => Some(Overflow {
                to: QueueId(to),
                after_minutes: whole(&self.overflow_after, "Minutes until callers go on")?,
                from_waiting: whole(&self.overflow_from, "Callers waiting when others go on")?,
            }),
            Err(_) => None,
        };
        let fresh = Queue::named(id, &self.name);
        let room = whole(&self.room, "Callers who may wait")?.unwrap_or(fresh.room);
        let tier = tier(&self.tier)?;
        let effort_minutes = whole(&self.effort, "Minutes of work")?;
        Ok(Queue { hours, room, effort_minutes, overflow, skills: read_skills(&self.skills)?, tier, ..fresh })
    }
}

/// A number from a field; nothing when it is empty.
fn whole(text: &str, what: &str) -> Result<Option<u32>, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = |_| Refusal::input(format!("{what}: “{text}” is not a whole number."), "Enter one like 10.");
    text.parse().map(Some).map_err(wrong)
}

/// The tier a form names; the first when it names none.
pub(crate) fn tier(text: &str) -> Result<u8, Refusal> {
    Ok(whole(text, "The tier")?.map_or(1, |tier| u8::try_from(tier).unwrap_or(u8::MAX)))
}

async fn queue_page(
    app: &App,
    who: &Who,
    id: QueueId,
    form: QueueForm,
    written: Written,
    problem: Option<Refusal>,
) -> Shown {
    let status = problem.as_ref().map_or(StatusCode::OK, status_of);
    let site = app.desk.site();
    let now = in_words(site.hours_of(id), app);
    let others = site.queues.values().filter(|q| q.id != id);
    let others = others.map(|q| (q.id.0, q.name.clone(), q.id.to_string() == form.overflow_to)).collect();
    let served_by: Vec<&str> =
        site.agents.values().filter(|a| site.serves(a.id, id)).map(|a| a.name.as_str()).collect();
    let (frame, served_by) = (Frame::new(app, who).await?, served_by.join(", "));
    Ok(drawn(status, &QueuePage { frame, id: id.0, form, written, now, others, served_by, problem }))
}

pub(crate) async fn show(State(app): State<App>, who: Who, Path(id): Path<i64>) -> Shown {
    administrator(&who)?;
    let (site, id) = (app.desk.site(), QueueId(id));
    let queue = site.queues.get(&id).ok_or(Wrong::Missing)?;
    queue_page(&app, &who, id, QueueForm::of(queue), written(site.hours_of(id), &app), None).await
}

pub(crate) async fn change(
    State(app): State<App>,
    who: Who,
    Path(id): Path<i64>,
    Form(form): Form<QueueForm>,
) -> Shown {
    administrator(&who)?;
    let id = QueueId(id);
    let asked = match form.queue(id) {
        Ok(queue) => {
            let command = Command::ChangeQueue(Box::new(queue));
            app.desk.ask(Wish::Site { by: who.by(), command }).await
        }
        Err(refusal) => Err(DeskError::Refused(refusal)),
    };
    match asked {
        Ok(_) => Ok(Redirect::to("/settings").into_response()),
        Err(DeskError::Refused(refusal)) => {
            let written = form.hours.written();
            queue_page(&app, &who, id, form, written, Some(refusal)).await
        }
        Err(fault) => Err(fault.into()),
    }
}
