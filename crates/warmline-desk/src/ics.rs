//! iCalendar (RFC 5545): calendars that come in, and an agent's own that goes out.

use std::fmt::Write as _;
use std::str::FromStr as _;

use calcard::common::timezone::Tz;
use calcard::icalendar::{ICalendar, ICalendarComponent, ICalendarProperty};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use warmline_domain::EntryId;
use warmline_domain::calendar::{Block, Entry, Kind};
use warmline_domain::limits::{CALENDAR_BYTES, CALENDAR_ENTRIES};

/// Occurrences that are looked through: ten years of a daily meeting, several times.
const OCCURRENCES: usize = 40_000;
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What takes somebody's time between two moments, each time it takes place, as entries of their calendar. Times
/// without a zone are meant in `zone`. `Err` says in words why it cannot be read.
pub fn read(text: &str, zone: &TimeZone, from: Timestamp, until: Timestamp) -> Result<Vec<(EntryId, Entry)>, String> {
    if text.len() > CALENDAR_BYTES {
        return Err(format!("it is larger than {} MB", CALENDAR_BYTES >> 20));
    }
    let calendar = ICalendar::parse(text).map_err(|_| "it is no calendar as RFC 5545 has them".to_owned())?;
    let name = zone.iana_name().unwrap_or("UTC").to_owned();
    let default = Tz::from_str(&name).unwrap_or_default();
    let mut found = Vec::new();
    for event in calendar.expand_dates(default, OCCURRENCES).events {
        let (starts, ends) = event.timestamps();
        let Some(component) = calendar.component_by_id(event.comp_id).filter(|c| c.component_type.is_event()) else {
            continue;
        };
        let (Ok(starts), Ok(ends)) = (Timestamp::from_second(starts), Timestamp::from_second(ends)) else { continue };
        if ends <= starts || ends <= from || starts >= until {
            continue;
        }
        let Some(kind) = kind(component, ends.duration_since(starts)) else { continue };
        let entry = Entry {
            kind,
            title: text_of(component, &ICalendarProperty::Summary).unwrap_or_default(),
            starts: starts.to_zoned(zone.clone()).datetime(),
            ends: ends.to_zoned(zone.clone()).datetime(),
            zone: name.clone(),
            weekly: None,
        };
        found.push((identity(component, starts), entry));
    }
    found.sort_by_key(|(id, entry)| (entry.starts, *id));
    found.truncate(CALENDAR_ENTRIES);
    Ok(found)
}

/// What does not take time is none of ours: cancelled, shown as free, or all day without saying that one is away.
fn kind(event: &ICalendarComponent, lasts: SignedDuration) -> Option<Kind> {
    let says =
        |name: &ICalendarProperty, word: &str| text_of(event, name).is_some_and(|t| t.eq_ignore_ascii_case(word));
    let busy = ICalendarProperty::Other("X-MICROSOFT-CDO-BUSYSTATUS".into());
    if says(&busy, "OOF") {
        return Some(Kind::Leave);
    }
    let free = says(&ICalendarProperty::Transp, "TRANSPARENT") || says(&busy, "FREE");
    let cancelled = says(&ICalendarProperty::Status, "CANCELLED");
    let all_day = lasts.as_secs() % DAY.as_secs() == 0 && !says(&busy, "BUSY");
    (!free && !cancelled && !all_day).then_some(Kind::Meeting)
}

fn text_of(event: &ICalendarComponent, name: &ICalendarProperty) -> Option<String> {
    event.property(name)?.values.first()?.as_text().map(str::to_owned)
}

/// The same event at the same time has the same identifier; below zero, where no other entry is.
fn identity(event: &ICalendarComponent, starts: Timestamp) -> EntryId {
    let digest = Sha256::digest(format!("{} {starts}", event.uid().unwrap_or_default()));
    let bytes: [u8; 8] = digest[..8].try_into().unwrap_or_default();
    EntryId(-(i64::from_be_bytes(bytes) & i64::MAX).max(1))
}

/// A promise on the calendar: when, and on which ticket. Nothing else of it leaves.
pub struct Due {
    pub at: Timestamp,
    pub number: String,
}

