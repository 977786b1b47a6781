//! Drafts and their attachments: kept on the server as typing pauses, so that a reload loses nothing.

use axum::Form;
use axum::extract::{Multipart, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use warmline_domain::ticket::{Attachment, Source};
use warmline_domain::{AgentId, Refusal, TicketId, limits, sealed::Digest};
use warmline_store::Draft;

use crate::App;
use crate::forms::InView;
use crate::page::{Shown, Wrong, moment};
use crate::session::Who;
use crate::tickets::{Trouble, ticket_id, ticket_page};

#[derive(Deserialize)]
pub(crate) struct DraftForm {
    kind: String,
    text: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    cc: String,
}

/// Answers with the moment it was kept, for the corner of the composer.
pub(crate) async fn keep(
    State(app): State<App>,
    who: Who,
    Path(number): Path<String>,
    Form(form): Form<DraftForm>,
) -> Result<Response, Wrong> {
    let id = ticket_id(&app, &number).await?;
    let kind = if form.kind == "note" { "note" } else { "answer" };
    let text: String = form.text.replace("\r\n", "\n").chars().take(limits::TEXT_BYTES).collect();
    let before = app.desk.store.draft(who.id, id, kind).await?.map(|(_, d)| d).unwrap_or_default();
    let draft = Draft { text, to: form.to, cc: form.cc, attachments: before.attachments };
    keep_draft(&app, who.id, id, kind, &draft).await?;
    let now = app.desk.clock.now();
    Ok((StatusCode::OK, moment(now, now, &app.settings.zone)).into_response())
}

pub(crate) async fn keep_draft(
    app: &App,
    agent: AgentId,
    ticket: TicketId,
    kind: &'static str,
    draft: &Draft,
) -> Result<(), Wrong> {
    let mut batch = app.desk.store.batch();
    batch.draft(agent, ticket, kind, app.desk.clock.now(), draft);
    Ok(app.desk.store.commit(batch).await?)
}

/// Files for the answer; the form carries the text too, so that nothing typed is lost without script.
pub(crate) async fn attach(
    State(app): State<App>,
    who: Who,
    Path(number): Path<String>,
    Query(view): Query<InView>,
    mut form: Multipart,
) -> Shown {
    let id = ticket_id(&app, &number).await?;
    let mut draft = app.desk.store.draft(who.id, id, "answer").await?.map(|(_, d)| d).unwrap_or_default();
    let unreadable = |_| Refusal::input("The file did not arrive whole.", "Choose it again. Your text is kept.");
    let mut refused = None;
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        let name = field.name().unwrap_or_default().to_owned();
        let file = field.file_name().map(str::to_owned);
        let media_type = field.content_type().unwrap_or("application/octet-stream").to_owned();
        let bytes = field.bytes().await.map_err(unreadable)?;
        match (name.as_str(), file) {
            ("text", _) => draft.text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n"),
            ("to", _) => draft.to = String::from_utf8_lossy(&bytes).into_owned(),
            ("cc", _) => draft.cc = String::from_utf8_lossy(&bytes).into_owned(),
            ("files", Some(file)) if !file.is_empty() => {
                let total: u64 = draft.attachments.iter().map(|a| a.bytes).sum::<u64>() + bytes.len() as u64;
                if total > limits::ATTACHMENT_BYTES as u64 || draft.attachments.len() >= limits::ATTACHMENTS {
                    refused = Some(Refusal::input(
                        format!("{file} does not fit any more: an answer carries 25 MB of files."),
                        "Take another one off, or send it in a second answer. Your text is kept.",
                    ));
                    continue;
                }
                draft.attachments.push(store(&app, file, media_type, bytes.to_vec()).await?);
            }
            _ => {}
        }
    }
    keep_draft(&app, who.id, id, "answer", &draft).await?;
    if let Some(refusal) = refused {
        let trouble = Trouble { refusal, seen: None, reason_for: None };
        return ticket_page(&app, &who, &number, &view, Some(trouble)).await;
    }
    Ok(Redirect::to(&format!("/tickets/{number}{}", view.query())).into_response())
}

async fn store(app: &App, name: String, media_type: String, bytes: Vec<u8>) -> Result<Attachment, Wrong> {
    let digest = Digest::of_bytes(&bytes).hex();
    let size = bytes.len() as u64;
    app.desk.blobs.put(&digest, bytes).await?;
    let name =
        name.rsplit(['/', '\\']).next().unwrap_or("file").chars().filter(|c| !c.is_control()).take(120).collect();
    Ok(Attachment { name, media_type, bytes: size, content_id: None, source: Source::Blob(digest) })
}

pub(crate) async fn detach(
    State(app): State<App>,
    who: Who,
    Path((number, index)): Path<(String, usize)>,
    Query(view): Query<InView>,
) -> Shown {
    let id = ticket_id(&app, &number).await?;
    if let Some((_, mut draft)) = app.desk.store.draft(who.id, id, "answer").await? {
        if index < draft.attachments.len() {
            draft.attachments.remove(index);
        }
        keep_draft(&app, who.id, id, "answer", &draft).await?;
    }
    Ok(Redirect::to(&format!("/tickets/{number}{}", view.query())).into_response())
}
