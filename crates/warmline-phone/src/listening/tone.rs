//! The tone of a voice: how fast and how lively. A smile is heard as a wider range of pitch.
//!
//! Pace counts syllable nuclei: peaks of loudness with a dip on both sides (after de Jong and Wempe 2009), per minute of
//! speech. Against the texts of synthetic speech it is within 20 % (see the test); on a person's call take it as "slower"
//! or "faster" than before, not as a figure to compare people by.
//!
//! Pitch is the fundamental found by YIN (de Cheveigné and Kawahara 2002) at 4 kHz, 62 to 400 Hz; its range is what the
//! middle 80 % of it spans, in semitones.

use super::{FRAME_MS, decibels};
use crate::g711::{FRAME, Frame};

/// A syllable is this much louder than the dips around it.
const DIP: f32 = 3.0;
/// Nobody says syllables faster than one in 90 ms; pieces of 10 ms.
const FASTEST: u32 = 9;
/// Peaks this far below the loudest lately are no syllables.
const AUDIBLE: f32 = 25.0;
/// What is said loses half its weight in seven seconds of speech: "lately".
const FADE: f32 = 0.998;

/// The last of the voice at 4 kHz: a window, and the longest period before it.
const HISTORY: usize = 3 * FRAME / 2;
const WINDOW: usize = 160;
const PERIODS: std::ops::RangeInclusive<usize> = 10..=64;
/// How unlike itself a period may be; the paper has 0.1 for clean speech.
const UNLIKE: f32 = 0.15;
/// Quarters of semitones above 62 Hz.
const STEPS: usize = 136;
const LOWEST: f32 = 62.0;
/// Before so much voice was heard nothing is said about its pitch.
const ENOUGH: f32 = 25.0;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tone {
    /// Syllables in a minute of speech; 0 while too little was said.
    pub pace: u32,
    /// Tenths of a semitone; 0 while too little was said.
    pub range: u32,
}

pub struct ToneMeter {
    syllables: Syllables,
    counted: f32,
    spoken: f32,
    counted_lately: f32,
    spoken_lately: f32,
    last: [f32; HISTORY],
    turn: u32,
    pitches: [f32; STEPS],
    lately: [f32; STEPS],
}

impl Default for ToneMeter {
    fn default() -> Self {
        ToneMeter {
            syllables: Syllables::default(),
            counted: 0.0,
            spoken: 0.0,
            counted_lately: 0.0,
            spoken_lately: 0.0,
            last: [0.0; HISTORY],
            turn: 0,
            pitches: [0.0; STEPS],
            lately: [0.0; STEPS],
        }
    }
}

impl ToneMeter {
    /// The next 20 ms, and whether there is speech in them.
    pub fn hears(&mut self, frame: &Frame, speaks: bool) {
        let halved: [f32; FRAME / 2] = std::array::from_fn(|i| f32::from(frame[2 * i]) + f32::from(frame[2 * i + 1]));
        self.last.copy_within(FRAME / 2.., 0);
        self.last[HISTORY - FRAME / 2..].copy_from_slice(&halved);
        self.turn = self.turn.wrapping_add(1);
        // Vowels carry the syllables; at 4 kHz the hiss between them is gone.
        let nuclei =
            halved.chunks_exact(FRAME / 4).map(|half| self.syllables.next(decibels(half.iter().copied()))).sum::<u32>();
        if !speaks {
            return;
        }
        self.spoken += 1.0;
        self.counted += nuclei as f32;
        self.spoken_lately = self.spoken_lately * FADE + 1.0;
        self.counted_lately = self.counted_lately * FADE + nuclei as f32;
        // Pitch moves slowly; every second frame tells it.
        if self.turn.is_multiple_of(2)
            && let Some(hertz) = pitch(&self.last)
        {
            let step = (48.0 * (hertz / LOWEST).log2()).round() as usize;
            self.lately.iter_mut().for_each(|weight| *weight *= FADE * FADE);
            for pitches in [&mut self.pitches, &mut self.lately] {
                pitches[step.min(STEPS - 1)] += 1.0;
            }
        }
    }

    pub fn so_far(&self) -> Tone {
        Tone { pace: pace(self.counted, self.spoken), range: range(&self.pitches) }
    }

    pub fn lately(&self) -> Tone {
        Tone { pace: pace(self.counted_lately, self.spoken_lately), range: range(&self.lately) }
    }
}

