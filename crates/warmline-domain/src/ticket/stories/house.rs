//! What the stories say about referrals, prices and managers.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::site::catalogue::{self, Written};
use crate::site::{Agent, Event, Role, Site, evolve, referrals};
use crate::ticket::{Command, appeal, charge, referral};
use crate::{AgentId, By, PointerId, PromiseId, RequestId};

/// Two supervisors, a directory with one entry, a catalogue with three.
pub(super) fn furnish(mut site: Site) -> Site {
    for (id, name) in [(3, "cy"), (4, "di")] {
        let agent = Agent::new(AgentId(id), name.into(), format!("{name}@example.com"), Role::Supervisor);
        site.agents.insert(agent.id, agent);
    }
    site.policy.charges.complaints_to = "managers@example.com".into();
    let maker = referrals::Written {
        name: "Toner works".into(),
        about: "toner".into(),
        link: "https://toner.example.org/help".into(),
        phone: "+1 555 0100".into(),
        ..referrals::Written::default()
    };
    let now = Timestamp::from_second(super::START).unwrap();
    let keep = referrals::Command::Keep { id: PointerId(1), written: maker, now };
    let mut commands = vec![crate::site::Command::Directory(keep)];
    let words = |text: &str| BTreeMap::from([("en".to_owned(), text.to_owned())]);
    for (id, name, terms, price) in [
        (1, "Password reset", "included", ""),
        (2, "Data rescue", "extra cost", "120"),
        (3, "Phone repair", "not done here", ""),
    ] {
        let written = Written {
            name: name.into(),
            otherwise: (terms.into(), price.into()),
            currency: "EUR".into(),
            reason: words("It takes a laboratory"),
            instead: words("The maker repairs it"),
            exception_up_to: if price.is_empty() { String::new() } else { "50".into() },
            ..Written::default()
        };
        let keep = catalogue::Command::Keep { id: RequestId(id), written: Box::new(written) };
        commands.push(crate::site::Command::Catalogue(keep));
    }
    for command in commands {
        let events: Vec<Event> = crate::site::decide(&site, By::Agent(AgentId(3)), command).unwrap();
        site = events.iter().fold(site, evolve);
    }
    site
}

pub(super) fn wish(verb: &str, rest: &str, id: i64) -> Command {
    let because = || rest.split_once("because ").map_or(String::new(), |(_, why)| why.into());
    let n = 0;
    let referral = |command| Command::Referral(command);
    let charge = |command| Command::Charge(command);
    let appeal = |command| Command::Appeal(command);
    match verb {
        "looks-elsewhere" => referral(referral::Command::Look),
        "points-to" if rest.starts_with("http") => {
            referral(referral::Command::Point(referral::Choice::Found { link: rest.into(), name: String::new() }))
        }
        "points-to" => {
            referral(referral::Command::Point(referral::Choice::Directory(PointerId(rest.parse().unwrap()))))
        }
        "says-pointer" => referral(referral::Command::Said),
        "ours-after-all" => referral(referral::Command::Ours),
        "closes-out-of-scope" => referral(referral::Command::Close),
        "quotes-price" => charge(charge::Command::Quote { entry: RequestId(rest.parse().unwrap()), plan: None }),
        "says-price" => charge(charge::Command::Said { n }),
        "notes-agreement" => charge(charge::Command::Agree { n, on_the_phone: rest == "phone" }),
        "starts-work" => charge(charge::Command::Start { n }),
        "excepts" => {
            let pays = rest.split_whitespace().find_map(|w| w.strip_prefix("pays=")).unwrap_or_default().to_owned();
            charge(charge::Command::Except { n, pays, reason: because() })
        }
        "drops-charge" => charge(charge::Command::Drop { n, reason: because() }),
        "asked-for-manager" => appeal(appeal::Command::Begin),
        "asks-manager" => appeal(appeal::Command::Ask { promise: PromiseId(id), here: vec![AgentId(3)] }),
        "takes-request" => appeal(appeal::Command::Take),
        "returns-request" => appeal(appeal::Command::Return { word: rest.into() }),
        "settles-request" => appeal(appeal::Command::Settle { word: rest.into() }),
        other => panic!("no such wish: {other}"),
    }
}

/// `text=…`: what an answer says; it goes to the end of the line.
pub(super) fn said(rest: &str) -> String {
    rest.split_once("text=").map_or("Hello.", |(_, text)| text).to_owned()
}
