//! How long a caller will wait: computed from what calls have taken, said as a range, and held against what then came.
//!
//! A caller with `q` before them and `n` agents at work is answered after `q + 1` departures. With exponential handling
//! of mean `T` the departures come at rate `n/T`, so the wait is Erlang distributed with `q + 1` stages (Cooper,
//! Introduction to Queueing Theory, 1981, §3.4). Those before them may give up: with mean patience `P` the rate with `j`
//! before them is `n/T + j/P`, and the wait is a sum of exponentials of these rates (Whitt, Predicting queueing delays,
//! Management Science 45, 1999). Ten in a hundred are answered sooner than the range that is said, ten later.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::call::{Call, State, Step};
use crate::QueueId;
use crate::policy::Phone;

/// Calls that are remembered; older ones fade.
const MEMORY: u32 = 100;
/// The guess of the policy counts as so many calls.
const GUESS_COUNTS: i64 = 5;
/// Before so many have given up, nothing is known of their patience.
const GIVEN_UP: u32 = 5;
/// The range that is said leaves out this much below and above.
const LEFT_OUT: f64 = 0.1;
/// A wait beyond this is not said in minutes any more.
const LONGEST_MINUTES: u32 = 59;
/// Nobody is told how long a line of this length takes.
const LONGEST_LINE: usize = 200;

/// What a caller was told about their wait, the last time and the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Said {
    pub at: Timestamp,
    /// From 1.
    pub position: u32,
    pub range: Option<Range>,
    /// How often so far; the first time the greeting comes before it.
    pub times: u32,
    pub first_at: Timestamp,
    pub first: Option<Range>,
}

/// A wait in whole minutes: not before `low`, and mostly not after `high`; absent when that is too far to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Range {
    pub low: u32,
    pub high: Option<u32>,
}

impl Range {
    /// "2 to 6 min".
    pub fn in_words(self) -> String {
        match self {
            Range { low: 0, high: Some(high) } => format!("less than {high} min"),
            Range { low, high: Some(high) } => format!("{low} to {high} min"),
            Range { low, high: None } => format!("more than {low} min"),
        }
    }
}

/// What was seen in one queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waits {
    /// Calls whose handling, writing up included, was measured, and what they took on average.
    handled: u32,
    handling_ms: i64,
    /// Who gave up, and how long all waited together.
    gave_up: u32,
    waited_ms: i64,
    /// Callers who were told a range and of whom it is known whether it held; of about the last two hundred.
    pub told: u32,
    pub held: u32,
}

impl Waits {
    fn handled(&mut self, took: SignedDuration) {
        self.handled = (self.handled + 1).min(MEMORY);
        let took = i64::try_from(took.as_millis()).unwrap_or(i64::MAX).max(0);
        self.handling_ms += (took - self.handling_ms) / i64::from(self.handled);
    }

    fn waited(&mut self, waited: SignedDuration, gave_up: bool) {
        self.waited_ms += i64::try_from(waited.as_millis()).unwrap_or(0).max(0);
        self.gave_up += u32::from(gave_up);
        if self.gave_up > MEMORY {
            (self.gave_up, self.waited_ms) = (self.gave_up / 2, self.waited_ms / 2);
        }
    }

    fn told(&mut self, held: bool) {
        (self.told, self.held) = (self.told + 1, self.held + u32::from(held));
        if self.told > 2 * MEMORY {
            (self.told, self.held) = (self.told / 2, self.held / 2);
        }
    }

    /// Whether a call of this queue was ever measured to its end.
    pub fn is_measured(&self) -> bool {
        self.handled > 0
    }

    /// Seconds a call takes, writing up included.
    pub fn handling(&self, policy: &Phone) -> f64 {
        let guess = i64::from(policy.handling_minutes) * 60_000 * GUESS_COUNTS;
        let seen = self.handling_ms * i64::from(self.handled);
        (guess + seen) as f64 / (GUESS_COUNTS + i64::from(self.handled)) as f64 / 1000.0
    }

    /// Seconds a caller waits before they give up, on average: all time waited over those who gave up, which is the
    /// likeliest mean of an exponential patience when the others were served first.
    pub fn patience(&self) -> Option<f64> {
        (self.gave_up >= GIVEN_UP).then(|| self.waited_ms as f64 / 1000.0 / f64::from(self.gave_up))
    }

