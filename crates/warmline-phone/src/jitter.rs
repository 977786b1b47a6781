//! The jitter buffer: packets come in any order and any rhythm, frames leave every 20 ms.
//!
//! Depth follows the spread of arrivals, 40 to 120 ms. What is missing is concealed by the last frame, fading. A sender
//! whose clock drifts shows as a buffer that grows or empties; a frame is dropped or repeated then, in silence if there
//! is some.

use std::collections::VecDeque;

use crate::g711::{Coded, FRAME, Law, SILENCE};

const SHALLOW: usize = 2;
const DEEP: usize = 6;
/// Beyond this many frames the oldest go: half a second late is too late.
pub(crate) const MOST: usize = 25;
/// Frames after which a gap is silence, not concealment.
const CONCEAL: u32 = 5;

#[derive(Debug)]
pub(crate) struct Jitter {
    /// Frames in order of their extended timestamp, in frames. None is before `next`.
    waiting: VecDeque<(i64, Coded)>,
    /// The next frame to leave; `None` until playing.
    next: Option<i64>,
    depth: usize,
    last: Option<Coded>,
    missing: u32,
    /// Arrivals that came after their turn, lately.
    late: u32,
    since_late: u32,
    origin: Option<(u32, i64)>,
    /// Half a frame waiting for its other half (packets of 10 or 30 ms).
    partial: Option<Partial>,
}

#[derive(Debug)]
struct Partial {
    at: i64,
    law: Law,
    bytes: Vec<u8>,
}

impl Default for Jitter {
    fn default() -> Self {
        Jitter {
            waiting: VecDeque::new(),
            next: None,
            depth: SHALLOW,
            last: None,
            missing: 0,
            late: 0,
            since_late: 0,
            origin: None,
            partial: None,
        }
    }
}

impl Jitter {
    /// Takes the payload of a packet with its RTP timestamp.
    pub(crate) fn put(&mut self, timestamp: u32, law: Law, payload: &[u8]) {
        if payload.is_empty() || payload.len() > 10 * FRAME {
            return;
        }
        let mut at = self.extended(timestamp);
        let joined;
        let mut bytes = payload;
        if let Some(mut partial) = self.partial.take()
            && partial.law == law
            && partial.at + partial.bytes.len() as i64 == at
        {
            partial.bytes.extend_from_slice(payload);
            (at, joined) = (partial.at, partial.bytes);
            bytes = &joined;
        }
        let (frames, rest) = bytes.as_chunks::<FRAME>();
        for bytes in frames {
            self.put_frame(at.div_euclid(FRAME as i64), Coded { law, bytes: *bytes });
            at += FRAME as i64;
        }
        if !rest.is_empty() {
            self.partial = Some(Partial { at, law, bytes: rest.to_vec() });
        }
    }

    fn put_frame(&mut self, at: i64, frame: Coded) {
        if let Some(next) = self.next
            && at < next
        {
            // Too late to be heard; a sender that began anew is followed.
            if next - at > 500 {
                self.restart();
            } else {
                self.late += 1;
                self.since_late = 0;
                if self.late > 2 && self.depth < DEEP {
                    self.depth += 1;
                    self.late = 0;
                    self.next = Some(next - 1);
                }
                return;
            }
        }
        // Nearly always the newest.
        let after = self.waiting.iter().rposition(|(waits, _)| *waits <= at).map_or(0, |i| i + 1);
        match after.checked_sub(1).and_then(|i| self.waiting.get_mut(i)) {
            Some((waits, again)) if *waits == at => *again = frame,
            _ => self.waiting.insert(after, (at, frame)),
        }
        if self.waiting.len() > MOST {
            self.waiting.pop_front();
        }
    }

    fn first(&self) -> Option<i64> {
        self.waiting.front().map(|(at, _)| *at)
    }

    /// The frame of this moment, if it came.
    fn remove(&mut self, at: i64) -> Option<Coded> {
        if self.first() == Some(at) { self.waiting.pop_front().map(|(_, frame)| frame) } else { None }
    }

    /// The frame whose turn it is. `None`: nothing is being sent.
    pub(crate) fn take(&mut self) -> Option<Coded> {
        self.since_late += 1;
        if self.since_late > 1500 && self.depth > SHALLOW {
            self.depth -= 1;
            self.since_late = 0;
        }
        let Some(next) = self.next else {
            if self.waiting.len() >= self.depth {
                self.next = self.first();
                return self.take();
            }
            return None;
        };
        // A sender that skipped ahead, or a pause in sending: go on where it went on.
        if let Some(first) = self.first()
            && first > next
            && self.waiting.len() >= self.depth
            && self.missing >= CONCEAL
        {
            self.next = Some(first);
            return self.take();
        }
        self.next = Some(next + 1);
        match self.remove(next) {
            Some(frame) => {
                self.missing = 0;
                self.last = Some(frame);
                // Their clock is faster than ours: let one frame go when nothing is said in it.
                if self.waiting.len() > self.depth + 2 && is_quiet(&frame) {
                    self.remove(next + 1);
                    self.next = Some(next + 2);
                }
                Some(frame)
            }
            None if self.waiting.is_empty() && self.missing > 50 => {
                self.restart();
                None
            }
            None => {
                self.missing += 1;
                let last = self.last?;
                if self.missing > CONCEAL {
                    return Some(Coded::of(last.law, &SILENCE));
                }
                let gain = 4 - i32::from(self.missing.min(4) as u8);
                Some(Coded::of(last.law, &last.frame().map(|s| (i32::from(s) * gain / 4) as i16)))
            }
        }
    }

