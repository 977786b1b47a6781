//! Somebody tries their voice before the first caller hears it: tone as they speak, and what they said, once more as a
//! caller would hear it. Nothing is kept beyond it.

use crate::g711::{FRAME, Frame, Law};
use crate::listening::{Dialogue, Heard};

/// Half a minute is a long greeting.
const LONGEST: usize = 30 * 50;

/// How a rehearsal stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rehearsed {
    pub heard: Heard,
    /// What is spoken into it is not listened to any more: it is long enough, or being played.
    pub full: bool,
    pub playing: bool,
}

#[derive(Default)]
pub(crate) struct Rehearsal {
    talk: Dialogue,
    said: Vec<[u8; FRAME]>,
    playing: Option<usize>,
    turns: usize,
}

impl Rehearsal {
    /// The next 20 ms of them; what they are to hear, if anything.
    pub(crate) fn turn(&mut self, frame: &Frame) -> Option<Frame> {
        self.turns += 1;
        if let Some(at) = self.playing {
            self.playing = (at + 1 < self.said.len()).then_some(at + 1);
            return self.said.get(at).map(|said| said.map(|byte| Law::Mu.decode(byte)));
        }
        if self.said.len() < LONGEST {
            self.said.push(Law::Mu.encode_frame(frame));
            self.talk.hears(&crate::g711::SILENCE, frame);
        }
        None
    }

    pub(crate) fn play(&mut self) {
        self.playing = (!self.said.is_empty()).then_some(0);
    }

    pub(crate) fn turns(&self) -> usize {
        self.turns
    }

    pub(crate) fn so_far(&self) -> Rehearsed {
        let playing = self.playing.is_some();
        Rehearsed { heard: self.talk.so_far(), full: self.said.len() >= LONGEST, playing }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_heard_again_and_no_more_than_half_a_minute() {
        let mut rehearsal = Rehearsal::default();
        for n in 0..2000 {
            assert_eq!(rehearsal.turn(&[n; FRAME]), None);
        }
        assert!(rehearsal.so_far().full && rehearsal.so_far().heard.together == 30_000);
        rehearsal.play();
        let again: Vec<Frame> = std::iter::from_fn(|| rehearsal.turn(&[0; FRAME])).collect();
        assert_eq!((again.len(), rehearsal.so_far().playing), (LONGEST, false));
        assert!(again[1000][0].abs_diff(1000) < 40);
    }
}
