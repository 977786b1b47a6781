//! How long work like this takes: what a date can be promised on.
//!
//! The product-limit estimate of Kaplan and Meier (1958, doi:10.1080/01621459.1958.10501452) over the durations of
//! similar work of a recent window. Work that is still open counts for as long as it has lasted (right-censored):
//! leaving it out would leave out what takes long, and promises made on the rest break.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::QueueId;
use crate::policy::Promises;

/// One matter: when it began, and when it was solved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    pub opened_at: Timestamp,
    /// `None` while it is open.
    pub solved_at: Option<Timestamp>,
    /// Empty when nobody has said what it is about.
    pub topic: String,
    pub queue: QueueId,
}

/// The work a forecast stands on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Likeness {
    Topic(String),
    Queue(QueueId),
    All,
}

/// Dates that hold as often as they say, and what they stand on. Kept with a promise: what was known when it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forecast {
    /// Of ten such matters, eight were done by then.
    pub safe: Timestamp,
    /// Of a hundred, ninety-five; `None` when too many of the slow ones are still open to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sure: Option<Timestamp>,
    /// Matters looked at, open ones too.
    pub cases: u32,
    pub like: Likeness,
}

const SAFE: f64 = 0.8;
const SURE: f64 = 0.95;
/// Dates are said by the quarter of an hour; more would pretend to know more.
const GRAIN_SECONDS: i64 = 15 * 60;

/// The share of matters that last longer than a time, as steps.
#[derive(Clone, Debug, Default)]
pub struct Survival {
    /// Seconds, and the share still open after them; seconds rise, shares fall.
    steps: Vec<(i64, f64)>,
    cases: usize,
    solved: usize,
}

impl Survival {
    /// `(seconds, whether it was done then)`; what was not done had lasted so long when last seen.
    pub fn of(mut durations: Vec<(i64, bool)>) -> Survival {
        durations.sort_unstable();
        let cases = durations.len();
        let (mut steps, mut open, mut solved, mut at) = (Vec::new(), 1.0, 0, 0);
        for same in durations.chunk_by(|a, b| a.0 == b.0) {
            let done = same.iter().filter(|(_, done)| *done).count();
            if done > 0 {
                open *= 1.0 - done as f64 / (cases - at) as f64;
                steps.push((same[0].0, open));
                solved += done;
            }
            at += same.len();
        }
        Survival { steps, cases, solved }
    }

    /// Seconds from its beginning by which this share of matters is done, of those that lasted longer than `lasted`
    /// already; `None` when fewer than that were ever seen done.
    pub fn by(&self, share: f64, lasted: i64) -> Option<i64> {
        let past = self.steps.partition_point(|(seconds, _)| *seconds <= lasted);
        let now = if past == 0 { 1.0 } else { self.steps[past - 1].1 };
        let aim = now * (1.0 - share);
        // Shares are products of many fractions; equal ones differ in the last digits.
        let reached = |(_, open): &&(i64, f64)| *open <= aim + 1e-12;
        (now > 0.0).then(|| self.steps[past..].iter().find(reached).map(|(seconds, _)| *seconds)).flatten()
    }

    pub fn cases(&self) -> usize {
        self.cases
    }

    pub fn solved(&self) -> usize {
        self.solved
    }
}

/// What recent work says, by topic, by queue and over all.
#[derive(Clone, Debug, Default)]
pub struct History {
    topics: BTreeMap<String, Survival>,
    queues: BTreeMap<QueueId, Survival>,
    all: Survival,
    least: usize,
}

impl History {
    /// As it is known at `now`; what was opened before the policy's window, or later, is left out.
    pub fn of(courses: &[Course], policy: &Promises, now: Timestamp) -> History {
        let since = now - SignedDuration::from_hours(24 * i64::from(policy.history_days));
        let mut topics: BTreeMap<String, Vec<(i64, bool)>> = BTreeMap::new();
        let mut queues: BTreeMap<QueueId, Vec<(i64, bool)>> = BTreeMap::new();
        let mut all = Vec::new();
        for course in courses.iter().filter(|c| c.opened_at >= since && c.opened_at < now) {
            let solved = course.solved_at.filter(|at| *at <= now);
            let lasted = (solved.unwrap_or(now).as_second() - course.opened_at.as_second(), solved.is_some());
            if !course.topic.is_empty() {
                topics.entry(course.topic.clone()).or_default().push(lasted);
            }
            queues.entry(course.queue).or_default().push(lasted);
            all.push(lasted);
        }
        History {
            topics: topics.into_iter().map(|(topic, lasted)| (topic, Survival::of(lasted))).collect(),
            queues: queues.into_iter().map(|(queue, lasted)| (queue, Survival::of(lasted))).collect(),
            all: Survival::of(all),
            least: policy.least_cases as usize,
        }
    }

    /// For a matter of this topic and queue, from the smallest group with enough work done to say. `None`: not enough.
    pub fn forecast(&self, topic: &str, queue: QueueId, opened_at: Timestamp, now: Timestamp) -> Option<Forecast> {
        let topics = self.topics.get(topic).map(|s| (Likeness::Topic(topic.to_owned()), s));
        let queues = self.queues.get(&queue).map(|s| (Likeness::Queue(queue), s));
        let enough = [topics, queues, Some((Likeness::All, &self.all))]
            .into_iter()
            .flatten()
            .filter(|(_, survival)| survival.solved() >= self.least);
        let lasted = now.as_second() - opened_at.as_second();
        enough.into_iter().find_map(|(like, survival)| {
            let date = |share| survival.by(share, lasted).map(|seconds| grained(opened_at, seconds));
            Some(Forecast { safe: date(SAFE)?, sure: date(SURE), cases: survival.cases() as u32, like })
        })
    }
}

