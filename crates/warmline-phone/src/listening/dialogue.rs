//! Two sides of a conversation: how the talking is shared, and who breaks in.
//!
//! The caller *has the floor* once they have spoken for 0.7 s while the agent was silent, until the agent has done the
//! same. It is an *interruption* when the agent begins while the caller has the floor and is speaking, and both go on:
//! they overlap for more than half a second and the agent speaks for at least 0.7 s. So a "mm-hm" is none (it is short),
//! nor is an early answer at the end of a sentence (the overlap is short), nor are two who begin together.

use super::FRAME_MS;
use super::tone::{Tone, ToneMeter};
use super::voice::{Speaker, Spurt};
use crate::g711::Frame;

/// 0.7 s: what is shorter is a backchannel, not a turn.
const TURN: u32 = 35;
/// More than half a second together.
const OVERLAP: u32 = 25;
/// Who begins within 300 ms of the other begins together with them.
const TOGETHER: u32 = 15;
/// A pause of the agent that the caller does not use; beyond it a monologue begins anew.
const PAUSE: u32 = 100;

/// What was heard of one agent with one caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Milliseconds in which they could hear one another.
    pub together: u32,
    /// Milliseconds of the agent's speech, of the caller's, and of neither.
    pub agent: u32,
    pub caller: u32,
    pub silence: u32,
    /// The longest the agent spoke without the caller taking a turn, in milliseconds.
    pub longest: u32,
    pub interruptions: u32,
    /// The agent's tone.
    pub tone: Tone,
}

pub struct Dialogue {
    caller: Speaker,
    agent: Speaker,
    tone: ToneMeter,
    frames: u32,
    silent: u32,
    caller_has_floor: bool,
    /// The agent began in the caller's turn; not decided yet.
    breaking_in: Option<Spurt>,
    /// When the agent's spurt that was looked at last began.
    looked_at: Option<u32>,
    interruptions: u32,
    monologue: Option<Spurt>,
    longest: u32,
}

impl Default for Dialogue {
    fn default() -> Self {
        Dialogue {
            caller: Speaker::new(),
            agent: Speaker::new(),
            tone: ToneMeter::default(),
            frames: 0,
            silent: 0,
            caller_has_floor: false,
            breaking_in: None,
            looked_at: None,
            interruptions: 0,
            monologue: None,
            longest: 0,
        }
    }
}

impl Dialogue {
    /// The next 20 ms of both sides.
    pub fn hears(&mut self, caller: &Frame, agent: &Frame) {
        self.caller.hears(caller);
        let voice = self.agent.hears(agent);
        self.tone.hears(agent, voice && self.agent.spurt.is_some());
        self.frames += 1;
        let (theirs, own) = (self.caller.spurt, self.agent.spurt);
        self.silent += u32::from(theirs.is_none() && own.is_none());
        self.breaks_in(theirs, own);
        match (theirs, own) {
            (Some(theirs), None) if theirs.frames() >= TURN => self.caller_has_floor = true,
            (None, Some(own)) if own.frames() >= TURN => self.caller_has_floor = false,
            _ => {}
        }
        self.goes_on(own);
    }

    fn breaks_in(&mut self, theirs: Option<Spurt>, own: Option<Spurt>) {
        let (Some(theirs), Some(own)) = (theirs, own) else {
            self.breaking_in = None;
            return;
        };
        if self.looked_at.replace(own.begun) != Some(own.begun) {
            let in_their_turn = self.caller_has_floor && theirs.begun + TOGETHER <= own.begun;
            self.breaking_in = in_their_turn.then_some(own);
        }
        let overlap = theirs.last.min(own.last).saturating_sub(own.begun);
        if self.breaking_in.is_some() && overlap > OVERLAP && own.frames() >= TURN {
            self.breaking_in = None;
            self.interruptions += 1;
        }
    }

    fn goes_on(&mut self, own: Option<Spurt>) {
        if self.caller_has_floor {
            self.monologue = None;
        } else if let Some(own) = own {
            let begun = self.monologue.filter(|m| own.begun <= m.last + PAUSE).map_or(own.begun, |m| m.begun);
            let monologue = Spurt { begun, last: own.last };
            self.monologue = Some(monologue);
            self.longest = self.longest.max(monologue.frames());
        }
    }

    /// From the beginning until now.
    pub fn so_far(&self) -> Heard {
        Heard {
            together: self.frames * FRAME_MS,
            agent: self.agent.spoken() * FRAME_MS,
            caller: self.caller.spoken() * FRAME_MS,
            silence: self.silent * FRAME_MS,
            longest: self.longest * FRAME_MS,
            interruptions: self.interruptions,
            tone: self.tone.so_far(),
        }
    }

    /// The same, with the tone of the last ten seconds or so.
    pub fn lately(&self) -> Heard {
        Heard { tone: self.tone.lately(), ..self.so_far() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::g711::{FRAME, SILENCE};

    /// Somebody's syllables: a buzz that swells five times a second.
    fn voice(n: u32) -> Frame {
        std::array::from_fn(|i| {
            let t = (n as usize * FRAME + i) as f32 / 8000.0;
            let swell = 0.55 - 0.45 * (std::f32::consts::TAU * 5.0 * t).cos();
            (8000.0 * swell * (std::f32::consts::TAU * 150.0 * t).sin()) as i16
        })
    }

    /// Each side's speech as (from, until) in tenths of a second.
    fn heard(seconds: u32, caller: &[(u32, u32)], agent: &[(u32, u32)]) -> Heard {
        let mut dialogue = Dialogue::default();
        let speaks = |when: &[(u32, u32)], n: u32| when.iter().any(|(from, to)| (from * 5..to * 5).contains(&n));
        for n in 0..seconds * 50 {
            let [theirs, own] = [caller, agent].map(|when| if speaks(when, n) { voice(n) } else { SILENCE });
            dialogue.hears(&theirs, &own);
        }
        dialogue.so_far()
    }

    #[test]
    fn taking_turns_is_no_interruption() {
        let heard = heard(30, &[(0, 60), (150, 200)], &[(65, 145), (205, 260)]);
        assert_eq!(heard.interruptions, 0);
        assert!(heard.caller.abs_diff(11_000) < 300 && heard.agent.abs_diff(13_500) < 300, "{heard:?}");
        assert!(heard.longest.abs_diff(8_000) < 200, "{heard:?}");
    }

    #[test]
    fn breaking_in_and_going_on_is_one() {
        assert_eq!(heard(10, &[(0, 80)], &[(40, 70)]).interruptions, 1);
        // Both again, in one turn of the caller: two.
        assert_eq!(heard(12, &[(0, 110)], &[(30, 45), (70, 90)]).interruptions, 2);
    }

    #[test]
    fn a_backchannel_an_early_answer_and_a_common_start_are_none() {
        assert_eq!(heard(10, &[(0, 80)], &[(30, 35), (55, 61)]).interruptions, 0, "mm-hm");
        assert_eq!(heard(10, &[(0, 50)], &[(46, 90)]).interruptions, 0, "the end of a sentence");
        assert_eq!(heard(10, &[(10, 60)], &[(11, 60)]).interruptions, 0, "both at once");
        assert_eq!(
            heard(12, &[(60, 66), (90, 110)], &[(0, 100)]).interruptions,
            0,
            "the caller's own mm-hm, and theirs"
        );
    }
}
