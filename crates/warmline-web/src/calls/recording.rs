//! Recordings of a call: who listens is written down before a sound is heard.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use warmline_desk::Wish;
use warmline_domain::ticket::Command;
use warmline_domain::{CallId, Refusal, TicketId};

use crate::App;
use crate::page::{Shown, Wrong};
use crate::session::Who;
use crate::tickets::ticket_id;

/// Lines a contact may have had; nobody is transferred more often.
const TRACKS: u32 = 40;

/// Both sides as one stereo file: the caller left, everybody else right.
pub(crate) async fn listen(State(app): State<App>, who: Who, Path((number, call)): Path<(String, i64)>) -> Shown {
    let ticket: TicketId = ticket_id(&app, &number).await?;
    if app.desk.floor().calls.contains_key(&CallId(call)) {
        let words = "A supervisor can listen from the floor page.";
        return Err(Refusal::state("This call is still going on.", words).into());
    }
    let folder = app.settings.recordings.clone();
    let tracks = tokio::task::spawn_blocking(move || {
        let track = |n| warmline_phone::record::track(&folder, warmline_phone::LegId { call, n });
        let mut tracks = vec![std::fs::read(track(1)).unwrap_or_default()];
        tracks.extend((2..TRACKS).filter_map(|n| std::fs::read(track(n)).ok()));
        tracks
    });
    let tracks = tracks.await.map_err(|_| Wrong::Missing)?;
    if tracks.iter().all(Vec::is_empty) || !app.desk.store.is_call_of(ticket, CallId(call)).await? {
        return Err(Wrong::Missing);
    }
    app.desk.ask(Wish::Ticket { by: who.by(), ticket, command: Command::Listen { call: CallId(call) } }).await?;
    let wav = tokio::task::spawn_blocking(move || warmline_phone::record::stereo(&tracks));
    let wav = wav.await.map_err(|_| Wrong::Missing)?;
    Ok(([(header::CONTENT_TYPE, "audio/wav"), (header::CACHE_CONTROL, "no-store")], wav).into_response())
}
