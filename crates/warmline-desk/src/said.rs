//! Sentences of the floor as recorded pieces of the telephone.

use std::sync::Arc;

use warmline_domain::floor::Source;
use warmline_domain::floor::entrance::Opens;
use warmline_domain::floor::wait::Range;
use warmline_domain::floor::words::{self, Phrase};
use warmline_phone::{Sound, Source as Out};

/// Numbers are recorded up to this; nobody waits at a place beyond it.
const MOST: u32 = 99;
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// What the telephone plays for what the floor says is heard.
pub(crate) fn heard(source: Source) -> Out {
    let once = |phrases: &[Phrase]| recorded(phrases, &[]);
    match source {
        Source::Leg(leg) => Out::Leg(crate::telephony::outside(leg)),
        Source::Queue => Out::Sound(Sound::Queue),
        Source::HoldMusic => Out::Sound(Sound::HoldMusic),
        Source::Comfort => Out::Sound(Sound::Comfort),
        Source::Ringback => Out::Sound(Sound::Ringback),
        Source::Line { said, keeps } => Out::Spoken { ulaw: once(&words::waiting(said, keeps)), then: Sound::Waiting },
        Source::Choices { why, calls } => {
            Out::Words { ulaw: recorded(&words::choices(why, calls), &["pause"]), again: true }
        }
        Source::Machine => Out::Words { ulaw: once(&[Phrase::LeaveMessage]), again: false },
        Source::Farewell(said) => Out::Words { ulaw: once(&[words::farewell(said)]), again: false },
    }
}

fn recorded(phrases: &[Phrase], more: &[&str]) -> Arc<Vec<u8>> {
    let pieces: Vec<String> = phrases.iter().flat_map(pieces).chain(more.iter().map(|p| (*p).to_owned())).collect();
    let said = warmline_phone::words(pieces.iter().map(String::as_str));
    Arc::new(said.unwrap_or_else(|missing| {
        tracing::error!(missing, "words that are not recorded; the caller hears nothing of them");
        vec![]
    }))
}

fn pieces(phrase: &Phrase) -> Vec<String> {
    let of = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
    match phrase {
        Phrase::Greeting => of(&["greeting"]),
        Phrase::Position(n) if *n > MOST => vec![],
        Phrase::Position(n) => [of(&["position"]), number(*n), of(&["in-line"])].concat(),
        Phrase::Wait(range) => wait(*range),
        Phrase::KeepPlace => of(&["keep"]),
        Phrase::Closed => of(&["closed"]),
        Phrase::Opens(opens) => opening(*opens),
        Phrase::Full => of(&["full"]),
        Phrase::ChooseMessage => of(&["choose-message"]),
        Phrase::ChooseCall => of(&["choose-call"]),
        Phrase::LeaveMessage => of(&["leave", "tone"]),
        Phrase::PlaceKept => of(&["place-kept"]),
        Phrase::CallPromised => of(&["call-promised"]),
        Phrase::MessageLeft => of(&["message-left"]),
    }
}

/// "less than three minutes", "two to five minutes", "more than forty minutes".
fn wait(range: Range) -> Vec<String> {
    let minutes = |n: u32| if n == 1 { "minute" } else { "minutes" }.to_owned();
    let mut said = vec!["wait".to_owned()];
    match range {
        Range { low: 0, high: Some(high) } => {
            said.push("less-than".into());
            said.extend(number(high).into_iter().chain([minutes(high)]));
        }
        Range { low, high: Some(high) } => {
            said.extend(number(low).into_iter().chain(["to".into()]).chain(number(high)).chain([minutes(high)]));
        }
        Range { low, high: None } => {
            said.push("more-than".into());
            said.extend(number(low).into_iter().chain([minutes(low)]));
        }
    }
    said
}

