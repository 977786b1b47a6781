//! What the engine is told about a ticket before it reads an answer: who it is for, what they wrote, what is inside.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use warmline_domain::article::Written;
use warmline_domain::site::Site;
use warmline_domain::ticket::{Block, Reading, Ticket};
use warmline_domain::{AgentId, CustomerId};
use warmline_etiquette::{Audience, Channel, Context, Hours, Inside, Language, Level, Person, Verdict, leaks};
use warmline_store::{Fault, Store};

/// The last messages of a ticket that are looked at.
const MESSAGES: usize = 30;
/// Names, addresses and numbers of one text that are looked up.
const LOOKUPS: usize = 40;

/// A text somebody is about to send.
#[derive(Clone, Debug)]
pub struct Outgoing<'a> {
    pub channel: Channel,
    pub text: &'a str,
    pub author: Option<AgentId>,
    pub recipients: Vec<String>,
    pub attachments: usize,
    pub third_party: bool,
    /// The zone that times in it are meant in.
    pub zone: TimeZone,
    /// Promises that will go on the record with it.
    pub promised: Vec<Timestamp>,
    /// A note whose words it shows on purpose.
    pub shown: String,
}

pub async fn context(
    store: &Store,
    site: &Site,
    ticket: &Ticket,
    now: Timestamp,
    out: &Outgoing<'_>,
) -> Result<Context, Fault> {
    let messages = store.newest_messages(ticket.id, MESSAGES).await?;
    let received: Vec<&str> =
        messages.iter().filter(|m| m.kind == "received").map(|m| m.content.text.as_str()).collect();
    let customer = person(store, ticket.customer).await?;
    let in_zone = |at: Timestamp| at.to_zoned(out.zone.clone()).datetime();
    let promised = ticket.promises.values().map(|p| p.due).chain(out.promised.iter().copied()).map(in_zone).collect();
    let notes = store.notes(ticket.id).await?.into_iter().map(|n| n.content.text).collect();
    let mut released = vec![out.shown.clone()];
    for message in &ticket.shown {
        released.extend(store.message(*message).await?.map(|(_, row)| row.content.text));
    }
    let others = others(store, ticket.customer, out.text, &received.join("\n")).await?;
    Ok(Context {
        channel: out.channel,
        audience: if out.third_party { Audience::ThirdParty } else { Audience::Customer },
        language: None,
        first: !messages.iter().any(|m| m.kind == "answer"),
        customer,
        // All they wrote is theirs to hear back; what they asked is in the newest.
        wrote: received.last().map(|t| (*t).to_owned()).unwrap_or_default(),
        earlier: received.split_last().map(|(_, e)| e.join("\n")).unwrap_or_default(),
        recipients: out.recipients.clone(),
        attachments: out.attachments,
        author: out.author.and_then(|a| site.agents.get(&a)).map(|a| a.name.clone()).unwrap_or_default(),
        now: Some(now.to_zoned(out.zone.clone())),
        hours: hours(site, ticket, now, &out.zone),
        promised,
        inside: Inside { notes, released, others, ..inside(site, out.author) },
    })
}

/// What of an article is read: its title, too.
pub fn article_text(written: &Written) -> String {
    format!("{}\n\n{}", written.title, written.text)
}

/// For an article: it is for everybody, so nobody's name may stand in it.
pub async fn article_context(
    store: &Store,
    site: &Site,
    author: Option<AgentId>,
    language: &str,
    text: &str,
) -> Result<Context, Fault> {
    let others = others(store, CustomerId(0), text, "").await?;
    Ok(Context {
        channel: Channel::Article,
        language: Some(Language::of(language)),
        author: author.and_then(|a| site.agents.get(&a)).map(|a| a.name.clone()).unwrap_or_default(),
        inside: Inside { others, ..inside(site, author) },
        ..Context::default()
    })
}

/// "By the end of the day" is when this ticket's queue closes today; five o'clock where it does not.
fn hours(site: &Site, ticket: &Ticket, now: Timestamp, zone: &TimeZone) -> Hours {
    let local = |at: Timestamp| at.to_zoned(zone.clone());
    let closes = site.hours_of(ticket.queue).next_close(now).map(local);
    let today = closes.filter(|at| at.date() == local(now).date() && at.hour() > 0);
    Hours { closes: today.map_or(Hours::default().closes, |at| at.hour()), ..Hours::default() }
}

