//! Who is here.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use warmline_desk::{FloorWish, Wish};
use warmline_domain::floor::{Command, Presence};
use warmline_domain::site::Role;
use warmline_domain::ticket::priority::span_in_words;

use crate::App;
use crate::calls::room::{Line, Owed, Waits, doing, lines, owed, waits};
use crate::page::{Frame, Shown, draw};
use crate::session::Who;

#[derive(Template)]
#[template(path = "floor.html")]
struct FloorPage {
    frame: Frame,
    people: Vec<Person>,
    available: usize,
    ours: i64,
    unassigned: i64,
    unheard: i64,
    calls: Vec<Line>,
    callbacks: Vec<Owed>,
    waits: Vec<Waits>,
    supervises: bool,
}

struct Person {
    name: String,
    /// What they are doing beside being here.
    doing: &'static str,
    presence: Presence,
    since: String,
    tickets: i64,
    lost: bool,
}

pub(crate) async fn show(State(app): State<App>, who: Who) -> Shown {
    let (site, floor, now) = (app.desk.site(), app.desk.floor(), app.desk.clock.now());
    let counters = app.desk.store.counters().await?;
    let count = |name: &str| counters.get(name).copied().unwrap_or(0);
    let mut people: Vec<Person> = site
        .agents
        .values()
        .filter(|a| a.active)
        .map(|a| Person {
            name: a.name.clone(),
            presence: floor.presence(a.id),
            doing: doing(&floor, a.id),
            since: floor.seats.get(&a.id).map(|s| span_in_words(s.since, now)).unwrap_or_default(),
            tickets: count(&format!("agent:{}:0", a.id)),
            lost: floor.seats.get(&a.id).is_some_and(|s| s.unseen_since.is_some() && s.presence != Presence::Offline),
        })
        .collect();
    people.sort_by_key(|p| (p.presence as u8, p.name.clone()));
    let available = people.iter().filter(|p| p.presence == Presence::Available).count();
    draw(&FloorPage {
        frame: Frame::new(&app, &who).await?,
        people,
        available,
        ours: count("stage:0"),
        unassigned: count("agent:0:0"),
        unheard: count("attention:1"),
        calls: lines(&app, &floor, &site, now).await?,
        waits: waits(&app, &floor, &site),
        callbacks: owed(&app, &floor, &site, now).await?,
        supervises: who.role >= Role::Supervisor,
    })
}

#[derive(Deserialize)]
pub(crate) struct PresenceForm {
    presence: String,
}

pub(crate) async fn set(State(app): State<App>, who: Who, headers: HeaderMap, Form(form): Form<PresenceForm>) -> Shown {
    app.desk.ask(Wish::Floor(FloorWish::Wish(who.by(), Command::SignIn(who.id)))).await?;
    let command = if form.presence == "available" { Command::GoAvailable(who.id) } else { Command::GoAway(who.id) };
    app.desk.ask(Wish::Floor(FloorWish::Wish(who.by(), command))).await?;
    Ok(Redirect::to(&crate::calls::back(&headers)).into_response())
}
