//! The player of a recording: where it stands on the timeline, and what happened in it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use warmline_domain::CallId;
use warmline_domain::floor::Step;
use warmline_domain::ticket::Event;
use warmline_store::Entry;

use super::words;
use crate::page::moment;
use crate::timeline::{Eyes, author};

pub(crate) struct Player {
    pub(crate) call: i64,
    pub(crate) until: String,
    pub(crate) moments: Vec<Moment>,
}

/// Something that happened while it was recorded.
pub(crate) struct Moment {
    pub(crate) second: i64,
    pub(crate) at: String,
    pub(crate) words: String,
}

/// A stretch of a call that was recorded without a break in its clock.
struct Stretch {
    since: Timestamp,
    ended: Timestamp,
}

/// The players of a ticket, by the sequence number of the entry they stand at: where a call came to its end for the last
/// time.
pub(crate) fn players(entries: &[Entry], eyes: &Eyes<'_>) -> BTreeMap<i64, Player> {
    let mut stretches: BTreeMap<CallId, (i64, Stretch)> = BTreeMap::new();
    for entry in entries {
        let Entry::Event(entry) = entry else { continue };
        // Only few entries are about recordings; the others need not be read twice.
        if !entry.body.contains("recording_kept") {
            continue;
        }
        if let Ok(Event::RecordingKept { call, since, .. }) = serde_json::from_str(&entry.body) {
            // A caller who was called back has one recording, whose clock is that of its first part.
            let first = stretches.remove(&call).map_or(Stretch { since, ended: entry.at }, |(_, first)| first);
            stretches.insert(call, (entry.seq, first));
        }
    }
    let kept = |call: &CallId| eyes.ticket.recordings.get(call).map(|recording| recording.until);
    let player = |(call, (seq, stretch)): (CallId, (i64, Stretch))| {
        let until = moment(kept(&call)?, eyes.now, eyes.zone);
        Some((seq, Player { call: call.0, until, moments: moments(entries, call, &stretch, eyes) }))
    };
    stretches.into_iter().filter_map(player).collect()
}

fn moments(entries: &[Entry], call: CallId, stretch: &Stretch, eyes: &Eyes<'_>) -> Vec<Moment> {
    let during = |at: Timestamp| at >= stretch.since && at <= stretch.ended;
    let told = |entry: &Entry| -> Option<(Timestamp, String)> {
        match entry {
            Entry::Event(entry) if during(entry.at) => match serde_json::from_str(&entry.body).ok()? {
                Event::OnCall { call: of, step } if of == call && is_shown(&step) => {
                    let who = author(entry.by, eyes.site, "The customer");
                    Some((entry.at, words::sentence(&step, &who, eyes.site)?))
                }
                _ => None,
            },
            Entry::Note(note) if during(note.at) => {
                let line: String = note.content.text.lines().next().unwrap_or_default().chars().take(80).collect();
                let line = line.replace("**", "");
                Some((note.at, format!("{} noted: {line}", author(note.by, eyes.site, ""))))
            }
            _ => None,
        }
    };
    let moment = |(at, words): (Timestamp, String)| {
        let second = at.duration_since(stretch.since).as_secs();
        Moment { second, at: format!("{}:{:02}", second / 60, second % 60), words }
    };
    entries.iter().filter_map(told).map(moment).collect()
}

fn is_shown(step: &Step) -> bool {
    !matches!(step, Step::Answered { .. } | Step::Arrived { .. } | Step::Heard { .. } | Step::LineQuality { .. })
        && !step.is_last()
}
