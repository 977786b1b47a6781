//! The voice engine: SIP phones and trunks, browsers, sound. It knows lines and who hears whom, nothing of tickets.
//!
//! Orders go in, reports come out. [`exchange`] holds the lines and translates both ways; `sip` and `browser` speak to
//! the two kinds of phones; `media` is the thread that mixes; `record` keeps what was said. No decision of the call
//! centre is taken here.

mod admission;
mod browser;
mod digest;
mod exchange;
pub mod g711;
mod jitter;
pub mod listening;
mod media;
pub mod playback;
pub mod record;
mod rehearsal;
mod rtcp;
mod rtp;
mod sdp;
mod sip;
mod sound;
mod srtp;
mod wire;
mod words;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, RwLock};

use tokio::sync::mpsc;

pub use browser::{FromBrowser, SessionId, ToBrowser, Visitor};
pub use digest::ha1;
pub use rehearsal::Rehearsed;
pub use rtcp::{Quality, There};
pub use sound::Sound;
pub use words::words;

/// Reads any bytes as an offer, for the fuzzer.
#[doc(hidden)]
pub fn hostile_sdp(bytes: &[u8]) {
    if let Some(audio) = sdp::read(bytes) {
        let answer = sdp::write(([127, 0, 0, 1], 9).into(), 1, Some(&audio), audio.secret.as_ref().map(|s| &s.key));
        assert!(audio.law().is_none() || sdp::read(answer.as_bytes()).is_some(), "an answer of ours can be read");
    }
}

/// Reads any bytes as a packet and lets it into a jitter buffer, for the fuzzer.
#[doc(hidden)]
pub fn hostile_rtp(bytes: &[u8]) {
    let (mut jitter, mut reception) = (jitter::Jitter::default(), rtcp::Reception::default());
    for piece in bytes.chunks(180) {
        if let Some(packet) = rtp::read(piece) {
            let _ = rtp::ended_key(packet.payload);
            jitter.put(packet.timestamp, g711::Law::Mu, packet.payload);
            reception.packet(packet.ssrc, packet.sequence, packet.timestamp, 0);
        }
        reception.read(piece, 7, 1);
        let _ = jitter.take();
    }
}

/// One line of a call; the caller's is the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LegId {
    pub call: i64,
    pub n: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Leg(LegId),
    Sound(Sound),
    /// µ-law bytes, 8 kHz: played once, or over and over.
    Words {
        ulaw: Arc<Vec<u8>>,
        again: bool,
    },
    /// µ-law bytes, 8 kHz, and a sound after them.
    Spoken {
        ulaw: Arc<Vec<u8>>,
        then: Sound,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    HungUp,
    /// No media any more, the page gone, the phone unreachable in mid-call.
    Lost,
    Busy,
    Declined,
    NoAnswer,
    Failed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Takes the call that came in.
    Answer {
        leg: LegId,
    },
    /// Rings wherever this device can be reached; the first to answer wins. `auto`: its browser answers by itself.
    RingDevice {
        leg: LegId,
        device: i64,
        auto: bool,
    },
    /// Through the trunk. `from`: the number and name it shows, when not the trunk's own.
    Dial {
        leg: LegId,
        number: String,
        from: Option<(String, String)>,
    },
    HangUp {
        leg: LegId,
    },
    /// The transfer that a phone asked for does not happen.
    NoTransfer {
        leg: LegId,
    },
    Hear {
        call: i64,
        hears: Vec<(LegId, Vec<Source>)>,
    },
    Record {
        call: i64,
        on: bool,
    },
    /// What is said is nobody's business for a while: it is neither recorded nor listened to, whatever else was ordered.
    Private {
        call: i64,
        on: bool,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// Somebody calls; their line is the first of a new call.
    Arrived {
        call: i64,
        number: Option<String>,
        name: String,
        to: String,
        /// What the desk said of a page that calls.
        about: Option<i64>,
    },
    Answered(LegId),
    Ended(LegId, Ending),
    /// A phone's own hold key.
    Held(LegId),
    Resumed(LegId),
    Key(LegId, char),
    /// A phone's own transfer key (RFC 3515), with whom it asked for.
    Referred(LegId, String),
    /// What was heard of a device's talk with the caller, when its line has parted from them.
    Heard {
        leg: LegId,
        device: i64,
        heard: listening::Heard,
    },
    /// How good a line was that has ended; `device` is whose it was, if one of ours.
    Quality {
        leg: LegId,
        device: Option<i64>,
        quality: Quality,
    },
    /// Where a device can be reached now.
    Devices {
        device: i64,
        browser: bool,
        phone: bool,
    },
}

/// Which phones may register: user to device and HA1, the MD5 of `user:realm:password` (RFC 7616 §3.4.2).
pub type Logins = Arc<RwLock<HashMap<String, (i64, String)>>>;

#[derive(Clone, Debug)]
pub struct Config {
    /// Where SIP is listened to, by UDP and TCP; none: browsers only.
    pub sip: Option<SocketAddr>,
    /// Also by TCP. One stalled peer there can hold up the others, so it is off unless a phone needs it.
    pub tcp: bool,
    pub tls: Option<Tls>,
    /// The address that phones and browsers reach us at, for signalling and media.
    pub address: IpAddr,
    pub realm: String,
    pub trunk: Option<Trunk>,
    /// Calls without a password are taken from these hosts: the trunk's, a gateway's.
    pub trusted: Vec<IpAddr>,
    pub recordings: PathBuf,
}

/// SIP over TLS, for phones and gateways that want nobody to listen. Their sound is secret too (SRTP).
#[derive(Clone)]
pub struct Tls {
    pub listen: SocketAddr,
    /// PEM; the key as PKCS #8 or PKCS #1.
    pub certificate: Vec<u8>,
    pub key: Vec<u8>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("listen", &self.listen).finish_non_exhaustive()
    }
}