    /// What somebody with `before` others before them is told, with so many agents at work.
    pub(super) fn range(&self, before: usize, agents: usize, policy: &Phone) -> Option<Range> {
        if agents == 0 || before > LONGEST_LINE {
            return None;
        }
        let law = Law::new(before, agents, self.handling(policy), self.patience());
        let minutes = law.quantiles([LEFT_OUT, 1.0 - LEFT_OUT]).map(|seconds| seconds / 60.0);
        let (low, high) = (minutes[0].floor() as u32, (minutes[1].ceil() as u32).max(1));
        Some(Range { low: low.min(LONGEST_MINUTES), high: (high <= LONGEST_MINUTES).then_some(high) })
    }
}

/// A wait ended, or an agent is free again: what there is to learn from it.
pub(super) fn learn(waits: &mut BTreeMap<QueueId, Waits>, before: &Call, at: Timestamp, step: &Step) {
    let Some(waiting) = before.waiting() else { return };
    let gave_up = match step {
        Step::Answered { .. } | Step::CallbackAsked { .. } => false,
        Step::Ended { .. } | Step::CallerLost { .. } => true,
        _ => return,
    };
    let waits = waits.entry(before.queue).or_default();
    waits.waited(at.duration_since(waiting.since), gave_up);
    let Some((range, from)) = waiting.said.and_then(|said| Some((said.first?, said.first_at))) else { return };
    let waited = at.duration_since(from);
    let late = range.high.is_some_and(|high| waited > SignedDuration::from_mins(i64::from(high)));
    let early = waited < SignedDuration::from_mins(i64::from(range.low));
    // Of somebody who leaves before the range is over nobody can say whether it would have held.
    if late || matches!(step, Step::Answered { .. }) {
        waits.told(!late && !early);
    }
}

/// An agent has done with a call of this queue, also with writing it up.
pub(super) fn done(waits: &mut BTreeMap<QueueId, Waits>, queue: QueueId, took: SignedDuration) {
    waits.entry(queue).or_default().handled(took);
}

/// When a caller who waits is told next.
pub(super) fn announced_next(call: &Call, policy: &Phone) -> Option<Timestamp> {
    let State::Waiting(waiting) = &call.state else { return None };
    let every = SignedDuration::from_secs(i64::from(policy.announce_seconds));
    (policy.announce_seconds > 0).then(|| waiting.said.map_or(waiting.since, |said| said.at) + every)
}

/// The law of a wait: exponential stages one after the other, at these rates per second.
pub struct Law(Vec<f64>);

impl Law {
    /// `before`: callers before this one; `handling` and `patience`: mean seconds. There is at least one agent.
    pub fn new(before: usize, agents: usize, handling: f64, patience: Option<f64>) -> Law {
        let rate = |j: usize| agents as f64 / handling + patience.map_or(0.0, |p| j as f64 / p);
        Law((0..=before).rev().map(rate).collect())
    }

    /// Seconds.
    pub fn mean(&self) -> f64 {
        self.0.iter().map(|rate| 1.0 / rate).sum()
    }

    /// Seconds.
    pub fn deviation(&self) -> f64 {
        self.0.iter().map(|rate| 1.0 / (rate * rate)).sum::<f64>().sqrt()
    }

    /// The seconds within which these shares of callers, rising, are answered.
    pub fn quantiles<const N: usize>(&self, shares: [f64; N]) -> [f64; N] {
        let mut stages = vec![0.0; self.0.len()];
        stages[0] = 1.0;
        let (mut at, stride) = (0.0, self.mean() / 16.0);
        shares.map(|share| {
            loop {
                let mut next = stages.clone();
                self.pass(&mut next, stride);
                if answered(&next) >= share {
                    break;
                }
                (stages, at) = (next, at + stride);
            }
            // Between `at` and a stride later: halved until it is exact.
            let mut width = stride / 2.0;
            for _ in 0..30 {
                let mut next = stages.clone();
                self.pass(&mut next, width);
                if answered(&next) < share {
                    (stages, at) = (next, at + width);
                }
                width /= 2.0;
            }
            at
        })
    }

