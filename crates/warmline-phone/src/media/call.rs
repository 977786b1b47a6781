//! One call in a turn: who hears what, what is kept of it, and how the talk goes.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use super::wires::{Slot, Wires};
use super::{Told, said};
use crate::g711::{Coded, FRAME, Law, SILENCE};
use crate::listening::{Dialogue, Heard};
use crate::record::Recorder;
use crate::{LegId, Source, jitter, sound};

/// Turns between two looks at a talk: two seconds.
const LOOK: usize = 100;

#[derive(Default)]
pub(super) struct Call {
    listeners: Vec<Listener>,
    pub(super) recording: bool,
    /// What is said is neither kept nor measured.
    pub(super) private: bool,
    /// Turns until what was said in private has left the buffers of its lines.
    lingers: usize,
    /// The talk of each leg with the caller.
    talks: BTreeMap<LegId, Dialogue>,
    turns: usize,
    lines: Lines,
}

struct Listener {
    leg: LegId,
    sources: Vec<Source>,
    /// Samples since they hear what they hear now.
    since: usize,
    wire: Option<Slot>,
    /// The one line they hear, when they hear nothing else: nearly always.
    alone: Option<Slot>,
    /// Where those of the sources are that are lines.
    from: Vec<Option<Slot>>,
}

/// Where the lines of a call are, as it was found last.
#[derive(Default)]
struct Lines {
    caller: Option<Slot>,
    /// Who talks with the caller.
    talking: Vec<(LegId, Option<Slot>)>,
    /// All, and whether a recording keeps what they say.
    all: Vec<(LegId, Slot, bool)>,
}

impl Call {
    /// Replaces who hears what. A sound that comes anew begins anew.
    pub(super) fn hear(&mut self, hears: Vec<(LegId, Vec<Source>)>) {
        let before = std::mem::take(&mut self.listeners);
        let since = |leg: LegId, sources: &[Source]| {
            let same = before.iter().find(|was| was.leg == leg && was.sources == sources);
            same.map_or(0, |was| was.since)
        };
        let listener = |(leg, sources): (LegId, Vec<Source>)| {
            let since = since(leg, &sources);
            Listener { leg, sources, since, wire: None, alone: None, from: vec![] }
        };
        self.listeners = hears.into_iter().map(listener).collect();
    }

    /// A line leaves; what came of its talk with the caller, if they talked.
    pub(super) fn part(&mut self, leg: LegId) -> Option<Heard> {
        self.talks.remove(&leg).map(|talk| talk.so_far())
    }

    /// Finds where the lines are.
    pub(super) fn find(&mut self, id: i64, legs: &HashMap<LegId, Slot>) {
        let at = |leg: &LegId| legs.get(leg).copied();
        for listener in &mut self.listeners {
            listener.wire = at(&listener.leg);
            listener.from.clear();
            listener.from.extend(listener.sources.iter().map(|source| match source {
                Source::Leg(leg) => at(leg),
                _ => None,
            }));
            listener.alone = if let [one] = listener.from[..] { one } else { None };
        }
        let caller = LegId { call: id, n: 1 };
        let talking = self.listeners.iter().map(|l| l.leg).filter(|leg| self.talk(caller, *leg));
        let lines = legs.iter().filter(|(leg, _)| leg.call == id);
        self.lines = Lines {
            caller: at(&caller),
            talking: talking.map(|leg| (leg, at(&leg))).collect(),
            all: lines.map(|(leg, slot)| (*leg, *slot, self.is_kept(caller, *leg))).collect(),
        };
    }

    /// Every line that a turn would follow, and where it was found.
    #[cfg(test)]
    pub(super) fn found(&self) -> impl Iterator<Item = (LegId, Option<Slot>)> {
        self.listeners.iter().flat_map(|listener| {
            let lines = listener.sources.iter().zip(&listener.from).filter_map(|(source, slot)| match source {
                Source::Leg(leg) => Some((*leg, *slot)),
                _ => None,
            });
            let alone = match listener.sources[..] {
                [Source::Leg(leg)] => Some((leg, listener.alone)),
                _ => None,
            };
            lines.chain(alone).chain([(listener.leg, listener.wire)])
        })
    }

