//! The live connection of a page that chats. It says that something changed, or that somebody writes; what it is the
//! page fetches like any other. While one is open, the customer is here.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Mutex;
use std::time::Duration;

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream, StreamExt};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use warmline_desk::announce::{Announcement, Topic};
use warmline_desk::{Desk, FloorWish, Wish};
use warmline_domain::ChatId;
use warmline_domain::floor::{self, chat};

const HEARTBEAT: Duration = Duration::from_secs(15);
/// A reload closes one page and opens the next.
const RELOAD: Duration = Duration::from_secs(4);
/// Windows of one customer on the same chat.
const PAGES: usize = 6;

static OPEN: Mutex<BTreeMap<i64, usize>> = Mutex::new(BTreeMap::new());

/// One open page of a customer. When the last one goes, and stays away, the floor is told.
struct Page {
    desk: Desk,
    chat: ChatId,
    runtime: tokio::runtime::Handle,
}

impl Drop for Page {
    fn drop(&mut self) {
        let last = OPEN.lock().is_ok_and(|mut open| {
            let count = open.entry(self.chat.0).or_default();
            *count = count.saturating_sub(1);
            *count == 0 && open.remove(&self.chat.0).is_some()
        });
        if last {
            let (desk, chat) = (self.desk.clone(), self.chat);
            self.runtime.spawn(async move {
                tokio::time::sleep(RELOAD).await;
                if OPEN.lock().is_ok_and(|open| !open.contains_key(&chat.0)) {
                    tell(&desk, chat, chat::Report::Gone).await;
                }
            });
        }
    }
}

async fn tell(desk: &Desk, chat: ChatId, news: chat::Report) {
    if let Err(error) = desk.ask(Wish::Floor(FloorWish::News(floor::Report::Chat { chat, news }))).await {
        tracing::warn!(%error, "the floor could not be told of a chat's page");
    }
}

/// `None`: too many windows.
pub(super) async fn follow(desk: &Desk, chat: ChatId) -> Option<Response> {
    let live = desk.announcer.listen();
    {
        let mut open = OPEN.lock().ok()?;
        let count = open.entry(chat.0).or_default();
        if *count >= PAGES {
            return None;
        }
        *count += 1;
    }
    let page = Page { desk: desk.clone(), chat, runtime: tokio::runtime::Handle::current() };
    tell(desk, chat, chat::Report::Seen).await;
    let hello = stream::iter(["retry: 1000\n: here\n\n".to_owned(), said("changed")]);
    let body = hello.chain(following(live, page)).map(Ok::<_, Infallible>);
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Some((headers, Body::from_stream(body)).into_response())
}

fn said(what: &str) -> String {
    format!("data: {what}\n\n")
}

fn following(live: broadcast::Receiver<Announcement>, page: Page) -> impl Stream<Item = String> {
    stream::unfold((live, page), |(mut live, page)| async move {
        loop {
            let next = match tokio::time::timeout(HEARTBEAT, live.recv()).await {
                Err(_) => ": still here\n\n".to_owned(),
                Ok(Ok(announcement)) => match concerns(&announcement, page.chat) {
                    Some(what) => said(what),
                    None => continue,
                },
                Ok(Err(RecvError::Lagged(_))) => said("changed"),
                Ok(Err(RecvError::Closed)) => return None,
            };
            return Some((next, (live, page)));
        }
    })
}

/// Nothing of anybody else's chat, and nothing of what is inside.
fn concerns(announcement: &Announcement, chat: ChatId) -> Option<&'static str> {
    let has = |topic: Topic| announcement.topics.contains(&topic);
    if has(Topic::Chat(chat)) {
        return Some("changed");
    }
    has(Topic::AgentTypes(chat)).then_some("typing")
}
