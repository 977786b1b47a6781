//! SIP (RFC 3261): phones register and call, trunks carry calls in and out. Requests become events of the exchange, and
//! what it wants becomes requests; nothing is decided here.

mod follow;
mod registrar;
mod secure;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, Instant};

use rsipstack::EndpointBuilder;
use rsipstack::dialog::authenticate::Credential;
use rsipstack::dialog::dialog::TransactionHandle;
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::dialog::invitation::InviteOption;
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::dialog::registration::Registration;
use rsipstack::sip::prelude::*;
use rsipstack::sip::typed::Contact;
use rsipstack::sip::{Auth, Header, Method, Param, Request, Scheme, StatusCode, Transport, Uri};
use rsipstack::transaction::endpoint::{EndpointInnerRef, EndpointOption, TargetLocator};
use rsipstack::transaction::key::TransactionRole;
use rsipstack::transaction::{TransactionState, transaction::Transaction};
use rsipstack::transport::udp::UdpConnection;
use rsipstack::transport::{SipAddr, SipConnection, TcpListenerConnection, TlsConfig, TransportLayer};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use follow::follow;
pub(crate) use registrar::Binding;
use registrar::REGISTRATION_SECONDS;
use secure::Door;

use crate::admission::Admission;
use crate::digest::Digest;
use crate::exchange::Event;
use crate::sdp::{self, Audio};
use crate::{Config, Ending, LegId, Logins, Trunk};

type Ways = Arc<RwLock<HashMap<(String, String), SipAddr>>>;

pub(crate) struct Sip {
    endpoint: EndpointInnerRef,
    layer: Arc<DialogLayer>,
    events: mpsc::UnboundedSender<Event>,
    logins: Logins,
    trusted: Vec<IpAddr>,
    trunk: Option<Trunk>,
    digest: Mutex<Digest>,
    admission: Mutex<Admission>,
    bindings: Mutex<Vec<Binding>>,
    ways: Ways,
    /// Where TLS is listened to.
    secure: Option<SocketAddr>,
    stop: CancellationToken,
}

/// Phones behind a translator are answered where they called from, not where they think they are.
struct Locator(Ways);

#[async_trait::async_trait]
impl TargetLocator for Locator {
    async fn locate(&self, uri: &Uri) -> rsipstack::Result<SipAddr> {
        let key = (uri.user().unwrap_or("").to_owned(), uri.host_with_port.to_string());
        let way = self.0.read().ok().and_then(|ways| ways.get(&key).cloned());
        match way {
            Some(way) => Ok(way),
            None => SipAddr::try_from(uri),
        }
    }
}

/// What a SIP dialog tells about its line.
pub(crate) enum SipNews {
    /// Somebody calls. `audio` is their offer; none when they want ours.
    Incoming {
        dialog: InviteDialog,
        audio: Option<Audio>,
        /// What the answer says about refreshing it.
        timer: Vec<Header>,
        number: Option<String>,
        name: String,
        to: String,
    },
    /// An attempt of ours was answered.
    Taken {
        attempt: u64,
        audio: Audio,
    },
    Failed {
        attempt: u64,
        how: Ending,
    },
    /// They listen elsewhere now, hold or resume.
    Changed {
        audio: Option<Audio>,
        timer: Vec<Header>,
        handle: TransactionHandle,
    },
    /// The answer to our own offer.
    AnsweredOffer {
        audio: Audio,
    },
    Key(char),
    Referred {
        to: String,
        handle: TransactionHandle,
    },
    Over(Ending),
}

