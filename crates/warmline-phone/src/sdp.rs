//! Offers and answers for one line of G.711 audio (RFC 8866, RFC 3264). Reading is tolerant: what is not understood is
//! passed over.

use std::net::{IpAddr, SocketAddr};

use crate::g711::Law;
use crate::srtp::{Key, SUITE};

/// Which way the other side lets audio go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Audio {
    pub(crate) address: SocketAddr,
    pub(crate) direction: Direction,
    /// In their order of preference.
    pub(crate) laws: Vec<Law>,
    /// The payload type of telephone events at 8 kHz.
    pub(crate) events: Option<u8>,
    /// Their key, when they want secret sound (RFC 4568).
    pub(crate) secret: Option<Secret>,
}

/// A key, and the number it was offered under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Secret {
    tag: u32,
    pub(crate) key: Key,
}

impl Audio {
    pub(crate) fn law(&self) -> Option<Law> {
        self.laws.first().copied()
    }
    /// They do not want to hear us.
    pub(crate) fn is_hold(&self) -> bool {
        matches!(self.direction, Direction::SendOnly | Direction::Inactive) || self.address.ip().is_unspecified()
    }
}

/// The first audio line over RTP. Secret sound with no key that is understood has no law.
pub(crate) fn read(body: &[u8]) -> Option<Audio> {
    let text = String::from_utf8_lossy(body.get(..body.len().min(16_384))?);
    let (mut address, mut direction) = (None, Direction::SendRecv);
    let mut audio: Option<Media> = None;
    let mut secret = None;
    let (mut own_address, mut own_direction, mut events) = (None, None, None);
    let mut elsewhere = false;
    for line in text.lines().map(str::trim_end) {
        let Some((kind, value)) = line.split_once('=') else { continue };
        match kind {
            "m" => {
                elsewhere = audio.is_some() || !value.starts_with("audio ");
                if !elsewhere {
                    audio = media(value);
                    elsewhere = audio.is_none();
                }
            }
            _ if elsewhere => {}
            "c" => {
                let to = value.split_whitespace().nth(2).and_then(|a| a.split('/').next()?.parse::<IpAddr>().ok());
                if audio.is_some() { own_address = to } else { address = to }
            }
            "a" => match (way(value), audio.is_some()) {
                (Some(way), true) => own_direction = Some(way),
                (Some(way), false) => direction = way,
                (None, _) => {
                    events = events.or_else(|| event_type(value));
                    secret = secret.or_else(|| crypto(value));
                }
            },
            _ => {}
        }
    }
    let Media { port, types, secured } = audio?;
    let understood = !secured || secret.is_some();
    let laws = types.iter().filter(|_| understood).filter_map(|pt| Law::from_payload_type(*pt)).collect();
    Some(Audio {
        address: SocketAddr::new(own_address.or(address)?, port),
        direction: own_direction.unwrap_or(direction),
        laws,
        events: events.filter(|pt| types.contains(pt)),
        secret: secret.filter(|_| secured),
    })
}

struct Media {
    port: u16,
    types: Vec<u8>,
    secured: bool,
}

fn media(value: &str) -> Option<Media> {
    let mut words = value.split_whitespace().skip(1);
    let port = words.next()?.split('/').next()?.parse().ok()?;
    let secured = match words.next()? {
        "RTP/AVP" | "RTP/AVPF" => false,
        "RTP/SAVP" | "RTP/SAVPF" => true,
        _ => return None,
    };
    (port != 0).then(|| Media { port, types: words.filter_map(|w| w.parse().ok()).collect(), secured })
}

/// `crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^20|1:4`; a key that is used with others (MKI) is not understood.
fn crypto(value: &str) -> Option<Secret> {
    let mut words = value.strip_prefix("crypto:")?.split_whitespace();
    let tag = words.next()?.parse().ok()?;
    if words.next()? != SUITE {
        return None;
    }
    let mut parts = words.next()?.strip_prefix("inline:")?.split('|');
    let key = Key::read(parts.next()?)?;
    parts.all(|part| !part.contains(':')).then_some(Secret { tag, key })
}

fn way(value: &str) -> Option<Direction> {
    Some(match value.trim() {
        "sendrecv" => Direction::SendRecv,
        "sendonly" => Direction::SendOnly,
        "recvonly" => Direction::RecvOnly,
        "inactive" => Direction::Inactive,
        _ => return None,
    })
}

fn event_type(value: &str) -> Option<u8> {
    let (pt, name) = value.strip_prefix("rtpmap:")?.split_once(' ')?;
    name.to_ascii_lowercase().starts_with("telephone-event/8000").then(|| pt.parse().ok())?
}

