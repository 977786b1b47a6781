//! The etiquette engine of this desk: the shipped rules, those of the house, what was switched, and which rules are worn.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, RwLock};

use warmline_domain::Refusal;
use warmline_domain::wording::{self, RuleCount, Wording};
use warmline_etiquette::{Engine, Language, Level, Pack, Rule, shipped};

/// An engine, and what it was built from.
struct Built {
    wording: Wording,
    worn: BTreeSet<String>,
    engine: Arc<Engine>,
}

#[derive(Default)]
pub struct Words {
    built: Mutex<Option<Built>>,
    /// Rules whose findings are put aside more often than taken.
    worn: RwLock<BTreeSet<String>>,
}

impl Words {
    /// What became of each rule's findings; the desk reads it at its start and after each answer.
    pub fn learn(&self, counts: &BTreeMap<String, RuleCount>) {
        let worn = counts.iter().filter(|(rule, count)| count.is_worn(rule)).map(|(rule, _)| rule.clone()).collect();
        *self.worn.write().unwrap_or_else(|broken| broken.into_inner()) = worn;
    }

    /// The engine for what the house says now. Built anew only when that has changed.
    pub fn engine(&self, wording: &Wording) -> Arc<Engine> {
        let worn = self.worn.read().unwrap_or_else(|broken| broken.into_inner());
        let mut built = self.built.lock().unwrap_or_else(|broken| broken.into_inner());
        if let Some(Built { wording: of, worn: with, engine }) = &*built
            && of == wording
            && *with == *worn
        {
            return engine.clone();
        }
        let engine = Arc::new(build(wording, &worn));
        *built = Some(Built { wording: wording.clone(), worn: worn.clone(), engine: engine.clone() });
        engine
    }
}

fn build(wording: &Wording, worn: &BTreeSet<String>) -> Engine {
    let plain = Engine::new(readable(wording), BTreeMap::new());
    let rules = plain.packs().flat_map(|p| &p.rules).map(|rule| &rule.source);
    let worn = rules.filter(|source| worn.contains(&source.id)).map(|source| (source.id.clone(), lower(source.level)));
    let mut switched: BTreeMap<_, _> = worn.collect();
    switched.extend(wording.levels.iter().map(|(rule, level)| (rule.clone(), level_of(*level))));
    plain.switched(switched)
}

/// The shipped rules and those of the house. Each file was proven when it was written, but an upgrade may have taken a
/// class away that it used: then that file is left out, and the others stand.
fn readable(wording: &Wording) -> Vec<Pack> {
    let mut own = own_files(wording, "");
    loop {
        let mistake = match shipped::packs(&own) {
            Ok(packs) => return packs,
            Err(mistake) => mistake,
        };
        let before = own.len();
        own.retain(|(_, name, _)| *name != mistake.file);
        assert!(own.len() < before, "a shipped rule cannot be read: {mistake}");
        tracing::error!(%mistake, "a file of rules of this house cannot be read any more; it is left out");
    }
}

/// Files of the house that are on, but for this one.
fn own_files(wording: &Wording, but: &str) -> Vec<(Language, String, String)> {
    let on = wording.rules.iter().filter(|(name, file)| file.on && *name != but);
    on.map(|(name, file)| (Language::of(&file.language), format!("{name}.toml"), file.text.clone())).collect()
}

fn level_of(level: wording::Level) -> Option<Level> {
    Level::of(level.word())
}

fn lower(own: Level) -> Option<Level> {
    let level = wording::Level::ALL.into_iter().find(|l| l.word() == own.word());
    level.and_then(|level| level_of(level.lower()))
}

