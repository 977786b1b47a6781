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
use crate::chats::visitors::Visitor as ChatVisitor;
use crate::page::{Shown, draw};

#[derive(Template)]
#[template(path = "calls/call_us.html")]
struct CallUs {
    company: String,
    can_call: bool,
    /// When we open, while nobody is here.
    closed: String,
    assets: &'static str,
}

pub(crate) async fn show(State(app): State<App>) -> Shown {
    let can_call = app.desk.telephone.phone().is_some();
    let site = app.desk.site();
    let hours = site.hours_of(site.queue_of_line(WEB));
    let closed = match hours.is_open(app.desk.clock.now()) {
        true => String::new(),
        false => format!("We are {}.", crate::queues::in_words(hours, &app)),
    };
    draw(&CallUs { company: site.company.clone(), can_call, closed, assets: crate::files::VERSION })
}

/// The line that calls from the page come in by.
const WEB: &str = "web";

#[derive(Deserialize)]
pub(crate) struct Caller {
    #[serde(default)]
    name: String,
}

pub(crate) async fn line(
    State(app): State<App>,
    Query(caller): Query<Caller>,
    chatted: ChatVisitor,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let name = caller.name.chars().filter(|c| !c.is_control()).take(80).collect();
    open(&app, &headers, upgrade, Visitor::Caller { name, to: WEB.into(), about: chatted.ticket().map(|t| t.0) })
}
