//! An agent's calendar for their other programs, behind a secret address.
//!
//! What leaves: the entries of their own calendar, and when a promise is due on which ticket. Nothing of what a customer
//! said, nothing of what was promised.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use sha2::{Digest, Sha256};
use warmline_desk::ics::{self, Due};
use warmline_domain::AgentId;
use warmline_store::CommitError;

use crate::App;
use crate::page::Wrong;

const BACK: SignedDuration = SignedDuration::from_hours(24 * 14);
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 90);
const PROMISES: usize = 500;

/// Only its digest is kept: the address is shown once.
pub(super) async fn make(app: &App, agent: AgentId) -> Result<String, CommitError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    let secret = hex::encode(bytes);
    let mut batch = app.desk.store.batch();
    batch.calendar_feed(agent, &Sha256::digest(&secret));
    app.desk.store.commit(batch).await?;
    Ok(format!("{secret}.ics"))
}

pub(crate) async fn show(State(app): State<App>, Path(secret): Path<String>) -> Result<Response, Wrong> {
    let secret = secret.strip_suffix(".ics").filter(|s| s.len() == 64).ok_or(Wrong::Missing)?;
    let found = app.desk.store.calendar_behind(&Sha256::digest(secret)).await?;
    let site = app.desk.site();
    let agent = found.and_then(|id| site.agents.get(&id)).filter(|a| a.active).ok_or(Wrong::Missing)?;
    let now = app.desk.clock.now();
    let calendar = app.desk.store.calendar(agent.id).await?.value;
    // What came from elsewhere is there already.
    let blocks: Vec<_> = calendar.blocks(now - BACK, now + AHEAD).into_iter().filter(|b| b.entry.is_some()).collect();
    let mut promises = Vec::new();
    for promise in app.desk.store.open_promises(agent.id, now + AHEAD, PROMISES).await? {
        let Some(ticket) = app.desk.store.ticket(promise.ticket).await? else { continue };
        promises.push(Due { at: promise.due, number: ticket.value.number.to_string() });
    }
    let text = ics::write(&format!("{} · {}", agent.name, site.company), &blocks, &promises, now);
    let headers =
        [(header::CONTENT_TYPE, "text/calendar; charset=utf-8"), (header::CACHE_CONTROL, "private, no-store")];
    Ok((headers, text).into_response())
}
