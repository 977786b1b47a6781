//! Customers call from a page: no number, no program, a microphone.

use askama::Template;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use warmline_phone::Visitor;

use super::softphone::open;
use crate::App;
use crate::page::{Shown, draw};

#[derive(Template)]
#[template(path = "calls/call_us.html")]
struct CallUs {
    company: String,
    can_call: bool,
    assets: &'static str,
}

pub(crate) async fn show(State(app): State<App>) -> Shown {
    let can_call = app.desk.telephone.phone().is_some();
    draw(&CallUs { company: app.desk.site().company.clone(), can_call, assets: crate::files::VERSION })
}

#[derive(Deserialize)]
pub(crate) struct Caller {
    #[serde(default)]
    name: String,
}

pub(crate) async fn line(
    State(app): State<App>,
    Query(caller): Query<Caller>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let name = caller.name.chars().filter(|c| !c.is_control()).take(80).collect();
    open(&app, &headers, upgrade, Visitor::Caller { name, to: "web".into() })
}
