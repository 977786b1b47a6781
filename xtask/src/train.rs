//! `cargo xtask train abuse FOLDER`: the weights of `warmline-etiquette/src/abuse.weights`, the same for the same set.
//!
//! Logistic regression over hashed n-grams by stochastic gradient descent, in the order of the set's hashes. Trained on
//! `convabuse-train`; where the line is drawn is chosen on the training set by folds, never on `convabuse-valid`.

use std::path::{Path, PathBuf};

use serde_json::Value;
use warmline_etiquette::tone::{BIAS, CELLS, STEP, features};

use crate::words::read;

const ROUNDS: usize = 15;
const RATE: f32 = 0.35;
const DECAY: f32 = 1e-3;
const FOLDS: usize = 5;

pub(crate) fn train(folder: &str) -> Result<(), String> {
    let items: Vec<(Vec<usize>, bool)> = read(Path::new(folder), "convabuse-train")?.iter().map(example).collect();
    if items.is_empty() {
        return Err(format!("{folder} has no convabuse-train.jsonl(.gz)."));
    }
    let line = line(&items);
    let mut weights = fitted(&items);
    weights[BIAS] -= line;
    let here = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| "xtask".into());
    let path = PathBuf::from(here).join("../crates/warmline-etiquette/src/abuse.weights");
    let bytes: Vec<u8> =
        weights.iter().map(|w| ((w / STEP).round().clamp(-127.0, 127.0) as i8).cast_unsigned()).collect();
    std::fs::write(&path, bytes).map_err(|e| format!("{}: {e}", path.display()))?;
    println!("{} examples; the line is at {line:.2}; {}", items.len(), path.display());
    Ok(())
}

fn example(item: &Value) -> (Vec<usize>, bool) {
    (features(item["user"].as_str().unwrap_or_default()), item["abusive"] == 1)
}

fn fitted(items: &[(Vec<usize>, bool)]) -> Vec<f32> {
    let mut weights = vec![0.0_f32; CELLS];
    let mut order: Vec<usize> = (0..items.len()).collect();
    let mut chance = crate::figures::Chance(17);
    for round in 0..ROUNDS {
        for at in (1..order.len()).rev() {
            order.swap(at, chance.below(at + 1));
        }
        let rate = RATE / (1.0 + round as f32 * 0.15);
        for at in &order {
            let (cells, is) = &items[*at];
            let score = scored(&weights, cells);
            let wrong = f32::from(u8::from(*is)) - 1.0 / (1.0 + (-score).exp());
            let share = 1.0 / (cells.len() as f32).sqrt().max(1.0);
            for cell in cells {
                weights[*cell] += rate * (wrong * share * 4.0 - DECAY * weights[*cell]);
            }
            weights[BIAS] += rate * 0.1 * wrong;
        }
    }
    weights
}

fn scored(weights: &[f32], cells: &[usize]) -> f32 {
    let sum: f32 = cells.iter().map(|c| weights[*c]).sum();
    sum / (cells.len() as f32).sqrt().max(1.0) + weights[BIAS]
}

/// The score above which F1 is best, over folds that the weights were not fitted on.
fn line(items: &[(Vec<usize>, bool)]) -> f32 {
    let mut scores: Vec<(f32, bool)> = vec![];
    for fold in 0..FOLDS {
        let rest: Vec<_> =
            items.iter().enumerate().filter(|(n, _)| n % FOLDS != fold).map(|(_, i)| i.clone()).collect();
        let weights = fitted(&rest);
        scores.extend(items.iter().skip(fold).step_by(FOLDS).map(|(cells, is)| (scored(&weights, cells), *is)));
    }
    scores.sort_by(|a, b| b.0.total_cmp(&a.0));
    let all = scores.iter().filter(|s| s.1).count() as f32;
    let mut right = 0.0;
    let f1 = scores.iter().enumerate().map(|(n, (score, is))| {
        right += f32::from(u8::from(*is));
        (2.0 * right / (all + n as f32 + 1.0), *score)
    });
    f1.max_by(|a, b| a.0.total_cmp(&b.0)).map_or(0.0, |best| best.1)
}
