//! Times people promise by, resolved: "tomorrow by five" said on Monday is Tuesday, 17:00.
//!
//! A bare hour from 1 to 7 is an afternoon one; a day without an hour means its end of business; a part of a day means
//! when it is over (morning 12:00, afternoon 17:00, evening 20:00). "The end of the week" is the close of Friday.

use jiff::civil::{Date, DateTime, Time, Weekday, date, time};
use jiff::{Span, ToSpan};

mod numbers;

use crate::context::Hours;
use crate::text::{Language, Token};
pub(crate) use numbers::number;
use numbers::{afternoon, month, ordinal};

/// A time that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// Tokens from the first to the last word of it.
    pub tokens: std::ops::Range<usize>,
    pub due: DateTime,
}

/// The last day or hour a sentence names, together: "on Friday before noon". `None` when it names none.
///
/// `american`: 3/12 is the twelfth of March.
pub fn find(words: &[Token], language: Language, now: DateTime, hours: Hours, american: bool) -> Option<When> {
    let german = language == Language::German;
    let reader = Reader { words, now, hours, german, american };
    let mut day: Option<Said<Date>> = None;
    let mut clock: Option<Said<Time>> = None;
    let mut part: Option<Said<Time>> = None;
    let mut exact: Option<Said<DateTime>> = None;
    let mut at = 0;
    while at < words.len() {
        if words[at].quoted {
            at += 1;
            continue;
        }
        if let Some((due, next)) = reader.span(at) {
            exact.get_or_insert((due, at, next));
            at = next;
        } else if let Some((said, next)) = reader.day(at) {
            let said = if reader.is_before(at, next) { said.saturating_sub(1.day()) } else { said };
            // "today or tomorrow": the later one is the promise.
            if day.as_ref().is_none_or(|d| said > d.0) {
                day = Some((said, at, next));
            }
            at = next;
        } else if let Some((said, next)) = reader.clock(at) {
            // "Monday morning between 8 and 10": an hour says more than a part of the day.
            let kept = if PARTS.contains(&reader.word(at)) { &mut part } else { &mut clock };
            if kept.as_ref().is_none_or(|c| said > c.0) {
                *kept = Some((said, at, next));
            }
            at = next;
        } else {
            at += 1;
        }
    }
    let clock = clock.or(part);
    let tonight = words.iter().any(|w| w.word == "tonight");
    let close = if tonight { time(20, 0, 0, 0) } else { time(hours.closes, 0, 0, 0) };
    let (due, from, to) = match (exact, day, clock) {
        (Some(exact), _, _) => exact,
        (None, Some((day, from, to)), Some((clock, f, t))) => (day.to_datetime(clock), from.min(f), to.max(t)),
        (None, Some((day, from, to)), None) => (day.to_datetime(close), from, to),
        (None, None, Some((clock, from, to))) => {
            let today = now.date().to_datetime(clock);
            // Seven o'clock said at ten is tomorrow's.
            let due = if today <= now { today.saturating_add(1.day()) } else { today };
            (due, from, to)
        }
        (None, None, None) => return None,
    };
    Some(When { tokens: from..to, due })
}

const PARTS: [&str; 7] = ["morning", "afternoon", "evening", "vormittag", "nachmittag", "abend", "früh"];

type Said<T> = (T, usize, usize);

struct Reader<'a> {
    words: &'a [Token],
    now: DateTime,
    hours: Hours,
    german: bool,
    american: bool,
}

