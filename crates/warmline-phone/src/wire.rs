//! A wire: the packets of one line, over plain RTP (SIP phones, trunks) or WebRTC (browsers).

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use str0m::media::{Mid, Pt, TelephoneEvent};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{RtpWrite, SeqNo};
use str0m::{Event, IceConnectionState, Input, Output, Rtc};

use crate::g711::{Coded, FRAME, Frame, Law, SILENCE};
use crate::jitter::Jitter;
use crate::rtcp::{self, Reception, Sent, There};
use crate::rtp;
use crate::sdp::Audio;
use crate::srtp::Srtp;

/// Datagrams read from one socket in a turn; the rest waits for the next.
const BURST: usize = 40;
/// Turns between two reports: five seconds.
const REPORT: u32 = 250;
/// The longest datagram that is read whole; sound is far shorter.
const DATAGRAM: usize = 2048;
/// Where one datagram after the other is read to.
pub(crate) type Buffer = [u8; DATAGRAM];
pub(crate) const EMPTY: Buffer = [0; DATAGRAM];
/// A line that sent sound and sends none for so long is gone.
const GONE: Duration = Duration::from_secs(12);

pub(crate) struct Wire {
    kind: Kind,
    pub(crate) law: Law,
    jitter: Jitter,
    /// What was heard in this turn, if anything.
    pub(crate) heard: Option<Coded>,
    last_packet: Option<Instant>,
    opened: Option<Instant>,
    /// The other side said that it will be silent.
    pub(crate) quiet: bool,
    lost: bool,
    pub(crate) reception: Reception,
    /// What `reception` counts time from.
    epoch: Instant,
}

/// Where a line by SIP is heard: sound, and one port further the reports about it.
pub(crate) struct Sockets {
    pub(crate) sound: UdpSocket,
    pub(crate) control: UdpSocket,
}

