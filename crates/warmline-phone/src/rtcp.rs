//! How good a line is: what was lost and how unevenly the rest came, counted here and reported both ways by RTCP
//! (RFC 3550 §6.4). Times are in samples, 8 kHz.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const DESCRIPTION: u8 = 202;
/// From 1900, where NTP begins, to 1970.
const NTP: u64 = 2_208_988_800;
/// A jump of the sequence number that is no loss: the sender began anew.
const ANEW: i64 = 3000;

/// The quality of a line, for people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quality {
    /// Packets that came, and that did not.
    pub came: u32,
    pub lost: u32,
    /// Milliseconds by which the time between packets varies (RFC 3550 §A.8), as seen by a clock of 20 ms.
    pub jitter: u32,
    /// What the other side says of what it heard, if it says anything.
    pub there: Option<There>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct There {
    /// Tenths of a percent, of all packets so far.
    pub lost: u32,
    pub jitter: u32,
}

/// Counts what comes from one sender.
#[derive(Default)]
pub(crate) struct Reception {
    ssrc: u32,
    first: Option<i64>,
    highest: i64,
    came: u32,
    /// What was lost before the sender began anew.
    lost_before: u32,
    transit: Option<i64>,
    jitter: f64,
    reported: (i64, u32),
    pub(crate) there: Option<There>,
}

impl Reception {
    /// `arrived`: samples since any beginning.
    pub(crate) fn packet(&mut self, ssrc: u32, sequence: u16, timestamp: u32, arrived: u64) {
        let at = i64::from(sequence.wrapping_sub(self.highest as u16) as i16) + self.highest;
        if self.first.is_none() || ssrc != self.ssrc || (at - self.highest).abs() > ANEW {
            let (lost_before, came, there) = (self.lost(), self.came, self.there);
            let at = i64::from(sequence);
            *self = Reception { ssrc, first: Some(at), highest: at, lost_before, came, there, ..Reception::default() };
            self.first = Some(at - i64::from(came) - i64::from(lost_before));
        }
        let at = i64::from(sequence.wrapping_sub(self.highest as u16) as i16) + self.highest;
        self.highest = self.highest.max(at);
        self.came += 1;
        let transit = i64::from((arrived as u32).wrapping_sub(timestamp) as i32);
        if let Some(before) = self.transit.replace(transit) {
            // Somebody who was silent begins with another clock; that is no unevenness of the way.
            let change = (transit - before).abs();
            if change < 8000 {
                self.jitter += (change as f64 - self.jitter) / 16.0;
            }
        }
    }

    fn lost(&self) -> u32 {
        let expected = self.first.map_or(0, |first| self.highest + 1 - first);
        u32::try_from(expected - i64::from(self.came)).unwrap_or(0).max(self.lost_before)
    }

    pub(crate) fn quality(&self) -> Quality {
        Quality { came: self.came, lost: self.lost(), jitter: (self.jitter / 8.0) as u32, there: self.there }
    }

    /// Twenty-four bytes about what came, and what was lost since the last of them.
    fn block(&mut self) -> Option<[u8; 24]> {
        let first = self.first?;
        let expected = self.highest + 1 - first;
        let (expected_since, came_since) = (expected - self.reported.0, self.came - self.reported.1);
        self.reported = (expected, self.came);
        let lost_since = (expected_since - i64::from(came_since)).max(0);
        let fraction = (lost_since * 256).checked_div(expected_since).unwrap_or(0).min(255) as u8;
        let mut block = [0; 24];
        block[..4].copy_from_slice(&self.ssrc.to_be_bytes());
        block[4..8].copy_from_slice(&self.lost().min(0x7f_ffff).to_be_bytes());
        block[4] = fraction;
        block[8..12].copy_from_slice(&(self.highest as u32).to_be_bytes());
        block[12..16].copy_from_slice(&(self.jitter as u32).to_be_bytes());
        Some(block)
    }

