//! The site: who works here, which queues there are, which mailboxes feed them, and the policy in force.
//!
//! Small, read by everything, held in memory. Secrets (password hashes, mailbox passwords) are rows of their own and
//! never part of an event.

pub mod catalogue;
pub mod leaving;
pub mod queue;
pub mod referrals;
pub mod targets;

use std::collections::BTreeMap;

pub use queue::{Overflow, Queue, Skills};
use serde::{Deserialize, Serialize};

use crate::customer::{is_address, normal_address};
use crate::limits::NAME_CHARS;
use crate::wording::{self, Wording};
use crate::{AgentId, By, Hours, MailboxId, Policy, QueueId, Refusal, refusal};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    pub company: String,
    pub policy: Policy,
    /// Counts changes of policy from 1.
    pub policy_version: i64,
    pub agents: BTreeMap<AgentId, Agent>,
    pub queues: BTreeMap<QueueId, Queue>,
    pub mailboxes: BTreeMap<MailboxId, Mailbox>,
    /// Which queue the callers of a number of ours get to.
    #[serde(default)]
    pub lines: BTreeMap<String, QueueId>,
    /// What is said, and what stays inside.
    #[serde(default)]
    pub wording: Wording,
    /// Who helps with what is not ours.
    #[serde(default)]
    pub directory: referrals::Directory,
    /// What we may do, for whom, at which price.
    #[serde(default)]
    pub catalogue: catalogue::Catalogue,
    /// Within what time tickets of a queue are answered and solved.
    #[serde(default, skip_serializing_if = "targets::Targets::is_empty")]
    pub targets: targets::Targets,
    /// When the desk is open; queues may have hours of their own.
    #[serde(default)]
    pub hours: Hours,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Agent,
    Supervisor,
    Administrator,
}

impl Role {
    pub fn word(self) -> &'static str {
        match self {
            Role::Agent => "agent",
            Role::Supervisor => "supervisor",
            Role::Administrator => "administrator",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = Refusal;
    fn from_str(s: &str) -> Result<Self, Refusal> {
        [Role::Agent, Role::Supervisor, Role::Administrator].into_iter().find(|r| r.word() == s).ok_or_else(|| {
            Refusal::input(format!("“{s}” is not a role."), "Choose agent, supervisor or administrator.")
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    pub id: AgentId,
    pub name: String,
    /// What they sign in with; normalised, unique on the site.
    pub email: String,
    pub role: Role,
    pub active: bool,
    /// Which callers they may be given.
    #[serde(default)]
    pub skills: Skills,
    pub tier: u8,
}

impl Agent {
    /// As somebody begins: in the first tier, with no skill named yet.
    pub fn new(id: AgentId, name: String, email: String, role: Role) -> Agent {
        Agent { id, name, email, role, active: true, skills: Skills::new(), tier: 1 }
    }
}

/// An address customers write to, and how mail travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    pub id: MailboxId,
    pub address: String,
    /// The name customers see beside the address.
    pub display: String,
    pub queue: QueueId,
    pub fetch: Option<Fetch>,
    pub submit: Option<Submit>,
}

/// Mail is fetched by IMAP (RFC 9051). Without it, mail comes to Warmline's own SMTP or LMTP listener.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetch {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    pub user: String,
    pub folder: String,
}

/// Mail goes out through this submission server (RFC 6409).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submit {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    /// Empty: no authentication.
    pub user: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tls {
    /// TLS from the first byte (ports 465 and 993).
    Implicit,
    /// STARTTLS, refused when the server does not offer it (ports 587 and 143).
    Starttls,
    /// No encryption: only for a server on the same machine.
    None,
}

impl Tls {
    pub fn word(self) -> &'static str {
        match self {
            Tls::Implicit => "implicit",
            Tls::Starttls => "starttls",
            Tls::None => "none",
        }
    }
}

/// Calls from a page, and chats, come in by lines of these names.
pub const PAGE_LINES: [&str; 2] = ["web", "chat"];

#[derive(Clone, Debug)]
pub enum Command {
    Name {
        company: String,
    },
    AddAgent {
        id: AgentId,
        name: String,
        email: String,
        role: Role,
    },
    ChangeAgent {
        id: AgentId,
        name: String,
        role: Role,
        active: bool,
    },
    /// They sign in no more, and somebody has what they had.
    Leaves(leaving::Leaving),
    /// What they know, and which tier they belong to.
    Qualify {
        id: AgentId,
        skills: Skills,
        tier: u8,
    },
    OpenQueue {
        id: QueueId,
        name: String,
    },
    ChangeQueue(Box<Queue>),
    SetHours(Box<Hours>),
    ConnectMailbox {
        mailbox: Mailbox,
    },
    DisconnectMailbox {
        id: MailboxId,
    },
    ChangePolicy {
        toml: String,
    },
    /// Calls to this number of ours go to that queue.
    /// A number of ours, or one of [`PAGE_LINES`].
    MapLine {
        number: String,
        queue: QueueId,
    },
    UnmapLine {
        number: String,
    },
    Wording(wording::Command),
    Directory(referrals::Command),
    Catalogue(catalogue::Command),
    Targets(targets::Command),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Named { company: String },
    AgentAdded(Agent),
    AgentChanged(Agent),
    QueueOpened(Queue),
    QueueChanged(Box<Queue>),
    HoursSet(Box<Hours>),
    MailboxConnected(Mailbox),
    MailboxDisconnected { id: MailboxId },
    PolicyChanged { policy: Box<Policy> },
    LineMapped { number: String, queue: QueueId },
    LineUnmapped { number: String },
    Wording(wording::Event),
    Directory(referrals::Event),
    Catalogue(catalogue::Event),
    Targets(targets::Event),
}

impl Site {
    pub fn role(&self, by: By) -> Option<Role> {
        match by {
            By::Agent(id) => self.agents.get(&id).filter(|a| a.active).map(|a| a.role),
            By::Desk | By::Console => Some(Role::Administrator),
            By::Customer(_) | By::Stranger => None,
        }
    }