enum Kind {
    Rtp(Box<Plain>),
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
    control: UdpSocket,
    /// Where their reports come from; before the first, one port above their sound.
    control_remote: Option<SocketAddr>,
    packets: u32,
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
    secret: Option<Srtp>,
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
        Sockets { sound: socket, control }: Sockets,
        remote: Option<SocketAddr>,
        law: Law,
        events: Option<u8>,
        secret: Option<Srtp>,
        chance: u64,
    ) -> Self {
        let plain = Plain {
            socket,
            control,
            control_remote: None,
            packets: 0,
            remote,
            latched: None,
            turns: 0,
            events,
            last_event: None,
            ssrc: chance as u32,
            sequence: (chance >> 32) as u16,
            timestamp: (chance >> 16) as u32,
            talking: false,
            secret,
        };
        Wire::new(Kind::Rtp(Box::new(plain)), law, Instant::now())
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
        Wire::new(Kind::Rtc(Box::new(browser)), law, now)
    }

    fn new(kind: Kind, law: Law, epoch: Instant) -> Self {
        Wire {
            kind,
            law,
            jitter: Jitter::default(),
            heard: None,
            last_packet: None,
            opened: None,
            quiet: false,
            lost: false,
            reception: Reception::default(),
            epoch,
        }
    }

    /// The other side moved or changed its mind (re-INVITE).
    pub(crate) fn retarget(&mut self, to: &Audio, law: Law) {
        let (remote, events, quiet) = (to.address, to.events, to.is_hold());
        if let Kind::Rtp(plain) = &mut self.kind {
            if let (Some(own), Some(theirs)) = (&mut plain.secret, &to.secret) {
                own.rekey(&theirs.key);
            }
            if !remote.ip().is_unspecified() && plain.remote != Some(remote) {
                // Connected to where it listens now; what it sends from there latches it again.
                let _ = plain.socket.connect(remote);
                (plain.remote, plain.latched) = (Some(remote), Some(remote));
            }
            plain.events = events;
        }
        (self.law, self.quiet, self.last_packet, self.opened) = (law, quiet, None, None);
    }

    /// What was heard in this turn, as samples.
    pub(crate) fn frame(&self) -> Frame {
        self.heard.as_ref().map_or(SILENCE, Coded::frame)
    }

    /// Reads what came, and makes the frame of this turn.
    pub(crate) fn receive(&mut self, now: Instant, buffer: &mut Buffer, news: &mut Vec<News>) {
        let samples = now.duration_since(self.epoch).as_micros() as u64 / 125;
        let mut heard = Incoming { jitter: &mut self.jitter, reception: &mut self.reception, samples, came: false };
        match &mut self.kind {
            Kind::Rtp(plain) => plain.receive(self.law, &mut heard, buffer, news),
            Kind::Rtc(browser) => browser.receive(now, self.law, &mut heard, buffer, news),
        }
        if heard.came {
            self.last_packet = Some(now);
        }
        self.heard = self.jitter.take();
        let opened = *self.opened.get_or_insert(now);
        let silence = self.last_packet.map_or(now.duration_since(opened) / 3, |at| now.duration_since(at));
        let silent = silence > GONE && !self.quiet;
        if silent && !self.lost && matches!(self.kind, Kind::Rtp(_)) {
            self.lost = true;
            news.push(News::Gone);
        }
    }

    /// Sends 20 ms in the law of this wire.
    pub(crate) fn send(&mut self, payload: &[u8; FRAME], now: Instant, news: &mut Vec<News>) {
        match &mut self.kind {
            Kind::Rtp(plain) => plain.send(self.law, payload),
            Kind::Rtc(browser) => browser.send(payload, now, news),
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

/// What comes in on a wire in one turn.
struct Incoming<'a> {
    jitter: &'a mut Jitter,
    reception: &'a mut Reception,
    /// The time of this turn.
    samples: u64,
    came: bool,
}

impl Plain {
    fn receive(&mut self, law: Law, heard: &mut Incoming<'_>, buffer: &mut Buffer, news: &mut Vec<News>) {
        if self.turns % REPORT == REPORT - 1 {
            self.report(heard.reception, buffer);
        }
        self.turns = self.turns.wrapping_add(1);
        // Asking the kernel for nothing costs as much as for a packet, so the queue is emptied every few turns only.
        let burst = if self.latched.is_none() || self.turns.is_multiple_of(4) { BURST } else { 1 };
        for _ in 0..burst {
            let (length, from) = match self.socket.recv_from(buffer) {
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                // An answer of the network to an earlier packet; the line shows by silence whether it is gone.
                Err(_) => continue,
            };
            let plain = match &mut self.secret {
                None => None,
                Some(secret) => match secret.unprotect(&buffer[..length]) {
                    Some(plain) => Some(plain),
                    None => continue,
                },
            };
            let Some(packet) = rtp::read(plain.as_deref().unwrap_or(&buffer[..length])) else { continue };
            let negotiated = packet.payload_type == law.payload_type() || Some(packet.payload_type) == self.events;
            if !negotiated || !self.is_theirs(from) {
                continue;
            }
            heard.came = true;
            heard.reception.packet(packet.ssrc, packet.sequence, packet.timestamp, heard.samples);
            if Some(packet.payload_type) == self.events {
                if let Some(key) = rtp::ended_key(packet.payload)
                    && self.last_event.replace(packet.timestamp) != Some(packet.timestamp)
                {
                    news.push(News::Key(key));
                }
            } else if packet.payload_type == law.payload_type() {
                heard.jitter.put(packet.timestamp, law, packet.payload);
            }
        }
    }

    /// Says how their sound comes here, and reads how ours comes there (RFC 3550 §6).
    fn report(&mut self, heard: &mut Reception, buffer: &mut Buffer) {
        let Some(remote) = self.remote else { return };
        for _ in 0..BURST {
            let Ok((length, from)) = self.control.recv_from(buffer) else { break };
            let bytes = match &mut self.secret {
                Some(secret) => secret.unprotect_control(&buffer[..length]),
                None => Some(buffer[..length].to_vec()),
            };
            if let (true, Some(bytes)) = (from.ip() == remote.ip(), bytes) {
                self.control_remote = Some(from);
                heard.read(&bytes, self.ssrc, self.packets);
            }
        }
        if self.packets == 0 {
            return;
        }
        let octets = self.packets.wrapping_mul(FRAME as u32);
        let sent = Sent { ssrc: self.ssrc, timestamp: self.timestamp, packets: self.packets, octets };
        let report = rtcp::write(&sent, heard);
        let report = match &mut self.secret {
            Some(secret) => secret.protect_control(&report),
            None => Some(report),
        };
        let above = SocketAddr::new(remote.ip(), remote.port().saturating_add(1));
        if let Some(report) = report {
            // Lost like any packet on the way.
            let _ = self.control.send_to(&report, self.control_remote.unwrap_or(above));
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

    fn send(&mut self, law: Law, payload: &[u8; FRAME]) {
        self.timestamp = self.timestamp.wrapping_add(FRAME as u32);
        self.sequence = self.sequence.wrapping_add(1);
        let Some(remote) = self.remote else { return };
        self.packets = self.packets.wrapping_add(1);
        let marker = !std::mem::replace(&mut self.talking, true);
        let mut packet = [0; rtp::HEAD + FRAME];
        let head = rtp::head(law.payload_type(), marker, self.sequence, self.timestamp, self.ssrc);
        packet[..rtp::HEAD].copy_from_slice(&head);
        packet[rtp::HEAD..].copy_from_slice(payload);
        let secret;
        let packet = match &mut self.secret {
            None => &packet[..],
            Some(own) => match own.protect(&packet) {
                Some(made) => {
                    secret = made;
                    &secret[..]
                }
                None => return,
            },
        };
        // A full buffer or a closed port loses this packet and no other.
        let _ = match self.latched {
            Some(_) => self.socket.send(packet),
            None => self.socket.send_to(packet, remote),
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
    fn receive(&mut self, now: Instant, law: Law, heard: &mut Incoming<'_>, buffer: &mut Buffer, news: &mut Vec<News>) {
        for _ in 0..BURST {
            let Ok((length, from)) = self.socket.recv_from(buffer) else { break };
            let Ok(receive) = Receive::new(Protocol::Udp, from, self.local, &buffer[..length]) else { continue };
            let input = Input::Receive(now, receive);
            if !self.rtc.accepts(&input) {
                continue;
            }
            if self.rtc.handle_input(input).is_err() {
                return news.push(News::Gone);
            }
            self.drain(law, Some(heard), news);
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
    fn drain(&mut self, law: Law, mut heard: Option<&mut Incoming<'_>>, news: &mut Vec<News>) {
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
                    let Some(heard) = heard.as_mut() else { continue };
                    heard.came = true;
                    let header = &packet.header;
                    heard.reception.packet(*header.ssrc, header.sequence_number, header.timestamp, heard.samples);
                    let pt = packet.header.payload_type;
                    if pt == self.pt {
                        heard.jitter.put(packet.header.timestamp, law, &packet.payload);
                    } else if self.events.contains(&pt)
                        && TelephoneEvent::parse(&packet.payload, str0m::media::Frequency::EIGHT_KHZ).is_some()
                        && let Some(key) = rtp::ended_key(&packet.payload)
                        && self.last_event.replace(packet.header.timestamp) != Some(packet.header.timestamp)
                    {
                        news.push(News::Key(key));
                    }
                }
                Ok(Output::Event(Event::MediaEgressStats(stats))) => {
                    if let (Some(heard), Some(there)) = (heard.as_mut(), stats.remote) {
                        let lost = there.packets_lost * 1000 / stats.packets.max(1);
                        let (lost, jitter) = (lost.min(1000) as u32, (there.jitter / 8).min(10_000));
                        heard.reception.there = Some(There { lost, jitter });
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
