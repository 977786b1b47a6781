//! Business hours: when the desk, or one of its queues, is open.
//!
//! A week of openings, and dated exceptions (holidays, a long day), in one time zone. Opening and closing happen the
//! first time the clock on the wall reads that time or later: an hour that the change to summer skips is not open, and
//! one that the change to winter repeats counts on.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::Refusal;
use crate::limits::{HOLIDAYS, NAME_CHARS, OPENINGS_A_DAY};

/// How far ahead is looked: a desk that is closed for longer has no next opening to name.
const SIGHT_DAYS: usize = 366 * 2;
const SIGHT: SignedDuration = SignedDuration::from_hours(24 * SIGHT_DAYS as i64);
const ALL_DAY: &str = "all day";
const CLOSED: &str = "closed";
const DAY_MINUTES: u16 = 24 * 60;
pub const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// From a minute of the day until another, which is not in it: 540 to 1020 is nine to five.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Opening {
    from: u16,
    until: u16,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Exception {
    name: String,
    openings: Vec<Opening>,
}

/// Always checked: openings in order and apart, the zone known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    zone: String,
    /// Monday first.
    week: [Vec<Opening>; 7],
    exceptions: BTreeMap<Date, Exception>,
}

impl Default for Hours {
    /// Open day and night.
    fn default() -> Self {
        let all_day = Opening { from: 0, until: DAY_MINUTES };
        Hours { zone: "UTC".into(), week: std::array::from_fn(|_| vec![all_day]), exceptions: BTreeMap::new() }
    }
}

/// Hours as they are typed: a line for each weekday, a line for each exception.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    pub zone: String,
    /// Monday first: `9:00-12:30, 13:30-18:00`, `all day` or nothing.
    pub week: [String; 7],
    /// `2026-12-24 9:00-12:00 Christmas Eve`; without times it is closed all day.
    pub exceptions: String,
}

impl Hours {
    /// Refuses what cannot be read, naming the day or the line.
    pub fn read(written: &Written) -> Result<Hours, Refusal> {
        let zone = written.zone.trim();
        let known = TimeZone::get(zone).map_err(|_| {
            Refusal::input(
                format!("“{zone}” is not a time zone we know."),
                "Nothing was changed. Use a name like Europe/Vienna, America/New_York or UTC.",
            )
        })?;
        let zone = known.iana_name().unwrap_or("UTC").to_owned();
        let mut week: [Vec<Opening>; 7] = Default::default();
        for ((text, name), day) in written.week.iter().zip(WEEKDAYS).zip(&mut week) {
            *day = read_openings(text).map_err(|why| unreadable(name, &why))?;
        }
        let mut exceptions = BTreeMap::new();
        for line in written.exceptions.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (date, exception) = read_exception(line).map_err(|why| unreadable(&format!("“{line}”"), &why))?;
            if exceptions.insert(date, exception).is_some() {
                return Err(unreadable(&format!("“{line}”"), "that day is there twice"));
            }
        }
        if exceptions.len() > HOLIDAYS {
            return Err(Refusal::input(
                format!("There can be at most {HOLIDAYS} days of their own."),
                "Nothing was changed. Take out those that are over.",
            ));
        }
        Ok(Hours { zone, week, exceptions })
    }

    pub fn written(&self) -> Written {
        let exceptions = self.exceptions.iter().map(|(date, e)| {
            let times = if e.openings.is_empty() { String::new() } else { shown(&e.openings) };
            format!("{date} {times} {}", e.name).split_whitespace().collect::<Vec<_>>().join(" ")
        });
        Written {
            zone: self.zone.clone(),
            week: std::array::from_fn(|day| shown(&self.week[day])),
            exceptions: exceptions.collect::<Vec<_>>().join("\n"),
        }
    }

    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC)
    }

    pub fn is_open(&self, at: Timestamp) -> bool {
        self.openings(at).next().is_some_and(|(opens, _)| opens <= at)
    }

    /// `at` itself while open; `None` when no opening is in sight.
    pub fn next_open(&self, at: Timestamp) -> Option<Timestamp> {
        self.openings(at).next().map(|(opens, _)| opens.max(at))
    }

    /// When the opening that is, or else the next one, ends; `None` when none is in sight, or none ends in sight.
    pub fn next_close(&self, at: Timestamp) -> Option<Timestamp> {
        let mut openings = self.openings(at);
        let (_, mut closes) = openings.next()?;
        // Day and night is one opening, however many days it is written as.
        for (opens, next) in openings {
            if opens > closes {
                return Some(closes);
            }
            closes = next;
        }
        (closes < at + SIGHT).then_some(closes)
    }

    /// The moment by which so many open minutes have passed since `at`; `None` when that is out of sight.
    pub fn add_open_minutes(&self, at: Timestamp, minutes: u32) -> Option<Timestamp> {
        let mut left = SignedDuration::from_mins(i64::from(minutes));
        for (opens, closes) in self.openings(at) {
            let begins = opens.max(at);
            let lasts = closes.duration_since(begins);
            if left <= lasts {
                return Some(begins + left);
            }
            left -= lasts;
        }
        None
    }

    /// Whole open minutes from `a` until `b`, which is taken to be in sight of it.
    pub fn open_minutes_between(&self, a: Timestamp, b: Timestamp) -> i64 {
        let open = self.openings(a).take_while(|(opens, _)| *opens < b);
        let lasts = open.map(|(opens, closes)| closes.min(b).duration_since(opens.max(a)));
        lasts.fold(SignedDuration::ZERO, |sum, lasts| sum + lasts).as_mins()
    }

    /// Openings that are not over at `at`, in order, as far as is looked ahead.
    fn openings(&self, at: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let zone = self.zone();
        let days = zone.to_datetime(at).date().saturating_sub(1.day()).series(1.day()).take(SIGHT_DAYS + 2);
        let written = days.flat_map(|date| {
            let exception = self.exceptions.get(&date).map(|e| &e.openings);
            let openings = exception.unwrap_or(&self.week[date.weekday().to_monday_zero_offset() as usize]);
            openings.iter().map(move |o| (minute_of(date, o.from), minute_of(date, o.until)))
        });
        written
            .map(move |(from, until)| (first_reads(&zone, from), first_reads(&zone, until)))
            .take_while(move |(opens, _)| *opens < at + SIGHT)
            .filter(move |(opens, closes)| opens < closes && *closes > at)
    }
}

