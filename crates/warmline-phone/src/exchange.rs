//! The exchange: all lines, and the translation between orders, phones and reports.

mod pages;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::mpsc::Sender;

use rsipstack::dialog::dialog::TransactionHandle;
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::{Header, StatusCode};
use tokio::sync::mpsc;

use pages::Session;

use crate::browser::{FromBrowser, SessionId, ToBrowser, Visitor};
use crate::media::{self, Ask, Told, WireId};
use crate::record::Recorder;
use crate::sdp::{self, Audio};
use crate::sip::{self, Sip, SipNews};
use crate::srtp::{Key, Srtp};
use crate::wire::{News, Sockets, Wire};
use crate::{Config, Ending, LegId, Logins, Order, Phone, Report, Turns};

pub(crate) enum Event {
    Order(Order),
    Connected(SessionId, Visitor, mpsc::UnboundedSender<ToBrowser>),
    Browser(SessionId, FromBrowser),
    /// `key` is the Call-ID of a call that came in, or the name of an attempt of ours.
    Sip {
        key: String,
        news: SipNews,
    },
    Registered {
        device: i64,
        phone: bool,
    },
}

struct Exchange {
    config: Config,
    mint: Box<dyn Fn() -> i64 + Send>,
    sip: Option<Arc<Sip>>,
    media: Sender<Ask>,
    reports: mpsc::UnboundedSender<Report>,
    legs: HashMap<LegId, Leg>,
    /// Which leg a SIP dialog belongs to.
    dialogs: HashMap<String, LegId>,
    /// Transfers that phones asked for and that are not decided yet.
    transfers: HashMap<LegId, TransactionHandle>,
    sessions: HashMap<SessionId, Session>,
    /// Lines that have ended, and whose they were, until it is told what was heard of them.
    parting: HashMap<LegId, Option<i64>>,
    phones: HashMap<i64, bool>,
    wires: u64,
    attempts: u64,
}

/// Customers who may call from pages at once; each holds a port.
const VISITORS: usize = 200;

/// A line on its way to being answered, or answered.
struct Leg {
    line: Line,
    wire: Option<WireId>,
    /// Where we hear a SIP line.
    local: Option<SocketAddr>,
    /// What our sound on it is secret under.
    key: Option<Key>,
    answered: bool,
    held: bool,
    device: Option<i64>,
}

enum Line {
    /// Came in by SIP; `audio` is their offer.
    SipIn {
        dialog: InviteDialog,
        audio: Option<Audio>,
        timer: Vec<Header>,
    },
    /// Rings: attempts by SIP, and perhaps a page.
    Ringing {
        attempts: Vec<Attempt>,
        session: Option<SessionId>,
        last: Ending,
    },
    Sip {
        dialog: InviteDialog,
    },
    Browser {
        session: SessionId,
    },
}

struct Attempt {
    id: u64,
    key: String,
    dialog: InviteDialog,
    socket: Sockets,
    secret: Option<Key>,
}

pub(crate) async fn start(
    config: Config,
    logins: Logins,
    mint: Box<dyn Fn() -> i64 + Send>,
) -> std::io::Result<(Phone, mpsc::UnboundedReceiver<Report>)> {
    let (events, received) = mpsc::unbounded_channel();
    let (reports, reported) = mpsc::unbounded_channel();
    let (told, tells) = mpsc::unbounded_channel();
    let turns = Arc::new(Turns::default());
    let media = media::start(told, Recorder::start(config.recordings.clone())?, turns.clone())?;
    let (sip, listening, secure) = match config.sip {
        Some(listen) => {
            let (sip, at, secure) = Sip::start(&config, listen, logins, events.clone()).await?;
            (Some(sip), Some(at), secure)
        }
        None => (None, None, None),
    };
    let exchange = Exchange {
        config,
        mint,
        sip,
        media,
        reports,
        legs: HashMap::new(),
        dialogs: HashMap::new(),
        transfers: HashMap::new(),
        sessions: HashMap::new(),
        parting: HashMap::new(),
        phones: HashMap::new(),
        wires: 0,
        attempts: 0,
    };
    tokio::spawn(exchange.run(received, tells));
    Ok((Phone { events, sip: listening, sips: secure, turns }, reported))
}