impl Sip {
    pub(crate) async fn start(
        config: &Config,
        listen: SocketAddr,
        logins: Logins,
        events: mpsc::UnboundedSender<Event>,
    ) -> std::io::Result<(Arc<Sip>, SocketAddr, Option<SocketAddr>)> {
        let stop = CancellationToken::new();
        let transport = TransportLayer::new(stop.child_token());
        let failed = |e: rsipstack::Error| std::io::Error::other(format!("SIP cannot listen on {listen}: {e}"));
        // Bound first by hand: a port that is taken is an error here, not a line in the log.
        let port = std::net::UdpSocket::bind(listen)?.local_addr()?.port();
        let bound = SocketAddr::new(listen.ip(), port);
        let outside = listen.ip().is_unspecified().then(|| SocketAddr::new(config.address, port));
        let udp = UdpConnection::create_connection(bound, outside, Some(stop.child_token())).await.map_err(failed)?;
        transport.add_transport(udp.into());
        if config.tcp {
            let tcp = TcpListenerConnection::new(bound, outside).await.map_err(failed)?;
            transport.add_transport(tcp.into());
        }
        let door = match &config.tls {
            Some(tls) => Some(Door::open(tls, config.address).await?),
            None => None,
        };
        let secure = door.as_ref().map(Door::port).transpose()?.map(|port| SocketAddr::new(config.address, port));
        if let Some(authorities) = config.trunk.as_ref().and_then(|trunk| trunk.tls.as_ref()) {
            transport.set_tls_config(TlsConfig { ca_certs: Some(authorities.to_vec()), ..TlsConfig::default() });
        }
        transport.set_stream_idle_timeout(Duration::from_secs(3600));
        let ways = Ways::default();
        let option = EndpointOption {
            timerc: Duration::from_secs(600),
            callid_suffix: Some("warmline".into()),
            ..EndpointOption::default()
        };
        let endpoint = EndpointBuilder::new()
            .with_user_agent("Warmline")
            .with_transport_layer(transport)
            .with_cancel_token(stop.child_token())
            .with_option(option)
            .with_target_locator(Box::new(Locator(ways.clone())))
            .build();
        let incoming = endpoint.incoming_transactions().map_err(failed)?;
        let inner = endpoint.inner.clone();
        let sip = Arc::new(Sip {
            layer: Arc::new(DialogLayer::new(inner.clone())),
            endpoint: inner.clone(),
            events,
            logins,
            trusted: config.trusted.clone(),
            trunk: config.trunk.clone(),
            digest: Mutex::new(Digest::new(&config.realm)),
            admission: Mutex::default(),
            bindings: Mutex::default(),
            ways,
            secure,
            stop: stop.clone(),
        });
        let shown = door.as_ref().map(Door::shown);
        tokio::spawn(async move {
            let _endpoint = endpoint;
            // After the library has begun to listen, so that it only shows this address and leaves its port to us.
            let show = async { shown.into_iter().for_each(|shown| inner.transport_layer.add_transport(shown)) };
            if let (Err(error), ()) = tokio::join!(inner.serve(), show) {
                tracing::error!(%error, "SIP has stopped");
            }
        });
        if let Some(door) = door {
            tokio::spawn(door.serve(sip.clone()));
        }
        tokio::spawn(sip.clone().receive(incoming));
        tokio::spawn(sip.clone().expire());
        if sip.trunk.as_ref().is_some_and(|t| t.register) {
            tokio::spawn(sip.clone().stay_registered());
        }
        Ok((sip, SocketAddr::new(config.address, port), secure))
    }

    async fn receive(self: Arc<Self>, mut incoming: mpsc::UnboundedReceiver<Transaction>) {
        loop {
            let transaction = tokio::select! {
                () = self.stop.cancelled() => return,
                next = incoming.recv() => match next { Some(transaction) => transaction, None => return },
            };
            if !self.admits(source(&transaction)) {
                continue;
            }
            let sip = self.clone();
            tokio::spawn(async move {
                if let Err(error) = sip.serve(transaction).await {
                    tracing::debug!(%error, "a SIP request ended badly");
                }
            });
        }
    }

    /// Whether a host has not asked for too much lately.
    fn admits(&self, host: Option<IpAddr>) -> bool {
        let may = |ip| self.admission.lock().is_ok_and(|mut admission| admission.may_ask(ip, Instant::now()));
        host.is_some_and(|ip| self.trusted.contains(&ip) || may(ip))
    }

