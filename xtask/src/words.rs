//! `cargo xtask bench words [FOLDER…] [--mistakes WHAT]`: how right the words are, and how fast.
//!
//! Reads the sets it finds: ours in `tests/words`, and public ones in the folders named. Shares come with their 95 %
//! interval (Wilson 1927). Our sets are in halves: rules are mended by `dev`, which `--mistakes` shows; `test` is what
//! counts, and its mistakes are not shown.

mod calls;
mod costs;
mod leaks;
mod public;
mod sentences;
mod sets;
mod share;

use std::collections::BTreeMap;
use std::path::PathBuf;

use warmline_etiquette::{Engine, shipped};

use share::Table;

pub(crate) use sets::{half, read};

/// What a measure needs: the engine, where mistakes go.
pub(crate) struct Bench {
    engine: Engine,
    mistakes: Option<String>,
}

impl Bench {
    /// Shows a mistake of the half that may be looked at.
    fn mistake(&self, what: &str, id: &str, told: &str) {
        if self.mistakes.as_deref().is_some_and(|m| what.starts_with(m)) && half(id) == "dev" {
            println!("{what} {id}: {}", told.replace('\n', "⏎"));
        }
    }
}

pub(crate) fn bench(words: &[&str]) -> Result<(), String> {
    let (mut folders, mut mistakes) = (vec![], None);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--mistakes" => mistakes = Some(words.next().copied().unwrap_or_default().to_owned()),
            folder if !folder.starts_with("--") => folders.push(PathBuf::from(folder)),
            other => return Err(format!("{other} is not known; usage: bench words [FOLDER…] [--mistakes WHAT]")),
        }
    }
    let here = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| "xtask".into());
    folders.insert(0, PathBuf::from(here).join("../tests/words"));
    let packs = shipped::packs(&[]).map_err(|m| m.to_string())?;
    let bench = Bench { engine: Engine::new(packs, BTreeMap::new()), mistakes };
    let mut table = Table::new();
    if bench.mistakes.is_none() {
        // First, while nothing is loaded.
        costs::measure(&bench, &folders, &mut table)?;
    }
    for folder in &folders {
        sentences::measure(&bench, folder, &mut table)?;
        leaks::measure(&bench, folder, &mut table)?;
        calls::measure(&bench, folder, &mut table)?;
        public::measure(&bench, folder, &mut table)?;
    }
    print!("{table}");
    Ok(())
}
