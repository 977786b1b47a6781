//! The softphone's connection: a WebSocket of the signed-in page, JSON both ways. Sound goes over WebRTC beside it.

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::UnboundedReceiver;
use warmline_desk::Desk;
use warmline_phone::{FromBrowser, LegId, Phone, Rehearsed, SessionId, ToBrowser, Visitor};

use super::listening;
use crate::App;
use crate::security::comes_from_elsewhere;
use crate::session::Who;

/// An offer of one audio line is a few thousand bytes.
const MESSAGE_BYTES: usize = 32 * 1024;
const HEARTBEAT: std::time::Duration = std::time::Duration::from_secs(5);
/// A page that answers no ping for so long is gone.
const SILENT: std::time::Duration = std::time::Duration::from_secs(12);

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Said {
    Offer { sdp: String },
    Accept { call: String, leg: u32 },
    HangUp,
    Key { key: char },
    Rehearse { on: bool },
    PlayBack,
}

/// Calls are told by text: their numbers are larger than a script's.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Told {
    Answer {
        sdp: String,
    },
    Ring {
        call: String,
        leg: u32,
        auto: bool,
    },
    Quiet,
    Talking,
    Idle,
    Heard {
        share: u32,
        words: String,
    },
    Rehearsed {
        seconds: u32,
        pace: u32,
        pace_word: &'static str,
        range: u32,
        range_word: &'static str,
        full: bool,
        playing: bool,
    },
    Replaced,
    Refused {
        why: String,
    },
}

pub(crate) async fn connect(
    State(app): State<App>,
    who: Who,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    open(&app, &headers, upgrade, Visitor::Device(who.id.0))
}

/// Opens a page's line to the voice engine; only for pages of our own.
pub(crate) fn open(app: &App, headers: &HeaderMap, upgrade: WebSocketUpgrade, visitor: Visitor) -> Response {
    if comes_from_elsewhere(headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Some(phone) = app.desk.telephone.phone().cloned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "There is no telephone on this desk.").into_response();
    };
    let desk = app.desk.clone();
    upgrade.max_message_size(MESSAGE_BYTES).on_upgrade(move |socket| async move {
        let (session, told) = phone.connect(visitor);
        serve(socket, &desk, &phone, session, told).await;
        phone.from_browser(session, FromBrowser::Gone);
    })
}

async fn serve(
    mut socket: WebSocket,
    desk: &Desk,
    phone: &Phone,
    session: SessionId,
    mut told: UnboundedReceiver<ToBrowser>,
) {
    let mut beat = tokio::time::interval(HEARTBEAT);
    let mut heard = tokio::time::Instant::now();
    loop {
        tokio::select! {
            message = socket.recv() => {
                heard = tokio::time::Instant::now();
                match message {
                    Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
                        Ok(said) => phone.from_browser(session, from(said)),
                        Err(_) => return,
                    },
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    _ => return,
                }
            }
            next = told.recv() => {
                let Some(next) = next else { return };
                if matches!(next, ToBrowser::Heard(_)) && !desk.site().policy.listening.measured {
                    continue;
                }
                let last = next == ToBrowser::Replaced;
                let text = serde_json::to_string(&to(next)).expect("plain values serialise");
                if socket.send(Message::Text(text.into())).await.is_err() || last {
                    return;
                }
            }
            _ = beat.tick() => {
                if heard.elapsed() > SILENT || socket.send(Message::Ping(Vec::new().into())).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn from(said: Said) -> FromBrowser {
    match said {
        Said::Offer { sdp } => FromBrowser::Offer(sdp),
        // A number that is none names no call, and nothing is accepted.
        Said::Accept { call, leg } => FromBrowser::Accept(LegId { call: call.parse().unwrap_or(0), n: leg }),
        Said::HangUp => FromBrowser::HangUp,
        // A key the floor does not know means nothing to it.
        Said::Key { key } => FromBrowser::Key(key),
        Said::Rehearse { on } => FromBrowser::Rehearse(on),
        Said::PlayBack => FromBrowser::PlayBack,
    }
}

fn to(told: ToBrowser) -> Told {
    match told {
        ToBrowser::Answer(sdp) => Told::Answer { sdp },
        ToBrowser::Ring { leg, auto } => Told::Ring { call: leg.call.to_string(), leg: leg.n, auto },
        ToBrowser::Quiet => Told::Quiet,
        ToBrowser::Talking => Told::Talking,
        ToBrowser::Idle => Told::Idle,
        ToBrowser::Heard(heard) => {
            let heard = warmline_desk::telephony::as_heard(&heard);
            Told::Heard { share: heard.share(), words: listening::lately(&heard) }
        }
        ToBrowser::Rehearsed(Rehearsed { heard, full, playing }) => Told::Rehearsed {
            seconds: heard.together / 1000,
            pace: heard.tone.pace,
            pace_word: listening::pace_word(heard.tone.pace),
            range: heard.tone.range,
            range_word: listening::range_word(heard.tone.range),
            full,
            playing,
        },
        ToBrowser::Replaced => Told::Replaced,
        ToBrowser::Refused(why) => Told::Refused { why },
    }
}