fn pace(syllables: f32, frames: f32) -> u32 {
    // Two seconds of speech are the least that say something.
    if frames < 100.0 { 0 } else { (syllables * 60_000.0 / (frames * FRAME_MS as f32)) as u32 }
}

/// What the middle 80 % span, in tenths of semitones.
fn range(weights: &[f32; STEPS]) -> u32 {
    let all: f32 = weights.iter().sum();
    if all < ENOUGH {
        return 0;
    }
    let at = |share: f32| {
        let mut sum = 0.0;
        weights.iter().position(|weight| {
            sum += weight;
            sum >= share * all
        })
    };
    let steps = at(0.9).unwrap_or(0).saturating_sub(at(0.1).unwrap_or(0));
    (steps * 10 / 4) as u32
}

/// Counts peaks of loudness, one piece of 10 ms after the other.
#[derive(Default)]
struct Syllables {
    /// The last five pieces; their weighted middle is looked at.
    pieces: [f32; 5],
    rising: bool,
    extreme: f32,
    loudest: f32,
    since: u32,
}

impl Syllables {
    /// 1 when a syllable was completed by this piece.
    fn next(&mut self, power: f32) -> u32 {
        self.pieces.rotate_left(1);
        self.pieces[4] = power;
        let [a, b, c, d, e] = self.pieces;
        let level = (a + 2.0 * b + 3.0 * c + 2.0 * d + e) / 9.0;
        self.since += 1;
        self.loudest = (self.loudest - 0.02).max(level);
        if self.rising {
            if level > self.extreme {
                self.extreme = level;
            } else if level < self.extreme - DIP {
                let heard = self.extreme > self.loudest - AUDIBLE && self.since >= FASTEST;
                (self.rising, self.extreme) = (false, level);
                if heard {
                    self.since = 0;
                    return 1;
                }
            }
        } else if level < self.extreme {
            self.extreme = level;
        } else if level > self.extreme + DIP {
            (self.rising, self.extreme) = (true, level);
        }
        0
    }
}

/// YIN: the shortest period after which the voice is like itself.
fn pitch(last: &[f32; HISTORY]) -> Option<f32> {
    let (window, mut sum) = (&last[..WINDOW], 0.0);
    // How unlike the voice is to itself a period later, against all shorter ones; periods from 1.
    let mut unlike = [1.0f32; *PERIODS.end() + 2];
    for (period, value) in unlike.iter_mut().enumerate().skip(1) {
        let difference = squared_difference(window, &last[period..]);
        sum += difference;
        *value = if sum > 0.0 { difference * period as f32 / sum } else { 1.0 };
    }
    let mut period = PERIODS.into_iter().find(|p| unlike[*p] < UNLIKE)?;
    while period < *PERIODS.end() && unlike[period + 1] < unlike[period] {
        period += 1;
    }
    let [before, here, after] = [unlike[period - 1], unlike[period], unlike[period + 1]];
    let curve = before - 2.0 * here + after;
    let shift = if curve.abs() > f32::EPSILON { 0.5 * (before - after) / curve } else { 0.0 };
    Some(4000.0 / (period as f32 + shift.clamp(-0.5, 0.5)))
}

/// In lanes, so that the machine may take eight at a time: most of what listening costs is here.
fn squared_difference(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 8];
    for (a, b) in a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0) {
        for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += (a - b) * (a - b);
        }
    }
    lanes.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A buzz with ten overtones.
    fn history(hertz: f32) -> [f32; HISTORY] {
        let wave =
            |t: f32| (1..10).map(|n| (std::f32::consts::TAU * hertz * n as f32 * t).sin() / n as f32).sum::<f32>();
        std::array::from_fn(|i| 4000.0 * wave(i as f32 / 4000.0))
    }

    #[test]
    fn pitch_is_found_within_a_quarter_of_a_semitone() {
        for hertz in [70.0, 100.0, 133.0, 180.0, 220.0, 310.0] {
            let found = pitch(&history(hertz)).unwrap_or(0.0);
            assert!((12.0 * (found / hertz).log2()).abs() < 0.25, "{found} for {hertz}");
        }
        assert_eq!(pitch(&[0.0; HISTORY]), None);
        let mut random = 1u32;
        let hiss = std::array::from_fn(|_| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 16) as f32 - 32_768.0
        });
        assert_eq!(pitch(&hiss), None);
    }
}
