//! How often something from outside counts in a minute, so that nobody fills the house by asking again and again.

use std::sync::Mutex;

use jiff::Timestamp;

/// The minute, and how many so far.
#[derive(Default)]
pub(crate) struct PerMinute(Mutex<(i64, u32)>);

impl PerMinute {
    pub(crate) fn counts(&self, now: Timestamp, limit: u32) -> bool {
        let minute = now.as_second() / 60;
        let mut seen = self.0.lock().unwrap_or_else(|broken| broken.into_inner());
        let n = if seen.0 == minute { seen.1 } else { 0 };
        *seen = (minute, n.saturating_add(1));
        n < limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_counts_so_many_and_no_more() {
        let visits = PerMinute::default();
        let at = |second: i64| Timestamp::from_second(1_700_000_040 + second).unwrap();
        assert_eq!((0..80).filter(|_| visits.counts(at(0), 30)).count(), 30);
        assert!(visits.counts(at(60), 30), "the next minute counts again");
    }
}
