//! The open wires. Each keeps its slot for as long as it is open, so that a turn finds it without looking it up.

use std::collections::HashMap;

use super::WireId;
use crate::rehearsal::Rehearsal;
use crate::wire::Wire;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Slot(usize);

pub(super) struct Open {
    pub(super) id: WireId,
    pub(super) wire: Wire,
    pub(super) in_call: bool,
    /// Somebody tries their voice on it.
    pub(super) rehearsal: Option<Rehearsal>,
}

#[derive(Default)]
pub(super) struct Wires {
    slots: Vec<Option<Open>>,
    ids: HashMap<WireId, Slot>,
}

impl Wires {
    pub(super) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    pub(super) fn open(&mut self, id: WireId, wire: Wire) {
        let free = self.slots.iter().position(Option::is_none).unwrap_or(self.slots.len());
        let open = Some(Open { id, wire, in_call: false, rehearsal: None });
        match self.slots.get_mut(free) {
            Some(slot) => *slot = open,
            None => self.slots.push(open),
        }
        self.ids.insert(id, Slot(free));
    }

    /// Where it was.
    pub(super) fn close(&mut self, id: WireId) -> Option<Slot> {
        let slot = self.ids.remove(&id)?;
        self.slots[slot.0] = None;
        Some(slot)
    }

    pub(super) fn slot(&self, id: WireId) -> Option<Slot> {
        self.ids.get(&id).copied()
    }

    pub(super) fn get(&self, slot: Slot) -> Option<&Open> {
        self.slots.get(slot.0)?.as_ref()
    }

    pub(super) fn at(&mut self, slot: Slot) -> Option<&mut Open> {
        self.slots.get_mut(slot.0)?.as_mut()
    }

    pub(super) fn by_id(&mut self, id: WireId) -> Option<&mut Open> {
        self.slot(id).and_then(|slot| self.at(slot))
    }

    pub(super) fn all(&mut self) -> impl Iterator<Item = (Slot, &mut Open)> {
        let slots = self.slots.iter_mut().enumerate();
        slots.filter_map(|(i, open)| open.as_mut().map(|open| (Slot(i), open)))
    }
}