impl Exchange {
    async fn run(mut self, mut events: mpsc::UnboundedReceiver<Event>, mut told: mpsc::UnboundedReceiver<Told>) {
        let _end = crate::EndOnPanic("exchange");
        loop {
            tokio::select! {
                event = events.recv() => match event {
                    Some(event) => self.event(event).await,
                    None => break,
                },
                Some(told) = told.recv() => self.told(told),
            }
            if self.reports.is_closed() {
                break;
            }
        }
        if let Some(sip) = self.sip {
            sip.stop();
        }
    }

    async fn event(&mut self, event: Event) {
        match event {
            Event::Order(order) => self.obey(order),
            Event::Connected(session, visitor, to) => self.connected(session, visitor, to),
            Event::Browser(session, said) => self.browser(session, said),
            Event::Sip { key, news } => self.sip_news(&key, news).await,
            Event::Registered { device, phone } => {
                self.phones.insert(device, phone);
                if !phone {
                    self.phone_gone(device);
                }
                self.report_devices(device);
            }
        }
    }

    /// A phone that no longer registers, and is silent because it holds, is not coming back to its caller.
    fn phone_gone(&mut self, device: i64) {
        let silent = |leg: &Leg| leg.device == Some(device) && leg.held && matches!(leg.line, Line::Sip { .. });
        let gone: Vec<LegId> = self.legs.iter().filter(|(_, l)| silent(l)).map(|(id, _)| *id).collect();
        for leg in gone {
            self.over(leg, Ending::Lost);
        }
    }

    fn report(&self, report: Report) {
        // The owner has gone: the loop ends after this.
        let _ = self.reports.send(report);
    }

    fn media(&self, ask: Ask) {
        if self.media.send(ask).is_err() {
            tracing::error!("the media thread is gone");
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Answer { leg } => self.answer(leg),
            Order::RingDevice { leg, device, auto } => self.ring(leg, device, auto),
            Order::Dial { leg, number, from } => self.dial(leg, &number, from),
            Order::HangUp { leg } => self.hang_up(leg),
            Order::NoTransfer { leg } => {
                if let Some(handle) = self.transfers.remove(&leg) {
                    tokio::spawn(async move { handle.reply(StatusCode::Decline).await });
                }
            }
            Order::Hear { call, hears } => {
                self.media(Ask::Hear(call, hears));
            }
            Order::Record { call, on } => self.media(Ask::Record { call, on }),
            Order::Private { call, on } => self.media(Ask::Private { call, on }),
        }
    }

    fn answer(&mut self, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Line::SipIn { dialog, audio, timer } = &leg.line else { return };
        let (dialog, audio, mut headers) = (dialog.clone(), audio.clone(), timer.clone());
        let Ok((socket, local)) = media_socket(self.config.address) else {
            tracing::error!("no port for media is free");
            sip::hang_up(dialog, Ending::Busy);
            return self.over(id, Ending::Failed);
        };
        let key = audio.as_ref().and_then(|a| a.secret.as_ref()).map(|_| Key::fresh());
        let body = sdp::write(local, 1, audio.as_ref(), key.as_ref());
        headers.extend(sip::sdp_headers());
        if let Err(error) = dialog.accept(Some(headers), Some(body.into_bytes())) {
            tracing::debug!(%error, "a call ended while it was answered");
        }
        leg.answered = true;
        leg.line = Line::Sip { dialog };
        leg.key = key;
        self.open(id, socket, audio.as_ref());
    }

    /// Opens a wire of plain RTP for a leg.
    fn open(&mut self, id: LegId, socket: Sockets, audio: Option<&Audio>) {
        let local = socket.sound.local_addr().ok();
        let law = audio.and_then(Audio::law).unwrap_or(crate::g711::Law::Mu);
        let events = audio.map_or(Some(101), |a| a.events);
        let remote = audio.map(|a| a.address).filter(|a| !a.ip().is_unspecified());
        let own = self.legs.get(&id).and_then(|leg| leg.key.as_ref());
        let theirs = audio.and_then(|a| a.secret.as_ref());
        let secret = own.zip(theirs).map(|(own, theirs)| Srtp::new(own, &theirs.key));
        let wire = Wire::rtp(socket, remote, law, events, secret, chance());
        self.wires += 1;
        self.media(Ask::Open(self.wires, Box::new(wire)));
        self.media(Ask::Bind(id, self.wires));
        if let Some(leg) = self.legs.get_mut(&id) {
            (leg.wire, leg.local) = (Some(self.wires), local);
        }
    }

