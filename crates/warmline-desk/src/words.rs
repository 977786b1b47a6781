//! The etiquette engine of this desk: the shipped rules, those of the house, what was switched, and what their own
//! record says about them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, RwLock};

use warmline_domain::Refusal;
use warmline_domain::wording::{self, Wording};
use warmline_etiquette::{Engine, Language, Level, Pack, Rule, shipped};
use warmline_store::RuleCount;

/// So many answers to a rule's findings say something about it.
const ENOUGH: i64 = 50;

/// An engine, and what it was built from.
struct Built {
    wording: Wording,
    counts: BTreeMap<String, RuleCount>,
    engine: Arc<Engine>,
}

#[derive(Default)]
pub struct Words {
    built: Mutex<Option<Built>>,
    counts: RwLock<BTreeMap<String, RuleCount>>,
}

impl Words {
    /// What is known of each rule's findings; the desk reads it at its start and after each answer.
    pub fn learn(&self, counts: BTreeMap<String, RuleCount>) {
        if let Ok(mut known) = self.counts.write() {
            *known = counts;
        }
    }

    pub fn counts(&self) -> BTreeMap<String, RuleCount> {
        self.counts.read().map(|c| c.clone()).unwrap_or_default()
    }

    /// The engine for what the house says now. Built anew only when that has changed.
    pub fn engine(&self, wording: &Wording) -> Arc<Engine> {
        let counts = self.counts();
        let mut built = self.built.lock().unwrap_or_else(|broken| broken.into_inner());
        if let Some(Built { wording: of, counts: with, engine }) = &*built
            && of == wording
            && demotions(engine, with) == demotions(engine, &counts)
        {
            return engine.clone();
        }
        let engine = Arc::new(build(wording, &counts));
        *built = Some(Built { wording: wording.clone(), counts, engine: engine.clone() });
        engine
    }
}

fn build(wording: &Wording, counts: &BTreeMap<String, RuleCount>) -> Engine {
    let on = wording.rules.iter().filter(|(_, f)| f.on);
    let own: Vec<_> = on.map(|(name, f)| (Language::of(&f.language), format!("{name}.toml"), f.text.clone())).collect();
    let packs = shipped::packs(&own).unwrap_or_else(|mistake| {
        // It was proven when it was written; an upgrade may have taken a class away that it used.
        tracing::error!(%mistake, "a file of rules of this house cannot be read any more; it is left out");
        shipped::packs(&[]).unwrap_or_default()
    });
    let plain = Engine::new(packs, BTreeMap::new());
    let mut switched = demotions(&plain, counts);
    switched.extend(wording.levels.iter().map(|(rule, level)| (rule.clone(), level_of(*level))));
    plain.switched(switched)
}

fn level_of(level: wording::Level) -> Option<Level> {
    match level {
        wording::Level::Off => None,
        wording::Level::Coach => Some(Level::Coach),
        wording::Level::Warn => Some(Level::Warn),
        wording::Level::Block => Some(Level::Block),
    }
}

/// A rule whose findings are put aside more often than taken drops a level by itself.
fn demotions(engine: &Engine, counts: &BTreeMap<String, RuleCount>) -> BTreeMap<String, Option<Level>> {
    let rules = engine.packs().flat_map(|p| &p.rules);
    rules.filter_map(|rule| Some((rule.source.id.clone(), demoted(rule, counts.get(&rule.source.id)?)?))).collect()
}

/// The level it has dropped to, if it has.
pub fn demoted(rule: &Rule, count: &RuleCount) -> Option<Option<Level>> {
    let put_aside = count.dismissed + count.wrong + count.overridden;
    let answered = count.taken + put_aside;
    if rule.source.is_leak() || answered < ENOUGH || count.taken * 2 >= answered {
        return None;
    }
    Some(match rule.source.level {
        Level::Block => Some(Level::Warn),
        Level::Warn => Some(Level::Coach),
        Level::Coach => None,
    })
}

/// A file of rules of the house, read together with the shipped ones and its examples tried.
pub fn proven(wording: &Wording, name: &str, language: &str, text: &str) -> Result<Pack, Refusal> {
    let others = wording.rules.iter().filter(|(n, f)| f.on && *n != name);
    let mut own: Vec<_> =
        others.map(|(n, f)| (Language::of(&f.language), format!("{n}.toml"), f.text.clone())).collect();
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
    fn a_rule_that_is_put_aside_drops_a_level_and_leaks_never_do() {
        let words = Words::default();
        let engine = words.engine(&Wording::default());
        let rule = |id: &str| engine.packs().flat_map(|p| &p.rules).find(|r| r.source.id == id).unwrap();
        let often = RuleCount { shown: 80, taken: 20, dismissed: 40, ..RuleCount::default() };
        assert_eq!(demoted(rule("refusal.no-alternative"), &often), Some(Some(Level::Coach)));
        assert_eq!(demoted(rule("leak.note"), &often), None);
        let seldom = RuleCount { taken: 10, dismissed: 30, ..RuleCount::default() };
        assert_eq!(demoted(rule("refusal.no-alternative"), &seldom), None);
        words.learn(BTreeMap::from([("refusal.no-alternative".to_owned(), often)]));
        let after = words.engine(&Wording::default());
        assert_eq!(after.level(rule("refusal.no-alternative")), Some(Level::Coach));
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
