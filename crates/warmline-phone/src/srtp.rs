//! SRTP (RFC 3711) for lines by SIP: AES in counter mode, HMAC-SHA1 of 80 bits, with keys told in SDP (RFC 4568). The
//! ciphers are those that browsers' lines use.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use str0m::crypto::{Aes128CmSha1_80Cipher, CryptoProvider, from_feature_flags};
use subtle::ConstantTimeEq;

use crate::rtp;

/// The one suite that every phone has.
pub(crate) const SUITE: &str = "AES_CM_128_HMAC_SHA1_80";

const MASTER: usize = 16;
const SALT: usize = 14;
const TAG: usize = 10;
/// Packets that may come late and are told from copies.
const WINDOW: u64 = 64;
/// Marks an SRTCP packet as encrypted (§3.4).
const ENCRYPTED: u32 = 1 << 31;

static CRYPTO: LazyLock<CryptoProvider> = LazyLock::new(from_feature_flags);

/// A master key and its salt.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key([u8; MASTER + SALT]);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    pub(crate) fn fresh() -> Key {
        let mut bytes = [0; MASTER + SALT];
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        Key(bytes)
    }

    /// As SDP has it, without `inline:`.
    pub(crate) fn read(text: &str) -> Option<Key> {
        STANDARD.decode(text).ok()?.try_into().ok().map(Key)
    }

    pub(crate) fn written(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// A session key (§4.3): the master key's keystream from its salt, told apart by a label.
    fn session<const N: usize>(&self, label: u8) -> [u8; N] {
        let (master, salt) = self.0.split_at(MASTER);
        let mut iv = [0; 16];
        iv[..SALT].copy_from_slice(salt);
        iv[7] ^= label;
        let mut key = [0; N];
        cipher(master).encrypt(&iv, &[0; N], &mut key).expect("a counter's stream has no end here");
        key
    }
}

fn cipher(key: &[u8]) -> Box<dyn Aes128CmSha1_80Cipher> {
    let key = key.try_into().expect("sixteen bytes");
    CRYPTO.srtp_provider.aes_128_cm_sha1_80().create_cipher(key, true)
}

/// The keys of one direction for RTP or for RTCP.
struct Session {
    cipher: Box<dyn Aes128CmSha1_80Cipher>,
    authentication: [u8; 20],
    salt: [u8; SALT],
}

impl Session {
    /// Labels follow one another from `first`: 0 for RTP, 3 for RTCP.
    fn new(key: &Key, first: u8) -> Session {
        Session {
            cipher: cipher(&key.session::<MASTER>(first)),
            authentication: key.session(first + 1),
            salt: key.session(first + 2),
        }
    }

    /// Encrypts, or decrypts: a counter's stream is its own opposite (§4.1.1).
    fn crypt(&mut self, ssrc: u32, index: u64, input: &[u8]) -> Option<Vec<u8>> {
        let mut iv = [0; 16];
        iv[..SALT].copy_from_slice(&self.salt);
        iv[4..8].iter_mut().zip(ssrc.to_be_bytes()).for_each(|(byte, mask)| *byte ^= mask);
        iv[8..14].iter_mut().zip(&index.to_be_bytes()[2..]).for_each(|(byte, mask)| *byte ^= mask);
        let mut output = vec![0; input.len()];
        self.cipher.encrypt(&iv, input, &mut output).ok()?;
        Some(output)
    }

    fn tag(&self, parts: &[&[u8]]) -> [u8; TAG] {
        let hash = CRYPTO.sha1_hmac_provider.sha1_hmac(&self.authentication, parts);
        std::array::from_fn(|i| hash[i])
    }
}

/// Which packets of a stream have come.
#[derive(Clone, Copy)]
struct Seen {
    ssrc: u32,
    highest: u64,
    /// The bit n says that the packet n before the highest has come.
    before: u64,
}

impl Seen {
    fn is_new(&self, index: u64) -> bool {
        index > self.highest || self.highest - index < WINDOW && self.before & (1 << (self.highest - index)) == 0
    }
    fn note(&mut self, index: u64) {
        if index > self.highest {
            self.before = self.before.checked_shl((index - self.highest) as u32).unwrap_or(0) | 1;
            self.highest = index;
        } else {
            self.before |= 1 << (self.highest - index);
        }
    }
}