    /// Takes what the other side reports about us.
    pub(crate) fn read(&mut self, bytes: &[u8], ours: u32, sent: u32) {
        let mut rest = bytes;
        while let Some((head, _)) = rest.split_first_chunk::<4>() {
            let length = 4 + 4 * usize::from(u16::from_be_bytes([head[2], head[3]]));
            let (true, Some(packet)) = (head[0] >> 6 == 2, rest.get(..length)) else { return };
            let blocks = match head[1] {
                SENDER_REPORT => packet.get(28..),
                RECEIVER_REPORT => packet.get(8..),
                _ => None,
            };
            let about_us = |block: &&[u8]| block[..4] == ours.to_be_bytes();
            let count = usize::from(head[0] & 0x1f);
            let blocks = blocks.unwrap_or_default().chunks_exact(24).take(count);
            if let Some(block) = blocks.into_iter().find(about_us) {
                let word = |at: usize| u32::from_be_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]]);
                let lost = word(4) & 0x7f_ffff;
                // Never more than all: what they say is not ours to trust.
                let lost = u64::from(lost) * 1000 / u64::from(sent.max(1));
                self.there = Some(There { lost: lost.min(1000) as u32, jitter: (word(12) / 8).min(10_000) });
            }
            rest = &rest[length..];
        }
    }
}

/// What we have sent.
pub(crate) struct Sent {
    pub(crate) ssrc: u32,
    pub(crate) timestamp: u32,
    pub(crate) packets: u32,
    pub(crate) octets: u32,
}

/// A sender's report with a description, as every compound packet has.
pub(crate) fn write(sent: &Sent, heard: &mut Reception) -> Vec<u8> {
    let block = heard.block();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let ntp = ((now.as_secs() + NTP) << 32) | ((u64::from(now.subsec_nanos()) << 32) / 1_000_000_000);
    let words = 6 + if block.is_some() { 6 } else { 0 };
    let mut bytes = vec![0x80 | u8::from(block.is_some()), SENDER_REPORT, 0, words];
    bytes.extend(sent.ssrc.to_be_bytes());
    bytes.extend(ntp.to_be_bytes());
    bytes.extend([sent.timestamp, sent.packets, sent.octets].map(u32::to_be_bytes).concat());
    bytes.extend(block.into_iter().flatten());
    // One chunk: its name is this line's, said nowhere else.
    let name = format!("{:08x}", sent.ssrc);
    bytes.extend([0x81, DESCRIPTION, 0, 4]);
    bytes.extend(sent.ssrc.to_be_bytes());
    bytes.extend([1, name.len() as u8]);
    bytes.extend(name.as_bytes());
    bytes.extend([0, 0]);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn after(packets: impl Iterator<Item = (u16, u64)>) -> Reception {
        let mut reception = Reception::default();
        for (sequence, arrived) in packets {
            reception.packet(7, sequence, u32::from(sequence) * 160, arrived);
        }
        reception
    }

    #[test]
    fn loss_and_jitter_are_counted_over_the_beginning_anew() {
        // Every tenth is lost; the sequence number goes round.
        let even = after((0..1000u32).filter(|n| n % 10 != 5).map(|n| ((n + 65_000) as u16, u64::from(n) * 160)));
        let quality = even.quality();
        assert_eq!((quality.came, quality.lost), (900, 100));
        let uneven = after((0..1000u32).map(|n| (n as u16, u64::from(n * 160 + n % 2 * 320))));
        assert_eq!((uneven.quality().lost, uneven.quality().jitter), (0, 39), "40 ms to and fro");
        // Another sender takes over in mid-call, as after a hold.
        let mut taken = after((0..100).map(|n| (n, u64::from(n) * 160)));
        for n in 0..100u16 {
            taken.packet(8, 40_000 + n, u32::from(n) * 160, 16_000 + u64::from(n) * 160);
        }
        assert_eq!((taken.quality().came, taken.quality().lost), (200, 0));
    }

    #[test]
    fn what_one_side_reports_the_other_reads() {
        let mut heard = after((0..1000u16).filter(|n| n % 50 != 7).map(|n| (n, u64::from(n) * 160)));
        let sent = Sent { ssrc: 9, timestamp: 1, packets: 1, octets: 160 };
        let report = write(&sent, &mut heard);
        assert_eq!(report.len() % 4, 0);
        let mut other = Reception::default();
        other.read(&report, 7, 1000);
        assert_eq!(other.there, Some(There { lost: 20, jitter: 0 }));
        other.there = None;
        other.read(&report, 12, 1000);
        assert_eq!(other.there, None, "about somebody else");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300), sequences in prop::collection::vec(any::<u16>(), 0..50)) {
            let mut reception = Reception::default();
            reception.read(&bytes, 7, 0);
            for sequence in sequences {
                reception.packet(u32::from(sequence) % 3, sequence, 0, 0);
            }
            let _ = (reception.block(), reception.quality());
        }
    }
}