    async fn serve(self: Arc<Self>, mut transaction: Transaction) -> rsipstack::Result<()> {
        let tagged = transaction.original.to_header().ok().and_then(|h| h.tag().ok().flatten()).is_some();
        if tagged {
            return self.in_dialog(transaction).await;
        }
        match transaction.original.method {
            Method::Register => self.register(transaction).await,
            Method::Invite => self.invited(transaction).await,
            Method::Options => transaction.reply(StatusCode::OK).await,
            _ => {
                let allow = Header::Allow("INVITE, ACK, BYE, CANCEL, OPTIONS, REGISTER, INFO, REFER, UPDATE".into());
                transaction.reply_with(StatusCode::MethodNotAllowed, vec![allow], None).await
            }
        }
    }

    /// Tells the trunk where we are, and again before it forgets.
    async fn stay_registered(self: Arc<Self>) {
        let Some(trunk) = self.trunk.clone() else { return };
        let credential = Credential {
            username: trunk.user.clone(),
            password: trunk.password.clone(),
            realm: None,
            auth_username: None,
        };
        let Ok(server) = Uri::try_from(format!("sip:{}{}", trunk.server, trunk.way())) else {
            return tracing::error!(server = trunk.server, "the trunk's server is no host");
        };
        let mut registration = Registration::new(self.endpoint.clone(), Some(credential));
        registration.contact =
            Some(Contact { display_name: None, uri: self.contact(&trunk.user, trunk.transport()), params: vec![] });
        loop {
            let pause = match registration.register(server.clone(), Some(REGISTRATION_SECONDS)).await {
                Ok(answer) if answer.status_code.code() == 200 => u64::from(REGISTRATION_SECONDS) / 2,
                Ok(answer) => {
                    tracing::warn!(status = %answer.status_code, "the trunk does not let us register; trying again");
                    30
                }
                Err(error) => {
                    tracing::warn!(%error, "the trunk does not answer; trying again");
                    15
                }
            };
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(Duration::from_secs(pause)) => {}
            }
        }
    }

    async fn invited(&self, mut transaction: Transaction) -> rsipstack::Result<()> {
        let trusted = source(&transaction).is_some_and(|ip| self.trusted.contains(&ip));
        if !trusted {
            if self.authenticated(&mut transaction).await?.is_some() {
                // Phones of ours receive calls; they are placed from the desk, where the ticket is.
                return transaction.reply(StatusCode::Decline).await;
            }
            return Ok(());
        }
        let request = transaction.original.clone();
        if request.header_contains_token("Require", "100rel") {
            let unsupported = Header::Unsupported("100rel".into());
            return transaction.reply_with(StatusCode::BadExtension, vec![unsupported], None).await;
        }
        let audio = (!request.body.is_empty()).then(|| sdp::read(&request.body));
        let audio = match audio {
            Some(Some(audio)) if audio.law().is_some() => Some(audio),
            None => None,
            Some(_) => return transaction.reply(StatusCode::NotAcceptableHere).await,
        };
        if too_short(&request) {
            let least = Header::MinSE(MIN_SESSION.to_string().into());
            return transaction.reply_with(StatusCode::SessionIntervalTooSmall, vec![least], None).await;
        }
        let from = request.from_header().ok().and_then(|h| h.typed().ok());
        let number = from.as_ref().and_then(|f| f.uri.user().map(str::to_owned));
        let name = from.and_then(|f| f.display_name).unwrap_or_default().trim_matches('"').to_owned();
        let to = request.uri.user().unwrap_or_default().to_owned();
        let transport = transaction.connection.as_ref().map(SipConnection::transport).unwrap_or_default();
        let (states, heard) = self.layer.new_dialog_state_channel();
        let contact = self.contact("warmline", transport);
        let dialog = match self.layer.get_or_create_server_invite(&transaction, states, None, Some(contact)) {
            Ok(dialog) => dialog,
            Err(_) => return transaction.reply(StatusCode::BadRequest).await,
        };
        // One call may reach us twice on different ways; its Call-ID alone does not tell them apart.
        let key = dialog.id().to_string();
        let timer = session_timer(&request);
        let incoming = SipNews::Incoming { dialog: dialog.clone(), audio, timer, number, name, to };
        let _ = self.events.send(Event::Sip { key: key.clone(), news: incoming });
        tokio::spawn(follow(self.layer.clone(), self.events.clone(), key, Some(dialog.clone()), heard));
        let mut handled = dialog;
        handled.handle(&mut transaction).await
    }

    async fn in_dialog(&self, mut transaction: Transaction) -> rsipstack::Result<()> {
        let mut found = self.layer.match_dialog(&transaction);
        if found.is_none() {
            // The dialog of an answer that is just arriving is known a moment later.
            tokio::time::sleep(Duration::from_millis(100)).await;
            found = self.layer.match_dialog(&transaction);
        }
        let Some(mut dialog) = found else {
            return transaction.reply(StatusCode::CallTransactionDoesNotExist).await;
        };
        if transaction.original.method == Method::Invite && !dialog.state().is_confirmed() {
            return transaction.reply(StatusCode::RequestPending).await;
        }
        dialog.handle(&mut transaction).await?;
        if matches!(transaction.state, TransactionState::Trying | TransactionState::Proceeding) {
            transaction.reply(StatusCode::ServerInternalError).await?;
        }
        Ok(())
    }

    /// Where the other side sends its requests.
    fn contact(&self, user: &str, transport: Transport) -> Uri {
        let listening = self.endpoint.transport_layer.get_listen_addrs();
        let own = listening.iter().find(|a| a.r#type == Some(transport)).or(listening.first());
        let own = match self.secure.filter(|_| transport == Transport::Tls) {
            Some(secure) => secure.into(),
            None => own.map(|a| a.addr.clone()).unwrap_or_default(),
        };
        let mut uri = Uri {
            scheme: Some(Scheme::Sip),
            auth: Some(Auth { user: user.into(), password: None }),
            host_with_port: own,
            ..Uri::default()
        };
        if transport != Transport::Udp {
            uri.params.push(Param::Transport(transport));
        }
        uri
    }

    /// Rings a registered phone. The attempt's outcome comes as an event.
    pub(crate) fn ring(
        &self,
        binding: &Binding,
        attempt: u64,
        key: &str,
        shown: &str,
        offer: String,
    ) -> Result<InviteDialog, String> {
        let me = self.contact("warmline", binding.connection.transport());
        let option = InviteOption {
            caller_display_name: (!shown.is_empty()).then(|| clean(shown)),
            caller: me.clone(),
            callee: binding.contact.clone(),
            destination: Some(binding.flow.clone()),
            contact: me,
            ..InviteOption::default()
        };
        self.place(option, attempt, key, offer)
    }

    /// Whether calls out are signalled where nobody listens.
    pub(crate) fn dials_secretly(&self) -> bool {
        self.trunk.as_ref().is_some_and(|trunk| trunk.tls.is_some())
    }

    /// Calls a number through the trunk.
    pub(crate) fn dial(
        &self,
        number: &str,
        from: Option<(String, String)>,
        attempt: u64,
        key: &str,
        offer: String,
    ) -> Result<InviteDialog, String> {
        let trunk = self.trunk.as_ref().ok_or("there is no trunk to call out through")?;
        let uri = |user: &str| {
            Uri::try_from(format!("sip:{user}@{}{}", trunk.server, trunk.way())).map_err(|e| e.to_string())
        };
        let own = if trunk.user.is_empty() { "warmline" } else { &trunk.user };
        let (own, shown) = from.map_or_else(|| (own.to_owned(), None), |(number, name)| (number, Some(clean(&name))));
        let credential = (!trunk.password.is_empty()).then(|| Credential {
            username: trunk.user.clone(),
            password: trunk.password.clone(),
            realm: None,
            auth_username: None,
        });
        let option = InviteOption {
            caller_display_name: shown,
            caller: uri(&clean(&own))?,
            callee: uri(&clean(number))?,
            contact: self.contact("warmline", trunk.transport()),
            credential,
            ..InviteOption::default()
        };
        self.place(option, attempt, key, offer)
    }

    fn place(&self, option: InviteOption, attempt: u64, key: &str, offer: String) -> Result<InviteDialog, String> {
        let (states, heard) = self.layer.new_dialog_state_channel();
        let call_id = format!("{key}@warmline");
        let option = InviteOption { offer: Some(offer.into_bytes()), call_id: Some(call_id), ..option };
        let (dialog, answering) = self.layer.do_invite_async(option, states).map_err(|e| e.to_string())?;
        tokio::spawn(follow(self.layer.clone(), self.events.clone(), key.to_owned(), None, heard));
        let (events, key, layer, placed) = (self.events.clone(), key.to_owned(), self.layer.clone(), dialog.clone());
        tokio::spawn(async move {
            let outcome = match answering.await {
                Ok(Ok((_, Some(response)))) if response.status_code.code() == 200 => {
                    match sdp::read(&response.body).filter(|audio| audio.law().is_some()) {
                        Some(audio) => SipNews::Taken { attempt, audio },
                        None => SipNews::Failed { attempt, how: Ending::Failed },
                    }
                }
                Ok(Ok((_, response))) => {
                    SipNews::Failed { attempt, how: ending(response.map_or(408, |r| r.status_code.code())) }
                }
                _ => SipNews::Failed { attempt, how: Ending::Failed },
            };
            if let SipNews::Failed { .. } = &outcome {
                if placed.state().is_confirmed() {
                    // Answered with nothing we can speak.
                    hang_up(placed.clone(), Ending::Failed);
                }
                layer.remove_dialog(&placed.id());
            }
            let _ = events.send(Event::Sip { key, news: outcome });
        });
        Ok(dialog)
    }

    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }
}