fn minute_of(date: Date, minute: u16) -> DateTime {
    date.to_datetime(Time::midnight()).saturating_add(i64::from(minute).minutes())
}

/// The first moment at which the clock on the wall reads this time or later.
fn first_reads(zone: &TimeZone, wall: DateTime) -> Timestamp {
    let ambiguous = zone.to_ambiguous_timestamp(wall);
    let skipped = matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. });
    let first = ambiguous.earlier().unwrap_or(Timestamp::MAX);
    if !skipped {
        return first;
    }
    // What `earlier` names in a gap lies before it; the clock jumps over the wall time where the zone changes.
    zone.following(first).next().map_or(first, |change| change.timestamp())
}

/// `9:00-12:30, 13:30-18:00`; the reason when it cannot be read.
fn read_openings(text: &str) -> Result<Vec<Opening>, String> {
    let text = text.trim();
    if text.is_empty() || text == CLOSED {
        return Ok(vec![]);
    }
    if text == ALL_DAY {
        return Ok(vec![Opening { from: 0, until: DAY_MINUTES }]);
    }
    let mut openings = Vec::new();
    for part in text.split(',') {
        let (from, until) = part.split_once(['-', '–']).ok_or_else(|| format!("“{}” has no end", part.trim()))?;
        let opening = Opening { from: minute(from)?, until: minute(until)? };
        if opening.from >= opening.until {
            return Err(format!(
                "“{}” ends before it begins; for a night, write 24:00 and go on the next day",
                part.trim()
            ));
        }
        openings.push(opening);
    }
    openings.sort_unstable();
    if openings.windows(2).any(|pair| pair[1].from < pair[0].until) {
        return Err("two openings overlap".into());
    }
    if openings.len() > OPENINGS_A_DAY {
        return Err(format!("a day can have at most {OPENINGS_A_DAY} openings"));
    }
    Ok(openings)
}

fn minute(text: &str) -> Result<u16, String> {
    let text = text.trim();
    let (hours, minutes) = text.split_once(':').unwrap_or((text, "00"));
    let number = |t: &str| t.parse::<u16>().ok().filter(|_| t.len() <= 2 && t.bytes().all(|b| b.is_ascii_digit()));
    let read = number(hours).zip(number(minutes).filter(|m| *m < 60)).map(|(h, m)| h * 60 + m);
    read.filter(|m| *m <= DAY_MINUTES).ok_or_else(|| format!("“{text}” is not a time from 0:00 to 24:00"))
}

