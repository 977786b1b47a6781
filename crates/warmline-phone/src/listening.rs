//! What can be heard of a conversation without a word of it: who speaks, how long, how fast, how lively, and who breaks
//! in on whom. Pure: frames of 20 ms go in, figures come out; no sound is kept.
//!
//! The figures are for the one who speaks. `listening/` has a file for each: `voice` (is somebody speaking), `dialogue`
//! (two sides: shares, silence, interruptions), `tone` (pace and pitch).

mod dialogue;
mod tone;
mod voice;

pub use dialogue::{Dialogue, Heard};
pub use tone::{Tone, ToneMeter};

use crate::g711::FRAME;

const FRAME_MS: u32 = 20;
const RATE: usize = 8000;

/// The power of some samples in dB above one step of a sample; a full-scale sine has 87.
fn decibels(samples: impl ExactSizeIterator<Item = f32>) -> f32 {
    let count = samples.len().max(1) as f32;
    10.0 * (samples.map(|s| s * s).sum::<f32>() / count + 1.0).log10()
}

const _: () = assert!(RATE * FRAME_MS as usize / 1000 == FRAME);
