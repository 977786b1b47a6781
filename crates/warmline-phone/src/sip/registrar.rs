//! The registrar: which phones there are, who they are, and the way back to them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rsipstack::sip::prelude::*;
use rsipstack::sip::typed::tokenizers::AuthTokenizer;
use rsipstack::sip::{Header, Request, StatusCode, Transport, Uri};
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transport::{SipAddr, SipConnection};

use super::{Sip, source};
use crate::digest::Checked;
use crate::exchange::Event;

/// A phone that registered, and the way back to it.
#[derive(Clone)]
pub(crate) struct Binding {
    pub(crate) device: i64,
    pub(super) contact: Uri,
    /// As the phone wrote it, for the answers to its registrations.
    shown: String,
    pub(super) flow: SipAddr,
    pub(super) connection: SipConnection,
    until: Instant,
}

impl Binding {
    /// It signals by TLS.
    pub(crate) fn is_secure(&self) -> bool {
        self.connection.transport() == Transport::Tls
    }
}

/// Asked for and given at most; also for our own registration at a trunk.
pub(super) const REGISTRATION_SECONDS: u32 = 300;

impl Sip {
    /// Who sends this; otherwise they are asked for their password, and nothing else happens.
    pub(super) async fn authenticated(
        &self,
        transaction: &mut Transaction,
    ) -> rsipstack::Result<Option<(String, i64)>> {
        let Some(ip) = source(transaction) else { return Ok(None) };
        let parameters = authorization(&transaction.original);
        let user = parameters.as_ref().and_then(|p| p.get("username")).cloned().unwrap_or_default();
        let now = Instant::now();
        let may_try = self.admission.lock().is_ok_and(|mut admission| admission.may_try(ip, &user, now));
        if !may_try {
            transaction.reply(StatusCode::Forbidden).await?;
            return Ok(None);
        }
        let login = |user: &str| self.logins.read().ok().and_then(|logins| logins.get(user).cloned());
        let method = transaction.original.method.to_string();
        let checked = match (&parameters, self.digest.lock()) {
            (Some(parameters), Ok(mut digest)) => digest.check(&method, parameters, |u| login(u).map(|(_, ha1)| ha1)),
            _ => Checked::Challenge { stale: false },
        };
        let stale = match checked {
            Checked::Yes { user } => return Ok(login(&user).map(|(device, _)| (user, device))),
            Checked::Wrong { user } => {
                if let Ok(mut admission) = self.admission.lock() {
                    admission.was_wrong(ip, &user, now);
                }
                false
            }
            Checked::Challenge { stale } => stale,
        };
        let challenge = self.digest.lock().map(|digest| digest.challenge(stale)).unwrap_or_default();
        transaction.reply_with(StatusCode::Unauthorized, vec![Header::WwwAuthenticate(challenge.into())], None).await?;
        Ok(None)
    }

    pub(super) async fn register(&self, mut transaction: Transaction) -> rsipstack::Result<()> {
        let Some((user, device)) = self.authenticated(&mut transaction).await? else { return Ok(()) };
        let aor = transaction.original.to_header()?.uri()?.user().map(str::to_owned).unwrap_or_default();
        if aor != user {
            return transaction.reply(StatusCode::Forbidden).await;
        }
        let (Some(connection), Some(flow)) = (
            transaction.connection.clone(),
            transaction.connection.as_ref().and_then(|c| c.get_remote_addr().cloned()),
        ) else {
            return transaction.reply(StatusCode::BadRequest).await;
        };
        let request = &transaction.original;
        let general = request.expires_header().and_then(|h| h.value().trim().parse::<u32>().ok());
        let all = request.contact_header().is_ok_and(|h| h.value().trim() == "*");
        let contacts = if all { vec![] } else { request.typed_contact_headers().unwrap_or_default() };
        if let Ok(mut bindings) = self.bindings.lock() {
            if all {
                bindings.retain(|b| b.device != device);
            }
            for contact in contacts.iter().take(4) {
                let shown = contact.uri.to_string();
                bindings.retain(|b| b.device != device || b.shown != shown);
                let asked = contact.expires().or(general).unwrap_or(REGISTRATION_SECONDS);
                if asked > 0 {
                    let until = Instant::now() + Duration::from_secs(u64::from(asked.min(REGISTRATION_SECONDS)));
                    bindings.push(Binding {
                        device,
                        contact: contact.uri.clone(),
                        shown,
                        flow: flow.clone(),
                        connection: connection.clone(),
                        until,
                    });
                }
            }
        }
        self.tell_devices(device);
        let shown: Vec<Header> = self
            .phones(device)
            .iter()
            .map(|b| {
                let left = b.until.saturating_duration_since(Instant::now()).as_secs();
                Header::Contact(format!("<{}>;expires={left}", b.shown).into())
            })
            .collect();
        transaction.reply_with(StatusCode::OK, shown, None).await
    }

    /// The phones of a device that can be rung now.
    pub(crate) fn phones(&self, device: i64) -> Vec<Binding> {
        let now = Instant::now();
        let alive = |b: &&Binding| {
            b.device == device
                && b.until > now
                && (!b.connection.is_reliable() || b.connection.cancel_token().is_some_and(|t| !t.is_cancelled()))
        };
        self.bindings.lock().map(|all| all.iter().filter(alive).cloned().collect()).unwrap_or_default()
    }

    fn tell_devices(&self, device: i64) {
        if let (Ok(bindings), Ok(mut ways)) = (self.bindings.lock(), self.ways.write()) {
            *ways = bindings
                .iter()
                .map(|b| {
                    let user = b.contact.user().unwrap_or("").to_owned();
                    ((user, b.contact.host_with_port.to_string()), b.flow.clone())
                })
                .collect();
        }
        let phone = !self.phones(device).is_empty();
        let _ = self.events.send(Event::Registered { device, phone });
    }

    pub(super) async fn expire(self: Arc<Self>) {
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(Duration::from_secs(5)) => {}
            }
            let now = Instant::now();
            let mut gone = Vec::new();
            if let Ok(mut bindings) = self.bindings.lock() {
                gone.extend(bindings.iter().filter(|b| b.until <= now).map(|b| b.device));
                bindings.retain(|b| b.until > now);
            }
            gone.dedup();
            gone.into_iter().for_each(|device| self.tell_devices(device));
        }
    }
}

fn authorization(request: &Request) -> Option<HashMap<String, String>> {
    let tokens = AuthTokenizer::parse(request.authorization_header()?.value()).ok()?;
    let all = tokens.params.iter().map(|(k, v)| (k.to_ascii_lowercase(), (*v).to_string()));
    tokens.scheme.eq_ignore_ascii_case("Digest").then(|| all.collect())
}