    fn ring(&mut self, id: LegId, device: i64, auto: bool) {
        let session = self.device_session(device);
        let mut attempts = Vec::new();
        // A page that gets its own call back, or placed it, answers alone.
        let phones = match &self.sip {
            Some(sip) if !(auto && session.is_some()) => sip.phones(device),
            _ => vec![],
        };
        for phone in phones {
            self.attempts += 1;
            let key = sip::key(id, self.attempts);
            let Ok((socket, local)) = media_socket(self.config.address) else { continue };
            let Some(sip) = &self.sip else { continue };
            // Who signals where nobody listens is not to be heard by others either.
            let secret = phone.is_secure().then(Key::fresh);
            let offer = sdp::write(local, 1, None, secret.as_ref());
            match sip.ring(&phone, self.attempts, &key, "Warmline", offer) {
                Ok(dialog) => {
                    self.dialogs.insert(key.clone(), id);
                    attempts.push(Attempt { id: self.attempts, key, dialog, socket, secret });
                }
                Err(error) => tracing::warn!(%error, "a phone could not be rung"),
            }
        }
        if let Some(session) = session {
            self.say(session, ToBrowser::Ring { leg: id, auto });
        }
        let nobody = attempts.is_empty() && session.is_none();
        let line = Line::Ringing { attempts, session, last: Ending::Failed };
        self.legs.insert(
            id,
            Leg { line, wire: None, local: None, key: None, answered: false, held: false, device: Some(device) },
        );
        if nobody {
            self.over(id, Ending::Failed);
        }
    }

    fn dial(&mut self, id: LegId, number: &str, from: Option<(String, String)>) {
        self.attempts += 1;
        let key = sip::key(id, self.attempts);
        let placed = media_socket(self.config.address).map_err(|e| e.to_string()).and_then(|(socket, local)| {
            let sip = self.sip.as_ref().ok_or("there is no SIP")?;
            let secret = sip.dials_secretly().then(Key::fresh);
            let dialog = sip.dial(number, from, self.attempts, &key, sdp::write(local, 1, None, secret.as_ref()))?;
            Ok(Attempt { id: self.attempts, key: key.clone(), dialog, socket, secret })
        });
        let attempts = match placed {
            Ok(attempt) => {
                self.dialogs.insert(key, id);
                vec![attempt]
            }
            Err(error) => {
                tracing::warn!(error, "a number could not be called");
                vec![]
            }
        };
        let nobody = attempts.is_empty();
        let line = Line::Ringing { attempts, session: None, last: Ending::Failed };
        self.legs
            .insert(id, Leg { line, wire: None, local: None, key: None, answered: false, held: false, device: None });
        if nobody {
            self.over(id, Ending::Failed);
        }
    }

    /// Ends a line because it was ordered: nothing is reported.
    fn hang_up(&mut self, id: LegId) {
        let Some(leg) = self.legs.remove(&id) else { return };
        self.release(id, leg, Ending::HungUp);
    }

    /// A line has ended by itself.
    fn over(&mut self, id: LegId, how: Ending) {
        if let Some(leg) = self.legs.remove(&id) {
            self.release(id, leg, how);
            self.report(Report::Ended(id, how));
        }
    }

    fn release(&mut self, id: LegId, leg: Leg, how: Ending) {
        self.media(Ask::Unbind(id));
        self.parting.insert(id, leg.device);
        if let Some(handle) = self.transfers.remove(&id) {
            // The desk took the caller over: that is what the phone waits to hear.
            tokio::spawn(async move { handle.reply(StatusCode::Accepted).await });
        }
        self.dialogs.retain(|_, of| *of != id);
        match leg.line {
            Line::SipIn { dialog, .. } | Line::Sip { dialog } => {
                sip::hang_up(dialog, how);
                if let Some(wire) = leg.wire {
                    self.media(Ask::Close(wire));
                }
            }
            Line::Ringing { attempts, session, .. } => {
                attempts.into_iter().for_each(|a| sip::hang_up(a.dialog, how));
                if let Some(session) = session {
                    self.say(session, ToBrowser::Quiet);
                }
            }
            Line::Browser { session } => self.say(session, ToBrowser::Idle),
        }
    }