    /// Lets time pass over the chances of being in each stage (uniformisation: Jensen 1953).
    fn pass(&self, stages: &mut [f64], seconds: f64) {
        let top = self.0.iter().copied().fold(0.0, f64::max);
        let pieces = (top * seconds / 30.0).ceil().max(1.0);
        let mean = top * seconds / pieces;
        for _ in 0..pieces as usize {
            let (mut sum, mut now, mut weight) = (vec![0.0; stages.len()], stages.to_vec(), (-mean).exp());
            let (mut seen, mut n) = (0.0, 0.0);
            while seen < 1.0 - 1e-13 && n < 200.0 {
                for (total, chance) in sum.iter_mut().zip(&now) {
                    *total += weight * chance;
                }
                for j in (0..now.len()).rev() {
                    let from_before = if j == 0 { 0.0 } else { now[j - 1] * self.0[j - 1] / top };
                    now[j] = now[j] * (1.0 - self.0[j] / top) + from_before;
                }
                (seen, n) = (seen + weight, n + 1.0);
                weight *= mean / n;
            }
            stages.copy_from_slice(&sum);
        }
    }
}

fn answered(stages: &[f64]) -> f64 {
    1.0 - stages.iter().sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Closed forms: one stage is exponential; two at one rate have the distribution 1 − (1 + rt)e^(−rt).
    #[test]
    fn short_lines_wait_as_the_closed_forms_say() {
        let [p50, p90] = Law::new(0, 5, 300.0, None).quantiles([0.5, 0.9]);
        assert!((p50 - 60.0 * 2f64.ln()).abs() < 1e-3 && (p90 - 60.0 * 10f64.ln()).abs() < 1e-3);
        let [p50] = Law::new(1, 1, 60.0, None).quantiles([0.5]);
        let x = p50 / 60.0;
        assert!((1.0 - (1.0 + x) * (-x).exp() - 0.5).abs() < 1e-6);
        let impatient = Law::new(1, 1, 60.0, Some(60.0));
        assert!((impatient.mean() - 90.0).abs() < 1e-9, "the first stage is left twice as fast");
        assert!((impatient.deviation() - (30f64 * 30.0 + 60.0 * 60.0).sqrt()).abs() < 1e-9);
    }

    /// Callers before, agents, seconds of handling and of patience; mean, deviation, and the quantiles 50, 80, 90,
    /// computed elsewhere to forty digits.
    #[test]
    fn longer_lines_wait_as_computed_elsewhere() {
        type Row = (usize, usize, f64, Option<f64>, [f64; 5]);
        let rows: [Row; 5] = [
            (10, 5, 300.0, None, [660.0, 198.997487421, 640.111344230, 819.043620952, 924.398470319]),
            (20, 20, 240.0, None, [252.0, 54.9909083395, 248.011484476, 296.735821825, 324.541214704]),
            (10, 5, 300.0, Some(180.0), [302.424075924, 101.965479753, 289.295540579, 380.990086958, 437.482602840]),
            (20, 20, 240.0, Some(300.0), [185.696981339, 41.1705880766, 182.579060115, 219.093585652, 240.028103051]),
            (1, 2, 900.0, None, [900.0, 636.396103068, 755.256145507, 1347.43875615, 1750.37407644]),
        ];
        for (before, agents, handling, patience, exact) in rows {
            let law = Law::new(before, agents, handling, patience);
            let [p50, p80, p90] = law.quantiles([0.5, 0.8, 0.9]);
            for (ours, theirs) in [law.mean(), law.deviation(), p50, p80, p90].into_iter().zip(exact) {
                assert!((ours - theirs).abs() < 1e-4 * theirs, "{before} before {agents}: {ours} and {theirs}");
            }
        }
    }

    #[test]
    fn what_is_said_follows_what_calls_take_and_is_held_against_what_came() {
        let policy = Phone::default();
        let mut waits = Waits::default();
        assert_eq!(waits.handling(&policy), 300.0, "nothing measured: the guess of the policy");
        for _ in 0..MEMORY {
            waits.handled(SignedDuration::from_secs(120));
        }
        assert!((waits.handling(&policy) - 128.6).abs() < 1.0, "measured: what was seen");
        assert_eq!(waits.range(0, 2, &policy), Some(Range { low: 0, high: Some(3) }));
        assert_eq!(waits.range(0, 0, &policy), None, "with nobody there no time is said");
        assert_eq!(waits.range(90, 1, &policy).unwrap().high, None, "too far to say");
        for _ in 0..10 {
            waits.waited(SignedDuration::from_secs(90), true);
        }
        assert_eq!(waits.patience(), Some(90.0));
    }
}
