use proptest::prelude::*;

use super::*;
use crate::site::Agent;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn weekly(kind: Kind, days: &[i8], from: &str, until: &str) -> Entry {
    let day = "2026-01-05T";
    Entry {
        kind,
        title: String::new(),
        starts: format!("{day}{from}").parse().unwrap(),
        ends: format!("{day}{until}").parse().unwrap(),
        zone: "Europe/Vienna".into(),
        weekly: Some(Weekly { days: days.iter().copied().collect(), until: None, but: BTreeSet::new() }),
    }
}

fn once(kind: Kind, from: &str, until: &str) -> Entry {
    let (starts, ends) = (from.parse().unwrap(), until.parse().unwrap());
    Entry { kind, title: String::new(), starts, ends, zone: "Europe/Vienna".into(), weekly: None }
}

fn calendar(entries: Vec<Entry>) -> Calendar {
    let entries = entries.into_iter().enumerate().map(|(n, e)| (EntryId(n as i64), e)).collect();
    Calendar { entries, elsewhere: vec![] }
}

/// Nine is nine on the wall, whatever the clocks were changed to in the night before.
#[test]
fn a_shift_is_at_nine_in_summer_and_in_winter() {
    let shifts = calendar(vec![weekly(Kind::Shift, &[6], "09:00", "17:00")]);
    let opens = |day: &str| shifts.blocks(at(&format!("{day}T00:00:00Z")), at(&format!("{day}T23:00:00Z")))[0].from;
    assert_eq!(opens("2026-03-22"), at("2026-03-22T08:00:00Z"));
    assert_eq!(opens("2026-03-29"), at("2026-03-29T07:00:00Z"));
    assert_eq!(opens("2026-10-25"), at("2026-10-25T08:00:00Z"));
    // A night shift through the change to summer is an hour shorter.
    let night = calendar(vec![
        weekly(Kind::Shift, &[5], "22:00", "23:59"),
        once(Kind::Shift, "2026-03-28T22:00", "2026-03-29T06:00"),
    ]);
    assert_eq!(night.free_minutes(at("2026-03-28T21:00:00Z"), at("2026-03-29T04:00:00Z")), Some(7 * 60));
}

#[test]
fn what_is_free_is_what_nothing_else_stands_in() {
    let day = calendar(vec![
        weekly(Kind::Shift, &[0, 1, 2, 3, 4], "09:00", "17:00"),
        once(Kind::Meeting, "2026-11-23T10:00", "2026-11-23T11:00"),
        once(Kind::Phone, "2026-11-23T10:30", "2026-11-23T12:00"),
        once(Kind::FollowUp, "2026-11-23T14:00", "2026-11-23T15:00"),
        once(Kind::Meeting, "2026-11-23T16:30", "2026-11-23T18:00"),
    ]);
    let (from, until) = (at("2026-11-22T23:00:00Z"), at("2026-11-23T23:00:00Z"));
    assert_eq!(day.free_minutes(from, until), Some(8 * 60 - 120 - 30));
    assert_eq!(day.can_be_cut(from, until).len(), 3);
    assert_eq!(day.shift_end(at("2026-11-23T10:00:00Z")), Some(at("2026-11-23T16:00:00Z")));
    assert_eq!(day.back(at("2026-11-23T16:00:00Z")), Some(at("2026-11-24T08:00:00Z")));
    assert!(day.is_there(at("2026-11-23T09:00:00Z")) && !day.is_there(at("2026-11-23T17:00:00Z")));
    assert_eq!(Calendar::default().free_minutes(from, until), None);
    assert!(Calendar::default().is_there(from), "without shifts nothing is said");
}