impl Reader<'_> {
    fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |t| t.word.as_str())
    }

    fn any(&self, at: usize, words: &[&str]) -> bool {
        words.contains(&self.word(at))
    }

    /// "within two hours", "in 20 minutes", "in the next half an hour", "innerhalb von zwei Stunden".
    fn span(&self, start: usize) -> Option<(DateTime, usize)> {
        let opens: &[&str] = if self.german { &["in", "innerhalb", "binnen"] } else { &["in", "within", "inside"] };
        let given =
            self.is(start, &["give", "me"]) || self.is(start, &["allow", "me"]) || self.is(start, &["allow", "us"]);
        let over = self.is(start, &["over", "the", "next"]) || self.is(start, &["during", "the", "next"]);
        if !self.any(start, opens) && !given && !over {
            return self.counted_from(start);
        }
        let start = start + usize::from(given);
        let mut at = start + 1;
        while self.any(
            at,
            &[
                "the",
                "next",
                "about",
                "around",
                "under",
                "less",
                "than",
                "max",
                "at",
                "most",
                "von",
                "den",
                "der",
                "nächsten",
                "etwa",
                "spätestens",
                "maximal",
                "ca",
            ],
        ) && at < start + 4
        {
            at += 1;
        }
        if self.any(at, &["hour", "stunde"]) && at > start + 1 {
            return Some((self.now.saturating_add(1.hour()), at + 1));
        }
        let (count, next) = self.amount(at)?;
        at = next;
        while self.any(at, &["of", "or", "to", "-"]) || (self.amount(at).is_some() && at > next) {
            at += 1;
        }
        let business = self.any(at, &["business", "working", "work"]);
        at += usize::from(business);
        let more = self.is(at + 1, &["and", "a", "half"]);
        let half = count.1 || more;
        let unit = self.word(at);
        let minutes = match unit.trim_end_matches('s') {
            "minute" | "min" | "minuten" => count.0,
            "hour" | "hr" | "h" | "stunde" | "stunden" => count.0 * 60 + if half { 30 } else { 0 },
            "day" | "tag" | "tage" | "tagen" | "werktagen" | "arbeitstagen" => {
                let business = business || unit.contains("werk") || unit.contains("arbeits");
                return Some((self.days_on(count.0, business), at + 1));
            }
            "week" | "woche" | "wochen" => return Some((self.days_on(count.0 * 7, false), at + 1)),
            "fortnight" => return Some((self.days_on(count.0 * 14, false), at + 1)),
            _ => return None,
        };
        Some((self.now.saturating_add(Span::new().minutes(minutes)), at + if more { 4 } else { 1 }))
    }

    /// "a week from today", "ten days from now", "two weeks from Monday".
    fn counted_from(&self, start: usize) -> Option<(DateTime, usize)> {
        let ((count, _), at) = self.amount(start)?;
        let business = self.any(at, &["business", "working"]);
        let unit = at + usize::from(business);
        let days = match self.word(unit).trim_end_matches('s') {
            "day" => count,
            "week" => count * 7,
            "fortnight" => count * 14,
            "minute" if self.is(unit + 1, &["from", "now"]) => {
                return Some((self.now.saturating_add(count.minutes()), unit + 3));
            }
            "hour" if self.is(unit + 1, &["from", "now"]) => {
                return Some((self.now.saturating_add(count.hours()), unit + 3));
            }
            _ => return None,
        };
        if !self.any(unit + 1, &["from", "on"]) {
            return None;
        }
        if self.any(unit + 2, &["now", "today"]) {
            return Some((self.days_on(days, business), unit + 3));
        }
        let (day, next) = self.day(unit + 2)?;
        let due = day.saturating_add(Span::new().days(days)).to_datetime(time(self.hours.closes, 0, 0, 0));
        Some((due, next))
    }

    /// So many days on, at the close of business.
    fn days_on(&self, days: i64, business: bool) -> DateTime {
        let mut day = self.now.date();
        for _ in 0..days.clamp(0, 400) {
            day = day.saturating_add(1.day());
            while business && matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
                day = day.saturating_add(1.day());
            }
        }
        day.to_datetime(time(self.hours.closes, 0, 0, 0))
    }

    /// A number, and whether a half goes on top of it ("an hour and a half" is left to the reader's kindness).
    fn amount(&self, at: usize) -> Option<((i64, bool), usize)> {
        let word = self.word(at);
        if self.any(at, &["half", "einer"]) && self.any(at + 1, &["an", "a", "halben"]) {
            return Some(((0, true), at + 2));
        }
        if self.any(at, &["couple", "paar"]) || (self.any(at, &["a"]) && self.any(at + 1, &["couple"])) {
            let end = at + if word == "a" { 2 } else { 1 };
            return Some(((2, false), end + usize::from(self.any(end, &["of"]))));
        }
        if self.is(at, &["a", "few"]) {
            return None;
        }
        if let Some((_, high)) = word.split_once('-')
            && let Ok(high) = high.parse()
        {
            return Some(((high, false), at + 1));
        }
        number(word).map(|n| ((n, false), at + 1))
    }

    /// "tomorrow", "on Friday", "by 3 December", "the day after tomorrow", "before the weekend".
    fn day(&self, at: usize) -> Option<(Date, usize)> {
        let today = self.now.date();
        let plus = |n: i32| today.saturating_add(Span::new().days(n));
        let friday = |weeks: i32| {
            let to = (4 - i32::from(today.weekday().to_monday_zero_offset())).rem_euclid(7);
            plus(to + 7 * weeks)
        };
        let found = match self.word(at) {
            "today" | "tonight" | "heute" => (today, at + 1),
            "tomorrow" => (plus(1), at + 1),
            "morgen" if !self.any(at.wrapping_sub(1), &["guten", "heute"]) => (plus(1), at + 1),
            "übermorgen" => (plus(2), at + 1),
            "the" if self.is(at, &["the", "day", "after", "tomorrow"]) => (plus(2), at + 4),
            "end"
                if self.is(at, &["end", "of", "the", "day"])
                    || self.is(at, &["end", "of", "day"])
                    || self.is(at, &["end", "of", "business"]) =>
            {
                (today, at + if self.any(at + 2, &["the"]) { 4 } else { 3 })
            }
            "end" if self.is(at, &["end", "of", "next", "week"]) => (friday(1), at + 4),
            "end" if self.is(at, &["end", "of", "the", "week"]) || self.is(at, &["end", "of", "this", "week"]) => {
                (friday(0), at + 4)
            }
            "end" if self.is(at, &["end", "of", "the", "month"]) || self.is(at, &["end", "of", "this", "month"]) => {
                (today.last_of_month(), at + 4)
            }
            "end" if self.any(at + 1, &["of"]) && month(self.word(at + 2)).is_some() => {
                let first = date(today.year(), month(self.word(at + 2))?, 1);
                let last = first.last_of_month();
                let next = || date(today.year() + 1, first.month(), 1).last_of_month();
                (if last < today { next() } else { last }, at + 3)
            }
            "end" if self.is(at, &["end", "of", "the", "year"]) || self.is(at, &["end", "of", "this", "year"]) => {
                (date(today.year(), 12, 31), at + 4)
            }
            "week" if self.is(at, &["week", "after", "next"]) => (friday(2), at + 3),
            "eow" => (friday(0), at + 1),
            "fortnight" if self.any(at.wrapping_sub(1), &["a"]) && self.any(at.wrapping_sub(2), &["in"]) => {
                (plus(14), at + 1)
            }
            "later" if self.is(at, &["later", "this", "week"]) => (friday(0), at + 3),
            "this" if self.is(at, &["this", "week"]) => (friday(0), at + 2),
            "this" if self.any(at + 1, &["morning", "afternoon", "evening"]) => (today, at + 1),
            "next" if self.is(at, &["next", "week"]) => (friday(1), at + 2),
            "weekend" | "wochenende"
                if self.any(at.wrapping_sub(1), &["the", "this", "dem"])
                    && self.any(at.wrapping_sub(2), &["before", "by", "vor"]) =>
            {
                (friday(0), at + 1)
            }
            "ende" if self.is(at, &["ende", "der", "woche"]) || self.is(at, &["ende", "dieser", "woche"]) => {
                (friday(0), at + 3)
            }
            "diese" | "dieser" if self.any(at + 1, &["woche"]) => (friday(0), at + 2),
            "nächste" | "nächster" | "kommende" if self.any(at + 1, &["woche"]) => (friday(1), at + 2),
            _ => return self.weekday(at).or_else(|| self.calendar_day(at)),
        };
        Some(found)
    }

    /// "before the 19th" is by the 18th; "before Friday noon" and "before the weekend" are not meant so.
    fn is_before(&self, at: usize, next: usize) -> bool {
        let from = at.wrapping_sub(1 + usize::from(self.any(at.wrapping_sub(1), &["the"])));
        let plain = self.calendar_day(at).is_some() || self.weekday(at).is_some();
        self.any(from, &["before"]) && plain && self.clock(next).is_none()
    }

    fn is(&self, at: usize, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(n, w)| self.word(at + n) == *w)
    }

    /// The next day of that name; "next Tuesday" from Wednesday on is the one after the weekend either way.
    fn weekday(&self, at: usize) -> Option<(Date, usize)> {
        let word = self.word(at);
        if self.any(at + 1, &["'s"]) {
            return None;
        }
        let names = [
            ("monday", "montag", "mon"),
            ("tuesday", "dienstag", "tue"),
            ("wednesday", "mittwoch", "wed"),
            ("thursday", "donnerstag", "thu"),
            ("friday", "freitag", "fri"),
            ("saturday", "samstag", "sat"),
            ("sunday", "sonntag", "sun"),
        ];
        let base = ["vormittag", "nachmittag", "abend", "morgen", "mittag"]
            .iter()
            .find_map(|p| word.strip_suffix(p))
            .filter(|w| w.len() > 4)
            .unwrap_or(word);
        let wanted =
            names.iter().position(|(en, de, short)| base == *en || base == *de || (base == *short && !self.german))?;
        let today = i32::from(self.now.date().weekday().to_monday_zero_offset());
        let mut ahead = (wanted as i32 - today).rem_euclid(7);
        let next_week = self.any(at + 1, &["week"]) || (self.any(at + 1, &["next"]) && self.any(at + 2, &["week"]));
        if ahead == 0 && !self.any(at.wrapping_sub(1), &["this"])
            || self.any(at.wrapping_sub(1), &["next"]) && (wanted as i32) > today && next_week
        {
            ahead += 7;
        } else if self.any(at + 1, &["next"]) && self.any(at + 2, &["week"]) {
            ahead = wanted as i32 - today + 7;
        }
        let end = if self.any(at + 1, &["next"]) && self.any(at + 2, &["week"]) { at + 3 } else { at + 1 };
        let end = if base.len() < word.len() { at + 1 } else { end };
        Some((self.now.date().saturating_add(Span::new().days(ahead)), end))
    }

    /// "3 December", "December 3rd", "the 3rd of December", "3. Dezember", "2026-12-03".
    fn calendar_day(&self, at: usize) -> Option<(Date, usize)> {
        if let Ok(day) = self.word(at).parse::<Date>()
            && self.word(at).len() == 10
        {
            return Some((day, at + 1));
        }
        let led = self.any(at.wrapping_sub(1), &["by", "on", "before", "until", "for", "the", "am", "zum", "bis"])
            || at.checked_sub(1).is_some_and(|day| self.weekday(day).is_some());
        if let Some((first, second)) = self.word(at).split_once('/').filter(|_| led)
            && let (Ok(first), Ok(second)) = (first.parse::<i8>(), second.split('/').next()?.parse::<i8>())
        {
            let (month, day) = if self.american { (first, second) } else { (second, first) };
            return Some((self.coming(month, day)?, at + 1));
        }
        let (day, month, end) = if let Some(month) = month(self.word(at)) {
            (ordinal(self.word(at + 1))?, month, at + 2)
        } else {
            let day = ordinal(self.word(at))?;
            let of = usize::from(self.any(at + 1, &["of"]));
            match month(self.word(at + 1 + of)) {
                Some(month) => (day, month, at + 2 + of),
                None => return self.day_of_month(at).map(|day| (day, at + 1)),
            }
        };
        let said = self.word(end).parse::<i16>().ok().filter(|y| (2000..2100).contains(y));
        if let Some(year) = said {
            return Some((Date::new(year, month, day).ok()?, end + 1));
        }
        let due = self.coming(month, day)?;
        Some((due, end))
    }

    /// The next such day: of this year, or of the one that comes.
    fn coming(&self, month: i8, day: i8) -> Option<Date> {
        let year = self.now.year();
        let this = Date::new(year, month, day).ok()?;
        if this < self.now.date() { Date::new(year + 1, month, day).ok() } else { Some(this) }
    }

    /// "the 19th": of this month or of the next one.
    fn day_of_month(&self, at: usize) -> Option<Date> {
        let word = self.word(at);
        let led = self.any(at.wrapping_sub(1), &["the", "on", "by"])
            || at.checked_sub(1).is_some_and(|day| self.weekday(day).is_some());
        let ended = ["st", "nd", "rd", "th"].iter().any(|e| word.ends_with(e));
        if !led || !ended || !word.starts_with(|c: char| c.is_ascii_digit()) || self.is_floor(at + 1) {
            return None;
        }
        let today = self.now.date();
        let day = ordinal(word)?;
        let this = today.with().day(day).build().ok().filter(|d| *d >= today);
        this.or_else(|| today.first_of_month().saturating_add(1.month()).with().day(day).build().ok())
    }

    /// "the 3rd floor", "the 2nd lamp": the number of a thing, not of a day.
    fn is_floor(&self, at: usize) -> bool {
        let goes_on = [
            "at",
            "before",
            "by",
            "to",
            "and",
            "or",
            "in",
            "for",
            "with",
            "so",
            "i",
            "we",
            "together",
            "of",
            "as",
            "then",
            "when",
            "because",
            "noon",
            "morning",
            "afternoon",
        ];
        !self.word(at).is_empty() && !self.any(at, &goes_on) && !self.word(at).starts_with(|c: char| c.is_ascii_digit())
    }

    /// The later end of "between eleven and one" and "from nine to eleven".
    fn ends_range(&self, at: usize) -> bool {
        let opens = |n: usize, word: &str| (2..=4).any(|back| self.word(at.wrapping_sub(back)) == word) && n > 0;
        self.any(at.wrapping_sub(1), &["and"]) && opens(at, "between")
            || self.any(at.wrapping_sub(1), &["to"]) && opens(at, "from")
    }

    /// "by five", "at 17:00", "before noon", "5 pm", "half past four", "um 17 Uhr", "the afternoon".
    fn clock(&self, at: usize) -> Option<(Time, usize)> {
        let close = time(self.hours.closes, 0, 0, 0);
        let part = match self.word(at) {
            "noon" | "midday" | "lunch" | "lunchtime" | "mittag" | "mittags" => Some(time(12, 0, 0, 0)),
            "midnight" => Some(time(23, 59, 0, 0)),
            "morning" | "vormittag" | "früh" => Some(time(12, 0, 0, 0)),
            "afternoon" | "nachmittag" => Some(time(17, 0, 0, 0)),
            "evening" | "abend" => Some(time(20, 0, 0, 0)),
            "close" if self.is(at, &["close", "of", "play"]) => Some(close),
            "midmorning" | "mid-morning" => Some(time(12, 0, 0, 0)),
            "mid-afternoon" => Some(time(17, 0, 0, 0)),
            "cob" | "eod" | "feierabend" | "geschäftsschluss" => Some(close),
            "close" if self.is(at, &["close", "of", "business"]) => Some(close),
            _ => None,
        };
        if let Some(part) = part {
            if self.any(at, &["morning"]) && self.any(at.wrapping_sub(1), &["good"]) {
                return None;
            }
            return Some((part, at + 1));
        }
        let led = self.any(
            at.wrapping_sub(1),
            &[
                "by", "before", "at", "until", "till", "around", "about", "than", "um", "bis", "vor", "gegen", "from",
                "between",
            ],
        ) || self.ends_range(at)
            || (self.any(at.wrapping_sub(1), &["and"]) && self.any(at.wrapping_sub(3), &["between"]));
        if self.is(at, &["half", "past"]) || self.is(at, &["quarter", "past"]) || self.is(at, &["quarter", "to"]) {
            let hour = afternoon(number(self.word(at + 2))?)?;
            let minute = match (self.word(at), self.word(at + 1)) {
                ("half", _) => 30,
                (_, "past") => 15,
                _ => -15,
            };
            return Some((on_the_hour(hour, minute)?, at + 3));
        }
        if let Some(minutes) = number(self.word(at)).filter(|_| led && self.any(at + 1, &["to", "past"]))
            && let Some(hour) = number(self.word(at + 2)).filter(|h| (1..=12).contains(h))
        {
            let minutes = if self.any(at + 1, &["to"]) { -minutes } else { minutes };
            return Some((on_the_hour(afternoon(hour)?, minutes)?, at + 3));
        }
        let word = self.word(at);
        let (digits, glued) =
            match ["am", "pm", "a.m", "p.m", "uhr"].iter().find_map(|s| word.strip_suffix(s).map(|d| (d, *s))) {
                Some((digits, half)) if digits.starts_with(|c: char| c.is_ascii_digit()) => (digits, Some(half)),
                _ => (word, None),
            };
        let (hour, minute) = match digits.split_once([':', '.']) {
            Some((h, m)) if m.len() == 2 => (h.parse().ok()?, m.parse().ok()?),
            _ => (number(digits)?, 0),
        };
        let half = glued
            .or_else(|| ["am", "pm", "a.m", "p.m", "uhr", "o'clock"].into_iter().find(|h| self.word(at + 1) == *h));
        let end = at + 1 + usize::from(glued.is_none() && half.is_some());
        if half.is_none() && (!led || self.is_counted(at + 1)) && !word.contains(':') {
            return None;
        }
        let hour = match half {
            Some("pm" | "p.m") if hour < 12 => hour + 12,
            Some("am" | "a.m") if hour == 12 => 0,
            Some("am" | "a.m" | "uhr") => hour,
            // Written with a nought it is meant by the clock: 02:00.
            _ if word.starts_with('0') => hour,
            _ if word.contains(':') && hour > 7 && !self.late() => hour,
            _ if self.late() && hour < 12 => hour + 12,
            _ => i64::from(afternoon(hour)?),
        };
        Time::new(i8::try_from(hour).ok()?, minute, 0, 0).ok().map(|t| (t, end))
    }

    /// Tonight's eight is twenty hundred hours.
    fn late(&self) -> bool {
        self.words.iter().any(|w| matches!(w.word.as_str(), "tonight" | "evening" | "abend"))
    }

    /// "by five days": a number that counts something.
    fn is_counted(&self, at: usize) -> bool {
        let word = self.word(at);
        word == "-"
            || [
                "minute", "hour", "day", "week", "month", "year", "percent", "per", "of", "business", "working",
                "more", "other", "people", "%", "stunde", "tag", "woche",
            ]
            .iter()
            .any(|w| word.starts_with(w))
            || month(word).is_some()
    }
}

