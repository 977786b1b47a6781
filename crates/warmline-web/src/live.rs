//! Live updates: server-sent events that say what changed, and nothing else.
//!
//! Each event's id is `run.sequence`. A page that comes back names the last one it had; what it missed follows, or
//! `all` when that cannot be told any more.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream, StreamExt};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use warmline_desk::announce::Announcement;
use warmline_desk::{Desk, FloorWish, Wish};
use warmline_domain::{AgentId, floor};

use crate::App;
use crate::session::Who;

const HEARTBEAT: std::time::Duration = std::time::Duration::from_secs(20);

/// One open page of an agent. When the last one of the process goes, the floor is told.
struct OpenPage {
    desk: Desk,
    agent: AgentId,
    runtime: tokio::runtime::Handle,
}

static OPEN: std::sync::Mutex<std::collections::BTreeMap<i64, usize>> =
    std::sync::Mutex::new(std::collections::BTreeMap::new());

impl OpenPage {
    async fn open(desk: &Desk, agent: AgentId) -> OpenPage {
        if let Ok(mut open) = OPEN.lock() {
            *open.entry(agent.0).or_default() += 1;
        }
        desk.metrics.pages_open.inc();
        if let Err(error) = desk.ask(Wish::Floor(FloorWish::News(floor::Report::Seen(agent)))).await {
            tracing::warn!(%error, "an agent's page opened and the floor could not be told");
        }
        OpenPage { desk: desk.clone(), agent, runtime: tokio::runtime::Handle::current() }
    }
}

impl Drop for OpenPage {
    fn drop(&mut self) {
        self.desk.metrics.pages_open.dec();
        let last = OPEN.lock().is_ok_and(|mut open| {
            let count = open.entry(self.agent.0).or_default();
            *count = count.saturating_sub(1);
            *count == 0
        });
        if last {
            let (desk, agent) = (self.desk.clone(), self.agent);
            self.runtime.spawn(async move {
                // A reload opens the next page before this one is told of; that is no leave.
                let back = OPEN.lock().is_ok_and(|open| open.get(&agent.0).is_some_and(|n| *n > 0));
                if back {
                    return;
                }
                if let Err(error) = desk.ask(Wish::Floor(FloorWish::News(floor::Report::Unseen(agent)))).await {
                    tracing::warn!(%error, "an agent's last page closed and the floor could not be told");
                }
            });
        }
    }
}

pub(crate) async fn changes(State(app): State<App>, who: Who, headers: HeaderMap, uri: axum::http::Uri) -> Response {
    let asked = headers
        .get("last-event-id")
        .and_then(|v| v.to_str().ok())
        .or_else(|| uri.query().and_then(|q| q.split('&').find_map(|pair| pair.strip_prefix("since="))));
    let live = app.desk.announcer.listen();
    let missed = missed(&app.desk, asked);
    let page = OpenPage::open(&app.desk, who.id).await;
    let run = app.desk.announcer.run;
    let body = stream::iter(missed).chain(following(run, live, page)).map(Ok::<_, Infallible>);
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, Body::from_stream(body)).into_response()
}

fn missed(desk: &Desk, asked: Option<&str>) -> Vec<String> {
    let run = desk.announcer.run;
    let told = asked.and_then(|id| {
        let (of_run, sequence) = id.split_once('.')?;
        (of_run == run.to_string()).then(|| sequence.parse().ok()).flatten()
    });
    let hello = vec!["retry: 1000\n: here\n\n".to_owned()];
    let missed = match told {
        Some(sequence) => desk.announcer.since(sequence),
        None if asked.is_some() => None,
        None => Some(vec![]),
    };
    match missed {
        Some(list) => hello.into_iter().chain(list.iter().map(|a| said(run, a))).collect(),
        None => hello.into_iter().chain([all(run, desk.announcer.last())]).collect(),
    }
}

fn said(run: u64, announcement: &Announcement) -> String {
    let topics: Vec<String> = announcement.topics.iter().map(ToString::to_string).collect();
    format!("id: {run}.{}\ndata: {}\n\n", announcement.sequence, topics.join(" "))
}

fn all(run: u64, last: u64) -> String {
    format!("id: {run}.{last}\ndata: all\n\n")
}

fn following(run: u64, live: broadcast::Receiver<Announcement>, page: OpenPage) -> impl Stream<Item = String> {
    stream::unfold((live, page), move |(mut live, page)| async move {
        let next = match tokio::time::timeout(HEARTBEAT, live.recv()).await {
            Err(_) => ": still here\n\n".to_owned(),
            Ok(Ok(announcement)) => said(run, &announcement),
            Ok(Err(RecvError::Lagged(_))) => all(run, page.desk.announcer.last()),
            Ok(Err(RecvError::Closed)) => return None,
        };
        Some((next, (live, page)))
    })
}
