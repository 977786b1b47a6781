//! The service catalogue: what we may do for whom, at which price, and why not.
//!
//! An entry says for each plan whether a request is included, costs extra or is not done here; why, in words a customer
//! can hear; what is possible instead; how long it usually takes; and who may make an exception, up to how much.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Role, Site};
use crate::limits::{ENTRIES, NAME_CHARS, ORGANISATIONS, PLANS, REASON_CHARS};
use crate::money::Money;
use crate::ticket::short_word;
use crate::{By, Refusal, RequestId, refusal};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Catalogue {
    /// Plans by their short word, in the order of the alphabet.
    pub plans: BTreeSet<String>,
    /// Which plan an organisation has, by the digest of its name: names stay with the customers.
    pub organisations: BTreeMap<String, String>,
    pub entries: BTreeMap<RequestId, Entry>,
}

/// A request customers come with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub id: RequestId,
    pub name: String,
    /// Words a ticket about it would have.
    pub about: String,
    /// For whoever has no plan, or one that is not named here.
    pub otherwise: Terms,
    pub plans: BTreeMap<String, Terms>,
    pub why: Why,
    /// Why it costs extra or is not done, by language.
    pub reason: BTreeMap<String, String>,
    /// What is possible instead, by language.
    pub instead: BTreeMap<String, String>,
    /// How long it usually takes; 0: not said.
    pub minutes: u32,
    pub channel: Channel,
    pub exception: Exception,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Terms {
    Included,
    Extra(Money),
    NotHere,
}

impl Terms {
    pub fn word(&self) -> &'static str {
        match self {
            Terms::Included => "included",
            Terms::Extra(_) => "extra cost",
            Terms::NotHere => "not done here",
        }
    }
    pub fn price(&self) -> Option<&Money> {
        match self {
            Terms::Extra(price) => Some(price),
            _ => None,
        }
    }
}

/// What stands behind a price or a no.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    #[default]
    Policy,
    Law,
    Resources,
}

impl Why {
    pub const ALL: [Why; 3] = [Why::Policy, Why::Law, Why::Resources];
    pub fn word(self) -> &'static str {
        match self {
            Why::Policy => "policy",
            Why::Law => "law",
            Why::Resources => "resources",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    #[default]
    Any,
    Phone,
    Writing,
}

impl Channel {
    pub const ALL: [Channel; 3] = [Channel::Any, Channel::Phone, Channel::Writing];
    pub fn word(self) -> &'static str {
        match self {
            Channel::Any => "any",
            Channel::Phone => "phone",
            Channel::Writing => "writing",
        }
    }
}

/// Who may waive a price, and how much of it; in minor units of the price's currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    pub by: Role,
    pub up_to: i64,
}

impl Default for Exception {
    fn default() -> Self {
        Exception { by: Role::Supervisor, up_to: 0 }
    }
}

/// An entry as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    pub name: String,
    pub about: String,
    /// For no plan; then `(plan, terms, price)`. Terms are said with their word, an empty one is as for no plan.
    pub otherwise: (String, String),
    pub plans: Vec<(String, String, String)>,
    pub currency: String,
    pub why: String,
    pub reason: BTreeMap<String, String>,
    pub instead: BTreeMap<String, String>,
    pub minutes: String,
    pub channel: String,
    pub exception_by: String,
    pub exception_up_to: String,
}

