//! The directory of referrals: who helps with what is not ours. Vendors, other departments, public help.
//!
//! An entry is confirmed by whoever has looked that it is still right; one that nobody confirmed for long is offered
//! last. Everybody who works here keeps it: a directory that only administrators may change is never right.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Role, Site};
use crate::customer::{is_address, normal_address, phone_number};
use crate::limits::{LINK_CHARS, NAME_CHARS, POINTERS, REASON_CHARS};
use crate::{AgentId, By, PointerId, Refusal, refusal};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Directory {
    pub pointers: BTreeMap<PointerId, Pointer>,
}

/// Somebody who helps, and how they are reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointer {
    pub id: PointerId,
    pub name: String,
    pub kind: Kind,
    /// What for: words a ticket about it would have.
    pub about: String,
    /// As it is dialled (E.164 or a short number); empty: none.
    pub phone: String,
    pub mail: String,
    /// http or https.
    pub link: String,
    /// BCP 47 codes, `en de`.
    pub languages: String,
    pub confirmed_at: Timestamp,
    pub confirmed_by: Option<AgentId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Vendor,
    Department,
    Public,
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::Vendor, Kind::Department, Kind::Public];

    pub fn word(self) -> &'static str {
        match self {
            Kind::Vendor => "vendor",
            Kind::Department => "department",
            Kind::Public => "public help",
        }
    }
}

/// An entry as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    pub name: String,
    /// The word of a [`Kind`]; empty is a vendor.
    pub kind: String,
    pub about: String,
    pub phone: String,
    pub mail: String,
    pub link: String,
    pub languages: String,
}

