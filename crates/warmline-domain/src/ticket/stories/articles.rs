//! What the stories say about articles: `with-article` in an answer links to it, `on-article` stands on it.

use crate::article::Change;
use crate::ticket::articles::{Brought, Command, How};
use crate::ticket::{Command as TicketCommand, Report};

const INK: &str = "ink";

pub(super) fn brought(rest: &str) -> Vec<Brought> {
    let how = rest.split_whitespace().find_map(|w| match w {
        "with-article" => Some(How::Mentioned),
        "on-article" => Some(How::StoodOn),
        _ => None,
    });
    how.map(|how| Brought { article: INK.into(), title: "Ink".into(), version: 1, how }).into_iter().collect()
}

/// `opens-article`, `says-it-holds`.
pub(super) fn wish(verb: &str) -> Option<TicketCommand> {
    let command = match verb {
        "opens-article" => Command::Look { article: INK.into(), title: "Ink".into(), version: 1 },
        "says-it-holds" => Command::Holds { article: INK.into() },
        _ => return None,
    };
    Some(TicketCommand::Articles(command))
}

/// `article changes` or `article retires`, to version 2 or to `version=3`.
pub(super) fn news(verb: &str, rest: &str) -> Report {
    let version = rest.strip_prefix("version=").map_or(2, |v| v.parse().expect("a version"));
    let (title, what) = ("Ink".into(), "It is the left valve.".into());
    Report::ArticleChanged(Change { article: INK.into(), title, version, what, retired: verb == "retires" })
}