/// The next quarter of an hour: a date is never said earlier than it was found.
fn grained(opened_at: Timestamp, seconds: i64) -> Timestamp {
    let at = opened_at.as_second() + seconds;
    Timestamp::from_second(at + (GRAIN_SECONDS - at.rem_euclid(GRAIN_SECONDS)) % GRAIN_SECONDS)
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: i64 = 86_400;

    fn at(days: f64) -> Timestamp {
        Timestamp::from_second(1_700_006_400 + (days * DAY as f64) as i64).unwrap()
    }

    fn course(opened: f64, lasted: Option<f64>, topic: &str) -> Course {
        let solved_at = lasted.map(|days| at(opened + days));
        Course { opened_at: at(opened), solved_at, topic: topic.into(), queue: QueueId(1) }
    }

    /// The worked example every textbook has: remission times under 6-mercaptopurine (Freireich et al. 1963), weeks.
    #[test]
    fn the_estimate_is_that_of_the_textbook() {
        let done = [6, 6, 6, 7, 10, 13, 16, 22, 23].map(|weeks| (weeks, true));
        let open = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35].map(|weeks| (weeks, false));
        let survival = Survival::of(done.into_iter().chain(open).collect());
        let expected = [(6, 0.857), (7, 0.807), (10, 0.753), (13, 0.690), (16, 0.627), (22, 0.538), (23, 0.448)];
        assert_eq!(survival.steps.len(), expected.len());
        for ((at, share), (week, printed)) in survival.steps.iter().zip(expected) {
            assert!(*at == week && (share - printed).abs() < 0.0006, "{at}: {share}");
        }
        assert_eq!(survival.by(0.5, 0), Some(23));
        assert_eq!(survival.by(0.6, 0), None, "nobody saw six of ten of them end");
        assert_eq!((survival.cases(), survival.solved()), (21, 9));
    }

    /// The trap: of matters opened day by day that take 2 or 40 days, a recent window has seen mostly quick ones end.
    #[test]
    fn open_work_counts_so_that_promises_hold() {
        let policy = Promises { history_days: 30, least_cases: 10, ..Promises::default() };
        let courses: Vec<Course> = (0..30).map(|n| course(f64::from(n), (n % 2 == 0).then_some(0.5), "")).collect();
        let history = History::of(&courses, &policy, at(30.0));
        assert_eq!(history.forecast("", QueueId(1), at(30.0), at(30.0)), None, "half of it never ended");
        let closed: Vec<Course> = courses.into_iter().filter(|c| c.solved_at.is_some()).collect();
        let history = History::of(&closed, &policy, at(30.0));
        assert_eq!(history.forecast("", QueueId(1), at(30.0), at(30.0)).unwrap().safe, at(30.5), "what the trap says");
    }

    #[test]
    fn the_smallest_group_with_enough_says_it() {
        let policy = Promises { least_cases: 10, ..Promises::default() };
        let mut courses: Vec<Course> = (0..12).map(|n| course(f64::from(n), Some(2.0), "printer")).collect();
        courses.extend((0..40).map(|n| course(f64::from(n % 12), Some(5.0), "network")));
        courses.extend((0..3).map(|n| course(f64::from(n), Some(30.0), "invoice")));
        let history = History::of(&courses, &policy, at(50.0));
        let of = |topic: &str, queue| history.forecast(topic, QueueId(queue), at(50.0), at(50.0)).unwrap();
        assert_eq!((of("printer", 1).like, of("printer", 1).safe), (Likeness::Topic("printer".into()), at(52.0)));
        assert_eq!((of("invoice", 1).like, of("invoice", 1).cases), (Likeness::Queue(QueueId(1)), 55));
        assert_eq!(of("invoice", 7).like, Likeness::All);
        assert_eq!(of("printer", 1).sure, Some(at(52.0)));
        // What has lasted longer already is compared with what lasted longer, too.
        let late = history.forecast("", QueueId(1), at(47.0), at(50.0)).unwrap();
        assert_eq!(late.safe, at(52.0));
        let too_few = Promises { least_cases: 60, ..policy };
        assert_eq!(History::of(&courses, &too_few, at(50.0)).forecast("printer", QueueId(1), at(50.0), at(50.0)), None);
    }

    proptest! {
        #[test]
        fn with_nothing_open_it_is_the_share_that_was_done(durations in prop::collection::vec(1_i64..5_000, 1..80), share in 0.05..0.99_f64) {
            let survival = Survival::of(durations.iter().map(|d| (*d, true)).collect());
            let by = survival.by(share, 0).unwrap();
            let done = |by: i64| durations.iter().filter(|d| **d <= by).count() as f64 / durations.len() as f64;
            prop_assert!(done(by) >= share - 1e-9 && done(by - 1) < share + 1e-9);
        }

        #[test]
        fn a_later_look_never_makes_open_work_shorter(durations in prop::collection::vec((1_i64..5_000, any::<bool>()), 1..80), more in 1_i64..500) {
            let longer = durations.iter().map(|(d, done)| (if *done { *d } else { d + more }, *done)).collect();
            let (before, after) = (Survival::of(durations), Survival::of(longer));
            for share in [0.5, 0.8, 0.95] {
                let never = i64::MAX;
                prop_assert!(after.by(share, 0).unwrap_or(never) >= before.by(share, 0).unwrap_or(never));
            }
        }
    }
}
