//! Where time, chance and identifiers come from: the machine, or a simulated world.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use warmline_domain::id::Minter;

/// The time, cut to milliseconds: what is stored is what was decided on.
#[derive(Clone, Debug)]
pub enum Clock {
    System,
    /// Unix milliseconds, moved by whoever runs the world.
    Virtual(Arc<AtomicI64>),
}

impl Clock {
    pub fn now(&self) -> Timestamp {
        let ms = match self {
            Clock::System => Timestamp::now().as_millisecond(),
            Clock::Virtual(ms) => ms.load(Ordering::Relaxed),
        };
        Timestamp::from_millisecond(ms).unwrap_or_default()
    }
}

/// Identifiers and chance for the desk loop.
#[derive(Debug)]
pub struct Edge {
    minter: Minter,
    chance: Chance,
}

#[derive(Debug)]
enum Chance {
    System,
    /// SplitMix64, for worlds that must run the same way again.
    Seeded(u64),
}

impl Edge {
    pub fn system(node: u16) -> Self {
        Edge { minter: Minter::new(node), chance: Chance::System }
    }
    pub fn seeded(seed: u64) -> Self {
        Edge { minter: Minter::new(0), chance: Chance::Seeded(seed) }
    }

    pub(crate) fn start_after(&mut self, highest: i64) {
        self.minter.start_after(highest);
    }

    pub fn mint<T: From<i64>>(&mut self, now: Timestamp) -> T {
        self.minter.mint(now)
    }

    /// 64 bits nobody can guess (or, in a simulated world, everybody can repeat).
    pub fn chance(&mut self) -> u64 {
        match &mut self.chance {
            Chance::System => {
                let mut bytes = [0; 8];
                getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
                u64::from_le_bytes(bytes)
            }
            Chance::Seeded(state) => {
                *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mut z = *state;
                z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                z ^ (z >> 31)
            }
        }
    }
}