impl Trunk {
    fn transport(&self) -> Transport {
        if self.tls.is_some() { Transport::Tls } else { Transport::Udp }
    }
    /// What its addresses say about the way to it.
    fn way(&self) -> &'static str {
        if self.tls.is_some() { ";transport=tls" } else { "" }
    }
}

impl Drop for Sip {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Ends a call in whatever state it is.
pub(crate) fn hang_up(dialog: InviteDialog, how: Ending) {
    tokio::spawn(async move {
        let ended = if dialog.role() == TransactionRole::Server && dialog.state().can_cancel() {
            let code = if how == Ending::Busy { StatusCode::BusyHere } else { StatusCode::Decline };
            dialog.reject(Some(code), None)
        } else {
            dialog.hangup().await
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a call that was ended was over already");
        }
    });
}

pub(crate) fn sdp_headers() -> Vec<Header> {
    vec![Header::ContentType("application/sdp".into())]
}

/// Nobody refreshes a call more often than this (RFC 4028 §4).
const MIN_SESSION: u32 = 90;

/// In how many seconds they want a call to be refreshed.
fn session_seconds(request: &Request) -> Option<u32> {
    request.session_expires_header()?.value().split(';').next()?.trim().parse().ok()
}

fn too_short(request: &Request) -> bool {
    session_seconds(request).is_some_and(|seconds| seconds < MIN_SESSION)
}

/// Session timers (RFC 4028): whoever asks for one refreshes the call; that a line is gone is noticed here by its silence.
fn session_timer(request: &Request) -> Vec<Header> {
    let asked = session_seconds(request).filter(|_| request.header_contains_token("Supported", "timer"));
    asked.map_or(vec![], |seconds| {
        let expires = Header::SessionExpires(format!("{};refresher=uac", seconds.max(MIN_SESSION)).into());
        vec![Header::Require("timer".into()), expires]
    })
}

fn ending(code: u16) -> Ending {
    match code {
        486 | 600 => Ending::Busy,
        603 => Ending::Declined,
        408 | 480 | 487 => Ending::NoAnswer,
        _ => Ending::Failed,
    }
}

fn source(transaction: &Transaction) -> Option<IpAddr> {
    let remote = transaction.connection.as_ref()?.get_remote_addr()?;
    remote.addr.host.to_string().parse().ok()
}

/// Nothing that could start another header or leave its quotes.
fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !matches!(c, '"' | '<' | '>' | '@' | '\\')).take(80).collect()
}

/// The leg's name as a Call-ID part.
pub(crate) fn key(leg: LegId, attempt: u64) -> String {
    format!("{:x}-{}-{attempt}", leg.call, leg.n)
}