#[derive(Clone, Debug)]
pub enum Command {
    /// All plans there are; those that are left out are taken from organisations and entries.
    SetPlans {
        plans: Vec<String>,
    },
    /// An empty plan takes it away.
    Assign {
        organisation: String,
        plan: String,
    },
    Keep {
        id: RequestId,
        written: Box<Written>,
    },
    Remove {
        id: RequestId,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    PlansSet {
        plans: BTreeSet<String>,
    },
    /// `organisation` is the digest of its name.
    Assigned {
        organisation: String,
        plan: Option<String>,
    },
    Kept(Box<Entry>),
    Removed {
        id: RequestId,
    },
}

/// Under which key an organisation's plan is kept.
pub fn organisation_key(name: &str) -> String {
    crate::Sealed::new(name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()).digest().hex()
}

pub(super) fn decide(site: &Site, by: By, command: Command) -> Result<Vec<Event>, Refusal> {
    let catalogue = &site.catalogue;
    if site.role(by) < Some(Role::Supervisor) {
        return Err(Refusal::new(
            refusal::Kind::Permission,
            "What we may do is set by supervisors and administrators.",
            "Ask one of them; an exception for one customer is asked for on its ticket.",
        ));
    }
    match command {
        Command::SetPlans { plans } => set_plans(catalogue, plans),
        Command::Assign { organisation, plan } => assign(catalogue, &organisation, &plan),
        Command::Keep { id, written } => {
            if !catalogue.entries.contains_key(&id) && catalogue.entries.len() >= ENTRIES {
                return Err(Refusal::state(
                    format!("The catalogue has room for {ENTRIES} entries."),
                    "Take out what nobody asks for.",
                ));
            }
            let entry = read(catalogue, id, &written)?;
            let twin =
                catalogue.entries.values().find(|e| e.id != id && e.name.to_lowercase() == entry.name.to_lowercase());
            if let Some(twin) = twin {
                return Err(Refusal::input(
                    format!("{} is in the catalogue already.", twin.name),
                    "Change that entry, or say in the name what tells the two apart.",
                ));
            }
            Ok(if catalogue.entries.get(&id) == Some(&entry) { vec![] } else { vec![Event::Kept(Box::new(entry))] })
        }
        Command::Remove { id } => Ok(catalogue.entries.get(&id).map(|_| Event::Removed { id }).into_iter().collect()),
    }
}

fn set_plans(catalogue: &Catalogue, plans: Vec<String>) -> Result<Vec<Event>, Refusal> {
    let plans: BTreeSet<String> = plans.iter().map(|p| short_word(p)).filter(|p| !p.is_empty()).collect();
    let long = plans.iter().find(|p| p.chars().count() > NAME_CHARS || p.chars().any(char::is_control));
    if let Some(plan) = long {
        return Err(Refusal::input(
            format!("“{plan}” is no name of a plan."),
            "Use a short word, like basic or complete.",
        ));
    }
    if plans.len() > PLANS {
        return Err(Refusal::input(
            format!("There can be {PLANS} plans; more is a price list nobody knows by heart."),
            "Nothing was changed. Put plans together that are treated alike.",
        ));
    }
    Ok(if plans == catalogue.plans { vec![] } else { vec![Event::PlansSet { plans }] })
}

fn assign(catalogue: &Catalogue, organisation: &str, plan: &str) -> Result<Vec<Event>, Refusal> {
    let key = organisation_key(organisation);
    let plan = short_word(plan);
    if organisation.trim().is_empty() {
        return Err(Refusal::input("Which organisation?", "Choose one; it is set beside a customer’s ticket."));
    }
    if !plan.is_empty() && !catalogue.plans.contains(&plan) {
        return Err(Refusal::input(format!("There is no plan “{plan}”."), "Add it to the plans first."));
    }
    if !catalogue.organisations.contains_key(&key) && catalogue.organisations.len() >= ORGANISATIONS {
        return Err(Refusal::state(
            format!("Plans of {ORGANISATIONS} organisations are kept."),
            "Take some off that are no customers any more.",
        ));
    }
    let plan = (!plan.is_empty()).then_some(plan);
    let same = catalogue.organisations.get(&key) == plan.as_ref();
    Ok(if same { vec![] } else { vec![Event::Assigned { organisation: key, plan }] })
}

pub(super) fn evolve(catalogue: &mut Catalogue, event: &Event) {
    match event {
        Event::PlansSet { plans } => {
            catalogue.organisations.retain(|_, plan| plans.contains(plan));
            for entry in catalogue.entries.values_mut() {
                entry.plans.retain(|plan, _| plans.contains(plan));
            }
            catalogue.plans = plans.clone();
        }
        Event::Assigned { organisation, plan: Some(plan) } => {
            catalogue.organisations.insert(organisation.clone(), plan.clone());
        }
        Event::Assigned { organisation, plan: None } => {
            catalogue.organisations.remove(organisation);
        }
        Event::Kept(entry) => {
            catalogue.entries.insert(entry.id, (**entry).clone());
        }
        Event::Removed { id } => {
            catalogue.entries.remove(id);
        }
    }
}

fn read(catalogue: &Catalogue, id: RequestId, written: &Written) -> Result<Entry, Refusal> {
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (name, about) = (line(&written.name), line(&written.about));
    if name.is_empty() || name.chars().count() > NAME_CHARS || name.chars().any(char::is_control) {
        return Err(Refusal::input(
            format!("A request needs a name of 1 to {NAME_CHARS} characters."),
            "Call it as customers do.",
        ));
    }
    let texts = |of: &BTreeMap<String, String>| -> BTreeMap<String, String> {
        of.iter().map(|(l, t)| (l.clone(), line(t))).filter(|(_, t)| !t.is_empty()).collect()
    };
    let (reason, instead) = (texts(&written.reason), texts(&written.instead));
    if std::iter::once(&about).chain(reason.values()).chain(instead.values()).any(|t| t.chars().count() > REASON_CHARS)
    {
        return Err(Refusal::input(
            format!("A text of an entry has {REASON_CHARS} characters at most."),
            "Say it in a sentence or two.",
        ));
    }
    let otherwise = terms(&written.otherwise.0, &written.otherwise.1, &written.currency)?.unwrap_or(Terms::Included);
    let mut plans = BTreeMap::new();
    for (plan, word, price) in &written.plans {
        if !catalogue.plans.contains(plan) {
            return Err(Refusal::input(format!("There is no plan “{plan}”."), "Add it to the plans first."));
        }
        if let Some(terms) = terms(word, price, &written.currency)? {
            plans.insert(plan.clone(), terms);
        }
    }
    let all = || std::iter::once(&otherwise).chain(plans.values());
    if all().any(|t| *t != Terms::Included) && reason.is_empty() {
        return Err(Refusal::input(
            format!("{name} costs extra or is not done for some, and nothing says why."),
            "Write the reason in words a customer can hear.",
        ));
    }
    if all().any(|t| *t == Terms::NotHere) && instead.is_empty() {
        return Err(Refusal::input(
            format!("{name} is not done for some, and nothing says what is possible instead."),
            "Nobody is sent away with nothing: say what they can do.",
        ));
    }
    let minutes = match written.minutes.trim() {
        "" => 0,
        text => text.parse().ok().filter(|m| *m <= 100_000).ok_or_else(|| {
            Refusal::input(format!("“{text}” is no number of minutes."), "Enter whole minutes, or leave it out.")
        })?,
    };
    let word = |text: &str, what: &str, all: &str| {
        Refusal::input(format!("“{text}” is no {what}."), format!("Choose one of {all}."))
    };
    let why = Why::ALL.into_iter().find(|w| w.word() == written.why || written.why.is_empty());
    let why = why.ok_or_else(|| word(&written.why, "kind of reason", "policy, law, resources"))?;
    let channel = Channel::ALL.into_iter().find(|c| c.word() == written.channel || written.channel.is_empty());
    let channel = channel.ok_or_else(|| word(&written.channel, "channel", "any, phone, writing"))?;
    let exception = exception(written, all().find_map(Terms::price).is_some())?;
    Ok(Entry { id, name, about, otherwise, plans, why, reason, instead, minutes, channel, exception })
}

fn terms(word: &str, price: &str, currency: &str) -> Result<Option<Terms>, Refusal> {
    match word.trim() {
        "" => Ok(None),
        "included" => Ok(Some(Terms::Included)),
        "not done here" => Ok(Some(Terms::NotHere)),
        "extra cost" => {
            let price = Money::read(price, currency)?;
            if price.is_zero() {
                return Err(Refusal::input("A price of nothing is no price.", "Choose “included” instead."));
            }
            Ok(Some(Terms::Extra(price)))
        }
        other => Err(Refusal::input(
            format!("“{other}” says not whether it is done."),
            "Choose included, extra cost or not done here.",
        )),
    }
}

fn exception(written: &Written, priced: bool) -> Result<Exception, Refusal> {
    let by = match written.exception_by.as_str() {
        "" => Role::Supervisor,
        text => text.parse()?,
    };
    let up_to = match written.exception_up_to.trim() {
        "" => 0,
        text if priced => Money::read(text, &written.currency)?.minor,
        _ => 0,
    };
    if by < Role::Supervisor {
        return Err(Refusal::input(
            "Exceptions are made by supervisors or administrators.",
            "Choose one of them; what every agent may do is better said in the plans.",
        ));
    }
    Ok(Exception { by, up_to })
}

impl Catalogue {
    pub fn plan_of(&self, organisation: &str) -> Option<&str> {
        self.organisations.get(&organisation_key(organisation)).map(String::as_str)
    }

