//! The steps of holds and transfers in a call, from what was said and what the telephone did.
//!
//! The telephone says when a hold or a transfer was; the words before and after say how. Works on text as people write it
//! and on what recognisers write, lower case without marks. What counts as a step: a hold is *asked* when the customer is
//! put a question, has *minutes* when a length is named, is *agreed* when the customer assents; a transfer is *warm* when
//! the other side was spoken to first, *briefed* when they heard who and what before the customer came.

use serde::Serialize;

use crate::Engine;
use crate::text::{Language, Text};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Agent,
    Customer,
    /// The other side of a transfer.
    Colleague,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    Hold,
    Resume,
    TransferStart,
    /// The agent and the colleague talk alone.
    Consult,
    Joined,
    AgentLeft,
    TransferBlind,
    Ended,
}

#[derive(Clone, Debug)]
pub enum Turn {
    Said {
        who: Who,
        text: String,
    },
    /// At so many seconds of the call.
    Happened {
        event: Event,
        seconds: u32,
    },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HoldSteps {
    pub asked: bool,
    pub reason: bool,
    pub minutes: bool,
    pub agreed: bool,
    pub thanked_before: bool,
    pub thanked_after: bool,
    /// Longer than was said.
    pub overran: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TransferSteps {
    pub warm: bool,
    pub why: bool,
    pub to_whom: bool,
    pub agreed: bool,
    pub introduced: bool,
    pub briefed: bool,
}

/// One entry a hold and a transfer, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Steps {
    pub holds: Vec<HoldSteps>,
    pub transfers: Vec<TransferSteps>,
}

/// Who and what take so many words.
const BRIEF_WORDS: usize = 9;
/// So many turns of talk before an event are about it.
const BEFORE: usize = 6;

impl Engine {
    pub fn steps(&self, turns: &[Turn], language: Language) -> Steps {
        let mut steps = Steps::default();
        for (at, turn) in turns.iter().enumerate() {
            let Turn::Happened { event, seconds } = turn else { continue };
            match event {
                Event::Hold => steps.holds.push(self.hold(turns, at, *seconds, language)),
                Event::TransferStart | Event::TransferBlind => {
                    steps.transfers.push(self.transfer(turns, at, language));
                }
                _ => {}
            }
        }
        steps
    }

    fn makes(&self, text: &str, name: &str, language: Language) -> bool {
        self.moves(text, language).iter().any(|m| m.name == name)
    }

    fn hold(&self, turns: &[Turn], at: usize, began: u32, language: Language) -> HoldSteps {
        let before = self.about(turns, at, "call-hold", language);
        let agent = |name: &str| before.iter().any(|(who, t)| *who == Who::Agent && self.makes(t, name, language));
        let question = before.iter().position(|(who, t)| {
            *who == Who::Agent && (self.makes(t, "call-hold-question", language) || asks(t, language))
        });
        let announced =
            before.iter().position(|(who, t)| *who == Who::Agent && self.makes(t, "call-hold", language)).or(question);
        let agreed = announced.is_some_and(|from| self.assents(&before[from + 1..], language));
        let after = said_after(turns, at);
        let told = announced.map_or(&[][..], |from| &before[from..]);
        let thanks = told.iter().any(|(who, t)| *who == Who::Agent && self.makes(t, "call-thanks", language));
        let asked = question.is_some();
        let lengths: Vec<u32> =
            before.iter().filter(|(who, _)| *who == Who::Agent).filter_map(|(_, t)| longest(t, language)).collect();
        let end = turns[at..].iter().skip(1).find_map(|t| match t {
            Turn::Happened { event: Event::TransferStart | Event::Consult, .. } | Turn::Said { .. } => None,
            Turn::Happened { seconds, .. } => Some(*seconds),
        });
        let overran = match (lengths.iter().max(), end) {
            (Some(promised), Some(end)) => end.saturating_sub(began) > *promised,
            _ => false,
        };
        HoldSteps {
            asked,
            reason: agent("call-reason"),
            minutes: !lengths.is_empty(),
            agreed,
            thanked_before: thanks,
            thanked_after: after.is_some_and(|t| self.makes(t, "call-thanks", language)),
            overran,
        }
    }