fn read_exception(line: &str) -> Result<(Date, Exception), String> {
    let (date, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let day = date.parse::<Date>().map_err(|_| format!("“{date}” is not a date like 2026-12-24"))?;
    // Times come first, the rest is the name of the day.
    let is_time = |word: &&str| word.chars().all(|c| c.is_ascii_digit() || ":-–,".contains(c));
    let times: Vec<&str> = rest.split_whitespace().take_while(is_time).collect();
    let name: Vec<&str> = rest.split_whitespace().skip(times.len()).collect();
    let (all_day, name) = match name.as_slice() {
        ["all", "day", rest @ ..] if times.is_empty() => (true, rest.join(" ")),
        [CLOSED, rest @ ..] if times.is_empty() => (false, rest.join(" ")),
        rest => (false, rest.join(" ")),
    };
    if name.chars().count() > NAME_CHARS || name.chars().any(char::is_control) {
        return Err(format!("its name is longer than {NAME_CHARS} characters"));
    }
    let openings = if all_day { read_openings(ALL_DAY)? } else { read_openings(&times.join(" "))? };
    Ok((day, Exception { name, openings }))
}

fn shown(openings: &[Opening]) -> String {
    if openings == [Opening { from: 0, until: DAY_MINUTES }] {
        return ALL_DAY.into();
    }
    openings.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Opening { from, until } = self;
        write!(f, "{}:{:02}-{}:{:02}", from / 60, from % 60, until / 60, until % 60)
    }
}