    pub fn agent_by_email(&self, email: &str) -> Option<&Agent> {
        let email = normal_address(email);
        self.agents.values().find(|a| a.email == email)
    }

    /// One of our own mailboxes, also in its plus-addressed form (`support+token@example.com`).
    pub fn mailbox_of(&self, address: &str) -> Option<&Mailbox> {
        let plain = without_token(&normal_address(address));
        self.mailboxes.values().find(|m| m.address == plain)
    }

    /// The mailbox a queue answers from.
    pub fn mailbox_for(&self, queue: QueueId) -> Option<&Mailbox> {
        self.mailboxes.values().find(|m| m.queue == queue).or_else(|| self.mailboxes.values().next())
    }

    /// Whether this agent may be given the callers of a queue.
    pub fn serves(&self, agent: AgentId, queue: QueueId) -> bool {
        let agent = self.agents.get(&agent);
        agent.is_some_and(|a| self.queues.get(&queue).map_or(a.active, |q| q.is_served_by(a)))
    }

    /// The queue that callers of a number of ours get to: the first one, when it is not mapped.
    pub fn queue_of_line(&self, line: &str) -> QueueId {
        let line = crate::customer::phone_number(line).unwrap_or_else(|| line.to_owned());
        self.lines.get(&line).or_else(|| self.queues.keys().next()).copied().unwrap_or(QueueId(0))
    }

    /// When a queue is open: its own hours, or those of the desk.
    pub fn hours_of(&self, queue: QueueId) -> &Hours {
        self.queues.get(&queue).and_then(|q| q.hours.as_ref()).unwrap_or(&self.hours)
    }

    /// Before the first-run page is done there is nobody to sign in.
    pub fn is_new(&self) -> bool {
        !self.agents.values().any(|a| a.active && a.role == Role::Administrator)
    }
}

/// `support+k7m29q@example.com` → `support@example.com`.
pub fn without_token(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => format!("{}@{domain}", local.split('+').next().unwrap_or(local)),
        None => address.to_owned(),
    }
}