    fn transfer(&self, turns: &[Turn], at: usize, language: Language) -> TransferSteps {
        let before = self.about(turns, at, "call-transfer", language);
        let agent = |name: &str| before.iter().any(|(who, t)| *who == Who::Agent && self.makes(t, name, language));
        let blind = matches!(turns[at], Turn::Happened { event: Event::TransferBlind, .. });
        let announced =
            before.iter().position(|(who, t)| *who == Who::Agent && self.makes(t, "call-transfer", language));
        let wished = before.iter().any(|(who, t)| *who == Who::Customer && self.makes(t, "call-wish", language));
        let agreed = announced.is_some_and(|from| self.assents(&before[from + 1..], language)) || wished;
        let consult: Vec<&str> = until(&turns[at..], Event::Joined)
            .filter_map(|t| match t {
                Turn::Said { who: Who::Agent, text } => Some(text.as_str()),
                _ => None,
            })
            .collect();
        let answered = until(&turns[at..], Event::Joined).any(|t| matches!(t, Turn::Said { who: Who::Colleague, .. }));
        let consulted = turns[at..].iter().any(|t| matches!(t, Turn::Happened { event: Event::Consult, .. }));
        let words = |t: &&str| Text::read(t, language).tokens.len();
        let told = consult.iter().map(words).sum::<usize>();
        let warm = !blind && (consulted || answered) && !consult.is_empty();
        let introduced = turns[at..]
            .iter()
            .skip_while(|t| !matches!(t, Turn::Happened { event: Event::Joined, .. }))
            .take_while(|t| !matches!(t, Turn::Happened { event: Event::AgentLeft, .. }))
            .any(|t| match t {
                Turn::Said { who: Who::Agent, text } => self.makes(text, "call-introduce", language),
                _ => false,
            });
        TransferSteps {
            warm,
            why: agent("call-reason") || agent("call-their-field"),
            to_whom: agent("call-to-whom") || agent("call-their-field"),
            agreed,
            introduced,
            briefed: warm && told >= BRIEF_WORDS && !consult.iter().any(|t| self.makes(t, "call-anonymous", language)),
        }
    }

    /// What was said about an event: since the move that speaks of it, or the last few turns.
    fn about<'a>(&self, turns: &'a [Turn], at: usize, name: &str, language: Language) -> Vec<(Who, &'a str)> {
        let mut said: Vec<(Who, &str)> = vec![];
        for turn in turns[..at].iter().rev() {
            match turn {
                Turn::Said { who, text } => said.push((*who, text)),
                // A hold just before the transfer belongs to it: what was said before both is about both.
                Turn::Happened { event: Event::Hold | Event::TransferStart, .. } if name == "call-transfer" => {}
                Turn::Happened { .. } => break,
            }
            if said.len() == BEFORE {
                break;
            }
        }
        said.reverse();
        // The last time it is spoken of; a sentence before it may hold the reason.
        let first = said.iter().position(|(who, t)| {
            let asks = name == "call-hold" && self.makes(t, "call-hold-question", language);
            *who == Who::Agent && (asks || self.makes(t, name, language))
        });
        let earlier = if name == "call-hold" { 1 } else { 2 };
        let from = first.map_or(said.len().saturating_sub(3), |n| n.saturating_sub(earlier));
        said.split_off(from)
    }

    /// Whether the customer says yes, and does not say no after it.
    fn assents(&self, after: &[(Who, &str)], language: Language) -> bool {
        let mut customer = after.iter().filter(|(who, _)| *who == Who::Customer);
        customer.any(|(_, t)| self.makes(t, "call-yes", language) && !self.makes(t, "call-no", language))
    }
}

/// A question that speaks of holding, or "Okay?" after it was spoken of.
fn asks(text: &str, language: Language) -> bool {
    let read = Text::read(text, language);
    let holds = |s: &crate::text::Sentence| read.words(s).iter().any(|w| w.word.starts_with("hold"));
    let okay = |s: &crate::text::Sentence| {
        s.tokens.len() <= 4
            && read.words(s).iter().any(|w| ["ok", "okay", "alright", "right"].contains(&w.word.as_str()))
    };
    let spoken = read.sentences.iter().any(holds);
    read.sentences.iter().any(|s| s.question && (holds(s) || (spoken && okay(s))))
}

fn said_after(turns: &[Turn], at: usize) -> Option<&str> {
    let after = turns[at..].iter().skip_while(|t| {
        !matches!(t, Turn::Happened { event: Event::Resume | Event::Joined | Event::AgentLeft | Event::Ended, .. })
    });
    after
        .filter_map(|t| match t {
            Turn::Said { who: Who::Agent, text } => Some(text.as_str()),
            _ => None,
        })
        .next()
}