fn unreadable(where_: &str, why: &str) -> Refusal {
    Refusal::input(
        format!("{where_} cannot be read: {why}."),
        "Nothing was changed. Write openings like 9:00-12:30, 13:30-18:00, or “all day”; leave it empty when closed.",
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hours(zone: &str, week: [&str; 7], exceptions: &str) -> Hours {
        let week = week.map(str::to_owned);
        Hours::read(&Written { zone: zone.into(), week, exceptions: exceptions.into() }).unwrap()
    }
    fn nine_to_five() -> Hours {
        let day = "9:00-17:00";
        hours(
            "Europe/Vienna",
            [day, day, day, day, "9-12, 13-15:30", "", ""],
            "2026-12-24 9-12 Christmas Eve\n2026-12-25 Christmas",
        )
    }
    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_week_with_a_holiday_answers_its_questions() {
        let hours = nine_to_five();
        // A Wednesday in winter: Vienna is an hour ahead of UTC.
        assert!(hours.is_open(at("2026-12-23T08:00:00Z")) && !hours.is_open(at("2026-12-23T16:00:00Z")));
        assert_eq!(hours.next_open(at("2026-12-23T16:00:00Z")), Some(at("2026-12-24T08:00:00Z")));
        assert_eq!(hours.next_open(at("2026-12-24T11:00:00Z")), Some(at("2026-12-28T08:00:00Z")));
        assert_eq!(hours.next_close(at("2026-12-24T09:30:00Z")), Some(at("2026-12-24T11:00:00Z")));
        assert_eq!(hours.add_open_minutes(at("2026-12-24T10:00:00Z"), 90), Some(at("2026-12-28T08:30:00Z")));
        assert_eq!(hours.open_minutes_between(at("2026-12-23T00:00:00Z"), at("2026-12-29T00:00:00Z")), 1140);
    }

    #[test]
    fn day_and_night_never_closes_and_never_open_never_opens() {
        let (always, now) = (Hours::default(), at("2026-11-22T12:00:00Z"));
        assert_eq!((always.next_open(now), always.next_close(now)), (Some(now), None));
        let never = hours("UTC", [""; 7], "");
        assert_eq!((never.next_open(now), never.next_close(now), never.add_open_minutes(now, 1)), (None, None, None));
    }

    #[test]
    fn what_is_written_reads_back_and_what_cannot_be_read_says_where() {
        let hours = nine_to_five();
        assert_eq!(Hours::read(&hours.written()).unwrap(), hours);
        assert_eq!(Hours::read(&Hours::default().written()).unwrap(), Hours::default());
        let why = |day: &str, exceptions: &str, zone: &str| {
            let week = ["", day, "", "", "", "", ""].map(str::to_owned);
            Hours::read(&Written { zone: zone.into(), week, exceptions: exceptions.into() }).unwrap_err().why
        };
        assert!(why("9-25", "", "UTC").starts_with("Tuesday cannot be read: “25” is not a time"));
        assert!(why("18-9", "", "UTC").contains("ends before it begins"));
        assert!(why("9-12, 11-13", "", "UTC").contains("overlap"));
        assert!(why("", "24.12. closed", "UTC").contains("“24.12.” is not a date"));
        assert!(why("", "2026-12-24\n2026-12-24 9-10", "UTC").contains("twice"));
        assert!(why("", "", "Europe/Atlantis").contains("not a time zone"));
    }

    const MINUTE: SignedDuration = SignedDuration::from_mins(1);

    /// The plain way: a person looks at the clock on the wall every minute and remembers the latest time it showed.
    fn watched(hours: &Hours, from: Timestamp, minutes: i64) -> Vec<bool> {
        let zone = hours.zone();
        let mut latest = DateTime::MIN;
        let lead = 2 * i64::from(DAY_MINUTES);
        let mut open = Vec::new();
        for n in -lead..minutes {
            latest = latest.max(zone.to_datetime(from + MINUTE * n as i32));
            let minute = latest.hour() as u16 * 60 + latest.minute() as u16;
            let day = &hours.week[latest.weekday().to_monday_zero_offset() as usize];
            let openings = hours.exceptions.get(&latest.date()).map_or(day, |e| &e.openings);
            open.push(openings.iter().any(|o| o.from <= minute && minute < o.until));
        }
        open.split_off(lead as usize)
    }

    /// Ten days around which clocks change (also by half an hour, at midnight, by a whole day), and ordinary ones.
    fn places() -> impl Strategy<Value = (&'static str, Timestamp)> {
        let places = [
            ("Europe/Vienna", "2026-03-24T00:00:00Z"),
            ("Europe/Vienna", "2026-10-20T00:00:00Z"),
            ("America/New_York", "2026-03-03T00:00:00Z"),
            ("America/New_York", "2026-10-27T00:00:00Z"),
            ("Australia/Lord_Howe", "2026-03-30T00:00:00Z"),
            ("Australia/Lord_Howe", "2026-09-28T00:00:00Z"),
            ("America/Havana", "2026-10-27T00:00:00Z"),
            ("Africa/Cairo", "2026-04-19T00:00:00Z"),
            ("America/Santiago", "2026-03-31T00:00:00Z"),
            ("Pacific/Apia", "2011-12-26T00:00:00Z"),
            ("Asia/Kathmandu", "2026-06-01T00:00:00Z"),
        ];
        prop::sample::select(places.map(|(zone, from)| (zone, at(from))).to_vec())
    }

    fn day() -> impl Strategy<Value = Vec<Opening>> {
        let edges = prop::collection::btree_set(prop_oneof![0u16..=DAY_MINUTES, 0u16..=240, Just(DAY_MINUTES)], 0..7);
        edges.prop_map(|edges| {
            let edges: Vec<u16> = edges.into_iter().collect();
            edges.chunks_exact(2).map(|pair| Opening { from: pair[0], until: pair[1] }).collect()
        })
    }

    prop_compose! {
        fn calendars()(place in places())(
            week in prop::array::uniform7(prop_oneof![1 => Just(vec![]), 1 => Just(vec![Opening { from: 0, until: DAY_MINUTES }]), 3 => day()]),
            exceptions in prop::collection::btree_map(0i64..11, day(), 0..3),
            place in Just(place),
        ) -> (Hours, Timestamp) {
            let (zone, from) = place;
            let first = zone_of(zone).to_datetime(from).date();
            let dated = exceptions.into_iter().map(|(n, openings)| {
                (first.saturating_add(n.days()), Exception { name: String::new(), openings })
            });
            (Hours { zone: zone.into(), week, exceptions: dated.collect() }, from)
        }
    }

    fn zone_of(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
        #[test]
        fn the_calendar_agrees_with_somebody_who_watches_the_clock(
            (hours, from) in calendars(), a in 0i64..14_000, b in 0i64..14_000, minutes in 1u32..3_000,
        ) {
            let open = watched(&hours, from, 14_400);
            let moment = |n: i64| from + MINUTE * n as i32;
            let (a, b) = (a.min(b), a.max(b));
            prop_assert_eq!(hours.is_open(moment(a)), open[a as usize]);
            let counted = open[a as usize..b as usize].iter().filter(|o| **o).count() as i64;
            prop_assert_eq!(hours.open_minutes_between(moment(a), moment(b)), counted);
            let next = (a..14_400).find(|n| open[*n as usize]);
            if let Some(next) = next {
                prop_assert_eq!(hours.next_open(moment(a)), Some(moment(next)));
                if let Some(closes) = (next..14_400).find(|n| !open[*n as usize]) {
                    prop_assert_eq!(hours.next_close(moment(a)), Some(moment(closes)));
                }
            }
            let last = (a..14_400).filter(|n| open[*n as usize]).nth(minutes as usize - 1);
            if let Some(last) = last {
                prop_assert_eq!(hours.add_open_minutes(moment(a), minutes), Some(moment(last + 1)));
            }
            prop_assert_eq!(Hours::read(&hours.written()).unwrap(), hours);
        }
    }
}
