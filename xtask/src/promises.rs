//! `cargo xtask bench promises [FOLDER]`: promised dates against what became of them, day by day, on a public log.
//!
//! Each case is promised at its opening what the product would say: from the cases opened in the days of the window
//! before, as they stood when that day began, open ones as open. Nothing later is looked at. Beside the figures stand
//! those of `promise_baselines.csv`; they come from other days of the same log, so they are compared, not equalled.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use warmline_domain::forecast::Survival;

const DAY: i64 = 86_400;
const WINDOW_DAYS: i64 = 120;
/// Solved cases that must be known before anything is promised: the policy's default.
const LEAST: usize = 30;
const QUANTILES: [f64; 4] = [0.5, 0.8, 0.9, 0.95];
/// Cases of the last days are left out: the log ends before the slow ones of them do.
const LEFT_OUT_DAYS: i64 = 100;

/// Seconds: when it was opened, when it was closed.
type Case = (i64, i64);

pub(crate) fn bench(words: &[&str]) -> Result<(), String> {
    let folder = match words {
        [folder] => PathBuf::from(folder),
        _ => std::env::var_os("WARMLINE_LOGS")
            .map(PathBuf::from)
            .ok_or("Name the folder with helpdesk.csv.gz and promise_baselines.csv, here or as WARMLINE_LOGS.")?,
    };
    let cases = cases(&folder.join("helpdesk.csv.gz"))?;
    let end = cases.iter().map(|c| c.1).max().unwrap_or(0) - LEFT_OUT_DAYS * DAY;
    let half = cases[cases.len() / 2].0.min(end);
    println!("{:>9} {:>6} {:>7} {:>11} {:>19}", "promised", "cases", "kept", "pinball, d", "the median date, d");
    let mut kept_90 = 0.0;
    for (method, censored) in [("closed only", false), ("Kaplan–Meier", true)] {
        println!("{method}, {WINDOW_DAYS}-day window, fitted anew each day");
        for (share, figures) in QUANTILES.iter().zip(replay(&cases, half, end, censored)) {
            let Figures { cases, kept, pinball, median } = figures;
            println!("{share:>9} {cases:>6} {:>6.2}% {pinball:>11.4} {median:>19.2}", kept * 100.0);
            if censored && *share == 0.9 {
                kept_90 = kept;
            }
        }
    }
    println!("\nThe baselines of the log:");
    let baselines = std::fs::read_to_string(folder.join("promise_baselines.csv")).unwrap_or_default();
    for line in baselines.lines().filter(|l| l.contains("-day window")) {
        println!("  {}", line.split(',').skip(3).collect::<Vec<_>>().join("  "));
    }
    if (0.88..=0.93).contains(&kept_90) {
        return Ok(());
    }
    Err(format!("The 90 % date was kept in {:.1} % of cases; it should be in 88 to 93 %.", kept_90 * 100.0))
}

fn cases(path: &Path) -> Result<Vec<Case>, String> {
    let wrong = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
    let file = std::fs::File::open(path).map_err(|e| wrong(&e))?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).map_err(|e| wrong(&e))?;
    let mut cases: BTreeMap<&str, Case> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let [case, _, at] = fields[..] else { return Err(wrong(&format!("“{line}” has no three fields"))) };
        let at: Timestamp = format!("{}Z", at.trim().replace(' ', "T")).parse().map_err(|e| wrong(&e))?;
        let seconds = at.as_second();
        let known = cases.entry(case).or_insert((seconds, seconds));
        *known = (known.0.min(seconds), known.1.max(seconds));
    }
    let mut cases: Vec<Case> = cases.into_values().collect();
    cases.sort_unstable();
    if cases.is_empty() { Err(wrong(&"no case is in it")) } else { Ok(cases) }
}

#[derive(Clone, Copy, Default)]
struct Figures {
    cases: usize,
    kept: f64,
    /// Days; the mean of what a promise costs, early and late weighed by its share (Koenker and Bassett 1978).
    pinball: f64,
    median: f64,
}

fn replay(cases: &[Case], from: i64, until: i64, censored: bool) -> [Figures; 4] {
    let mut promised: [Vec<(i64, i64)>; 4] = Default::default();
    let (mut today, mut survival) = (i64::MIN, Survival::default());
    for (opened, closed) in cases.iter().filter(|c| (from..until).contains(&c.0)) {
        let day = opened.div_euclid(DAY) * DAY;
        if day != today {
            (today, survival) = (day, known_at(cases, day, censored));
        }
        if survival.solved() < LEAST {
            continue;
        }
        for (share, promised) in QUANTILES.iter().zip(&mut promised) {
            // Where too few ever ended to say, the product says nothing; here that costs the whole window.
            let by = survival.by(*share, 0).unwrap_or(WINDOW_DAYS * DAY);
            promised.push((by, closed - opened));
        }
    }
    let mut figures = [Figures::default(); 4];
    for ((share, promised), figures) in QUANTILES.iter().zip(&mut promised).zip(&mut figures) {
        let cases = promised.len().max(1) as f64;
        let cost = |(by, took): &(i64, i64)| {
            let days = (took - by) as f64 / DAY as f64;
            if days > 0.0 { share * days } else { (share - 1.0) * days }
        };
        figures.cases = promised.len();
        figures.kept = promised.iter().filter(|(by, took)| took <= by).count() as f64 / cases;
        figures.pinball = promised.iter().map(cost).sum::<f64>() / cases;
        promised.sort_unstable();
        figures.median = promised.get(promised.len() / 2).map_or(0.0, |(by, _)| *by as f64 / DAY as f64);
    }
    figures
}

/// What is known when the day begins.
fn known_at(cases: &[Case], day: i64, censored: bool) -> Survival {
    let recent = cases.iter().filter(|c| c.0 < day && c.0 >= day - WINDOW_DAYS * DAY);
    let lasted = recent.map(|(opened, closed)| ((*closed).min(day) - opened, *closed <= day));
    Survival::of(lasted.filter(|(_, done)| censored || *done).collect())
}