#[derive(Clone, Debug)]
pub enum Command {
    /// Adds an entry, or changes the one of that identifier. What is written down now is confirmed now.
    Keep {
        id: PointerId,
        written: Written,
        now: Timestamp,
    },
    /// All of these or none. Entries of a name that is here are changed, the others get these identifiers in turn.
    TakeIn {
        entries: Vec<(PointerId, Written)>,
        now: Timestamp,
    },
    StillRight {
        id: PointerId,
        now: Timestamp,
    },
    Remove {
        id: PointerId,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Kept(Box<Pointer>),
    Confirmed { id: PointerId, at: Timestamp, by: Option<AgentId> },
    Removed { id: PointerId },
}

pub(super) fn decide(site: &Site, by: By, command: Command) -> Result<Vec<Event>, Refusal> {
    let directory = &site.directory;
    let role = site.role(by).ok_or_else(|| {
        Refusal::new(
            refusal::Kind::Permission,
            "Only people who work at this desk keep the directory.",
            "Sign in as an agent.",
        )
    })?;
    match command {
        Command::Keep { id, written, now } => {
            room(directory, usize::from(!directory.pointers.contains_key(&id)))?;
            let pointer = read(id, &written, now, by)?;
            unique(directory, &pointer)?;
            Ok(if directory.pointers.get(&id) == Some(&pointer) {
                vec![]
            } else {
                vec![Event::Kept(Box::new(pointer))]
            })
        }
        Command::TakeIn { entries, now } => take_in(directory, entries, now, by),
        Command::StillRight { id, now } => {
            directory.pointers.get(&id).ok_or_else(|| Refusal::missing("entry in the directory"))?;
            Ok(vec![Event::Confirmed { id, at: now, by: by.agent() }])
        }
        Command::Remove { .. } if role < Role::Supervisor => Err(Refusal::new(
            refusal::Kind::Permission,
            "Entries are taken out by supervisors and administrators.",
            "Correct the entry instead, or ask a supervisor.",
        )),
        Command::Remove { id } => Ok(directory.pointers.get(&id).map(|_| Event::Removed { id }).into_iter().collect()),
    }
}

pub(super) fn evolve(directory: &mut Directory, event: &Event) {
    match event {
        Event::Kept(pointer) => {
            directory.pointers.insert(pointer.id, (**pointer).clone());
        }
        Event::Confirmed { id, at, by } => {
            if let Some(pointer) = directory.pointers.get_mut(id) {
                (pointer.confirmed_at, pointer.confirmed_by) = (*at, *by);
            }
        }
        Event::Removed { id } => {
            directory.pointers.remove(id);
        }
    }
}

fn room(directory: &Directory, more: usize) -> Result<(), Refusal> {
    if directory.pointers.len() + more > POINTERS {
        return Err(Refusal::state(
            format!("The directory has room for {POINTERS} entries."),
            "Nothing was changed. Take out what nobody needs any more.",
        ));
    }
    Ok(())
}

/// Two entries of one name would be counted apart.
fn unique(directory: &Directory, pointer: &Pointer) -> Result<(), Refusal> {
    let twin = directory.pointers.values().find(|p| p.id != pointer.id && same_name(&p.name, &pointer.name));
    match twin {
        None => Ok(()),
        Some(twin) => Err(Refusal::input(
            format!("{} is in the directory already.", twin.name),
            "Change that entry, or say in the name what tells the two apart.",
        )),
    }
}

fn same_name(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

fn take_in(
    directory: &Directory,
    entries: Vec<(PointerId, Written)>,
    now: Timestamp,
    by: By,
) -> Result<Vec<Event>, Refusal> {
    let mut events = Vec::new();
    let mut names = BTreeSet::new();
    let mut fresh = 0;
    for (n, (id, written)) in entries.into_iter().enumerate() {
        // The first line of a file holds the names of its columns.
        let line = n + 2;
        let known = directory.pointers.values().find(|p| same_name(&p.name, written.name.trim()));
        fresh += usize::from(known.is_none());
        let pointer = read(known.map_or(id, |p| p.id), &written, now, by).map_err(|r| {
            Refusal::input(format!("Entry {line}: {}", r.why), "Nothing was taken in. Correct it and try again.")
        })?;
        if !names.insert(pointer.name.to_lowercase()) {
            return Err(Refusal::input(
                format!("Entry {line}: {} is there twice.", pointer.name),
                "Nothing was taken in. Keep one of them and try again.",
            ));
        }
        let same = |p: &&Pointer| Pointer { confirmed_at: now, confirmed_by: by.agent(), ..(*p).clone() } == pointer;
        if known.filter(same).is_none() {
            events.push(Event::Kept(Box::new(pointer)));
        }
    }
    room(directory, fresh)?;
    Ok(events)
}

fn read(id: PointerId, written: &Written, now: Timestamp, by: By) -> Result<Pointer, Refusal> {
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (name, about) = (line(&written.name), line(&written.about));
    if name.is_empty() || name.chars().count() > NAME_CHARS || name.chars().any(char::is_control) {
        return Err(Refusal::input(
            format!("An entry needs a name of 1 to {NAME_CHARS} characters."),
            "Enter whom the customer should ask for.",
        ));
    }
    if about.chars().count() > REASON_CHARS {
        return Err(Refusal::input(
            format!("What {name} is for has {REASON_CHARS} characters at most."),
            "Keep the words customers would use.",
        ));
    }
    let kind = written.kind.trim();
    let kind = Kind::ALL.into_iter().find(|k| k.word() == kind || kind.is_empty()).ok_or_else(|| {
        Refusal::input(format!("“{kind}” is no kind of entry."), "Use vendor, department or public help.")
    })?;
    let phone = match written.phone.trim() {
        "" => String::new(),
        text => phone_number(text).ok_or_else(|| {
            Refusal::input(format!("“{text}” is not a phone number."), "Enter it like +1 555 0100, or leave it out.")
        })?,
    };
    let mail = normal_address(&written.mail);
    if !mail.is_empty() && !is_address(&mail) {
        return Err(Refusal::input(format!("“{mail}” is not a mail address."), "Enter it as name@example.com."));
    }
    let link = match written.link.trim() {
        "" => String::new(),
        text => web_link(text)?,
    };
    if phone.is_empty() && mail.is_empty() && link.is_empty() {
        return Err(Refusal::input(
            format!("{name} cannot be reached yet."),
            "Enter a phone number, a mail address or a link; one is enough.",
        ));
    }
    let languages: Vec<String> =
        written.languages.split([' ', ',']).filter(|l| !l.is_empty()).map(str::to_lowercase).collect();
    if let Some(wrong) = languages.iter().find(|l| l.len() != 2 || !l.chars().all(|c| c.is_ascii_lowercase())) {
        return Err(Refusal::input(format!("“{wrong}” is no language code."), "Use two letters each, like en de."));
    }
    let (confirmed_at, confirmed_by) = (now, by.agent());
    Ok(Pointer { id, name, kind, about, phone, mail, link, languages: languages.join(" "), confirmed_at, confirmed_by })
}

/// A link that can be given to a customer: http or https (RFC 3986), to a host with a dot, no name or password in it.
pub fn web_link(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    let unusable = |why: &str| {
        Refusal::input(
            format!("“{}” cannot be given to a customer: {why}.", short(text)),
            "Use a link like https://help.example.com/page.",
        )
    };
    if text.chars().count() > LINK_CHARS {
        return Err(unusable("it is too long"));
    }
    let lower = text.to_lowercase();
    let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
    let rest = rest.ok_or_else(|| unusable("it does not begin with http:// or https://"))?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.contains('@') {
        return Err(unusable("there is a name or a password in it"));
    }
    let name = host.split(':').next().unwrap_or_default();
    let plain = |c: char| c.is_alphanumeric() || c == '-' || c == '.';
    if !name.contains('.') || name.starts_with('.') || name.ends_with('.') || !name.chars().all(plain) {
        return Err(unusable("its host is none of the web"));
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control() || "<>\"`{}|\\^".contains(c)) {
        return Err(unusable("it has a character that links do not have"));
    }
    Ok(text.to_owned())
}

fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

/// An entry that may help, and why it stands where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fitting<'a> {
    pub pointer: &'a Pointer,
    /// Words of the question that are its.
    pub words: usize,
    /// Nobody has confirmed it for so long that it is offered last.
    pub stale: bool,
}

impl Directory {
    /// The best fits first: words of its name and of what it is for count double; then what was used more. What has
    /// not been confirmed for `months` comes last. With `all`, also what shares no word.
    pub fn fitting(
        &self,
        text: &str,
        now: Timestamp,
        months: u32,
        all: bool,
        uses: &dyn Fn(PointerId) -> i64,
    ) -> Vec<Fitting<'_>> {
        let asked: BTreeSet<String> = words_of(text).collect();
        let fit = |pointer: &'_ Pointer| -> usize {
            let own: BTreeSet<String> = words_of(&format!("{} {}", pointer.name, pointer.about)).collect();
            let begins = |w: &&String| own.iter().any(|o| o.starts_with(w.as_str()) || w.starts_with(o.as_str()));
            asked.iter().filter(begins).count()
        };
        let mut found: Vec<Fitting<'_>> = self
            .pointers
            .values()
            .map(|pointer| Fitting { pointer, words: fit(pointer), stale: pointer.is_stale(now, months) })
            .filter(|f| all || f.words > 0)
            .collect();
        found.sort_by_key(|f| {
            (f.stale, std::cmp::Reverse((f.words, uses(f.pointer.id))), f.pointer.name.to_lowercase())
        });
        found
    }
}