pub fn decide(site: &Site, by: By, command: Command) -> Result<Vec<Event>, Refusal> {
    // Kept by those who use them.
    match command {
        Command::Directory(command) => {
            Ok(referrals::decide(site, by, command)?.into_iter().map(Event::Directory).collect())
        }
        Command::Catalogue(command) => {
            Ok(catalogue::decide(site, by, command)?.into_iter().map(Event::Catalogue).collect())
        }
        other => set_up(site, by, other),
    }
}

fn set_up(site: &Site, by: By, command: Command) -> Result<Vec<Event>, Refusal> {
    let first_run = site.is_new() && by == By::Console;
    if !first_run && site.role(by) != Some(Role::Administrator) {
        return Err(Refusal::new(
            refusal::Kind::Permission,
            "Only an administrator changes how the desk is set up.",
            "Ask one of your administrators.",
        ));
    }
    match command {
        Command::Name { company } => {
            let company = named(&company, "The company")?;
            Ok(if company == site.company { vec![] } else { vec![Event::Named { company }] })
        }
        Command::AddAgent { id, name, email, role } => add_agent(site, id, &name, &email, role),
        Command::ChangeAgent { id, active: false, .. } if site.agents.get(&id).is_some_and(|a| a.active) => {
            let way = "Let them leave, and choose who takes it over.";
            Err(Refusal::state("What somebody has is handed over before they sign in no more.", way))
        }
        Command::ChangeAgent { id, name, role, active } => change_agent(site, id, &name, role, active),
        Command::Leaves(leaving) => leaving::decide(site, leaving),
        Command::Qualify { id, skills, tier } => {
            let agent = site.agents.get(&id).ok_or_else(|| Refusal::missing("agent"))?;
            queue::tier(tier)?;
            let changed = Agent { skills, tier, ..agent.clone() };
            Ok(if changed == *agent { vec![] } else { vec![Event::AgentChanged(changed)] })
        }
        Command::OpenQueue { id, name } => {
            if site.queues.contains_key(&id) {
                return Ok(vec![]);
            }
            Ok(vec![Event::QueueOpened(queue::checked(site, Queue::named(id, &name))?)])
        }
        Command::ChangeQueue(queue) => {
            let known = site.queues.get(&queue.id).ok_or_else(|| Refusal::missing("queue"))?;
            let queue = queue::checked(site, *queue)?;
            Ok(if queue == *known { vec![] } else { vec![Event::QueueChanged(Box::new(queue))] })
        }
        Command::SetHours(hours) => Ok(if *hours == site.hours { vec![] } else { vec![Event::HoursSet(hours)] }),
        Command::ConnectMailbox { mailbox } => connect(site, mailbox),
        Command::DisconnectMailbox { id } => {
            Ok(if site.mailboxes.contains_key(&id) { vec![Event::MailboxDisconnected { id }] } else { vec![] })
        }
        Command::MapLine { number, queue } => {
            site.queues.get(&queue).ok_or_else(|| Refusal::missing("queue"))?;
            let page = PAGE_LINES.into_iter().find(|page| number.trim().eq_ignore_ascii_case(page));
            let known = page.map(str::to_owned).or_else(|| crate::customer::phone_number(&number));
            let number = known.ok_or_else(|| {
                Refusal::input(
                    format!("“{number}” is not a phone number."),
                    "Enter it as it is dialled, like +1 555 0100 or 100; or web, or chat, for our own pages.",
                )
            })?;
            let known = site.lines.get(&number) == Some(&queue);
            Ok(if known { vec![] } else { vec![Event::LineMapped { number, queue }] })
        }
        Command::UnmapLine { number } => {
            Ok(site.lines.get(&number).map(|_| Event::LineUnmapped { number }).into_iter().collect())
        }
        Command::Wording(command) => {
            Ok(wording::decide(&site.wording, command)?.into_iter().map(Event::Wording).collect())
        }
        // Decided above.
        Command::Directory(_) | Command::Catalogue(_) => Ok(vec![]),
        Command::Targets(command) => Ok(targets::decide(site, command)?.into_iter().map(Event::Targets).collect()),
        Command::ChangePolicy { toml } => {
            let policy = Policy::from_toml(&toml)?;
            Ok(if policy == site.policy { vec![] } else { vec![Event::PolicyChanged { policy: Box::new(policy) }] })
        }
    }
}

