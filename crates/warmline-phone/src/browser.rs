//! Softphones in pages. A page keeps one connection for as long as it is open; calls come and go on it. So a call is
//! answered at once, and a page that was loaded again gets its call back.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use str0m::change::SdpOffer;
use str0m::format::{Codec, FormatParams};
use str0m::media::{Frequency, MediaKind, Pt};
use str0m::{Candidate, Rtc, RtcConfig};
use tokio::sync::mpsc;

use crate::LegId;
use crate::exchange::Event;
use crate::g711::Law;
use crate::listening::Heard;
use crate::rehearsal::Rehearsed;
use crate::wire::Wire;

/// One connection of one page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(u64);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visitor {
    /// Somebody of ours, with the softphone in the page.
    Device(i64),
    /// A customer who calls from a page.
    /// `about` is the desk's own mark of what the call is about; it comes back with the call.
    Caller { name: String, to: String, about: Option<i64> },
}

/// What a page says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FromBrowser {
    /// An SDP offer of one audio line.
    Offer(String),
    Accept(LegId),
    HangUp,
    /// A key of a telephone: 0 to 9, * or #.
    Key(char),
    /// Tries their voice, or stops doing so.
    Rehearse(bool),
    /// Wants to hear what they tried.
    PlayBack,
    /// The connection is gone.
    Gone,
}

/// What a page is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToBrowser {
    Answer(String),
    Ring {
        leg: LegId,
        auto: bool,
    },
    /// It rings no more.
    Quiet,
    /// The line is bound to this page.
    Talking,
    /// No call on this page.
    Idle,
    /// How their talk with the caller goes. Private: it is told to their own page alone.
    Heard(Heard),
    Rehearsed(Rehearsed),
    /// Another page of the same person has the phone now.
    Replaced,
    Refused(String),
}

pub(crate) fn connect(
    events: &mpsc::UnboundedSender<Event>,
    visitor: Visitor,
) -> (SessionId, mpsc::UnboundedReceiver<ToBrowser>) {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let session = SessionId(NEXT.fetch_add(1, Ordering::Relaxed));
    let (to, told) = mpsc::unbounded_channel();
    // An engine that has stopped answers nothing; the page sees its connection close.
    let _ = events.send(Event::Connected(session, visitor, to));
    (session, told)
}

/// G.711 for now: every browser speaks it. One certificate for the life of the program.
static CONFIG: LazyLock<RtcConfig> = LazyLock::new(|| {
    let provider = str0m::crypto::from_feature_flags();
    let certificate = provider.dtls_provider.generate_certificate().expect("a certificate can be made");
    provider.install_process_default();
    let mut config = RtcConfig::new()
        .set_dtls_cert(certificate)
        .set_ice_lite(true)
        .set_rtp_mode(true)
        .set_stats_interval(Some(std::time::Duration::from_secs(5)))
        .clear_codecs()
        .enable_pcmu(true, false)
        .enable_pcma(true, false);
    let events = FormatParams::parse_line("0-16");
    config.codec_config().add_config(126.into(), None, Codec::Tele, Frequency::EIGHT_KHZ, None, events);
    config
});

/// Answers a page's offer: the wire for the media thread, and the SDP for the page.
pub(crate) fn accept(offer: &str, address: IpAddr) -> Result<(Wire, String), String> {
    let now = Instant::now();
    let socket = UdpSocket::bind(SocketAddr::new(address, 0)).map_err(|e| format!("no port for media: {e}"))?;
    socket.set_nonblocking(true).map_err(|e| e.to_string())?;
    let local = socket.local_addr().map_err(|e| e.to_string())?;
    let mut rtc: Rtc = CONFIG.clone().build(now);
    rtc.add_local_candidate(Candidate::host(local, "udp").map_err(|e| e.to_string())?);
    let offer = SdpOffer::from_sdp_string(offer).map_err(|e| e.to_string())?;
    let answer = rtc.sdp_api().accept_offer(offer).map_err(|e| e.to_string())?;
    let audio = |mid| rtc.media(mid).is_some_and(|m| m.kind() == MediaKind::Audio && !m.disabled());
    let mid = answer.media_lines.iter().map(|m| m.mid()).find(|mid| audio(*mid)).ok_or("the offer has no audio")?;
    let types: Vec<Pt> = rtc.media(mid).map(|m| m.remote_pts().to_vec()).unwrap_or_default();
    let (mut voice, mut events) = (None, vec![]);
    for pt in types {
        let codec = rtc.codec_config().find(|p| p.pt() == pt).map(|p| p.spec().codec);
        match codec {
            Some(Codec::Tele) => events.push(pt),
            Some(Codec::PCMU) => voice = voice.or(Some((pt, Law::Mu))),
            Some(Codec::PCMA) => voice = voice.or(Some((pt, Law::A))),
            _ => {}
        }
    }
    let (pt, law) = voice.ok_or("the browser offers no codec that is spoken here (G.711)")?;
    let sdp = answer.to_sdp_string();
    Ok((Wire::browser(rtc, socket, local, mid, pt, law, events, now), sdp))
}