/// Words of four letters and more: shorter ones are in every text.
fn words_of(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| w.chars().count() >= 3).map(str::to_lowercase).filter(|w| {
        !["the", "and", "for", "with", "our", "your", "you", "this", "that", "der", "die", "das", "und", "mit", "für"]
            .contains(&w.as_str())
    })
}

impl Pointer {
    /// Months are of 30 days.
    pub fn is_stale(&self, now: Timestamp, months: u32) -> bool {
        self.confirmed_at + SignedDuration::from_hours(24 * 30 * i64::from(months)) <= now
    }

    /// What shows in a text that this is whom it points to.
    pub fn marks(&self) -> Vec<String> {
        [&self.phone, &self.mail, &self.link].into_iter().filter(|m| !m.is_empty()).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::Agent;

    fn staffed() -> Site {
        let mut site = Site::default();
        for (id, role) in [(1, Role::Agent), (2, Role::Supervisor)] {
            let agent = Agent::new(AgentId(id), format!("a{id}"), format!("a{id}@example.com"), role);
            site.agents.insert(agent.id, agent);
        }
        site
    }

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + day * 86_400).unwrap()
    }

    fn written(name: &str, about: &str) -> Written {
        Written {
            name: name.into(),
            about: about.into(),
            link: "https://help.example.com".into(),
            ..Written::default()
        }
    }

    fn keep(site: &mut Site, id: i64, written: Written, day: i64) -> Result<(), Refusal> {
        let command = Command::Keep { id: PointerId(id), written, now: at(day) };
        for event in decide(site, By::Agent(AgentId(1)), command)? {
            evolve(&mut site.directory, &event);
        }
        Ok(())
    }

    #[test]
    fn what_cannot_be_reached_or_opened_is_refused() {
        let mut site = staffed();
        let nothing = Written { link: String::new(), ..written("Maker", "") };
        assert!(keep(&mut site, 1, nothing, 0).unwrap_err().why.contains("cannot be reached"));
        for link in [
            "javascript:alert(1)",
            "ftp://x.example.com",
            "https://localhost/x",
            "https://a:b@example.com",
            "https://ex ample.com/a",
        ] {
            let wrong = Written { link: link.into(), ..written("Maker", "") };
            assert!(keep(&mut site, 1, wrong, 0).is_err(), "{link}");
        }
        keep(&mut site, 1, written("Maker", "toner"), 0).unwrap();
        assert!(keep(&mut site, 2, written("maker", ""), 0).unwrap_err().why.contains("already"));
        let remove = Command::Remove { id: PointerId(1) };
        assert_eq!(decide(&site, By::Agent(AgentId(1)), remove.clone()).unwrap_err().kind, refusal::Kind::Permission);
        assert_eq!(decide(&site, By::Agent(AgentId(2)), remove).unwrap().len(), 1);
        assert!(decide(&site, By::Stranger, Command::StillRight { id: PointerId(1), now: at(0) }).is_err());
    }

    #[test]
    fn the_best_fit_comes_first_and_the_unconfirmed_last() {
        let mut site = staffed();
        keep(&mut site, 1, written("Old toner shop", "toner cartridge printer"), 0).unwrap();
        keep(&mut site, 2, written("Toner works", "toner"), 300).unwrap();
        keep(&mut site, 3, written("Cartridge makers", "toner cartridge"), 300).unwrap();
        keep(&mut site, 4, written("Tax office", "invoice tax"), 300).unwrap();
        let names = |all: bool, uses: &dyn Fn(PointerId) -> i64| -> Vec<i64> {
            let found = site.directory.fitting("My printer’s toner cartridge leaks", at(310), 6, all, uses);
            found.iter().map(|f| f.pointer.id.0).collect()
        };
        assert_eq!(names(false, &|_| 0), [3, 2, 1], "stale last, however well it fits");
        assert_eq!(names(true, &|_| 0), [3, 2, 4, 1]);
        let still = Command::StillRight { id: PointerId(1), now: at(310) };
        for event in decide(&site, By::Agent(AgentId(2)), still).unwrap() {
            evolve(&mut site.directory, &event);
        }
        let found = site.directory.fitting("printer toner cartridge", at(310), 6, false, &|_| 0);
        assert_eq!(found[0].pointer.id, PointerId(1));
    }

    #[test]
    fn taking_in_is_all_or_nothing_and_repeats_nothing() {
        let mut site = staffed();
        keep(&mut site, 1, written("Maker", "toner"), 0).unwrap();
        let take = |entries: Vec<Written>| Command::TakeIn {
            entries: entries.into_iter().enumerate().map(|(n, w)| (PointerId(50 + n as i64), w)).collect(),
            now: at(1),
        };
        let by = By::Agent(AgentId(1));
        assert_eq!(decide(&site, by, take(vec![written("Maker", "toner")])).unwrap(), vec![]);
        let wrong = vec![written("Shop", "ink"), written("", "x")];
        assert!(decide(&site, by, take(wrong)).unwrap_err().why.starts_with("Entry 3"));
        assert_eq!(decide(&site, by, take(vec![written("maker", "ink"), written("Shop", "ink")])).unwrap().len(), 2);
    }
}