fn add_agent(site: &Site, id: AgentId, name: &str, email: &str, role: Role) -> Result<Vec<Event>, Refusal> {
    if site.agents.contains_key(&id) {
        return Ok(vec![]);
    }
    let email = normal_address(email);
    if !is_address(&email) {
        return Err(Refusal::input(format!("“{email}” is not a mail address."), "Enter it as name@example.com."));
    }
    if site.agent_by_email(&email).is_some() {
        return Err(Refusal::input(
            format!("Somebody already signs in with {email}."),
            "Use another address, or change the existing person.",
        ));
    }
    let name = named(name, "An agent")?;
    Ok(vec![Event::AgentAdded(Agent::new(id, name, email, role))])
}

fn change_agent(site: &Site, id: AgentId, name: &str, role: Role, active: bool) -> Result<Vec<Event>, Refusal> {
    let agent = site.agents.get(&id).ok_or_else(|| Refusal::missing("agent"))?;
    let changed = Agent { name: named(name, "An agent")?, role, active, ..agent.clone() };
    let stays_administrator = changed.active && changed.role == Role::Administrator;
    let others = site.agents.values().any(|a| a.id != id && a.active && a.role == Role::Administrator);
    if !stays_administrator && !others {
        return Err(Refusal::state(
            "This is the only administrator; without one nobody could change the desk any more.",
            "Make somebody else an administrator first.",
        ));
    }
    Ok(if changed == *agent { vec![] } else { vec![Event::AgentChanged(changed)] })
}

fn connect(site: &Site, mut mailbox: Mailbox) -> Result<Vec<Event>, Refusal> {
    mailbox.address = normal_address(&mailbox.address);
    if !is_address(&mailbox.address) || mailbox.address.contains('+') {
        return Err(Refusal::input(
            format!("“{}” cannot be a mailbox address.", mailbox.address),
            "Enter it as support@example.com, without a plus sign: that part is used to find tickets.",
        ));
    }
    if !site.queues.contains_key(&mailbox.queue) {
        return Err(Refusal::missing("queue"));
    }
    if site.mailboxes.values().any(|m| m.id != mailbox.id && m.address == mailbox.address) {
        return Err(Refusal::input(
            format!("{} is connected already.", mailbox.address),
            "Change the existing mailbox, or use another address.",
        ));
    }
    for (what, host) in
        [("fetching", mailbox.fetch.as_ref().map(|f| &f.host)), ("sending", mailbox.submit.as_ref().map(|s| &s.host))]
    {
        if host.is_some_and(|h| h.is_empty() || h.contains(char::is_whitespace)) {
            return Err(Refusal::input(format!("The server for {what} mail is missing."), "Enter its host name."));
        }
    }
    Ok(if site.mailboxes.get(&mailbox.id) == Some(&mailbox) { vec![] } else { vec![Event::MailboxConnected(mailbox)] })
}

