//! The media thread: a clock of 20 ms in four quarters. Each turn it reads what came on the lines of a quarter of the
//! calls, mixes for each listener what the matrix says they hear, and sends it. It takes no decision.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;

use crate::g711::{FRAME, Frame, Law, SILENCE};
use crate::listening::{Dialogue, Heard};
use crate::record::Recorder;
use crate::rehearsal::{Rehearsal, Rehearsed};
use crate::rtcp::{Quality, Reception};
use crate::sdp::Audio;
use crate::sound;
use crate::wire::{News, Wire};
use crate::{LegId, Source, Turns};

pub(crate) type WireId = u64;

pub(crate) enum Ask {
    Open(WireId, Box<Wire>),
    Close(WireId),
    /// The leg speaks and hears through this wire.
    Bind(LegId, WireId),
    Unbind(LegId),
    /// The other side of a wire moved or changed its mind.
    Retarget {
        wire: WireId,
        to: Box<Audio>,
        law: Law,
    },
    /// Who hears what on a call; replaces what was.
    Hear(i64, Vec<(LegId, Vec<Source>)>),
    Record {
        call: i64,
        on: bool,
    },
    /// Somebody tries their voice while no call is on the wire, or stops doing so.
    Rehearse {
        wire: WireId,
        on: bool,
    },
    /// Lets them hear what they said.
    PlayBack(WireId),
}

/// What the thread tells.
pub(crate) enum Told {
    Wire(WireId, News),
    /// How the talk of this leg with the caller goes.
    Heard(LegId, Heard),
    /// The answer to [`Ask::Unbind`]: what came of the leg's talk with the caller, if they talked, and how good its line
    /// was, if it is still there.
    Parted(LegId, Option<Heard>, Option<Quality>),
    Rehearsed(WireId, Rehearsed),
}

const QUARTER: Duration = Duration::from_millis(5);
/// A turn that comes later misses a frame of somebody.
const LATE: Duration = Duration::from_millis(20);
/// Turns between two looks at a talk: two seconds, a fifth of one in a rehearsal.
const LOOK: usize = 100;
const LOOK_CLOSELY: usize = 10;

struct Call {
    hears: Vec<(LegId, Vec<Source>)>,
    /// Samples since each listener hears what they hear now.
    since: BTreeMap<LegId, usize>,
    recording: bool,
    /// The talk of each leg with the caller.
    talks: BTreeMap<LegId, Dialogue>,
    turns: usize,
}

impl Call {
    /// Whether this leg and the caller hear one another.
    fn talks_with_caller(&self, leg: LegId) -> bool {
        let caller = LegId { call: leg.call, n: 1 };
        let hears = |one: LegId, other: LegId| {
            self.hears.iter().any(|(l, sources)| *l == one && sources.contains(&Source::Leg(other)))
        };
        leg != caller && hears(caller, leg) && hears(leg, caller)
    }
}

struct Media {
    asked: Receiver<Ask>,
    told: UnboundedSender<Told>,
    wires: HashMap<WireId, Wire>,
    legs: HashMap<LegId, WireId>,
    calls: BTreeMap<i64, Call>,
    recorder: Recorder,
    rehearsals: HashMap<WireId, Rehearsal>,
    turns: Arc<Turns>,
}

/// Starts the thread; it ends when the sender is dropped.
pub(crate) fn start(
    told: UnboundedSender<Told>,
    recorder: Recorder,
    turns: Arc<Turns>,
) -> std::io::Result<Sender<Ask>> {
    let (ask, asked) = channel();
    let media = Media {
        asked,
        told,
        wires: HashMap::new(),
        legs: HashMap::new(),
        calls: BTreeMap::new(),
        recorder,
        rehearsals: HashMap::new(),
        turns,
    };
    std::thread::Builder::new().name("media".into()).spawn(move || media.run())?;
    Ok(ask)
}