fn on_the_hour(hour: i8, minutes: i64) -> Option<Time> {
    Time::new(hour, 0, 0, 0).ok()?.checked_add(Span::new().minutes(minutes)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Text;

    fn due(said: &str, language: Language) -> Option<String> {
        let text = Text::read(said, language);
        let now = date(2026, 11, 23).at(10, 15, 0, 0);
        find(text.words(&text.sentences[0]), language, now, Hours::default(), false)
            .map(|w| w.due.strftime("%Y-%m-%d %H:%M").to_string())
    }

    #[test]
    fn times_as_people_say_them() {
        for (said, expected) in [
            ("I'll call you tomorrow by five.", "2026-11-24 17:00"),
            ("We will have it fixed before the weekend.", "2026-11-27 17:00"),
            ("You will hear from us within two hours.", "2026-11-23 12:15"),
            ("Expect it in 20 minutes.", "2026-11-23 10:35"),
            ("I'll ring on Friday before noon.", "2026-11-27 12:00"),
            ("I'll write on 3 December.", "2026-12-03 17:00"),
            ("I'll write on 3 December 2028.", "2028-12-03 17:00"),
            ("I'll write by December 3rd at 9 am.", "2026-12-03 09:00"),
            ("I'll write next Tuesday.", "2026-11-24 17:00"),
            ("I'll be in touch Monday morning.", "2026-11-30 12:00"),
            ("I'll call tonight by 8.", "2026-11-23 20:00"),
            ("By the end of the week you will know.", "2026-11-27 17:00"),
            ("A technician will come on Monday morning between 8 and 10.", "2026-11-30 10:00"),
            ("I will restart it at 02:00 tomorrow.", "2026-11-24 02:00"),
            ("I'll call at 4:30.", "2026-11-23 16:30"),
            ("I'll call by half past four.", "2026-11-23 16:30"),
            ("We will reply in an hour.", "2026-11-23 11:15"),
            ("We will reply within 3 business days.", "2026-11-26 17:00"),
            ("I'll update you by end of day.", "2026-11-23 17:00"),
            ("The day after tomorrow I'll be back.", "2026-11-25 17:00"),
            ("I'll send it by Wednesday next week.", "2026-12-02 17:00"),
            ("I'll call within half an hour.", "2026-11-23 10:45"),
            ("I'll send it tomorrow morning.", "2026-11-24 12:00"),
            ("A week from today I'll ask again.", "2026-11-30 17:00"),
            ("Two days from now I'll look.", "2026-11-25 17:00"),
            ("We'll send it within a fortnight.", "2026-12-07 17:00"),
            ("I'll write in an hour and a half.", "2026-11-23 11:45"),
            ("I'll ring by ten to four.", "2026-11-23 15:50"),
            ("I'll come between eleven and one on Friday.", "2026-11-27 13:00"),
            ("It will reach you before the 27th.", "2026-11-26 17:00"),
            ("I'll call on the 2nd.", "2026-12-02 17:00"),
            ("We'll credit it by 3/12.", "2026-12-03 17:00"),
            ("We'll credit it by the end of January.", "2027-01-31 17:00"),
            ("I'll have it tonight.", "2026-11-23 20:00"),
        ] {
            assert_eq!(due(said, Language::English).as_deref(), Some(expected), "{said}");
        }
        for (said, expected) in [
            ("Wir melden uns morgen bis 17 Uhr.", "2026-11-24 17:00"),
            ("Ich rufe Sie am Freitag um 11 Uhr an.", "2026-11-27 11:00"),
            ("Wir melden uns innerhalb von zwei Stunden.", "2026-11-23 12:15"),
            ("Ich schreibe Ihnen bis Freitag, 12 Uhr.", "2026-11-27 12:00"),
            ("Sie hören bis zum 3. Dezember von uns.", "2026-12-03 17:00"),
        ] {
            assert_eq!(due(said, Language::German).as_deref(), Some(expected), "{said}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for said in [
            "I'll restart it.",
            "We have five people.",
            "There are 3 lamps.",
            "Press 5 to go on.",
            "Good morning Dana,",
            "You may need it.",
            "I'll send you the 2nd lamp.",
            "It runs 24/7 in the room.",
        ] {
            assert_eq!(due(said, Language::English), None, "{said}");
        }
    }
}