    fn say(&self, session: SessionId, what: ToBrowser) {
        if let Some(session) = self.sessions.get(&session) {
            // A page that has gone says so by its own.
            let _ = session.to.send(what);
        }
    }

    fn device_session(&self, device: i64) -> Option<SessionId> {
        let up = self.sessions.iter().find(|(_, s)| s.up && s.visitor == Visitor::Device(device));
        up.map(|(id, _)| *id)
    }

    fn report_devices(&self, device: i64) {
        let browser = self.device_session(device).is_some();
        let phone = self.phones.get(&device).copied().unwrap_or(false);
        self.report(Report::Devices { device, browser, phone });
    }

    fn told(&mut self, told: Told) {
        match told {
            Told::Wire(wire, news) => self.wire_told(wire, news),
            Told::Heard(leg, heard) => {
                if let Some(Line::Browser { session }) = self.legs.get(&leg).map(|l| &l.line) {
                    self.say(*session, ToBrowser::Heard(heard));
                }
            }
            Told::Parted(leg, heard, quality) => {
                let Some(device) = self.parting.remove(&leg) else { return };
                if let (Some(device), Some(heard)) = (device, heard) {
                    self.report(Report::Heard { leg, device, heard });
                }
                if let Some(quality) = quality {
                    self.report(Report::Quality { leg, device, quality });
                }
            }
            Told::Rehearsed(wire, rehearsed) => {
                let session = self.sessions.iter().find(|(_, s)| s.wire == Some(wire)).map(|(id, _)| *id);
                session.into_iter().for_each(|session| self.say(session, ToBrowser::Rehearsed(rehearsed)));
            }
        }
    }

    fn wire_told(&mut self, wire: WireId, news: News) {
        let session = self.sessions.iter().find(|(_, s)| s.wire == Some(wire)).map(|(id, _)| *id);
        let leg = self.legs.iter().find(|(_, l)| l.wire == Some(wire)).map(|(id, _)| *id);
        match (news, session) {
            (News::Key(key), _) => leg.into_iter().for_each(|leg| self.report(Report::Key(leg, key))),
            (News::Up, Some(id)) => self.up(id, wire),
            (News::Up, None) => {}
            (News::Gone, Some(id)) => {
                self.say(id, ToBrowser::Refused("The sound connection was lost.".into()));
                self.gone(id, Ending::Lost);
            }
            (News::Gone, None) => leg.into_iter().for_each(|leg| self.over(leg, Ending::Lost)),
        }
    }

    async fn sip_news(&mut self, key: &str, news: SipNews) {
        if let SipNews::Incoming { dialog, audio, timer, number, name, to } = news {
            let call = (self.mint)();
            let leg = LegId { call, n: 1 };
            self.dialogs.insert(key.to_owned(), leg);
            // The caller hears that it rings until the desk has written the call down.
            let _ = dialog.ringing(None, None);
            let line = Line::SipIn { dialog, audio, timer };
            self.legs.insert(
                leg,
                Leg { line, wire: None, local: None, key: None, answered: false, held: false, device: None },
            );
            return self.report(Report::Arrived { call, number, name, to, about: None });
        }
        let Some(id) = self.dialogs.get(key).copied() else {
            if let SipNews::Changed { handle, .. } | SipNews::Referred { handle, .. } = news {
                let _ = handle.reply(StatusCode::CallTransactionDoesNotExist).await;
            }
            return;
        };
        match news {
            SipNews::Incoming { .. } => {}
            SipNews::Taken { attempt, audio } => self.taken(id, attempt, &audio),
            SipNews::Failed { attempt, how } => self.failed(id, attempt, how),
            SipNews::AnsweredOffer { audio } => self.retarget(id, &audio),
            SipNews::Changed { audio, timer, handle } => self.changed(id, audio, timer, handle).await,
            SipNews::Key(key) => self.report(Report::Key(id, key)),
            SipNews::Referred { to, handle } => {
                self.transfers.insert(id, handle);
                self.report(Report::Referred(id, to));
            }
            SipNews::Over(how) => {
                let established =
                    self.legs.get(&id).is_some_and(|l| matches!(l.line, Line::Sip { .. } | Line::SipIn { .. }));
                // The end of an attempt is told by its outcome.
                if established {
                    self.over(id, how);
                }
            }
        }
    }