/// "tomorrow at nine a.m.", "in eleven days, on Monday at one oh five p.m.".
fn opening(opens: Opens) -> Vec<String> {
    let mut said = vec!["opens".to_owned()];
    let weekday = WEEKDAYS.get(usize::from(opens.weekday)).copied().unwrap_or("in");
    match opens.days {
        0 => said.push("today".into()),
        1 => said.push("tomorrow".into()),
        2..=6 => said.push(weekday.into()),
        days if u32::from(days) <= MOST => {
            said.push("in".into());
            said.extend(number(days.into()));
            said.extend(["days".into(), weekday.into()]);
        }
        // Too far to be said in days; the hour alone would mislead.
        _ => return vec![],
    }
    said.push("at".into());
    match (opens.hour, opens.minute) {
        (0, 0) => said.push("midnight".into()),
        (12, 0) => said.push("noon".into()),
        (hour, minute) => {
            said.extend(number(u32::from((hour + 11) % 12 + 1)));
            if (1..10).contains(&minute) {
                said.push("oh".into());
            }
            if minute > 0 {
                said.extend(number(minute.into()));
            }
            said.push(if hour < 12 { "am" } else { "pm" }.into());
        }
    }
    said
}

/// 1 to 99.
fn number(n: u32) -> Vec<String> {
    match n {
        0 => vec![],
        1..=20 => vec![n.to_string()],
        _ => [n / 10 * 10, n % 10].into_iter().filter(|part| *part > 0).map(|part| part.to_string()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use warmline_domain::floor::entrance::{BEFORE_MESSAGE, FAREWELL, Farewell};

    use super::*;

    fn opens(days: u16, weekday: u8, hour: u8, minute: u8) -> Opens {
        let (at, called_by) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
        Opens { at, called_by, days, weekday, hour, minute }
    }

    #[test]
    fn every_number_and_every_opening_is_recorded() {
        let all = (1..=MOST).map(Phrase::Position);
        let times = (0..24).flat_map(|hour| (0..60).map(move |minute| Phrase::Opens(opens(1, 0, hour, minute))));
        let days = (0..120).map(|day| Phrase::Opens(opens(day, (day % 7) as u8, 9, 30)));
        let waits =
            (0..60).flat_map(|low| [None, Some(low + 1), Some(59)].map(|high| Phrase::Wait(Range { low, high })));
        let others = [
            Phrase::Greeting,
            Phrase::KeepPlace,
            Phrase::Closed,
            Phrase::Full,
            Phrase::ChooseMessage,
            Phrase::ChooseCall,
            Phrase::LeaveMessage,
        ];
        for phrase in all.chain(times).chain(days).chain(waits).chain(others) {
            let pieces = pieces(&phrase);
            assert!(warmline_phone::words(pieces.iter().map(String::as_str)).is_ok(), "{phrase:?}: {pieces:?}");
        }
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        let said = |o| opening(o).join(" ");
        assert_eq!(said(opens(1, 0, 9, 0)), "opens tomorrow at 9 am");
        assert_eq!(said(opens(3, 4, 13, 5)), "opens friday at 1 oh 5 pm");
        assert_eq!(said(opens(11, 0, 12, 0)), "opens in 11 days monday at noon");
        assert_eq!(wait(Range { low: 0, high: Some(1) }).join(" "), "wait less-than 1 minute");
        assert_eq!(wait(Range { low: 12, high: Some(35) }).join(" "), "wait 12 to 30 5 minutes");
    }

    /// The line is closed after the last words, and a message counts from the tone.
    #[test]
    fn words_are_over_when_the_floor_thinks_so() {
        let seconds = |phrase| recorded(&[phrase], &[]).len() as i64 / 8000;
        for said in [Farewell::PlaceKept, Farewell::CallPromised, Farewell::MessageLeft] {
            assert!((1..FAREWELL.as_secs()).contains(&seconds(words::farewell(said))), "{said:?}");
        }
        assert!((2..BEFORE_MESSAGE.as_secs()).contains(&seconds(Phrase::LeaveMessage)));
    }
}