/// What the whole house keeps inside.
pub fn inside(site: &Site, author: Option<AgentId>) -> Inside {
    let kept = &site.wording.inside;
    let ours = || site.mailboxes.values().map(|m| m.address.clone());
    let domains: BTreeSet<String> = ours().filter_map(|a| Some(a.rsplit_once('@')?.1.to_owned())).collect();
    // Customers are sent there on purpose.
    let remote = site.policy.other_ways.remote.split('/').nth(2).map(str::to_owned);
    let help = Some(site.policy.help.address.clone()).filter(|address| !address.is_empty());
    let colleagues = site.agents.values().filter(|a| kept.private_colleagues && Some(a.id) != author);
    Inside {
        notes: vec![],
        released: vec![],
        hosts: kept.hosts.iter().cloned().collect(),
        glossary: kept.glossary.iter().cloned().collect(),
        others: vec![],
        colleagues: colleagues.map(|a| a.name.clone()).collect(),
        domains: domains.into_iter().collect(),
        public: kept
            .public
            .iter()
            .cloned()
            .chain(ours())
            .chain(site.lines.keys().cloned())
            .chain(remote)
            .chain(help)
            .collect(),
    }
}

async fn person(store: &Store, id: CustomerId) -> Result<Person, Fault> {
    let name = store.customer(id).await?.and_then(|c| c.value.name.open().cloned()).unwrap_or_default();
    let (phones, addresses) = store.customer_addresses(id).await?.into_iter().partition(|a| a.starts_with("tel:"));
    Ok(Person { name, addresses, phones })
}

/// Other customers whose name, address or number stands in the text.
async fn others(store: &Store, customer: CustomerId, text: &str, theirs: &str) -> Result<Vec<Person>, Fault> {
    let mut found: BTreeMap<CustomerId, Person> = BTreeMap::new();
    for span in leaks::mails(text).into_iter().take(LOOKUPS) {
        let address = &text[span];
        if let Some(id) = store.customer_by_address(address).await?.filter(|id| *id != customer) {
            found.entry(id).or_default().addresses.push(address.to_owned());
        }
    }
    for span in leaks::phones(text).into_iter().take(LOOKUPS) {
        let Some(number) = warmline_domain::customer::phone_number(&text[span]) else { continue };
        let known = warmline_domain::customer::tel(&number);
        if let Some(id) = store.customer_by_address(&known).await?.filter(|id| *id != customer) {
            found.entry(id).or_default().phones.push(number);
        }
    }
    for name in names(text).into_iter().filter(|n| !theirs.contains(n.as_str())).take(LOOKUPS) {
        if let Some(id) = store.customer_named(&name, customer).await? {
            found.entry(id).or_default().name = name;
        }
    }
    Ok(found.into_values().collect())
}

/// Two or three capitalised words in a row: perhaps a name.
fn names(text: &str) -> BTreeSet<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let bare = |w: &str| {
        w.trim_matches(|c: char| !c.is_alphanumeric()).trim_end_matches("'s").trim_end_matches("’s").to_owned()
    };
    let capital = |w: &&str| w.trim_start_matches(|c: char| !c.is_alphanumeric()).starts_with(char::is_uppercase);
    let runs = |n: usize| {
        words
            .windows(n)
            .filter(|w| w.iter().all(capital))
            .map(|w| w.iter().map(|w| bare(w)).collect::<Vec<_>>().join(" "))
    };
    runs(2).chain(runs(3)).collect()
}

/// What the domain decides on.
pub fn reading(verdict: &Verdict, reason: &str) -> Reading {
    let blocking = || verdict.findings.iter().filter(|f| f.level == Level::Block);
    Reading {
        leaks: blocking().filter(|f| f.leak).map(|f| f.say.clone()).collect(),
        blocks: blocking().filter(|f| !f.leak).map(|f| Block { rule: f.rule.clone(), say: f.say.clone() }).collect(),
        reason: reason.to_owned(),
    }
}
