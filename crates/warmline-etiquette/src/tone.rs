//! The customer's tone: what a supervisor wants to know of. It suggests; nothing happens by itself.
//!
//! *Abuse* is aimed at a person: a score of hashed word n-grams (logistic regression) together with a second person.
//! Swearing at a delay is none. The weights are trained by `cargo xtask train abuse` from ConvAbuse (Cercas Curry,
//! Abercrombie and Rieser 2021; CC BY 4.0): what users said to agents, with the votes of experts. The other tones are
//! moves of `rules/en/tone.toml`.

use serde::Serialize;

use crate::Engine;
use crate::text::{Language, Text};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Somebody's life or health may be in danger: shows the supervisor's protocol.
    Danger,
    /// Threatens somebody.
    Threat,
    Abuse,
    /// May leave us.
    Leaving,
    WantsManager,
    Cost,
}

/// The move of the rule file that tells each.
const MOVES: [(&str, Tone); 5] = [
    ("tone-danger", Tone::Danger),
    ("tone-threat", Tone::Threat),
    ("tone-leaving", Tone::Leaving),
    ("tone-manager", Tone::WantsManager),
    ("tone-cost", Tone::Cost),
];

/// Cells of the table of weights: a power of two.
pub const CELLS: usize = 1 << 16;
/// One signed byte a cell, in these steps.
pub const STEP: f32 = 1.0 / 24.0;

static WEIGHTS: &[u8] = include_bytes!("abuse.weights");

impl Engine {
    /// Worst first. In a language without rules nothing is told.
    pub fn tone(&self, text: &str, language: Language) -> Vec<Tone> {
        let seen = self.moves(text, language);
        let told = MOVES.iter().filter(|(name, _)| seen.iter().any(|s| s.name == *name));
        let mut tones: Vec<Tone> = told.map(|(_, tone)| *tone).collect();
        if language == Language::English && abuse(text) {
            tones.push(Tone::Abuse);
        }
        tones.sort();
        tones
    }
}

/// Aimed at somebody, and the score says so.
pub fn abuse(text: &str) -> bool {
    score(text, WEIGHTS) > 0.0 && is_aimed(text)
}

/// Who is meant is said, or it is so short that it can only be meant for who reads it.
fn is_aimed(text: &str) -> bool {
    const YOU: [&str; 9] = ["you", "your", "yours", "yourself", "u", "ur", "ya", "youre", "yall"];
    let words = Text::read(text, Language::English).tokens;
    words.len() <= SHORT || words.iter().any(|w| YOU.contains(&w.word.as_str()))
}

/// So few words are an address by themselves: "stupid bot".
const SHORT: usize = 6;

/// The score of a text by a table of weights; above zero is abuse.
pub fn score(text: &str, weights: &[u8]) -> f32 {
    let cells = features(text);
    let length = (cells.len() as f32).sqrt().max(1.0);
    let sum: f32 = cells.iter().map(|cell| f32::from(weights[*cell].cast_signed())).sum();
    (sum / length + f32::from(weights[BIAS].cast_signed())) * STEP
}

/// The cell that every text has.
pub const BIAS: usize = 0;

/// Words, pairs of words, and runs of three to five letters of words, as cells of the table; each once.
pub fn features(text: &str) -> Vec<usize> {
    let words: Vec<String> = Text::read(text, Language::English).tokens.into_iter().map(|t| t.word).collect();
    let mut cells: Vec<usize> = vec![];
    for (at, word) in words.iter().enumerate() {
        cells.push(cell("w", word));
        if let Some(next) = words.get(at + 1) {
            cells.push(cell("p", &format!("{word} {next}")));
        }
        let letters: Vec<char> = format!("^{word}$").chars().collect();
        for run in 3..=5 {
            cells.extend(letters.windows(run).map(|run| cell("l", &run.iter().collect::<String>())));
        }
    }
    cells.sort_unstable();
    cells.dedup();
    cells
}

/// FNV-1a, folded; never the bias.
fn cell(kind: &str, text: &str) -> usize {
    let bytes = kind.bytes().chain([0]).chain(text.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    let folded = (hash ^ (hash >> 32)) as usize & (CELLS - 1);
    folded.max(BIAS + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shipped;

    #[test]
    fn tones_are_told_and_near_misses_are_not() {
        let engine = Engine::new(shipped::packs(&[]).unwrap(), std::collections::BTreeMap::new());
        for (text, expected) in [
            ("You are a stupid idiot.", vec![Tone::Abuse]),
            ("I want to speak to your manager.", vec![Tone::WantsManager]),
            ("I am going to cancel my contract.", vec![Tone::Leaving]),
            ("Honestly, I don't want to live any more.", vec![Tone::Danger]),
            ("The lamp is burning and there is smoke!", vec![Tone::Danger]),
            ("I know where you live and I will find you.", vec![Tone::Threat]),
            ("This is far too expensive.", vec![Tone::Cost]),
            ("This damn printer is driving me mad, three hours lost.", vec![]),
            ("The password manager does not open.", vec![]),
            ("Please cancel the second lamp, I ordered it twice.", vec![]),
            ("The process was killed and the smoke test failed.", vec![]),
            ("Thank you, you are very kind.", vec![]),
        ] {
            assert_eq!(engine.tone(text, Language::English), expected, "{text}");
        }
    }
}
