//! What a SIP dialog tells about its line.

use std::sync::Arc;

use rsipstack::dialog::dialog::{DialogState, DialogStateReceiver, TerminatedReason};
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::StatusCode;
use rsipstack::sip::prelude::*;
use tokio::sync::mpsc;

use super::{SipNews, session_timer};
use crate::exchange::Event;
use crate::{Ending, sdp};

/// Turns the states of one dialog into news of its line, and forgets it at its end.
pub(super) async fn follow(
    layer: Arc<DialogLayer>,
    events: mpsc::UnboundedSender<Event>,
    key: String,
    ours: Option<InviteDialog>,
    mut states: DialogStateReceiver,
) {
    let mut confirmed = false;
    while let Some(state) = states.recv().await {
        let news = match state {
            DialogState::Confirmed(..) if !confirmed => {
                confirmed = true;
                // Whoever sent no offer has answered ours with the acknowledgement.
                let late = ours.as_ref().and_then(InviteDialog::last_remote_ack).map(|ack| ack.body);
                late.and_then(|body| sdp::read(&body)).map(|audio| SipNews::AnsweredOffer { audio })
            }
            DialogState::Updated(_, request, handle) => {
                let timer = session_timer(&request);
                Some(SipNews::Changed { audio: sdp::read(&request.body), timer, handle })
            }
            DialogState::Info(_, request, handle) => {
                let _ = handle.reply(StatusCode::OK).await;
                key_of(&request.body).map(SipNews::Key)
            }
            DialogState::Refer(_, request, handle) => {
                let to = request.refer_to_header().map(|h| h.value().to_owned());
                to.map(|to| SipNews::Referred { to: user_of(&to), handle })
            }
            DialogState::Message(_, _, handle)
            | DialogState::Options(_, _, handle)
            | DialogState::Notify(_, _, handle)
            | DialogState::Publish(_, _, handle) => {
                let _ = handle.reply(StatusCode::OK).await;
                None
            }
            DialogState::Terminated(id, reason) => {
                // An attempt of ours that is still waiting for its answer forgets itself when it has read it.
                if ours.is_some() || confirmed {
                    layer.remove_dialog(&id);
                }
                let how = match reason {
                    TerminatedReason::Timeout => Ending::Lost,
                    TerminatedReason::UasBusy | TerminatedReason::UacBusy => Ending::Busy,
                    _ => Ending::HungUp,
                };
                let _ = events.send(Event::Sip { key, news: SipNews::Over(how) });
                return;
            }
            _ => None,
        };
        if let Some(news) = news {
            let _ = events.send(Event::Sip { key: key.clone(), news });
        }
    }
}

/// `Signal=5` (the way of old gateways).
fn key_of(body: &[u8]) -> Option<char> {
    let text = std::str::from_utf8(body).ok()?;
    let signal = text.lines().find_map(|l| l.trim().strip_prefix("Signal")?.trim_start().strip_prefix('='))?;
    signal.trim().chars().next().filter(|c| c.is_ascii_digit() || matches!(c, '*' | '#'))
}

/// Whom a Refer-To names: the user part.
fn user_of(refer_to: &str) -> String {
    let uri = refer_to.split(['<', '>']).find(|p| p.contains("sip:") || p.contains("tel:")).unwrap_or(refer_to);
    let rest = uri.trim().split_once(':').map_or(uri, |(_, rest)| rest);
    rest.split(['@', ';', '?', '>']).next().unwrap_or(rest).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_a_transfer_names() {
        assert_eq!(user_of("<sip:102@192.0.2.1;transport=udp?Replaces=x>"), "102");
        assert_eq!(user_of("\"Ben\" <sip:ben@example.com>"), "ben");
        assert_eq!(user_of("tel:+15550100"), "+15550100");
        assert_eq!(key_of(b"Signal= 5\r\nDuration=160\r\n"), Some('5'));
        assert_eq!(key_of(b"nothing"), None);
    }
}
