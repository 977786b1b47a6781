//! What callers hear when nobody speaks: prompts, music, ringing. The words are our own, spoken by a synthesizer; the
//! music is made here.

use std::sync::LazyLock;

use crate::g711::{Coded, FRAME, Frame, Law};

/// What can be heard on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sound {
    /// The greeting, then music with a kind word now and then.
    Queue,
    /// The same without the greeting.
    Waiting,
    HoldMusic,
    /// "One moment please", then music.
    Comfort,
    Ringback,
}

static GREETING: &[u8] = include_bytes!("../sounds/greeting.ulaw");
static WAITING: &[u8] = include_bytes!("../sounds/waiting.ulaw");
static HOLDING: &[u8] = include_bytes!("../sounds/holding.ulaw");
static COMFORT: &[u8] = include_bytes!("../sounds/comfort.ulaw");

const SECOND: usize = 8000;
/// Between two kind words.
const EVERY: usize = 30 * SECOND;
/// The European ringing tone: 425 Hz, one second in five.
const RING_HZ: f64 = 425.0;

/// 20 ms of a sound, `at` samples after it began.
pub(crate) fn frame(sound: Sound, at: usize) -> Coded {
    match sound {
        Sound::Queue => spoken(GREETING, WAITING, at),
        Sound::Waiting => spoken(&[], WAITING, at),
        Sound::HoldMusic => spoken(&[], HOLDING, at),
        Sound::Comfort => spoken(COMFORT, COMFORT, at),
        Sound::Ringback => ringing(at),
    }
}

/// `first`, then music, with `again` spoken over a pause of it at intervals.
fn spoken(first: &[u8], again: &[u8], at: usize) -> Coded {
    if at < first.len() {
        return words(first, at);
    }
    let since = at - first.len();
    let into = since % (EVERY + again.len());
    if into < EVERY { music(since % MUSIC.len()) } else { words(again, into - EVERY) }
}

/// 20 ms of µ-law; after its end silence.
pub(crate) fn words(ulaw: &[u8], at: usize) -> Coded {
    let mut coded = Coded { law: Law::Mu, bytes: [Law::Mu.encode(0); FRAME] };
    let rest = ulaw.get(at..).unwrap_or_default();
    let length = rest.len().min(FRAME);
    coded.bytes[..length].copy_from_slice(&rest[..length]);
    coded
}

fn music(at: usize) -> Coded {
    Coded { law: Law::Mu, bytes: std::array::from_fn(|i| MUSIC[(at + i) % MUSIC.len()]) }
}

fn ringing(at: usize) -> Coded {
    if at % (5 * SECOND) >= SECOND {
        return words(&[], 0);
    }
    let tone = |i: usize| 3000.0 * (std::f64::consts::TAU * RING_HZ * (at + i) as f64 / 8000.0).sin();
    Coded::of(Law::Mu, &std::array::from_fn(|i| tone(i) as i16))
}

/// Half a minute of slow broken chords.
static MUSIC: LazyLock<Vec<u8>> = LazyLock::new(|| {
    const CHORDS: [[f64; 4]; 4] = [
        [196.0, 246.9, 293.7, 392.0],
        [164.8, 196.0, 246.9, 329.6],
        [130.8, 196.0, 261.6, 329.6],
        [146.8, 220.0, 293.7, 349.2],
    ];
    let note = SECOND * 2 / 5;
    let length = CHORDS.len() * 16 * note;
    let mut mixed = vec![0.0f64; length];
    for (c, chord) in CHORDS.iter().enumerate() {
        for n in 0..16 {
            let pitch = chord[[0, 2, 1, 3, 2, 1, 3, 2][n % 8]];
            let from = (c * 16 + n) * note;
            for i in 0..note * 4 {
                let t = i as f64 / 8000.0;
                let level = (t * 40.0).min(1.0) * (-t * 2.2).exp();
                let wave =
                    (std::f64::consts::TAU * pitch * t).sin() + 0.25 * (std::f64::consts::TAU * 2.0 * pitch * t).sin();
                mixed[(from + i) % length] += 1800.0 * level * wave;
            }
        }
    }
    mixed.into_iter().map(|s| Law::Mu.encode(s.clamp(-12_000.0, 12_000.0) as i16)).collect()
});

/// Adds what a listener hears together, without wrapping around.
pub(crate) fn mix(frames: impl Iterator<Item = Frame>) -> Frame {
    let mut sum = [0i32; FRAME];
    for frame in frames {
        for (total, sample) in sum.iter_mut().zip(frame) {
            *total += i32::from(sample);
        }
    }
    sum.map(|s| s.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::g711::SILENCE;

    #[test]
    fn every_sound_is_heard_and_none_is_torn() {
        for sound in [Sound::Queue, Sound::Waiting, Sound::HoldMusic, Sound::Comfort, Sound::Ringback] {
            let mut loud = 0;
            for n in 0..6000 {
                let heard = frame(sound, n * FRAME).frame();
                loud += usize::from(heard.iter().any(|s| s.unsigned_abs() > 1000));
                assert!(heard.iter().all(|s| s.unsigned_abs() < 32_000));
            }
            assert!(loud > 900, "{sound:?}: {loud}");
        }
    }

    #[test]
    fn a_sum_is_limited() {
        let loud: Frame = [30_000; FRAME];
        assert_eq!(mix([loud, loud].into_iter())[0], i16::MAX);
        assert_eq!(mix(std::iter::empty()), SILENCE);
    }
}
