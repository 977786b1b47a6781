//! A wire: the packets of one line, over plain RTP (SIP phones, trunks) or WebRTC (browsers).

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use str0m::media::{Mid, Pt, TelephoneEvent};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{RtpWrite, SeqNo};
use str0m::{Event, IceConnectionState, Input, Output, Rtc};

use crate::g711::{FRAME, Frame, Law, SILENCE};
use crate::jitter::Jitter;
use crate::rtp;

/// Datagrams read from one socket in a turn; the rest waits for the next.
const BURST: usize = 40;
/// A line that sent sound and sends none for so long is gone.
const GONE: Duration = Duration::from_secs(12);

pub(crate) struct Wire {
    kind: Kind,
    pub(crate) law: Law,
    jitter: Jitter,
    /// What was heard in this turn.
    pub(crate) frame: Frame,
    last_packet: Option<Instant>,
    opened: Option<Instant>,
    /// The other side said that it will be silent.
    pub(crate) quiet: bool,
    lost: bool,
}

enum Kind {
    Rtp(Plain),
    Rtc(Box<Browser>),
}

/// What a wire has to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    Key(char),
    /// Media can flow.
    Up,
    Gone,
}

struct Plain {
    socket: UdpSocket,
    /// Where the other side said it listens; replaced once by where it sends from (symmetric RTP, RFC 4961).
    remote: Option<SocketAddr>,
    latched: Option<SocketAddr>,
    /// Turns so far; most read one packet only, because one is what came.
    turns: u32,
    events: Option<u8>,
    last_event: Option<u32>,
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    talking: bool,
}

struct Browser {
    rtc: Rtc,
    socket: UdpSocket,
    local: SocketAddr,
    mid: Mid,
    pt: Pt,
    events: Vec<Pt>,
    last_event: Option<u32>,
    sequence: SeqNo,
    timestamp: u32,
    up: bool,
    talking: bool,
    begun: Instant,
    due: Instant,
}

impl Wire {
    pub(crate) fn rtp(
        socket: UdpSocket,
        remote: Option<SocketAddr>,
        law: Law,
        events: Option<u8>,
        chance: u64,
    ) -> Self {
        let plain = Plain {
            socket,
            remote,
            latched: None,
            turns: 0,
            events,
            last_event: None,
            ssrc: chance as u32,
            sequence: (chance >> 32) as u16,
            timestamp: (chance >> 16) as u32,
            talking: false,
        };
        Wire::new(Kind::Rtp(plain), law)
    }

    #[expect(clippy::too_many_arguments, reason = "the ends of one negotiation")]
    pub(crate) fn browser(
        rtc: Rtc,
        socket: UdpSocket,
        local: SocketAddr,
        mid: Mid,
        pt: Pt,
        law: Law,
        events: Vec<Pt>,
        now: Instant,
    ) -> Self {
        let browser = Browser {
            rtc,
            socket,
            local,
            mid,
            pt,
            events,
            last_event: None,
            sequence: SeqNo::default(),
            timestamp: 0,
            up: false,
            talking: false,
            begun: now,
            due: now,
        };
        Wire::new(Kind::Rtc(Box::new(browser)), law)
    }

    fn new(kind: Kind, law: Law) -> Self {
        Wire {
            kind,
            law,
            jitter: Jitter::default(),
            frame: SILENCE,
            last_packet: None,
            opened: None,
            quiet: false,
            lost: false,
        }
    }

    /// The other side moved or changed its mind (re-INVITE).
    pub(crate) fn retarget(&mut self, remote: SocketAddr, law: Law, events: Option<u8>, quiet: bool) {
        if let Kind::Rtp(plain) = &mut self.kind {
            if !remote.ip().is_unspecified() && plain.remote != Some(remote) {
                // Connected to where it listens now; what it sends from there latches it again.
                let _ = plain.socket.connect(remote);
                (plain.remote, plain.latched) = (Some(remote), Some(remote));
            }
            plain.events = events;
        }
        (self.law, self.quiet, self.last_packet, self.opened) = (law, quiet, None, None);
    }