    fn taken(&mut self, id: LegId, attempt: u64, audio: &Audio) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Line::Ringing { attempts, session, .. } = &mut leg.line else { return };
        let Some(at) = attempts.iter().position(|a| a.id == attempt) else { return };
        let won = attempts.swap_remove(at);
        if won.secret.is_some() != audio.secret.is_some() {
            tracing::warn!("a phone answered an offer of secret sound with open sound, or the other way round");
            self.dialogs.remove(&won.key);
            sip::hang_up(won.dialog, Ending::Failed);
            return self.failed(id, attempt, Ending::Failed);
        }
        let (others, session) = (std::mem::take(attempts), *session);
        leg.line = Line::Sip { dialog: won.dialog };
        (leg.answered, leg.key) = (true, won.secret);
        for attempt in others {
            self.dialogs.remove(&attempt.key);
            sip::hang_up(attempt.dialog, Ending::HungUp);
        }
        if let Some(session) = session {
            self.say(session, ToBrowser::Quiet);
        }
        self.open(id, won.socket, Some(audio));
        self.report(Report::Answered(id));
    }

    fn failed(&mut self, id: LegId, attempt: u64, how: Ending) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Line::Ringing { attempts, session, last } = &mut leg.line else { return };
        attempts.retain(|a| a.id != attempt);
        *last = how;
        // Somebody who presses "decline" on one phone means it.
        if (attempts.is_empty() && session.is_none()) || (how == Ending::Declined && leg.device.is_some()) {
            self.over(id, how);
        }
    }

    fn retarget(&mut self, id: LegId, audio: &Audio) {
        let Some(leg) = self.legs.get(&id) else { return };
        if let (Some(wire), Some(law)) = (leg.wire, audio.law()) {
            self.media(Ask::Retarget { wire, to: Box::new(audio.clone()), law });
        }
    }

    async fn changed(&mut self, id: LegId, audio: Option<Audio>, mut headers: Vec<Header>, handle: TransactionHandle) {
        headers.extend(sip::sdp_headers());
        let audio = match audio {
            Some(audio) if audio.law().is_some() => audio,
            Some(_) => {
                let _ = handle.reply(StatusCode::NotAcceptableHere).await;
                return;
            }
            None => {
                // A refresh without a word about media gets ours as it was.
                let leg = self.legs.get(&id);
                let written = |local| sdp::write(local, chance() >> 33, None, leg.and_then(|l| l.key.as_ref()));
                let body = leg.and_then(|l| l.local).map(|local| written(local).into_bytes());
                let _ = handle.respond(StatusCode::OK, Some(headers), body).await;
                return;
            }
        };
        // The same port as before; only who sends and hears may have changed.
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let hold = audio.is_hold();
        let was = std::mem::replace(&mut leg.held, hold);
        let Some(local) = leg.local else { return };
        let body = sdp::write(local, chance() >> 33, Some(&audio), leg.key.as_ref());
        self.retarget(id, &audio);
        let _ = handle.respond(StatusCode::OK, Some(headers), Some(body.into_bytes())).await;
        match (was, hold) {
            (false, true) => self.report(Report::Held(id)),
            (true, false) => self.report(Report::Resumed(id)),
            _ => {}
        }
    }
}

/// A free even port for RTP on our address, and the next for RTCP.
fn media_socket(address: IpAddr) -> std::io::Result<(Sockets, SocketAddr)> {
    for _ in 0..64 {
        let port = 16_384 + (chance() % 8192) as u16 * 2;
        let bind = |port| UdpSocket::bind(SocketAddr::new(address, port));
        if let (Ok(sound), Ok(control)) = (bind(port), bind(port + 1)) {
            sound.set_nonblocking(true)?;
            control.set_nonblocking(true)?;
            let local = sound.local_addr()?;
            return Ok((Sockets { sound, control }, local));
        }
    }
    Err(std::io::Error::other("no port for media is free"))
}

fn chance() -> u64 {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    u64::from_le_bytes(bytes)
}
