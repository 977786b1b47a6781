//! What is said to callers whom nobody has answered yet, sentence by sentence. The telephone has each of them recorded.

use super::entrance::{Farewell, Opens, Turned};
use super::wait::{Range, Said};

/// A sentence, or a part of one, that a caller hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phrase {
    /// Who is called, what to have at hand (P7), that the call may be recorded.
    Greeting,
    Position(u32),
    Wait(Range),
    KeepPlace,
    Closed,
    Opens(Opens),
    Full,
    ChooseMessage,
    ChooseCall,
    LeaveMessage,
    PlaceKept,
    CallPromised,
    MessageLeft,
}

/// Told while they wait; music follows.
pub fn waiting(said: Said, can_be_called: bool) -> Vec<Phrase> {
    let greeting = (said.times == 1).then_some(Phrase::Greeting);
    let wait = said.range.map(Phrase::Wait);
    let keep = can_be_called.then_some(Phrase::KeepPlace);
    greeting.into_iter().chain([Phrase::Position(said.position)]).chain(wait).chain(keep).collect()
}

/// Told over and over until they choose.
pub fn choices(why: Turned, can_be_called: bool) -> Vec<Phrase> {
    let why = match why {
        Turned::Closed(Some(opens)) => vec![Phrase::Closed, Phrase::Opens(opens)],
        Turned::Closed(None) => vec![Phrase::Closed],
        Turned::Full => vec![Phrase::Full],
    };
    let call = can_be_called.then_some(Phrase::ChooseCall);
    why.into_iter().chain([Phrase::ChooseMessage]).chain(call).collect()
}

pub fn farewell(said: Farewell) -> Phrase {
    match said {
        Farewell::PlaceKept => Phrase::PlaceKept,
        Farewell::CallPromised => Phrase::CallPromised,
        Farewell::MessageLeft => Phrase::MessageLeft,
    }
}