/// The calendar of one agent, each entry each time it takes place.
pub fn write(name: &str, blocks: &[Block], promises: &[Due], now: Timestamp) -> String {
    let mut out = String::new();
    let stamp = utc(now);
    line(&mut out, "BEGIN:VCALENDAR");
    line(&mut out, "VERSION:2.0");
    line(&mut out, "PRODID:-//Warmline//Calendar//EN");
    line(&mut out, &format!("X-WR-CALNAME:{}", escaped(name)));
    for block in blocks {
        let entry = block.entry.map_or(0, |e| e.0);
        let title = if block.title.is_empty() { block.kind.word() } else { &block.title };
        line(&mut out, "BEGIN:VEVENT");
        line(&mut out, &format!("UID:{entry}.{}.{}@warmline", block.from.as_second(), block.until.as_second()));
        line(&mut out, &format!("DTSTAMP:{stamp}"));
        line(&mut out, &format!("DTSTART:{}", utc(block.from)));
        line(&mut out, &format!("DTEND:{}", utc(block.until)));
        line(&mut out, &format!("SUMMARY:{}", escaped(title)));
        line(&mut out, &format!("CATEGORIES:{}", escaped(block.kind.word())));
        line(&mut out, "END:VEVENT");
    }
    for due in promises {
        line(&mut out, "BEGIN:VEVENT");
        line(&mut out, &format!("UID:{}.{}@warmline", due.number, due.at.as_second()));
        line(&mut out, &format!("DTSTAMP:{stamp}"));
        line(&mut out, &format!("DTSTART:{}", utc(due.at)));
        line(&mut out, "TRANSP:TRANSPARENT");
        line(&mut out, &format!("SUMMARY:Promise due on {}", due.number));
        line(&mut out, "END:VEVENT");
    }
    line(&mut out, "END:VCALENDAR");
    out
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// RFC 5545 §3.3.11.
fn escaped(text: &str) -> String {
    let plain = text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace('\n', "\\n");
    plain.chars().filter(|c| !c.is_control()).collect()
}

/// A content line, folded after 75 octets (RFC 5545 §3.1), between characters.
fn line(out: &mut String, content: &str) {
    let mut width = 0;
    for c in content.chars() {
        if width + c.len_utf8() > 75 {
            out.push_str("\r\n ");
            width = 1;
        }
        width += c.len_utf8();
        let _ = out.write_char(c);
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    const CALENDAR: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n\
        BEGIN:VEVENT\r\nUID:round@example.com\r\nDTSTART;TZID=Europe/Vienna:20261019T090000\r\nDTEND;TZID=Europe/Vienna:20261019T093000\r\n\
        RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=6\r\nEXDATE;TZID=Europe/Vienna:20261028T090000\r\nSUMMARY:Team round\\, short\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:round@example.com\r\nRECURRENCE-ID;TZID=Europe/Vienna:20261026T090000\r\nDTSTART;TZID=Europe/Vienna:20261026T140000\r\n\
        DTEND;TZID=Europe/Vienna:20261026T143000\r\nSUMMARY:Team round\\, moved\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:free@example.com\r\nDTSTART:20261020T080000Z\r\nDTEND:20261020T090000Z\r\nTRANSP:TRANSPARENT\r\nSUMMARY:Free\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:birthday@example.com\r\nDTSTART;VALUE=DATE:20261021\r\nSUMMARY:Birthday\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:away@example.com\r\nDTSTART;VALUE=DATE:20261022\r\nDTEND;VALUE=DATE:20261024\r\nX-MICROSOFT-CDO-BUSYSTATUS:OOF\r\nSUMMARY:Holidays\r\nEND:VEVENT\r\n\
        END:VCALENDAR\r\n";

    /// The clocks change on 25 October: nine stays nine on the wall.
    #[test]
    fn what_comes_again_is_there_each_time_in_its_own_zone() {
        let zone = TimeZone::get("Europe/Vienna").unwrap();
        let read = |text: &str| read(text, &zone, at("2026-10-01T00:00:00Z"), at("2026-12-01T00:00:00Z"));
        let entries = read(CALENDAR).unwrap();
        let shown: Vec<String> = entries
            .iter()
            .map(|(_, e)| format!("{} {} {}", e.kind.word(), e.starts.strftime("%d %H:%M"), e.title))
            .collect();
        assert_eq!(
            shown,
            [
                "meeting 19 09:00 Team round, short",
                "meeting 21 09:00 Team round, short",
                "leave 22 00:00 Holidays",
                "meeting 26 14:00 Team round, moved",
                "meeting 02 09:00 Team round, short",
                "meeting 04 09:00 Team round, short",
            ]
        );
        assert_eq!(read(CALENDAR).unwrap(), entries, "the same file has the same identifiers");
        assert!(entries.iter().all(|(id, _)| id.0 < 0));
        assert!(read("<html>no calendar</html>").is_err());
    }

    #[test]
    fn a_rule_without_end_or_sense_ends() {
        let rule = |rule: &str| {
            let text = format!(
                "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART:20260101T080000Z\r\nDURATION:PT1H\r\n\
                 RRULE:{rule}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
            );
            read(&text, &TimeZone::UTC, at("2026-01-01T00:00:00Z"), at("2026-02-01T00:00:00Z")).map(|e| e.len())
        };
        assert_eq!(rule("FREQ=DAILY"), Ok(31));
        assert_eq!(rule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), Ok(0));
        assert!(rule("FREQ=SECONDLY").unwrap() <= CALENDAR_ENTRIES);
    }

    #[test]
    fn what_goes_out_reads_back_and_is_folded() {
        let block = Block {
            entry: Some(EntryId(7)),
            kind: Kind::Meeting,
            title: "Über die Zeit; mit Komma, und sehr langem Titel, damit er über die fünfundsiebzig Zeichen geht"
                .into(),
            from: at("2026-11-23T09:00:00Z"),
            until: at("2026-11-23T10:00:00Z"),
            day: "2026-11-23".parse().unwrap(),
        };
        let due = Due { at: at("2026-11-23T16:00:00Z"), number: "K7M-29Q".into() };
        let text = write("Ada", std::slice::from_ref(&block), &[due], at("2026-11-23T08:00:00Z"));
        assert!(text.lines().all(|l| l.len() <= 75), "{text}");
        assert!(text.contains("SUMMARY:Promise due on K7M-29Q"));
        let back = read(&text, &TimeZone::UTC, at("2026-11-23T00:00:00Z"), at("2026-11-24T00:00:00Z")).unwrap();
        assert_eq!(back.len(), 1, "a promise takes no time of its own");
        assert_eq!((back[0].1.title.as_str(), back[0].1.kind), (block.title.as_str(), Kind::Meeting));
    }
}