#[test]
fn leave_takes_the_shifts_it_covers() {
    let away = calendar(vec![
        weekly(Kind::Shift, &[0, 1, 2, 3, 4], "09:00", "17:00"),
        once(Kind::Leave, "2026-11-24T00:00", "2026-11-26T00:00"),
    ]);
    assert_eq!(away.on_leave(at("2026-11-24T12:00:00Z")), Some(at("2026-11-25T23:00:00Z")));
    assert_eq!(away.back(at("2026-11-23T16:00:00Z")), Some(at("2026-11-26T08:00:00Z")));
    assert_eq!(away.free_minutes(at("2026-11-24T00:00:00Z"), at("2026-11-25T00:00:00Z")), Some(0));
}

#[test]
fn a_supervisor_who_is_there_covers() {
    let mut site = Site::default();
    for (id, role) in [(1, Role::Agent), (2, Role::Supervisor), (3, Role::Supervisor)] {
        site.agents.insert(AgentId(id), Agent::new(AgentId(id), format!("a{id}"), format!("a{id}@example.com"), role));
    }
    let shifts = calendar(vec![weekly(Kind::Shift, &[1], "09:00", "17:00")]);
    let calendars = BTreeMap::from([(AgentId(2), shifts)]);
    let monday = at("2026-11-23T10:00:00Z");
    assert_eq!(cover(&site, &calendars, AgentId(1), monday), Some(AgentId(3)), "the other has no shift then");
    assert_eq!(cover(&site, &calendars, AgentId(3), monday), Some(AgentId(2)), "somebody all the same");
    assert_eq!(cover(&Site::default(), &calendars, AgentId(1), monday), None);
}

fn entry() -> impl Strategy<Value = Entry> {
    let zones = prop_oneof![Just("Europe/Vienna"), Just("America/New_York"), Just("UTC"), Just("Australia/Lord_Howe")];
    let kinds =
        prop_oneof![Just(Kind::Shift), Just(Kind::Meeting), Just(Kind::Phone), Just(Kind::Leave), Just(Kind::FollowUp)];
    (kinds, zones, 0_i64..20, 0_i64..1440, 1_i64..1000, prop::collection::btree_set(0_i8..7, 0..4)).prop_map(
        |(kind, zone, day, minute, lasts, days)| {
            // Around the change to summer of 2026 in Europe and America.
            let starts: DateTime = "2026-03-05T00:00".parse().unwrap();
            let starts = starts.saturating_add((day * 1440 + minute).minutes());
            let weekly = (!days.is_empty()).then(|| Weekly { days, until: None, but: BTreeSet::new() });
            Entry {
                kind,
                title: String::new(),
                starts,
                ends: starts.saturating_add(lasts.minutes()),
                zone: zone.into(),
                weekly,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    /// What is free equals a count of every minute by somebody who looks at each entry's clock on the wall.
    #[test]
    fn free_minutes_equal_a_count_of_every_minute(entries in prop::collection::vec(entry(), 0..6), start in 0_i64..30, hours in 1_i64..60) {
        let calendar = calendar(entries);
        let from = at("2026-03-04T00:00:00Z") + SignedDuration::from_hours(24 * start);
        let until = from + SignedDuration::from_hours(hours);
        let covers = |kind: &dyn Fn(Kind) -> bool, minute: Timestamp| {
            calendar.entries.iter().filter(|(_, e)| kind(e.kind)).any(|(id, e)| {
                let around = (minute - SignedDuration::from_hours(72), minute + SignedDuration::from_hours(72));
                e.blocks(Some(*id), around.0, around.1).iter().any(|b| b.from <= minute && minute < b.until)
            })
        };
        let mut counted = 0;
        let mut minute = from;
        while minute < until {
            let busy = |k: Kind| matches!(k, Kind::Meeting | Kind::Phone | Kind::Leave);
            counted += i64::from(covers(&|k| k == Kind::Shift, minute) && !covers(&busy, minute));
            minute += SignedDuration::from_mins(1);
        }
        match calendar.free_minutes(from, until) {
            None => prop_assert!(!calendar.has_shifts()),
            Some(free) => prop_assert_eq!(free, counted),
        }
    }
}
