//! P3 in words: how a talk was heard, for the one who spoke; and the page where a greeting is tried out.

use askama::Template;
use axum::extract::State;
use warmline_domain::floor::Heard;

use crate::App;
use crate::page::{Frame, Shown, draw};
use crate::session::Who;

#[derive(Template)]
#[template(path = "calls/rehearsal.html")]
struct RehearsalPage {
    frame: Frame,
}

pub(crate) async fn rehearsal(State(app): State<App>, who: Who) -> Shown {
    draw(&RehearsalPage { frame: Frame::new(&app, &who).await? })
}

/// As it stands on a ticket.
pub(crate) struct HeardView {
    /// "You", or who it was.
    pub(crate) who: String,
    /// Of what was said, in percent.
    pub(crate) share: u32,
    pub(crate) words: String,
    pub(crate) private: bool,
}

pub(crate) fn view(heard: &Heard, who: &str, own: bool) -> HeardView {
    let quiet = u64::from(heard.silence) * 100 / u64::from(heard.together.max(1));
    let mut words = vec![format!("{} at the longest", length(heard.longest)), format!("{quiet} % quiet")];
    words.extend([interruptions(heard.interruptions), pace(heard.pace), range(heard.pitch_range)]);
    HeardView {
        who: if own { "You".into() } else { who.to_owned() },
        share: heard.share(),
        words: words.into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" · "),
        private: own,
    }
}

/// What a page is shown while they talk: few words, so that they can be left unread.
pub(crate) fn lately(heard: &Heard) -> String {
    let words =
        [interruptions(heard.interruptions), pace_word(heard.pace).into(), range_word(heard.pitch_range).into()];
    words.into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn interruptions(count: u32) -> String {
    match count {
        0 => "never broke in".into(),
        1 => "broke in once".into(),
        2 => "broke in twice".into(),
        more => format!("broke in {more} times"),
    }
}

/// Syllables in a minute of speech; people talk at 220 to 340.
pub(crate) fn pace_word(pace: u32) -> &'static str {
    match pace {
        0 => "",
        1..220 => "slow pace",
        220..=340 => "easy pace",
        _ => "fast pace",
    }
}

fn pace(pace: u32) -> String {
    if pace == 0 { String::new() } else { format!("{} (about {pace} syllables a minute)", pace_word(pace)) }
}

/// Tenths of semitones; read-out text stays below three, a smile goes above five.
pub(crate) fn range_word(range: u32) -> &'static str {
    match range {
        0 => "",
        1..30 => "flat voice",
        30..50 => "even voice",
        _ => "lively voice",
    }
}

fn range(range: u32) -> String {
    if range == 0 {
        return String::new();
    }
    format!("{} ({}.{} semitones)", range_word(range), range / 10, range % 10)
}

fn length(milliseconds: u32) -> String {
    super::words::span(i64::from(milliseconds / 1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_talk_in_words() {
        let heard = Heard {
            together: 120_000,
            agent: 40_000,
            caller: 60_000,
            silence: 24_000,
            longest: 75_000,
            interruptions: 1,
            pace: 260,
            pitch_range: 62,
        };
        let seen = view(&heard, "Ada", false);
        assert_eq!((seen.who.as_str(), seen.share), ("Ada", 40));
        assert_eq!(
            seen.words,
            "1:15 min at the longest · 20 % quiet · broke in once · easy pace (about 260 syllables a minute) · lively voice (6.2 semitones)"
        );
        assert_eq!(lately(&heard), "broke in once · easy pace · lively voice");
    }
}