fn until(turns: &[Turn], event: Event) -> impl Iterator<Item = &Turn> {
    turns.iter().skip(1).take_while(move |t| {
        !matches!(t, Turn::Happened { event: e, .. } if *e == event || matches!(e, Event::AgentLeft | Event::Ended))
    })
}

/// The longest time that is named, in seconds: "two or three minutes", "half a minute", "a minute".
fn longest(text: &str, language: Language) -> Option<u32> {
    let read = Text::read(text, language);
    let words: Vec<&str> = read.tokens.iter().map(|t| t.word.as_str()).collect();
    let mut longest = None;
    for (at, unit) in words.iter().enumerate() {
        let seconds = match unit.trim_end_matches('s') {
            "second" | "sec" | "sekunde" | "sekunden" => 1,
            "minute" | "min" | "minuten" => 60,
            _ => continue,
        };
        let before = |n: usize| at.checked_sub(n).map_or("", |at| words[at]);
        let count = match before(1) {
            "a" | "an" | "eine" if before(2) == "half" => Some(0.5),
            // "One sec" is no length.
            "a" | "an" | "one" | "eine" if seconds == 1 => None,
            "of" if before(2) == "couple" => Some(2.0),
            "couple" => Some(2.0),
            "more" | "good" | "full" => count(before(2)),
            word => count(word),
        };
        let told = count.map(|n| (n * f64::from(seconds)) as u32);
        longest = longest.max(told);
    }
    longest
}

fn count(word: &str) -> Option<f64> {
    let word = word.rsplit('-').next().unwrap_or(word);
    crate::when::number(word).map(|n| n as f64).filter(|n| *n > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shipped;

    fn engine() -> Engine {
        Engine::new(shipped::packs(&[]).unwrap(), std::collections::BTreeMap::new())
    }

    fn said(who: Who, text: &str) -> Turn {
        Turn::Said { who, text: text.into() }
    }

    fn at(event: Event, seconds: u32) -> Turn {
        Turn::Happened { event, seconds }
    }

    #[test]
    fn a_hold_done_well_and_one_done_badly() {
        let engine = engine();
        for (ask, yes) in [
            ("To find the order I need about two minutes. May I put you on hold?", "Sure."),
            ("to find the order i need about two minutes may i put you on hold", "yeah sure"),
        ] {
            let turns = [
                said(Who::Agent, ask),
                said(Who::Customer, yes),
                said(Who::Agent, "Thank you."),
                at(Event::Hold, 10),
                at(Event::Resume, 200),
                said(Who::Agent, "Thank you for waiting. I found it."),
                at(Event::Ended, 220),
            ];
            let steps = engine.steps(&turns, Language::English);
            let all = HoldSteps {
                asked: true,
                reason: true,
                minutes: true,
                agreed: true,
                thanked_before: true,
                thanked_after: true,
                overran: true,
            };
            assert_eq!(steps.holds, [all], "{ask}");
        }
        let abrupt = [
            said(Who::Customer, "My line is dead."),
            said(Who::Agent, "Hold please."),
            at(Event::Hold, 10),
            at(Event::Resume, 20),
            said(Who::Agent, "So, there is a fault."),
        ];
        assert_eq!(engine.steps(&abrupt, Language::English).holds, [HoldSteps::default()]);
    }

    #[test]
    fn a_warm_transfer_and_a_blind_one() {
        let engine = engine();
        let warm = [
            said(Who::Agent, "Freya on our drives team knows that axis best. May I transfer you to her?"),
            said(Who::Customer, "Yes please."),
            at(Event::TransferStart, 30),
            at(Event::Consult, 32),
            said(
                Who::Agent,
                "Freya, I have Ms. Grant on the line. Her arm stops with 417 and she has restarted it twice.",
            ),
            said(Who::Colleague, "Put her through."),
            at(Event::Joined, 60),
            said(Who::Agent, "Ms. Grant, this is Freya. Freya, this is Ms. Grant."),
            at(Event::AgentLeft, 70),
        ];
        let all = TransferSteps { warm: true, why: true, to_whom: true, agreed: true, introduced: true, briefed: true };
        assert_eq!(engine.steps(&warm, Language::English).transfers, [all]);
        let blind = [
            said(Who::Customer, "I have a question."),
            said(Who::Agent, "One moment."),
            at(Event::TransferBlind, 9),
            said(Who::Colleague, "Hello?"),
        ];
        assert_eq!(engine.steps(&blind, Language::English).transfers, [TransferSteps::default()]);
    }
}