/// A file of rules of the house, read together with the shipped ones and its examples tried.
pub fn proven(wording: &Wording, name: &str, language: &str, text: &str) -> Result<Pack, Refusal> {
    let mut own = own_files(wording, name);
    let (language, file) = (Language::of(language), format!("{name}.toml"));
    if language == Language::Other {
        return Err(Refusal::input("Rules are for English or German texts.", "Choose the language of the file."));
    }
    own.push((language, file.clone(), text.to_owned()));
    let kept = "Your text is kept; correct the line and try again.";
    let packs = shipped::packs(&own).map_err(|mistake| {
        let at = if mistake.file == file { format!("Line {}", mistake.line) } else { mistake.file.clone() };
        Refusal::input(format!("{at}: {}.", mistake.what), kept)
    })?;
    let engine = Engine::new(packs, BTreeMap::new());
    let of_file: Vec<&Rule> = engine.packs().flat_map(|p| &p.rules).filter(|r| r.file == file).collect();
    for rule in &of_file {
        if rule.source.is_leak() {
            return Err(Refusal::input(
                format!("{}: what must not leak is a list, not a rule.", rule.source.id),
                "Put the words under “What stays inside”.",
            ));
        }
        if rule.source.fail.is_empty() || rule.source.pass.is_empty() {
            return Err(Refusal::input(
                format!(
                    "{} has no examples: a rule needs at least one that fails and one that passes.",
                    rule.source.id
                ),
                kept,
            ));
        }
    }
    if of_file.is_empty() {
        return Err(Refusal::input("There is no rule in this file yet.", kept));
    }
    let wrong = shipped::prove(&engine, of_file.into_iter(), language);
    if let Some(first) = wrong.first() {
        return Err(Refusal::input(format!("An example does not hold. {first}."), kept));
    }
    let found = engine.into_packs().into_iter().find(|p| p.language == language);
    found.ok_or_else(|| Refusal::input("There are no rules in this language.", kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worn_rule_drops_a_level_until_somebody_chooses_one() {
        let words = Words::default();
        let level = |wording: &Wording| {
            let engine = words.engine(wording);
            let rule = engine.packs().flat_map(|p| &p.rules).find(|r| r.source.id == "refusal.no-alternative").unwrap();
            engine.level(rule)
        };
        assert_eq!(level(&Wording::default()), Some(Level::Warn));
        let worn = RuleCount { shown: 80, taken: 20, dismissed: 40, ..RuleCount::default() };
        words.learn(&BTreeMap::from([("refusal.no-alternative".to_owned(), worn)]));
        assert_eq!(level(&Wording::default()), Some(Level::Coach));
        let mut chosen = Wording::default();
        chosen.levels.insert("refusal.no-alternative".into(), wording::Level::Block);
        assert_eq!(level(&chosen), Some(Level::Block));
    }

    #[test]
    fn a_file_that_cannot_be_read_any_more_takes_no_other_with_it() {
        let file = |any: &str| wording::RuleFile {
            language: "en".into(),
            text: format!("[[rule]]\nid = \"house.word\"\nlevel = \"block\"\nsay = \"No.\"\nany = [\"{any}\"]\n"),
            version: 1,
            on: true,
        };
        let mut wording = Wording::default();
        wording.rules.insert("gone".into(), file("<a-class-that-was>"));
        wording.rules.insert("stands".into(), file("froggered"));
        let engine = Words::default().engine(&wording);
        let found = |text: &str| engine.check(text, &warmline_etiquette::Context::default()).findings;
        assert!(found("It is froggered.").iter().any(|f| f.rule == "house.word"));
        assert!(found("Ping fd12:3456:789a::1 please.").iter().any(|f| f.leak), "the shipped rules stand");
    }

    #[test]
    fn a_file_of_the_house_is_proven_before_it_counts() {
        let prove = |text: &str| proven(&Wording::default(), "lamps", "en", text).map(|_| ()).map_err(|r| r.why);
        let rule = |any: &str, fail: &str| {
            format!(
                "[[rule]]\nid = \"lamps.bulb\"\nlevel = \"warn\"\nsay = \"We say lamp.\"\nany = [\"{any}\"]\nfail = [\"{fail}\"]\npass = [\"The lamp is on.\"]\n"
            )
        };
        assert_eq!(prove(&rule("bulb*", "Change the bulbs.")), Ok(()));
        assert!(prove(&rule("bulb*", "Change the lamps.")).unwrap_err().contains("does not hold"));
        assert!(prove(&rule("(bulb", "Change the bulbs.")).unwrap_err().starts_with("Line 5"));
        assert!(prove("").unwrap_err().contains("no rule"));
    }
}