    /// Reads what came, and makes the frame of this turn.
    pub(crate) fn receive(&mut self, now: Instant, news: &mut Vec<News>) {
        let mut came = false;
        match &mut self.kind {
            Kind::Rtp(plain) => plain.receive(self.law, &mut self.jitter, &mut came, news),
            Kind::Rtc(browser) => browser.receive(now, self.law, &mut self.jitter, &mut came, news),
        }
        if came {
            self.last_packet = Some(now);
        }
        self.frame = self.jitter.take().unwrap_or(SILENCE);
        let opened = *self.opened.get_or_insert(now);
        let silence = self.last_packet.map_or(now.duration_since(opened) / 3, |at| now.duration_since(at));
        let silent = silence > GONE && !self.quiet;
        if silent && !self.lost && matches!(self.kind, Kind::Rtp(_)) {
            self.lost = true;
            news.push(News::Gone);
        }
    }

    pub(crate) fn send(&mut self, frame: &Frame, now: Instant, news: &mut Vec<News>) {
        let payload = self.law.encode_frame(frame);
        match &mut self.kind {
            Kind::Rtp(plain) => plain.send(self.law, &payload),
            Kind::Rtc(browser) => browser.send(&payload, now, news),
        }
    }

    /// Nothing to say in this turn; time goes on.
    pub(crate) fn idle(&mut self) {
        match &mut self.kind {
            Kind::Rtp(plain) => plain.timestamp = plain.timestamp.wrapping_add(FRAME as u32),
            Kind::Rtc(browser) => {
                browser.timestamp = browser.timestamp.wrapping_add(FRAME as u32);
                browser.talking = false;
            }
        }
    }
}

impl Plain {
    fn receive(&mut self, law: Law, jitter: &mut Jitter, came: &mut bool, news: &mut Vec<News>) {
        let mut buffer = [0; 2048];
        self.turns = self.turns.wrapping_add(1);
        // Asking the kernel for nothing costs as much as for a packet, so the queue is emptied every few turns only.
        let burst = if self.latched.is_none() || self.turns.is_multiple_of(4) { BURST } else { 1 };
        for _ in 0..burst {
            let (length, from) = match self.socket.recv_from(&mut buffer) {
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                // An answer of the network to an earlier packet; the line shows by silence whether it is gone.
                Err(_) => continue,
            };
            let Some(packet) = rtp::read(&buffer[..length]) else { continue };
            let negotiated = packet.payload_type == law.payload_type() || Some(packet.payload_type) == self.events;
            if !negotiated || !self.is_theirs(from) {
                continue;
            }
            *came = true;
            if Some(packet.payload_type) == self.events {
                if let Some(key) = rtp::ended_key(packet.payload)
                    && self.last_event.replace(packet.timestamp) != Some(packet.timestamp)
                {
                    news.push(News::Key(key));
                }
            } else if packet.payload_type == law.payload_type() {
                jitter.put(packet.timestamp, law, packet.payload);
            }
        }
    }

    /// The first sender from the promised host, or the first at all when none was promised, is the one.
    fn is_theirs(&mut self, from: SocketAddr) -> bool {
        match self.latched {
            Some(latched) => latched == from,
            None => {
                let promised = self.remote.is_none_or(|r| r.ip() == from.ip() || is_private(r.ip()));
                if promised {
                    // The kernel drops what comes from elsewhere, and need not look up the way for each packet.
                    let _ = self.socket.connect(from);
                    (self.latched, self.remote) = (Some(from), Some(from));
                }
                promised
            }
        }
    }

    fn send(&mut self, law: Law, payload: &[u8]) {
        self.timestamp = self.timestamp.wrapping_add(FRAME as u32);
        self.sequence = self.sequence.wrapping_add(1);
        let Some(remote) = self.remote else { return };
        let marker = !std::mem::replace(&mut self.talking, true);
        let packet = rtp::write(law.payload_type(), marker, self.sequence, self.timestamp, self.ssrc, payload);
        // A full buffer or a closed port loses this packet and no other.
        let _ = match self.latched {
            Some(_) => self.socket.send(&packet),
            None => self.socket.send_to(&packet, remote),
        };
    }
}

