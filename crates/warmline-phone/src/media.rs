//! The media thread: a clock of 20 ms in four quarters. Each turn it reads what came on the lines of a quarter of the
//! calls, mixes for each listener what the matrix says they hear, and sends it. It takes no decision.
//!
//! Who is where changes rarely and is looked up when it has changed; a turn only follows what was found then.

mod call;
#[cfg(test)]
mod tests;
mod wires;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;

use call::Call;
use wires::{Slot, Wires};

use crate::g711::{Coded, Law};
use crate::listening::Heard;
use crate::record::Recorder;
use crate::rehearsal::{Rehearsal, Rehearsed};
use crate::rtcp::{Quality, Reception};
use crate::sdp::Audio;
use crate::wire::{self, News, Wire};
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
    /// Nothing of it is kept or measured.
    Private {
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
/// Turns between two looks at a rehearsal: a fifth of a second.
const LOOK_CLOSELY: usize = 10;

struct Media {
    asked: Receiver<Ask>,
    told: UnboundedSender<Told>,
    wires: Wires,
    legs: HashMap<LegId, Slot>,
    calls: BTreeMap<i64, Call>,
    /// Lines came, went or changed their call: where they are is to be found anew.
    moved: bool,
    /// The wires of each quarter.
    quarters: [Vec<Slot>; 4],
    recorder: Recorder,
    turns: Arc<Turns>,
    buffer: Box<wire::Buffer>,
}

/// Starts the thread; it ends when the sender is dropped.
pub(crate) fn start(
    told: UnboundedSender<Told>,
    recorder: Recorder,
    turns: Arc<Turns>,
) -> std::io::Result<Sender<Ask>> {
    let (ask, asked) = channel();
    let media = Media::new(asked, told, recorder, turns);
    std::thread::Builder::new().name("media".into()).spawn(move || media.run())?;
    Ok(ask)
}

impl Media {
    fn new(asked: Receiver<Ask>, told: UnboundedSender<Told>, recorder: Recorder, turns: Arc<Turns>) -> Media {
        Media {
            asked,
            told,
            wires: Wires::default(),
            legs: HashMap::new(),
            calls: BTreeMap::new(),
            moved: false,
            quarters: Default::default(),
            recorder,
            turns,
            buffer: Box::new(wire::EMPTY),
        }
    }

    fn run(mut self) {
        let _end = crate::EndOnPanic("media");
        let mut next = Instant::now();
        let mut quarter = 0;
        loop {
            if self.wires.is_empty() && self.calls.is_empty() {
                // Nobody to hear or to speak to: the machine may sleep until there is.
                match self.asked.recv() {
                    Ok(ask) => self.obey(ask),
                    Err(_) => return,
                }
                next = Instant::now();
            }
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
                self.wires.open(id, *wire);
                self.moved = true;
            }
            Ask::Close(id) => {
                if let Some(closed) = self.wires.close(id) {
                    self.legs.retain(|_, slot| *slot != closed);
                    self.moved = true;
                }
            }
            Ask::Bind(leg, wire) => self.bind(leg, wire),
            Ask::Unbind(leg) => self.unbind(leg),
            Ask::Retarget { wire, to, law } => {
                if let Some(open) = self.wires.by_id(wire) {
                    open.wire.retarget(&to, law);
                }
            }
            Ask::Hear(id, hears) if hears.is_empty() => {
                if self.calls.remove(&id).is_some() {
                    self.recorder.close(id);
                }
            }
            Ask::Hear(id, hears) => {
                self.calls.entry(id).or_default().hear(hears);
                self.moved = true;
            }
            Ask::Record { call, on } => {
                if let Some(found) = self.calls.get_mut(&call) {
                    found.recording = on;
                }
            }
            Ask::Private { call, on } => {
                if let Some(found) = self.calls.get_mut(&call) {
                    found.private = on;
                }
            }
            Ask::Rehearse { wire, on } => self.rehearse(wire, on),
            Ask::PlayBack(wire) => {
                if let Some(rehearsal) = self.wires.by_id(wire).and_then(|open| open.rehearsal.as_mut()) {
                    rehearsal.play();
                }
            }
        }
    }

    fn bind(&mut self, leg: LegId, wire: WireId) {
        let Some(slot) = self.wires.slot(wire) else { return };
        if let Some(open) = self.wires.at(slot) {
            open.wire.reception = Reception::default();
            open.rehearsal = None;
        }
        self.legs.insert(leg, slot);
        self.moved = true;
    }

    fn unbind(&mut self, leg: LegId) {
        let slot = self.legs.remove(&leg);
        let quality = slot.and_then(|slot| self.wires.at(slot)).map(|open| open.wire.reception.quality());
        let talk = self.calls.get_mut(&leg.call).and_then(|call| call.part(leg));
        self.moved = true;
        self.tell(Told::Parted(leg, talk, quality));
    }

    fn rehearse(&mut self, wire: WireId, on: bool) {
        let slot = self.wires.slot(wire);
        let in_call = self.legs.values().any(|bound| Some(*bound) == slot);
        let Some(open) = self.wires.by_id(wire) else { return };
        match on {
            true if in_call => {}
            true => open.rehearsal = Some(Rehearsal::default()),
            false => open.rehearsal = None,
        }
    }

    fn tell(&self, told: Told) {
        // Nobody listening any more is a stopped phone.
        let _ = self.told.send(told);
    }

    /// Every wire is served in the quarter of its call, those without one in the quarter of their number.
    fn find(&mut self) {
        let calls: HashMap<Slot, i64> = self.legs.iter().map(|(leg, slot)| (*slot, leg.call)).collect();
        self.quarters.iter_mut().for_each(Vec::clear);
        for (slot, open) in self.wires.all() {
            open.in_call = calls.contains_key(&slot);
            let turn = calls.get(&slot).map_or(open.id, |call| call.unsigned_abs());
            self.quarters[(turn % 4) as usize].push(slot);
        }
        for (id, call) in &mut self.calls {
            call.find(*id, &self.legs);
        }
    }

    fn turn(&mut self, quarter: u64, now: Instant) {
        if std::mem::take(&mut self.moved) {
            self.find();
        }
        let mut news = Vec::new();
        for slot in &self.quarters[quarter as usize] {
            let Some(open) = self.wires.at(*slot) else { continue };
            let mut told = Vec::new();
            open.wire.receive(now, &mut self.buffer, &mut told);
            if let Some(rehearsal) = &mut open.rehearsal {
                match rehearsal.turn(&open.wire.frame()) {
                    Some(frame) => open.wire.send(&open.wire.law.encode_frame(&frame), now, &mut told),
                    None => open.wire.idle(),
                }
                if rehearsal.turns().is_multiple_of(LOOK_CLOSELY) {
                    news.push(Told::Rehearsed(open.id, rehearsal.so_far()));
                }
            } else if !open.in_call {
                open.wire.idle();
            }
            news.extend(told.into_iter().map(|n| Told::Wire(open.id, n)));
        }
        for (_, call) in self.calls.iter_mut().filter(|(id, _)| id.unsigned_abs() % 4 == quarter) {
            call.turn(now, &mut self.wires, &mut self.recorder, &mut news);
        }
        news.into_iter().for_each(|told| self.tell(told));
    }
}

/// What a line said in this turn, if it is there and said anything.
fn said(wires: &Wires, slot: Option<Slot>) -> Option<&Coded> {
    wires.get(slot?)?.wire.heard.as_ref()
}
