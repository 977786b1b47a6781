//! Files: attachments (inert), customers' HTML (sanitised, in a frame of its own), raw mails, and our own assets.

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use warmline_desk::blobs::raw_mail;
use warmline_domain::ticket::Source;
use warmline_domain::{MessageId, limits};
use warmline_store::MessageRow;

use crate::App;
use crate::page::{Shown, Wrong};
use crate::session::Who;

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Scripts and styles of exactly this build; their address changes with it, so they may be kept for ever.
pub(crate) async fn asset(Path(file): Path<String>) -> Response {
    let name = file.strip_prefix(VERSION).and_then(|rest| rest.strip_prefix('-')).unwrap_or(&file);
    let Some((_, media_type, bytes)) = ASSETS.iter().find(|(n, ..)| *n == name) else {
        return Wrong::Missing.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, *media_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        // A customer's mail is shown in a frame with an origin of its own and needs its style.
        (header::HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    (headers, Body::from(*bytes)).into_response()
}

pub(crate) fn upload_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(limits::ATTACHMENT_BYTES + limits::TEXT_BYTES)
}

/// What may be shown in place; everything else is only ever saved.
const SHOWN: &[&str] = &["image/png", "image/jpeg", "image/gif", "image/webp", "text/plain", "application/pdf"];

async fn message(app: &App, id: i64) -> Result<MessageRow, Wrong> {
    Ok(app.desk.store.message(MessageId(id)).await?.ok_or(Wrong::Missing)?.1)
}

async fn raw_of(app: &App, row: &MessageRow) -> Result<Vec<u8>, Wrong> {
    let identity = row.inbound.as_ref().ok_or(Wrong::Missing)?;
    Ok(raw_mail(&app.desk.store, &app.desk.blobs, identity).await?.ok_or(Wrong::Missing)?.1)
}

/// A frame that can do nothing: no script, nothing fetched from outside, no forms; inline images are in it.
pub(crate) async fn html(State(app): State<App>, _who: Who, Path(id): Path<i64>) -> Shown {
    let row = message(&app, id).await?;
    let raw = raw_of(&app, &row).await?;
    let safe = tokio::task::spawn_blocking(move || warmline_mail::safe_html(&raw));
    let body = safe.await.ok().flatten().ok_or(Wrong::Missing)?;
    let page = format!(
        "<!doctype html><html><head><meta charset=\"utf-8\"><title>Mail</title>\
         <link rel=\"stylesheet\" href=\"/assets/{VERSION}-mail.css\"></head><body>{body}</body></html>"
    );
    let mut response = ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response();
    let policy = "default-src 'none'; img-src data:; style-src 'self' 'unsafe-inline'; sandbox allow-popups; \
                  frame-ancestors 'self'; form-action 'none'; base-uri 'none'";
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    Ok(response)
}

pub(crate) async fn attachment(State(app): State<App>, _who: Who, Path((id, index)): Path<(i64, usize)>) -> Shown {
    let row = message(&app, id).await?;
    let file = row.content.attachments.get(index).cloned().ok_or(Wrong::Missing)?;
    let bytes = match &file.source {
        Source::Blob(digest) => app.desk.blobs.get(digest).await?,
        Source::Part(part) => {
            let raw = raw_of(&app, &row).await?;
            warmline_mail::part_bytes(&raw, *part).ok_or(Wrong::Missing)?.1
        }
    };
    Ok(inert(&file.name, &file.media_type, bytes))
}

/// The mail byte for byte as it came.
pub(crate) async fn raw(State(app): State<App>, _who: Who, Path(id): Path<i64>) -> Shown {
    let row = message(&app, id).await?;
    Ok(saved(&format!("mail-{id}.eml"), "message/rfc822", raw_of(&app, &row).await?))
}

/// Shown only if it is of a kind that can do nothing, otherwise saved; never run.
fn inert(name: &str, media_type: &str, bytes: Vec<u8>) -> Response {
    if !SHOWN.contains(&media_type) {
        return saved(name, "application/octet-stream", bytes);
    }
    let media_type = if media_type == "text/plain" { "text/plain; charset=utf-8" } else { media_type };
    served("inline", name, media_type, bytes)
}

pub(crate) fn saved(name: &str, media_type: &str, bytes: Vec<u8>) -> Response {
    served("attachment", name, media_type, bytes)
}

fn served(how: &str, name: &str, media_type: &str, bytes: Vec<u8>) -> Response {
    // RFC 6266: an ASCII name, and the real one in RFC 8187 form.
    let ascii: String =
        name.chars().map(|c| if c.is_ascii_graphic() && !"\"\\;%".contains(c) { c } else { '_' }).collect();
    let disposition = format!("{how}; filename=\"{ascii}\"; filename*=UTF-8''{}", crate::forms::percent(name));
    let mut response = (StatusCode::OK, Body::from(bytes)).into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
        (header::CACHE_CONTROL, "private, max-age=3600".to_owned()),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}
