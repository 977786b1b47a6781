//! Is somebody speaking? A frame is voice when it stands clearly above the noise of its own line; words that follow
//! closely are one spurt.

use super::decibels;
use crate::g711::Frame;

/// Above the noise by so much, and never quieter than this: -52 dB of full scale.
const ABOVE_NOISE: f32 = 10.0;
const QUIETEST: f32 = 38.0;
/// What is taken for noise ends here: a loud line is somebody speaking, however steadily.
const LOUDEST_NOISE: f32 = 55.0;
/// The noise is the least of the last four seconds, in pieces of half a second: nobody speaks longer without a gap.
const PIECES: usize = 8;
const PIECE: u32 = 25;
/// Three frames of five begin a spurt: a click does not.
const ONSET: u32 = 3;
const WITHIN: u32 = 0b1_1111;
/// A gap of up to 300 ms is within a spurt: a stop, a breath.
const GAP: u32 = 15;
/// What is shorter is no speech.
const SHORTEST: u32 = 5;

struct Noise {
    pieces: [f32; PIECES],
    least: f32,
    turns: u32,
}

impl Noise {
    fn level(&mut self, power: f32) -> f32 {
        self.least = self.least.min(power);
        self.turns += 1;
        if self.turns.is_multiple_of(PIECE) {
            self.pieces[(self.turns / PIECE) as usize % PIECES] = self.least;
            self.least = f32::INFINITY;
        }
        self.pieces.iter().copied().fold(self.least, f32::min).min(LOUDEST_NOISE)
    }
}

/// One stretch of speech, in frames from the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spurt {
    pub(super) begun: u32,
    /// The last frame with voice in it.
    pub(super) last: u32,
}

impl Spurt {
    pub(super) fn frames(self) -> u32 {
        self.last + 1 - self.begun
    }
}

/// One side of a conversation.
pub(super) struct Speaker {
    noise: Noise,
    /// Voice or not, of the last frames; the newest is the lowest bit.
    recent: u32,
    now: u32,
    pub(super) spurt: Option<Spurt>,
    spoken: u32,
}

impl Speaker {
    pub(super) fn new() -> Self {
        let noise = Noise { pieces: [LOUDEST_NOISE; PIECES], least: f32::INFINITY, turns: 0 };
        Speaker { noise, recent: 0, now: 0, spurt: None, spoken: 0 }
    }

    /// The next frame; whether there is voice in it.
    pub(super) fn hears(&mut self, frame: &Frame) -> bool {
        let power = decibels(frame.iter().map(|s| f32::from(*s)));
        let voice = power > (self.noise.level(power) + ABOVE_NOISE).max(QUIETEST);
        self.recent = (self.recent << 1) | u32::from(voice);
        match &mut self.spurt {
            Some(spurt) if voice => spurt.last = self.now,
            Some(spurt) if self.now - spurt.last > GAP => {
                let frames = spurt.frames();
                self.spoken += if frames >= SHORTEST { frames } else { 0 };
                self.spurt = None;
            }
            None if (self.recent & WITHIN).count_ones() >= ONSET => {
                let first = 31 - (self.recent & WITHIN).leading_zeros();
                self.spurt = Some(Spurt { begun: self.now.saturating_sub(first), last: self.now });
            }
            _ => {}
        }
        self.now += 1;
        voice
    }

    /// Frames of speech so far.
    pub(super) fn spoken(&self) -> u32 {
        self.spoken + self.spurt.map(Spurt::frames).filter(|f| *f >= SHORTEST).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::g711::{FRAME, SILENCE};

    fn noise(n: u32, level: i32) -> Frame {
        std::array::from_fn(|i| {
            let mixed = (n * FRAME as u32 + i as u32).wrapping_mul(2_654_435_761) >> 16;
            ((mixed % (2 * level as u32 + 1)) as i32 - level) as i16
        })
    }

    #[test]
    fn speech_is_found_in_noise_and_noise_alone_is_none() {
        for background in [0, 20, 300] {
            let mut speaker = Speaker::new();
            let mut spurts = Vec::new();
            for n in 0..1000 {
                // Two seconds of four, in syllables of 160 ms.
                let speaks = n % 200 >= 100 && n % 8 != 0;
                speaker.hears(&noise(n, if speaks { 6000 } else { background }));
                if let Some(spurt) = speaker.spurt {
                    spurts.retain(|s: &Spurt| s.begun != spurt.begun);
                    spurts.push(spurt);
                }
            }
            assert_eq!(spurts.len(), 5, "{background}: {spurts:?}");
            assert!(speaker.spoken().abs_diff(500) <= 10, "{background}: {}", speaker.spoken());
        }
    }

    #[test]
    fn a_click_is_no_word() {
        let mut speaker = Speaker::new();
        for n in 0..500 {
            speaker.hears(&if n % 50 < 2 { noise(n, 20_000) } else { SILENCE });
            assert_eq!(speaker.spurt, None);
        }
    }
}