pub fn evolve(mut site: Site, event: &Event) -> Site {
    match event {
        Event::Named { company } => site.company = company.clone(),
        Event::AgentAdded(a) | Event::AgentChanged(a) => {
            site.agents.insert(a.id, a.clone());
        }
        Event::QueueOpened(q) => {
            site.queues.insert(q.id, q.clone());
        }
        Event::QueueChanged(q) => {
            site.queues.insert(q.id, (**q).clone());
        }
        Event::HoursSet(hours) => site.hours = (**hours).clone(),
        Event::MailboxConnected(m) => {
            site.mailboxes.insert(m.id, m.clone());
        }
        Event::MailboxDisconnected { id } => {
            site.mailboxes.remove(id);
        }
        Event::LineMapped { number, queue } => {
            site.lines.insert(number.clone(), *queue);
        }
        Event::LineUnmapped { number } => {
            site.lines.remove(number);
        }
        Event::Wording(event) => wording::evolve(&mut site.wording, event),
        Event::Directory(event) => referrals::evolve(&mut site.directory, event),
        Event::Catalogue(event) => catalogue::evolve(&mut site.catalogue, event),
        Event::Targets(event) => targets::evolve(&mut site, event),
        Event::PolicyChanged { policy } => {
            site.policy = (**policy).clone();
            site.policy_version += 1;
        }
    }
    site
}

fn named(name: &str, what: &str) -> Result<String, Refusal> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() || name.chars().count() > NAME_CHARS || name.chars().any(char::is_control) {
        return Err(Refusal::input(
            format!("{what} needs a name of 1 to {NAME_CHARS} characters."),
            "Enter it and save again.",
        ));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(site: Site, by: By, command: Command) -> Site {
        decide(&site, by, command).unwrap().iter().fold(site, evolve)
    }

    fn staffed() -> Site {
        let ada = Command::AddAgent {
            id: AgentId(1),
            name: "Ada".into(),
            email: "ada@example.com".into(),
            role: Role::Administrator,
        };
        let site = after(Site::default(), By::Console, ada);
        let ben = Command::AddAgent {
            id: AgentId(2),
            name: "Ben".into(),
            email: "BEN@example.com".into(),
            role: Role::Agent,
        };
        after(site, By::Agent(AgentId(1)), ben)
    }

    #[test]
    fn the_last_administrator_stays() {
        let site = staffed();
        let demote = Command::ChangeAgent { id: AgentId(1), name: "Ada".into(), role: Role::Agent, active: true };
        assert!(decide(&site, By::Agent(AgentId(1)), demote.clone()).unwrap_err().why.contains("only administrator"));
        let promote =
            Command::ChangeAgent { id: AgentId(2), name: "Ben".into(), role: Role::Administrator, active: true };
        let site = after(site, By::Agent(AgentId(1)), promote);
        assert!(decide(&site, By::Agent(AgentId(1)), demote).is_ok());
    }

    #[test]
    fn agents_do_not_change_the_desk_and_addresses_are_unique() {
        let site = staffed();
        let open = Command::OpenQueue { id: QueueId(1), name: "Support".into() };
        assert_eq!(decide(&site, By::Agent(AgentId(2)), open).unwrap_err().kind, refusal::Kind::Permission);
        let again =
            Command::AddAgent { id: AgentId(3), name: "B".into(), email: "ben@Example.com ".into(), role: Role::Agent };
        assert!(decide(&site, By::Agent(AgentId(1)), again).unwrap_err().why.contains("already"));
    }

    #[test]
    fn a_repeated_wish_is_the_same_wish() {
        let site = staffed();
        let ben = Command::AddAgent {
            id: AgentId(2),
            name: "Ben".into(),
            email: "ben@example.com".into(),
            role: Role::Agent,
        };
        assert_eq!(decide(&site, By::Agent(AgentId(1)), ben).unwrap(), vec![]);
    }

    #[test]
    fn mailboxes_are_known_with_their_tokens() {
        let site =
            after(staffed(), By::Agent(AgentId(1)), Command::OpenQueue { id: QueueId(1), name: "Support".into() });
        let mailbox = Mailbox {
            id: MailboxId(1),
            address: "Support@example.com".into(),
            display: "Help".into(),
            queue: QueueId(1),
            fetch: None,
            submit: None,
        };
        let site = after(site, By::Agent(AgentId(1)), Command::ConnectMailbox { mailbox });
        assert!(site.mailbox_of("support+K7M29Q@EXAMPLE.com").is_some());
        assert!(site.mailbox_of("sales@example.com").is_none());
    }
}