    /// Entries for typed letters, the best first: each typed word begins a word of the name or of what it is about.
    pub fn search(&self, typed: &str) -> Vec<&Entry> {
        let typed: Vec<String> = typed.to_lowercase().split_whitespace().map(str::to_owned).collect();
        let begins = |text: &str, word: &str| {
            text.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|w| w.starts_with(word))
        };
        let score = |entry: &Entry| {
            typed.iter().try_fold(0, |sum, word| match () {
                () if begins(&entry.name, word) => Some(sum + 4),
                () if begins(&entry.about, word) => Some(sum + 1),
                () => None,
            })
        };
        let mut found: Vec<(i32, &Entry)> = self.entries.values().filter_map(|e| Some((score(e)?, e))).collect();
        found.sort_by_key(|(score, e)| (-score, e.name.to_lowercase()));
        found.into_iter().map(|(_, e)| e).collect()
    }
}

impl Entry {
    pub fn terms(&self, plan: Option<&str>) -> &Terms {
        plan.and_then(|p| self.plans.get(p)).unwrap_or(&self.otherwise)
    }

    fn text<'a>(of: &'a BTreeMap<String, String>, language: &str) -> &'a str {
        of.get(language).or_else(|| of.get("en")).or_else(|| of.values().next()).map_or("", |t| t)
    }

    pub fn reason(&self, language: &str) -> &str {
        Self::text(&self.reason, language)
    }

    pub fn instead(&self, language: &str) -> &str {
        Self::text(&self.instead, language)
    }

    /// What is said to a customer: whether it is done, the price, the time, why, and what is possible instead.
    pub fn words(&self, plan: Option<&str>, language: &str) -> String {
        let german = language == "de";
        let name = &self.name;
        let mut said = Vec::new();
        match (self.terms(plan), german) {
            (Terms::Included, false) => said.push(format!("**{name}** is part of your plan.")),
            (Terms::Included, true) => said.push(format!("**{name}** ist in Ihrem Tarif enthalten.")),
            (Terms::Extra(price), false) => {
                said.push(format!("We can do this for you: **{name}** costs {}.", price.in_words("en")))
            }
            (Terms::Extra(price), true) => {
                said.push(format!("Das machen wir gern für Sie: **{name}** kostet {}.", price.in_words("de")))
            }
            (Terms::NotHere, false) => {
                said.push(format!("Here is what is possible: {}", ended(self.instead(language))))
            }
            (Terms::NotHere, true) => said.push(format!("Das ist möglich: {}", ended(self.instead(language)))),
        }
        let reason = ended(self.reason(language));
        match (self.terms(plan), german) {
            (Terms::Included, _) => {}
            (Terms::Extra(_), false) => said.push(format!("The reason for the price: {reason}")),
            (Terms::Extra(_), true) => said.push(format!("Der Grund für den Preis: {reason}")),
            (Terms::NotHere, false) => {
                said.push(format!("**{name}** is not something we do on this desk, because: {reason}"))
            }
            (Terms::NotHere, true) => {
                said.push(format!("**{name}** gehört nicht zu dem, was wir hier machen. Der Grund: {reason}"))
            }
        }
        if *self.terms(plan) == Terms::NotHere {
            return said.join(" ");
        }
        if self.minutes > 0 {
            let time = span(self.minutes, german);
            said.push(if german {
                format!("Es dauert gewöhnlich {time}.")
            } else {
                format!("It usually takes {time}.")
            });
        }
        match (self.channel, german) {
            (Channel::Any, _) => {}
            (Channel::Phone, false) => said.push("It needs a call, so that we can do it together step by step.".into()),
            (Channel::Phone, true) => {
                said.push("Es braucht ein Telefonat, damit wir es Schritt für Schritt gemeinsam machen können.".into())
            }
            (Channel::Writing, false) => {
                said.push("It needs your request in writing, so that it is on record for you.".into())
            }
            (Channel::Writing, true) => {
                said.push("Es braucht Ihren Auftrag schriftlich, damit Sie ihn auch in der Hand haben.".into())
            }
        }
        if let Terms::Extra(_) = self.terms(plan) {
            let instead = self.instead(language);
            if !instead.is_empty() {
                let instead = ended(instead);
                said.push(if german {
                    format!("Ohne Aufpreis geht auch: {instead}")
                } else {
                    format!("Without extra cost there is also: {instead}")
                });
            }
            said.push(if german {
                "Sind Sie einverstanden? Dann antworten Sie bitte mit Ja, und ich beginne danach.".into()
            } else {
                "Do you agree to the price? Please reply with yes, and I begin after that.".into()
            });
        }
        said.join(" ")
    }
}

fn ended(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '?', ':']) { text.to_owned() } else { format!("{text}.") }
}

fn span(minutes: u32, german: bool) -> String {
    match (minutes, german) {
        (0..90, false) => format!("about {minutes} minutes"),
        (0..90, true) => format!("etwa {minutes} Minuten"),
        (90..1440, false) => format!("about {} hours", (minutes + 30) / 60),
        (90..1440, true) => format!("etwa {} Stunden", (minutes + 30) / 60),
        (_, false) => format!("about {} days", (minutes + 720) / 1440),
        (_, true) => format!("etwa {} Tage", (minutes + 720) / 1440),
    }
}