/// Behind a translator the promised address says nothing.
fn is_private(ip: std::net::IpAddr) -> bool {
    match ip {
        std::net::IpAddr::V4(v4) => v4.is_private(),
        std::net::IpAddr::V6(v6) => v6.is_unique_local(),
    }
}

impl Browser {
    fn receive(&mut self, now: Instant, law: Law, jitter: &mut Jitter, came: &mut bool, news: &mut Vec<News>) {
        let mut buffer = [0; 2048];
        for _ in 0..BURST {
            let Ok((length, from)) = self.socket.recv_from(&mut buffer) else { break };
            let Ok(receive) = Receive::new(Protocol::Udp, from, self.local, &buffer[..length]) else { continue };
            let input = Input::Receive(now, receive);
            if !self.rtc.accepts(&input) {
                continue;
            }
            if self.rtc.handle_input(input).is_err() {
                return news.push(News::Gone);
            }
            self.drain(law, Some((jitter, came)), news);
        }
        if self.due <= now {
            self.tick(now, news);
        }
        if !self.up && now.duration_since(self.begun) > GONE {
            self.begun = now + Duration::from_secs(1 << 30);
            news.push(News::Gone);
        }
    }

    fn tick(&mut self, now: Instant, news: &mut Vec<News>) {
        if self.rtc.handle_input(Input::Timeout(now)).is_err() {
            return news.push(News::Gone);
        }
        self.drain(Law::Mu, None, news);
        self.due = self.due.max(now + Duration::from_millis(5));
    }

    /// Carries out everything the engine wants, until it waits for time.
    fn drain(&mut self, law: Law, mut sound: Option<(&mut Jitter, &mut bool)>, news: &mut Vec<News>) {
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Transmit(out)) => {
                    // Lost like any packet on the way.
                    let _ = self.socket.send_to(&out.contents, out.destination);
                }
                Ok(Output::Event(Event::Connected)) => {
                    self.up = true;
                    news.push(News::Up);
                }
                Ok(Output::Event(
                    Event::IceConnectionStateChange(IceConnectionState::Disconnected) | Event::Closed,
                )) => {
                    news.push(News::Gone);
                }
                Ok(Output::Event(Event::RtpPacket(packet))) => {
                    let Some((jitter, came)) = sound.as_mut() else { continue };
                    **came = true;
                    let pt = packet.header.payload_type;
                    if pt == self.pt {
                        jitter.put(packet.header.timestamp, law, &packet.payload);
                    } else if self.events.contains(&pt)
                        && TelephoneEvent::parse(&packet.payload, str0m::media::Frequency::EIGHT_KHZ).is_some()
                        && let Some(key) = rtp::ended_key(&packet.payload)
                        && self.last_event.replace(packet.header.timestamp) != Some(packet.header.timestamp)
                    {
                        news.push(News::Key(key));
                    }
                }
                Ok(Output::Event(_)) => {}
                Ok(Output::Timeout(due)) => {
                    self.due = due;
                    return;
                }
                Err(_) => return news.push(News::Gone),
            }
        }
    }

    fn send(&mut self, payload: &[u8], now: Instant, news: &mut Vec<News>) {
        self.timestamp = self.timestamp.wrapping_add(FRAME as u32);
        if !self.up {
            return;
        }
        let first = !std::mem::replace(&mut self.talking, true);
        let (sequence, pt, timestamp) = (self.sequence.inc(), self.pt, self.timestamp);
        if let Some(stream) = self.rtc.direct_api().stream_tx_by_mid(self.mid, None) {
            stream.write_rtp(RtpWrite::new(pt, sequence, timestamp, now, payload).marker(first));
        }
        self.drain(Law::Mu, None, news);
        self.tick(now, news);
    }
}
