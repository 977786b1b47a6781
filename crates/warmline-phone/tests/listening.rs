//! What is heard of synthetic speech, against what is known of it: its syllables, its turns, its noise.

use warmline_phone::g711::{FRAME, Frame, Law};
use warmline_phone::listening::{Dialogue, Heard};

const SLOW: &[u8] = include_bytes!("speech/slow.ulaw");
const USUAL: &[u8] = include_bytes!("speech/usual.ulaw");
const FAST: &[u8] = include_bytes!("speech/fast.ulaw");
const FLAT: &[u8] = include_bytes!("speech/flat.ulaw");
const LIVELY: &[u8] = include_bytes!("speech/lively.ulaw");
const MM_HM: &[u8] = include_bytes!("speech/mm-hm.ulaw");
/// "The machine on line two has no ink pressure since this morning. We have restarted it and checked that all the tanks
/// are full."
const SYLLABLES: u32 = 29;

/// Words said from a moment on, in seconds; the rest is silence with the noise of a line.
fn side(seconds: f32, said: &[(f32, &[u8])]) -> Vec<Frame> {
    let mut samples: Vec<i16> =
        (0..(seconds * 8000.0) as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 16) as i16 % 25).collect();
    for (from, words) in said {
        let from = (from * 8000.0) as usize;
        for (sample, byte) in samples[from..].iter_mut().zip(words.iter()) {
            *sample += Law::Mu.decode(*byte);
        }
    }
    samples.chunks_exact(FRAME).map(|c| c.try_into().unwrap()).collect()
}

fn heard(seconds: f32, caller: &[(f32, &[u8])], agent: &[(f32, &[u8])]) -> Heard {
    let mut dialogue = Dialogue::default();
    for (theirs, own) in side(seconds, caller).iter().zip(side(seconds, agent)) {
        dialogue.hears(theirs, &own);
    }
    dialogue.so_far()
}

fn alone(words: &[u8]) -> Heard {
    heard(words.len() as f32 / 8000.0 + 2.0, &[], &[(1.0, words)])
}

#[test]
fn pace_is_within_a_fifth_of_the_syllables_that_were_said() {
    let mut before = 0;
    for words in [SLOW, USUAL, FAST] {
        let heard = alone(words);
        let counted = heard.tone.pace * heard.agent / 60_000;
        assert!(counted.abs_diff(SYLLABLES) * 5 <= SYLLABLES, "{counted} of {SYLLABLES}: {heard:?}");
        assert!(heard.tone.pace > before, "who speaks faster is faster: {heard:?}");
        before = heard.tone.pace;
    }
}

#[test]
fn a_lively_voice_has_more_range_than_a_flat_one() {
    let (flat, lively) = (alone(FLAT).tone.range, alone(LIVELY).tone.range);
    assert!(flat < 10 && lively > 40, "{flat} and {lively} tenths of a semitone");
}

#[test]
fn shares_silence_and_the_longest_turn_are_what_was_said() {
    // The caller, the agent at length, the caller again; a second between them.
    let heard = heard(26.0, &[(0.5, USUAL), (19.0, FAST)], &[(8.5, SLOW)]);
    let near = |measured: u32, milliseconds: usize| measured.abs_diff(milliseconds as u32) < 700;
    assert!(near(heard.caller, (USUAL.len() + FAST.len()) / 8), "{heard:?}");
    assert!(near(heard.agent, SLOW.len() / 8) && near(heard.longest, SLOW.len() / 8), "{heard:?}");
    assert!(near(heard.silence, 26_000 - (USUAL.len() + FAST.len() + SLOW.len()) / 8), "{heard:?}");
    assert_eq!((heard.together, heard.interruptions), (26_000, 0));
}

#[test]
fn breaking_in_counts_and_a_mm_hm_does_not() {
    let polite = heard(20.0, &[(0.5, SLOW)], &[(3.0, MM_HM), (6.0, MM_HM), (11.0, USUAL)]);
    assert_eq!(polite.interruptions, 0, "{polite:?}");
    let rude = heard(30.0, &[(0.5, SLOW), (18.0, SLOW)], &[(2.0, FAST), (8.0, MM_HM), (11.0, USUAL), (20.5, USUAL)]);
    assert_eq!(rude.interruptions, 2, "{rude:?}");
}