/// A provider that carries calls to and from the public network.
#[derive(Clone, Debug)]
pub struct Trunk {
    /// `host:port`.
    pub server: String,
    pub user: String,
    pub password: String,
    /// Whether we register there so that calls find us.
    pub register: bool,
    /// By TLS, when one of these authorities (PEM) vouches for the server; its sound is secret too (SRTP).
    pub tls: Option<Arc<Vec<u8>>>,
}

/// The running engine. Cheap to clone.
#[derive(Clone)]
pub struct Phone {
    events: mpsc::UnboundedSender<exchange::Event>,
    /// Where SIP is really listened to.
    pub sip: Option<SocketAddr>,
    /// The same by TLS.
    pub sips: Option<SocketAddr>,
    turns: Arc<Turns>,
}

/// How punctual the media thread is: its turns, and those that came so late that a frame could be missed (20 ms).
#[derive(Debug, Default)]
pub struct Turns {
    pub all: AtomicU64,
    pub late: AtomicU64,
}

impl Phone {
    /// `mint` makes the identifiers of calls that come in.
    pub async fn start(
        config: Config,
        logins: Logins,
        mint: impl Fn() -> i64 + Send + 'static,
    ) -> std::io::Result<(Phone, mpsc::UnboundedReceiver<Report>)> {
        exchange::start(config, logins, Box::new(mint)).await
    }

    pub fn order(&self, order: Order) {
        // An engine that has stopped has no lines left to order.
        let _ = self.events.send(exchange::Event::Order(order));
    }

    pub fn turns(&self) -> &Turns {
        &self.turns
    }

    /// A page connects its softphone.
    pub fn connect(&self, visitor: Visitor) -> (SessionId, mpsc::UnboundedReceiver<ToBrowser>) {
        browser::connect(&self.events, visitor)
    }

    pub fn from_browser(&self, session: SessionId, said: FromBrowser) {
        let _ = self.events.send(exchange::Event::Browser(session, said));
    }
}

/// A bug in one of the engine's own threads ends the process: a telephone that looks alive and is deaf is worse than one
/// that is started again from what was committed.
struct EndOnPanic(&'static str);

impl Drop for EndOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!(part = self.0, "the telephone broke; ending so that it can be started again");
            std::process::exit(70);
        }
    }
}