impl Media {
    fn run(mut self) {
        let _end = crate::EndOnPanic("media");
        let mut next = Instant::now();
        let mut quarter = 0;
        loop {
            let now = Instant::now();
            self.turns.all.fetch_add(1, Ordering::Relaxed);
            if now.saturating_duration_since(next) > LATE {
                self.turns.late.fetch_add(1, Ordering::Relaxed);
            }
            if now < next {
                std::thread::sleep(next - now);
            } else if now.duration_since(next) > Duration::from_millis(500) {
                // The machine stood still; what was to be said then is past.
                next = now;
            }
            next += QUARTER;
            loop {
                match self.asked.try_recv() {
                    Ok(ask) => self.obey(ask),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return,
                }
            }
            self.turn(quarter, Instant::now());
            quarter = (quarter + 1) % 4;
        }
    }

    fn obey(&mut self, ask: Ask) {
        match ask {
            Ask::Open(id, wire) => {
                self.wires.insert(id, *wire);
            }
            Ask::Close(id) => {
                self.wires.remove(&id);
                self.rehearsals.remove(&id);
                self.legs.retain(|_, wire| *wire != id);
            }
            Ask::Bind(leg, wire) => {
                self.legs.insert(leg, wire);
                if let Some(wire) = self.wires.get_mut(&wire) {
                    wire.reception = Reception::default();
                }
                self.rehearsals.remove(&wire);
            }
            Ask::Unbind(leg) => {
                let wire = self.legs.remove(&leg).and_then(|wire| self.wires.get(&wire));
                let quality = wire.map(|wire| wire.reception.quality());
                let talk = self.calls.get_mut(&leg.call).and_then(|call| call.talks.remove(&leg));
                self.tell(Told::Parted(leg, talk.map(|talk| talk.so_far()), quality));
            }
            Ask::Retarget { wire, to, law } => {
                if let Some(wire) = self.wires.get_mut(&wire) {
                    wire.retarget(&to, law);
                }
            }
            Ask::Hear(id, hears) if hears.is_empty() => {
                if self.calls.remove(&id).is_some() {
                    self.recorder.close(id);
                }
            }
            Ask::Hear(id, hears) => {
                let call = self.calls.entry(id).or_insert_with(|| Call {
                    hears: vec![],
                    since: BTreeMap::new(),
                    recording: false,
                    talks: BTreeMap::new(),
                    turns: 0,
                });
                // A sound that comes anew begins anew.
                call.since.retain(|leg, _| {
                    let of = |all: &[(LegId, Vec<Source>)]| all.iter().find(|(l, _)| l == leg).map(|(_, s)| s.clone());
                    of(&call.hears) == of(&hears)
                });
                call.hears = hears;
            }
            Ask::Record { call, on } => {
                if let Some(found) = self.calls.get_mut(&call) {
                    found.recording = on;
                }
            }
            Ask::Rehearse { wire, on: true } => {
                if self.legs.values().all(|bound| *bound != wire) {
                    self.rehearsals.insert(wire, Rehearsal::default());
                }
            }
            Ask::Rehearse { wire, on: false } => {
                self.rehearsals.remove(&wire);
            }
            Ask::PlayBack(wire) => {
                if let Some(rehearsal) = self.rehearsals.get_mut(&wire) {
                    rehearsal.play();
                }
            }
        }
    }

    fn tell(&self, told: Told) {
        // Nobody listening any more is a stopped phone.
        let _ = self.told.send(told);
    }