/// Our side. `theirs` makes it an answer: one codec, their way mirrored. `key`: our sound is secret under it.
pub(crate) fn write(local: SocketAddr, version: u64, theirs: Option<&Audio>, key: Option<&Key>) -> String {
    let laws = theirs.map_or_else(|| vec![Law::Mu, Law::A], |t| t.laws.iter().copied().take(1).collect());
    let events = theirs.map_or(Some(101), |t| t.events);
    let way = match theirs.map(|t| t.direction) {
        Some(Direction::SendOnly) => "recvonly",
        Some(Direction::RecvOnly) => "sendonly",
        Some(Direction::Inactive) => "inactive",
        Some(Direction::SendRecv) | None => "sendrecv",
    };
    let ip = local.ip();
    let family = if ip.is_ipv4() { "IP4" } else { "IP6" };
    let types: Vec<String> = laws.iter().map(|l| l.payload_type()).chain(events).map(|pt| pt.to_string()).collect();
    let mut sdp = format!(
        "v=0\r\no=warmline {version} {version} IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\nt=0 0\r\n\
         m=audio {} RTP/{} {}\r\n",
        local.port(),
        if key.is_some() { "SAVP" } else { "AVP" },
        types.join(" ")
    );
    for law in laws {
        sdp += &format!("a=rtpmap:{} {}/8000\r\n", law.payload_type(), law.name());
    }
    if let Some(pt) = events {
        sdp += &format!("a=rtpmap:{pt} telephone-event/8000\r\na=fmtp:{pt} 0-16\r\n");
    }
    if let Some(key) = key {
        let tag = theirs.and_then(|t| t.secret.as_ref()).map_or(1, |s| s.tag);
        sdp += &format!("a=crypto:{tag} {SUITE} inline:{}\r\n", key.written());
    }
    sdp + &format!("a=ptime:20\r\na={way}\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=x\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\na=sendrecv\r\n\
        m=image 0 udptl t38\r\nm=audio 40000 RTP/AVP 96 8 0 101\r\nc=IN IP4 192.0.2.7\r\na=rtpmap:96 opus/48000/2\r\n\
        a=rtpmap:101 telephone-event/8000\r\na=sendonly\r\nm=video 9 RTP/AVP 31\r\na=inactive\r\n";

    #[test]
    fn the_audio_line_is_read_and_others_do_not_disturb() {
        let audio = read(OFFER.as_bytes()).unwrap();
        assert_eq!(audio.address, "192.0.2.7:40000".parse().unwrap());
        assert_eq!((audio.laws.clone(), audio.events), (vec![Law::A, Law::Mu], Some(101)));
        assert!(audio.is_hold());
    }

    #[test]
    fn an_answer_takes_their_first_codec_and_mirrors_their_way() {
        let theirs = read(OFFER.as_bytes()).unwrap();
        let answer = write("192.0.2.9:5004".parse().unwrap(), 1, Some(&theirs), None);
        let read_back = read(answer.as_bytes()).unwrap();
        assert_eq!(read_back.laws, [Law::A]);
        assert_eq!(read_back.direction, Direction::RecvOnly);
        assert_eq!(read_back.events, Some(101));
    }

    #[test]
    fn secret_sound_is_answered_under_their_number_with_our_key() {
        let own = Key::fresh();
        let offer = |suite: &str, more: &str| {
            let key = Key::fresh().written();
            let sdp = format!(
                "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 9000 RTP/SAVP 0\r\na=crypto:3 {suite} inline:{key}{more}\r\n"
            );
            read(sdp.as_bytes()).unwrap()
        };
        let theirs = offer(SUITE, "|2^20");
        assert_eq!(theirs.law(), Some(Law::Mu));
        let answer = write("192.0.2.9:5004".parse().unwrap(), 1, Some(&theirs), Some(&own));
        assert!(answer.contains("RTP/SAVP 0") && answer.contains("a=crypto:3 "), "{answer}");
        assert_eq!(read(answer.as_bytes()).unwrap().secret.map(|s| s.key), Some(own));
        assert_eq!(offer("F8_128_HMAC_SHA1_80", "").law(), None, "no key that we understand");
        assert_eq!(offer(SUITE, "|2^20|1:4").law(), None, "a key among others");
    }

    #[test]
    fn hold_is_known_in_all_its_forms() {
        let sdp = |c: &str, a: &str| format!("v=0\r\nc=IN IP4 {c}\r\nm=audio 9000 RTP/AVP 0\r\n{a}");
        assert!(read(sdp("0.0.0.0", "").as_bytes()).unwrap().is_hold(), "RFC 2543");
        assert!(read(sdp("192.0.2.1", "a=inactive\r\n").as_bytes()).unwrap().is_hold());
        assert!(!read(sdp("192.0.2.1", "").as_bytes()).unwrap().is_hold());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "(?s)((m=audio |c=IN IP4 |a=rtpmap:|v=0)?.{0,40}\r?\n?){0,12}") {
            let _ = read(text.as_bytes());
        }
    }
}