    fn restart(&mut self) {
        *self = Jitter { depth: self.depth, ..Jitter::default() };
    }

    fn extended(&mut self, timestamp: u32) -> i64 {
        let (last, at) = *self.origin.get_or_insert((timestamp, 1 << 32));
        let at = at + i64::from(timestamp.wrapping_sub(last) as i32);
        self.origin = Some((timestamp, at));
        at
    }
}

fn is_quiet(frame: &Coded) -> bool {
    frame.frame().iter().all(|s| s.unsigned_abs() < 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn payload(n: u8) -> Vec<u8> {
        vec![Law::Mu.encode(i16::from(n) * 100); FRAME]
    }
    fn number(frame: &Coded) -> i16 {
        let frame = frame.frame();
        // A level as µ-law keeps it; another one is a concealed frame.
        let kept = |n: &i16| Law::Mu.decode(Law::Mu.encode(n * 100)) == frame[0];
        (1..100).find(kept).unwrap_or(frame[0] / 100)
    }

    #[test]
    fn packets_in_disorder_leave_in_order() {
        let mut jitter = Jitter::default();
        for n in [1u8, 3, 2, 5, 4, 6] {
            jitter.put(u32::from(n) * 160, Law::Mu, &payload(n));
        }
        let heard: Vec<i16> = std::iter::from_fn(|| jitter.take()).take(6).map(|f| number(&f)).collect();
        assert_eq!(heard, [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn a_lost_packet_is_concealed_and_the_next_is_on_time() {
        let mut jitter = Jitter::default();
        for n in [1u8, 2, 4, 5] {
            jitter.put(u32::from(n) * 160, Law::Mu, &payload(n * 10));
        }
        let heard: Vec<i16> = (0..5).filter_map(|_| jitter.take()).map(|f| number(&f)).collect();
        assert_eq!((heard[0], heard[1], heard[3], heard[4]), (10, 20, 40, 50), "{heard:?}");
        assert!(heard[2] > 10 && heard[2] < 20, "the last frame, fading: {heard:?}");
    }

    #[test]
    fn packets_of_ten_and_thirty_milliseconds_make_whole_frames() {
        for size in [80, 240] {
            let mut jitter = Jitter::default();
            for n in 0..12u32 {
                jitter.put(n * size, Law::A, &vec![Law::A.encode(1000); size as usize]);
            }
            let frames =
                (0..5).filter_map(|_| jitter.take()).map(|f| f.frame()).filter(|f| f[0] > 900 && f[159] > 900).count();
            assert_eq!(frames, 5, "{size}");
        }
    }

    #[test]
    fn a_timestamp_that_wraps_or_jumps_is_followed() {
        let mut jitter = Jitter::default();
        let start = u32::MAX - 300;
        for n in 0..6u32 {
            jitter.put(start.wrapping_add(n * 160), Law::Mu, &payload(n as u8 + 1));
        }
        let heard: Vec<i16> = (0..6).filter_map(|_| jitter.take()).map(|f| number(&f)).collect();
        assert_eq!(heard, [1, 2, 3, 4, 5, 6]);
        for n in 0..10u32 {
            jitter.put(7_000_000 + n * 160, Law::Mu, &payload(9));
        }
        let heard: Vec<i16> = (0..15).filter_map(|_| jitter.take()).map(|f| number(&f)).collect();
        assert!(heard.contains(&9), "{heard:?}");
    }

    proptest! {
        /// Up to 60 ms of jitter and one packet in twenty lost: at least nine frames in ten are heard, in order.
        #[test]
        fn a_rough_line_is_heard(delays in prop::collection::vec(0u32..60, 300), lost in prop::collection::vec(0u8..20, 300)) {
            let mut jitter = Jitter::default();
            let mut arrivals: Vec<(u32, u32)> = delays.iter().zip(&lost).enumerate()
                .filter(|(_, (_, lost))| **lost != 0)
                .map(|(n, (delay, _))| (n as u32 * 20 + delay, n as u32)).collect();
            arrivals.sort();
            let mut heard = Vec::new();
            let mut waiting = arrivals.iter().peekable();
            for tick in 0..320u32 {
                while let Some((_, n)) = waiting.next_if(|(at, _)| *at <= tick * 20) {
                    // The number of the packet is its level.
                    jitter.put(n * 160, Law::Mu, &[Law::Mu.encode((*n as i16 + 1) * 100); FRAME]);
                }
                if let Some(frame) = jitter.take().map(|f| f.frame()) && frame != SILENCE {
                    heard.push(frame[0]);
                }
            }
            let expected: Vec<i16> = arrivals.iter().map(|(_, n)| Law::Mu.decode(Law::Mu.encode((*n as i16 + 1) * 100))).collect();
            let whole = heard.iter().filter(|h| expected.contains(h)).count();
            prop_assert!(whole * 10 >= expected.len() * 9, "{whole} of {}", expected.len());
        }
    }
}
