//! Recordings of a call: who listens is written down before a sound is heard, once for an hour of one person.

use std::collections::BTreeMap;
use std::io::Error;
use std::sync::Mutex;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use futures_util::stream;
use jiff::{SignedDuration, Timestamp};
use warmline_desk::Wish;
use warmline_domain::ticket::may_listen;
use warmline_domain::{AgentId, CallId, TicketId};
use warmline_phone::playback::Recording;

use crate::App;
use crate::page::{Shown, Wrong};
use crate::session::Who;
use crate::tickets::ticket_id;

/// A player asks for many pieces; within this time they are one listening.
const ONE_LISTENING: SignedDuration = SignedDuration::from_hours(1);
/// Read and mixed at a time: two seconds of sound.
const PIECE: usize = 64 * 1024;

/// Who listens to what now, and since when.
#[derive(Default)]
pub(crate) struct Listenings(Mutex<BTreeMap<(AgentId, CallId), Timestamp>>);

impl Listenings {
    fn goes_on(&self, agent: AgentId, call: CallId, now: Timestamp) -> bool {
        self.0.lock().is_ok_and(|mut all| {
            all.retain(|_, since| now.duration_since(*since) < ONE_LISTENING);
            all.contains_key(&(agent, call))
        })
    }
    fn begins(&self, agent: AgentId, call: CallId, now: Timestamp) {
        if let Ok(mut all) = self.0.lock() {
            all.insert((agent, call), now);
        }
    }
}

/// The recording, for those who may hear it.
async fn found(app: &App, who: &Who, number: &str, call: CallId) -> Result<(TicketId, Recording), Wrong> {
    let id = ticket_id(app, number).await?;
    let ticket = app.desk.store.ticket(id).await?.ok_or(Wrong::Missing)?;
    let going_on = app.desk.floor().calls.contains_key(&call);
    may_listen(&ticket.value, &app.desk.site(), who.by(), call, going_on)?;
    let folder = app.settings.recordings.clone();
    let opened =
        tokio::task::spawn_blocking(move || Recording::open(&folder, call.0)).await.map_err(|_| Wrong::Missing)?;
    Ok((id, opened.map_err(unreadable)?.ok_or(Wrong::Missing)?))
}

fn unreadable(error: Error) -> Wrong {
    warmline_store::Fault(format!("The recording could not be read: {error}.")).into()
}

/// Both sides as one stereo file: the caller left, everybody else right. Pieces of it, so that a player can jump
/// (RFC 9110 §14).
pub(crate) async fn listen(
    State(app): State<App>,
    who: Who,
    Path((number, call)): Path<(String, i64)>,
    headers: HeaderMap,
) -> Shown {
    let call = CallId(call);
    let (ticket, recording) = found(&app, &who, &number, call).await?;
    let length = recording.bytes();
    let asked = headers.get(header::RANGE).and_then(|v| v.to_str().ok());
    let Some((first, last)) = asked.map_or(Some((0, length - 1)), |asked| range(asked, length)) else {
        let all = [(header::CONTENT_RANGE, format!("bytes */{length}"))];
        return Ok((StatusCode::RANGE_NOT_SATISFIABLE, all).into_response());
    };
    let now = app.desk.clock.now();
    if !app.listenings.goes_on(who.id, call, now) {
        app.desk.ask(Wish::Listen { by: who.by(), ticket, call }).await?;
        app.listenings.begins(who.id, call, now);
    }
    let told = [
        (header::CONTENT_TYPE, "audio/wav".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::CONTENT_LENGTH, (last - first + 1).to_string()),
    ];
    let mut response = (told, pieces(recording, first, last)).into_response();
    if asked.is_some() {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        if let Ok(value) = format!("bytes {first}-{last}/{length}").parse() {
            response.headers_mut().insert(header::CONTENT_RANGE, value);
        }
    }
    Ok(response)
}

fn pieces(recording: Recording, first: u64, last: u64) -> Body {
    let next = |(recording, at): (Recording, u64), last: u64| async move {
        if at > last {
            return None;
        }
        let read = tokio::task::spawn_blocking(move || {
            let length = (last + 1 - at).min(PIECE as u64) as usize;
            let piece = recording.read(at, length);
            (piece, (recording, at + length as u64))
        });
        read.await.ok()
    };
    Body::from_stream(stream::unfold((recording, first), move |at| next(at, last)))
}

/// The first and last byte that are asked for; `None` when there is no such piece. Of several pieces none is given.
fn range(asked: &str, length: u64) -> Option<(u64, u64)> {
    let (first, last) = asked.strip_prefix("bytes=")?.split_once('-')?;
    let (first, last) = match (first.trim(), last.trim()) {
        ("", last) => (length.saturating_sub(last.parse().ok()?), length - 1),
        (first, "") => (first.parse().ok()?, length - 1),
        (first, last) => (first.parse().ok()?, last.parse::<u64>().ok()?.min(length - 1)),
    };
    (first <= last && first < length).then_some((first, last))
}

/// How loud each side was; no word of it, so it is no listening.
pub(crate) async fn waveform(State(app): State<App>, who: Who, Path((number, call)): Path<(String, i64)>) -> Shown {
    let (_, recording) = found(&app, &who, &number, CallId(call)).await?;
    let seconds = recording.seconds();
    let peaks = tokio::task::spawn_blocking(move || recording.peaks()).await.map_err(|_| Wrong::Missing)?;
    let peaks = peaks.map_err(unreadable)?;
    let drawn = serde_json::json!({ "seconds": seconds, "caller": peaks.caller, "others": peaks.others });
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, drawn.to_string()).into_response())
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn pieces_are_asked_for_as_the_standard_says() {
        for (asked, given) in [
            ("bytes=0-", Some((0, 99))),
            ("bytes=0-0", Some((0, 0))),
            ("bytes=20-1000", Some((20, 99))),
            ("bytes=-30", Some((70, 99))),
            ("bytes=-1000", Some((0, 99))),
            ("bytes=-0", None),
            ("bytes=100-", None),
            ("bytes=5-4", None),
            ("bytes=0-1,5-6", None),
            ("lines=0-1", None),
            ("bytes=x", None),
        ] {
            assert_eq!(range(asked, 100), given, "{asked}");
        }
    }
}