    fn turn(&mut self, quarter: u64, now: Instant) {
        let mut news = Vec::new();
        // Every wire is served in the quarter of its call, those without one in the quarter of their number.
        let mut in_call: HashMap<WireId, i64> = HashMap::with_capacity(self.legs.len());
        for (leg, wire) in &self.legs {
            in_call.insert(*wire, leg.call);
        }
        for (id, wire) in &mut self.wires {
            let turn = in_call.get(id).map_or(*id, |call| call.unsigned_abs()) % 4;
            if turn != quarter {
                continue;
            }
            let mut told = Vec::new();
            wire.receive(now, &mut told);
            if let Some(rehearsal) = self.rehearsals.get_mut(id) {
                match rehearsal.turn(&wire.frame) {
                    Some(frame) => wire.send(&frame, now, &mut told),
                    None => wire.idle(),
                }
                if rehearsal.turns().is_multiple_of(LOOK_CLOSELY) {
                    news.push(Told::Rehearsed(*id, rehearsal.so_far()));
                }
            } else if !in_call.contains_key(id) {
                wire.idle();
            }
            news.extend(told.into_iter().map(|n| Told::Wire(*id, n)));
        }
        let calls: Vec<i64> = self.calls.keys().copied().filter(|c| c.unsigned_abs() % 4 == quarter).collect();
        for call in calls {
            self.mix(call, now, &mut news);
        }
        news.into_iter().for_each(|told| self.tell(told));
    }

    fn mix(&mut self, id: i64, now: Instant, news: &mut Vec<Told>) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        listen(call, id, &self.legs, &self.wires, news);
        let mut outgoing: Vec<(WireId, Frame)> = Vec::with_capacity(call.hears.len());
        for (listener, sources) in &call.hears {
            let Some(wire) = self.legs.get(listener) else { continue };
            let since = call.since.entry(*listener).or_default();
            let at = *since;
            *since += FRAME;
            let frames = sources.iter().map(|source| match source {
                Source::Leg(leg) => self.legs.get(leg).and_then(|w| self.wires.get(w)).map_or(SILENCE, |w| w.frame),
                Source::Sound(sound) => sound::frame(*sound, at),
                Source::Spoken { ulaw, .. } if at < ulaw.len() => sound::words(ulaw, at),
                Source::Spoken { ulaw, then } => sound::frame(*then, at - ulaw.len()),
                Source::Words { ulaw, again } => sound::words(ulaw, if *again { at % ulaw.len().max(1) } else { at }),
            });
            outgoing.push((*wire, sound::mix(frames)));
        }
        if call.recording {
            for (leg, wire) in self.legs.iter().filter(|(leg, _)| leg.call == id) {
                // The caller, and whom the caller hears: a word between colleagues or a whisper is not kept.
                let listens = |to: &Source, n: Option<u32>| {
                    call.hears.iter().any(|(l, sources)| n.is_none_or(|n| l.n == n) && sources.contains(to))
                };
                let heard = listens(&Source::Leg(*leg), (leg.n != 1).then_some(1));
                let frame = self.wires.get(wire).filter(|_| heard).map_or(SILENCE, |w| w.frame);
                self.recorder.keep(*leg, now, &frame);
            }
        }
        for (id, frame) in outgoing {
            let Some(wire) = self.wires.get_mut(&id) else { continue };
            let mut told = Vec::new();
            wire.send(&frame, now, &mut told);
            news.extend(told.into_iter().map(|n| Told::Wire(id, n)));
        }
    }
}

/// Listens to how whoever talks with the caller does so.
fn listen(
    call: &mut Call,
    id: i64,
    legs: &HashMap<LegId, WireId>,
    wires: &HashMap<WireId, Wire>,
    news: &mut Vec<Told>,
) {
    let heard = |leg: LegId| legs.get(&leg).and_then(|wire| wires.get(wire)).map_or(SILENCE, |wire| wire.frame);
    let caller = heard(LegId { call: id, n: 1 });
    let talking: Vec<LegId> =
        call.hears.iter().map(|(leg, _)| *leg).filter(|leg| call.talks_with_caller(*leg)).collect();
    call.turns += usize::from(!talking.is_empty());
    for leg in talking {
        let talk = call.talks.entry(leg).or_default();
        talk.hears(&caller, &heard(leg));
        if call.turns.is_multiple_of(LOOK) {
            news.push(Told::Heard(leg, talk.lately()));
        }
    }
}