    fn hears(&self, one: LegId, other: LegId) -> bool {
        self.listeners.iter().any(|l| l.leg == one && l.sources.contains(&Source::Leg(other)))
    }

    /// Whether this leg and the caller hear one another.
    fn talk(&self, caller: LegId, leg: LegId) -> bool {
        leg != caller && self.hears(caller, leg) && self.hears(leg, caller)
    }

    /// The caller, and whom the caller hears: a word between colleagues or a whisper is not kept.
    fn is_kept(&self, caller: LegId, leg: LegId) -> bool {
        let heard = |l: &Listener| l.sources.contains(&Source::Leg(leg));
        if leg.n == 1 { self.listeners.iter().any(heard) } else { self.hears(caller, leg) }
    }

    pub(super) fn turn(&mut self, now: Instant, wires: &mut Wires, recorder: &mut Recorder, news: &mut Vec<Told>) {
        let private = self.is_private();
        if !private {
            self.listen(wires, news);
        }
        if self.recording && !private {
            for (leg, slot, kept) in &self.lines.all {
                recorder.keep(*leg, now, said(wires, kept.then_some(*slot)));
            }
        }
        for listener in &mut self.listeners {
            let Some(slot) = listener.wire else { continue };
            let Some(law) = wires.get(slot).map(|open| open.wire.law) else { continue };
            let payload = listener.payload(law, wires);
            let Some(open) = wires.at(slot) else { continue };
            let mut told = Vec::new();
            open.wire.send(&payload, now, &mut told);
            news.extend(told.into_iter().map(|n| Told::Wire(open.id, n)));
        }
    }

    fn is_private(&mut self) -> bool {
        let private = self.private || self.lingers > 0;
        self.lingers = if self.private { jitter::MOST } else { self.lingers.saturating_sub(1) };
        private
    }

    /// Listens to how whoever talks with the caller does so.
    fn listen(&mut self, wires: &Wires, news: &mut Vec<Told>) {
        if self.lines.talking.is_empty() {
            return;
        }
        self.turns += 1;
        let heard = |slot| said(wires, slot).map_or(SILENCE, Coded::frame);
        let caller = heard(self.lines.caller);
        for (leg, slot) in &self.lines.talking {
            let talk = self.talks.entry(*leg).or_default();
            talk.hears(&caller, &heard(*slot));
            if self.turns.is_multiple_of(LOOK) {
                news.push(Told::Heard(*leg, talk.lately()));
            }
        }
    }
}

impl Listener {
    /// The next 20 ms for them, in their law. What is heard alone and was said in that law is passed on as it came.
    fn payload(&mut self, law: Law, wires: &Wires) -> [u8; FRAME] {
        let at = self.since;
        self.since += FRAME;
        if let Some(heard) = said(wires, self.alone) {
            return heard.in_law(law);
        }
        match &self.sources[..] {
            [] => law.encode_frame(&SILENCE),
            [one] => made(one, at).in_law(law),
            several => {
                let frames = several.iter().zip(&self.from).filter_map(|(source, slot)| match source {
                    Source::Leg(_) => said(wires, *slot).map(Coded::frame),
                    other => Some(made(other, at).frame()),
                });
                law.encode_frame(&sound::mix(frames))
            }
        }
    }
}

/// 20 ms of what no line says, `at` samples after it began; a line that says nothing is silence.
fn made(source: &Source, at: usize) -> Coded {
    match source {
        Source::Leg(_) => sound::words(&[], 0),
        Source::Sound(sound) => sound::frame(*sound, at),
        Source::Spoken { ulaw, .. } if at < ulaw.len() => sound::words(ulaw, at),
        Source::Spoken { ulaw, then } => sound::frame(*then, at - ulaw.len()),
        Source::Words { ulaw, again } => sound::words(ulaw, if *again { at % ulaw.len().max(1) } else { at }),
    }
}