/// Both directions of one line.
pub(crate) struct Srtp {
    theirs: Key,
    send: Session,
    send_control: Session,
    receive: Session,
    receive_control: Session,
    /// How often our sequence numbers began anew.
    rollovers: u32,
    last: Option<u16>,
    seen: Option<Seen>,
    control: u32,
    control_seen: Option<Seen>,
}

impl Srtp {
    pub(crate) fn new(own: &Key, theirs: &Key) -> Srtp {
        Srtp {
            theirs: theirs.clone(),
            send: Session::new(own, 0),
            send_control: Session::new(own, 3),
            receive: Session::new(theirs, 0),
            receive_control: Session::new(theirs, 3),
            rollovers: 0,
            last: None,
            seen: None,
            control: 0,
            control_seen: None,
        }
    }

    /// They speak under another key from now on.
    pub(crate) fn rekey(&mut self, theirs: &Key) {
        if self.theirs != *theirs {
            (self.theirs, self.seen, self.control_seen) = (theirs.clone(), None, None);
            (self.receive, self.receive_control) = (Session::new(theirs, 0), Session::new(theirs, 3));
        }
    }

    pub(crate) fn protect(&mut self, packet: &[u8]) -> Option<Vec<u8>> {
        let start = rtp::header_length(packet)?;
        let (sequence, ssrc) = (rtp::sequence(packet), rtp::ssrc(packet));
        if self.last.replace(sequence).is_some_and(|last| sequence < last) {
            self.rollovers = self.rollovers.wrapping_add(1);
        }
        let index = u64::from(self.rollovers) << 16 | u64::from(sequence);
        let mut secret = packet[..start].to_vec();
        secret.extend(self.send.crypt(ssrc, index, &packet[start..])?);
        let tag = self.send.tag(&[&secret, &self.rollovers.to_be_bytes()]);
        secret.extend(tag);
        Some(secret)
    }

    /// `None`: not theirs, changed on the way, or a copy.
    pub(crate) fn unprotect(&mut self, secret: &[u8]) -> Option<Vec<u8>> {
        let (packet, tag) = secret.split_at_checked(secret.len().checked_sub(TAG)?)?;
        let start = rtp::header_length(packet)?;
        let (sequence, ssrc) = (rtp::sequence(packet), rtp::ssrc(packet));
        let seen = self.seen.filter(|seen| seen.ssrc == ssrc);
        let index = seen.map_or(u64::from(sequence), |seen| nearest(seen.highest, sequence));
        let expected = self.receive.tag(&[packet, &((index >> 16) as u32).to_be_bytes()]);
        if !bool::from(expected.ct_eq(tag)) || seen.is_some_and(|seen| !seen.is_new(index)) {
            return None;
        }
        let mut seen = seen.unwrap_or(Seen { ssrc, highest: index, before: 1 });
        seen.note(index);
        self.seen = Some(seen);
        let mut plain = packet[..start].to_vec();
        plain.extend(self.receive.crypt(ssrc, index, &packet[start..])?);
        Some(plain)
    }

    /// The same for RTCP (§3.4), whose index travels with it.
    pub(crate) fn protect_control(&mut self, packet: &[u8]) -> Option<Vec<u8>> {
        let ssrc = u32::from_be_bytes(packet.get(4..8)?.try_into().ok()?);
        self.control = (self.control + 1) & !ENCRYPTED;
        let mut secret = packet[..8].to_vec();
        secret.extend(self.send_control.crypt(ssrc, u64::from(self.control), &packet[8..])?);
        secret.extend((ENCRYPTED | self.control).to_be_bytes());
        let tag = self.send_control.tag(&[&secret]);
        secret.extend(tag);
        Some(secret)
    }

    pub(crate) fn unprotect_control(&mut self, secret: &[u8]) -> Option<Vec<u8>> {
        let (signed, tag) = secret.split_at_checked(secret.len().checked_sub(TAG)?)?;
        let (packet, marked) = signed.split_at_checked(signed.len().checked_sub(4)?)?;
        let marked = u32::from_be_bytes(marked.try_into().ok()?);
        let ssrc = u32::from_be_bytes(packet.get(4..8)?.try_into().ok()?);
        let index = u64::from(marked & !ENCRYPTED);
        let seen = self.control_seen.filter(|seen| seen.ssrc == ssrc);
        let expected = self.receive_control.tag(&[signed]);
        if !bool::from(expected.ct_eq(tag)) || seen.is_some_and(|seen| !seen.is_new(index)) {
            return None;
        }
        let mut seen = seen.unwrap_or(Seen { ssrc, highest: index, before: 1 });
        seen.note(index);
        self.control_seen = Some(seen);
        let mut plain = packet[..8].to_vec();
        let body = &packet[8..];
        plain.extend(if marked & ENCRYPTED == 0 {
            body.to_vec()
        } else {
            self.receive_control.crypt(ssrc, index, body)?
        });
        Some(plain)
    }
}

