//! Drafts and their attachments: kept on the server as typing pauses, so that a reload loses nothing.

use axum::Form;
use axum::extract::{Multipart, Path};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use warmline_domain::ticket::{Attachment, Source};
use warmline_domain::{AgentId, Refusal, TicketId, limits, sealed::Digest};
use warmline_store::{Draft, DraftBeside};

use crate::App;
use crate::on::OnTicket;
use crate::page::{Shown, Wrong, moment};

#[derive(Deserialize)]
pub(crate) struct DraftForm {
    kind: String,
    text: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    cc: String,
    #[serde(default)]
    promises: String,
    #[serde(default)]
    phrases: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    grounds: String,
    #[serde(default)]
    corrects: i64,
    #[serde(default)]
    shows: i64,
    #[serde(default)]
    shows_why: String,
}

/// Answers with the moment it was kept, for the corner of the composer.
pub(crate) async fn keep(on: OnTicket, Form(form): Form<DraftForm>) -> Result<Response, Wrong> {
    let kind = match form.kind.as_str() {
        "note" => "note",
        "forward" => "forward",
        "chat" => "chat",
        _ => "answer",
    };
    let text: String = form.text.replace("\r\n", "\n").chars().take(limits::TEXT_BYTES).collect();
    let before = on.app.desk.store.draft(on.who.id, on.id, kind).await?.map(|(_, d)| d).unwrap_or_default();
    let draft = Draft {
        text,
        to: form.to,
        cc: form.cc,
        attachments: before.attachments,
        promises: form.promises,
        phrases: form.phrases,
        reason: form.reason,
        beside: DraftBeside {
            grounds: form.grounds,
            corrects: form.corrects,
            shows: form.shows,
            shows_why: form.shows_why,
        },
    };
    keep_draft(&on.app, on.who.id, on.id, kind, &draft).await?;
    let now = on.app.desk.clock.now();
    Ok((StatusCode::OK, moment(now, now, &on.app.settings.zone)).into_response())
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
pub(crate) async fn attach(on: OnTicket, mut form: Multipart) -> Shown {
    let (app, agent) = (&on.app, on.who.id);
    let mut draft = app.desk.store.draft(agent, on.id, "answer").await?.map(|(_, d)| d).unwrap_or_default();
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
                draft.attachments.push(store(app, file, media_type, bytes.to_vec()).await?);
            }
            _ => {}
        }
    }
    keep_draft(app, agent, on.id, "answer", &draft).await?;
    match refused {
        Some(refusal) => on.refused(refusal).await,
        None => on.back(),
    }
}

async fn store(app: &App, name: String, media_type: String, bytes: Vec<u8>) -> Result<Attachment, Wrong> {
    let digest = Digest::of_bytes(&bytes).hex();
    let size = bytes.len() as u64;
    app.desk.blobs.put(&digest, bytes).await?;
    let name =
        name.rsplit(['/', '\\']).next().unwrap_or("file").chars().filter(|c| !c.is_control()).take(120).collect();
    Ok(Attachment { name, media_type, bytes: size, content_id: None, source: Source::Blob(digest) })
}

pub(crate) async fn detach(on: OnTicket, Path((_, index)): Path<(String, usize)>) -> Shown {
    if let Some((_, mut draft)) = on.app.desk.store.draft(on.who.id, on.id, "answer").await? {
        if index < draft.attachments.len() {
            draft.attachments.remove(index);
        }
        keep_draft(&on.app, on.who.id, on.id, "answer", &draft).await?;
    }
    on.back()
}