/// The index with this sequence number that is nearest to the highest so far (§3.3.1).
fn nearest(highest: u64, sequence: u16) -> u64 {
    let rollovers = highest >> 16;
    let candidates = [rollovers.checked_sub(1), Some(rollovers), Some(rollovers + 1)];
    let indices = candidates.into_iter().flatten().map(|r| r << 16 | u64::from(sequence));
    indices.min_by_key(|index| index.abs_diff(highest)).unwrap_or(u64::from(sequence))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn packet(sequence: u16, timestamp: u32, payload: &[u8]) -> Vec<u8> {
        [&rtp::head(0, false, sequence, timestamp, 7)[..], payload].concat()
    }

    fn pair() -> (Srtp, Srtp) {
        let (one, other) = (Key::fresh(), Key::fresh());
        (Srtp::new(&one, &other), Srtp::new(&other, &one))
    }

    /// RFC 3711, appendix B.3.
    #[test]
    fn session_keys_are_those_of_the_standard() {
        let key = "E1F97A0D3E018BE0D64FA32C06DE41390EC675AD498AFEEBB6960B3AABE6";
        let key = Key(hex::decode(key).unwrap().try_into().unwrap());
        assert_eq!(hex::encode_upper(key.session::<16>(0)), "C61E7A93744F39EE10734AFE3FF7A087");
        assert_eq!(hex::encode_upper(key.session::<20>(1)), "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4");
        assert_eq!(hex::encode_upper(key.session::<14>(2)), "30CBBC08863D8C85D49DB34A9AE1");
        assert_eq!(Key::read(&key.written()), Some(key));
        assert_eq!(Key::read("c2hvcnQ="), None);
    }

    #[test]
    fn what_is_said_is_heard_once_and_only_as_it_was_said() {
        let (mut us, mut them) = pair();
        for n in 0..70_000u32 {
            let packet = packet((n + 65_000) as u16, n * 160, &[n as u8; 160]);
            let secret = us.protect(&packet).unwrap();
            assert_ne!(secret[12..172], packet[12..]);
            if n % 977 == 0 {
                let mut changed = secret.clone();
                changed[20] ^= 1;
                assert_eq!(them.unprotect(&changed), None);
            }
            // Some are lost, also around the beginning anew.
            if n % 5 != 3 {
                assert_eq!(them.unprotect(&secret), Some(packet), "{n}");
                assert_eq!(them.unprotect(&secret), None, "a copy");
            }
        }
        let (_, mut stranger) = pair();
        assert_eq!(stranger.unprotect(&us.protect(&packet(1, 0, &[1])).unwrap()), None);
        assert_eq!(them.unprotect(&[0x80; 9]), None);
    }

    #[test]
    fn late_packets_are_heard_within_the_window() {
        let (mut us, mut them) = pair();
        let secrets: Vec<Vec<u8>> = (0..100u16).map(|n| us.protect(&packet(n, 0, &[1; 160])).unwrap()).collect();
        assert!(them.unprotect(&secrets[90]).is_some());
        assert!(them.unprotect(&secrets[60]).is_some() && them.unprotect(&secrets[60]).is_none());
        assert!(them.unprotect(&secrets[20]).is_none(), "too late to be told from a copy");
    }

    proptest! {
        #[test]
        fn any_bytes_are_nobody_s(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let (mut us, _) = pair();
            prop_assert_eq!(us.unprotect(&bytes), None);
            prop_assert_eq!(us.unprotect_control(&bytes), None);
            let _ = (us.protect(&bytes), us.protect_control(&bytes));
        }
    }

    #[test]
    fn reports_are_secret_too() {
        let (mut us, mut them) = pair();
        let report = [0x80, 201, 0, 1, 0, 0, 0, 7, 1, 2, 3, 4];
        let secret = us.protect_control(&report).unwrap();
        assert_eq!(them.unprotect_control(&secret).as_deref(), Some(&report[..]));
        assert_eq!(them.unprotect_control(&secret), None, "a copy");
    }
}
