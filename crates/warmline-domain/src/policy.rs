//! Policies: the numbers and switches an administrator changes in the product without a restart.
//!
//! A policy is a typed value with defaults, shown and edited as TOML, changed by a command, versioned and journaled.
//! Every event carries the version it was decided under.

use serde::{Deserialize, Serialize};

mod check;
mod help;

pub use help::Help;

use crate::TicketNumber;
use crate::refusal::Refusal;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    pub answers: Answers,
    pub tickets: Tickets,
    pub automatic_mail: AutomaticMail,
    pub presence: Presence,
    pub sign_in: SignIn,
    pub phone: Phone,
    pub promises: Promises,
    pub effort: Effort,
    pub record: Record,
    pub words: Words,
    pub listening: Listening,
    pub recordings: Recordings,
    pub referrals: Referrals,
    pub charges: Charges,
    pub managers: Managers,
    pub priority: Priority,
    pub calendars: Calendars,
    pub attempts: Attempts,
    pub other_ways: OtherWays,
    pub honesty: Honesty,
    pub chats: Chats,
    pub help: Help,
}

/// Answers to customers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Answers {
    /// Seconds in which an answer can be taken back.
    pub undo_seconds: u32,
    /// A scheduled answer is stopped and shown to its author when the customer writes first.
    pub customer_stops_scheduled: bool,
    /// Delivery is tried again after these many minutes, then given up.
    pub retry_minutes: Vec<u32>,
}

impl Default for Answers {
    fn default() -> Self {
        Answers {
            undo_seconds: 10,
            customer_stops_scheduled: true,
            retry_minutes: vec![1, 5, 15, 60, 180, 360, 720, 1440],
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tickets {
    /// Days after which a solved ticket is closed. A customer who writes later still reopens it.
    pub close_solved_after_days: u32,
    /// A short "thanks" to a solved ticket does not reopen it; the agent is asked.
    pub thanks_reopens: bool,
}

impl Default for Tickets {
    fn default() -> Self {
        Tickets { close_solved_after_days: 14, thanks_reopens: false }
    }
}

/// Everything the desk sends of its own accord.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AutomaticMail {
    /// The ticket number is mailed when a ticket is opened by mail.
    pub acknowledge: bool,
    /// The circuit breaker: no more automatic mails than this to one address in a day.
    pub per_address_and_day: u32,
    /// The acknowledgement. `{number}`, `{spoken}` and `{subject}` are filled in.
    pub acknowledgement: String,
}

impl AutomaticMail {
    /// The acknowledgement of one ticket.
    pub fn acknowledgement_of(&self, number: TicketNumber, subject: &str) -> String {
        let words = self.acknowledgement.replace("{number}", &number.to_string());
        words.replace("{spoken}", &number.spoken()).replace("{subject}", subject)
    }
}

impl Default for AutomaticMail {
    fn default() -> Self {
        AutomaticMail {
            acknowledge: true,
            per_address_and_day: 5,
            acknowledgement: "Thank you for writing. Your message is with us under the number {number} \
                              (on the phone: {spoken}).\n\nSimply reply to this mail to add anything; the number finds its way."
                .into(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Presence {
    /// An agent whose last open page has gone is counted as away after these seconds.
    pub lost_after_seconds: u32,
}

impl Default for Presence {
    fn default() -> Self {
        Presence { lost_after_seconds: 60 }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignIn {
    /// Wrong passwords for one account before it must wait.
    pub attempts: u32,
    pub wait_minutes: u32,
    /// Hours until a session that is not used ends.
    pub session_hours: u32,
}

impl Default for SignIn {
    fn default() -> Self {
        SignIn { attempts: 5, wait_minutes: 15, session_hours: 12 }
    }
}

/// Chats on our page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Chats {
    /// Chats that one agent may have at once.
    pub at_once: u32,
    /// An agent who is asked and says nothing for these seconds is passed over.
    pub offer_seconds: u32,
    /// A line of the customer without an answer for these seconds is pointed out to the agent …
    pub answer_seconds: u32,
    /// … and after these more seconds to supervisors. The same after a promised time was passed.
    pub supervisor_seconds: u32,
    /// With nobody free for these minutes, the answer goes by mail.
    pub wait_minutes: u32,
    /// A customer can be asked to wait for so many minutes at most.
    pub longest_wait_minutes: u32,
    /// A chat ends when its page has been gone for these minutes; what was not read goes by mail.
    pub gone_minutes: u32,
    /// Said when the chat begins.
    pub greeting: String,
}

impl Default for Chats {
    fn default() -> Self {
        Chats {
            at_once: 3,
            offer_seconds: 30,
            answer_seconds: 60,
            supervisor_seconds: 90,
            wait_minutes: 10,
            longest_wait_minutes: 10,
            gone_minutes: 3,
            greeting: "Have your account number at hand, and be at the computer it is about if you can.".into(),
        }
    }
}

/// The clock beside the work, and what follows when it is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Effort {
    /// Minutes of work without a solution until the clock asks; a queue can have its own.
    pub ask_minutes: u32,
    /// The same where work has stopped for a whole site.
    pub critical_ask_minutes: u32,
    /// It warns when this part of the time is used.
    pub warn_percent: u32,
    /// A ticket handed up is accepted within these minutes, or supervisors see it.
    pub accept_minutes: u32,
    /// Searches the web for `{words}`, in a tab of its own.
    pub web_search: String,
}

impl Default for Effort {
    fn default() -> Self {
        Effort {
            ask_minutes: 15,
            critical_ask_minutes: 15,
            warn_percent: 67,
            accept_minutes: 30,
            web_search: "https://duckduckgo.com/?q={words}".into(),
        }
    }
}

/// When the record must be complete, so that somebody else can take over from it alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Record {
    /// Before whoever worked on it gives it to somebody else, or hands it up.
    pub before_giving: bool,
    pub before_parking: bool,
    pub before_solving: bool,
    /// Solving says how the customer agreed, or why they were not asked.
    pub customer_agrees: bool,
}

impl Default for Record {
    fn default() -> Self {
        Record { before_giving: true, before_parking: true, before_solving: true, customer_agrees: true }
    }
}

/// Calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Phone {
    /// An agent's phone rings this long before the next one is asked.
    pub ring_seconds: u32,
    /// A customer or an outside number is rung this long.
    pub call_seconds: u32,
    /// What a hold without a promise is counted as.
    pub hold_minutes: u32,
    /// After the promised time has passed for this long, the supervisor is alerted too.
    pub overrun_seconds: u32,
    /// An agent whose line vanished has this long to come back before their caller goes to somebody else.
    pub rejoin_seconds: u32,
    pub wrap_up_seconds: u32,
    /// A recovery break.
    pub recovery_minutes: u32,
    /// How many calls in a hundred are recorded. Hard calls always are.
    pub record_percent: u32,
    /// A caller who presses 9 is not recorded.
    pub recording_objection: bool,
    /// Callers are called back by the desk itself when their number begins with one of these. Leave out what costs.
    pub callback_prefixes: Vec<String>,
    /// Callers who wait hear their place and how long it may take this often. 0: never.
    pub announce_seconds: u32,
    /// What a call takes, until enough were measured to say.
    pub handling_minutes: u32,
    /// Whoever asks for a call after hours is promised it within so many open minutes.
    pub callback_minutes: u32,
    /// A message on the machine ends after this.
    pub message_seconds: u32,
    /// So many free agents are kept for callers with a critical ticket.
    pub reserved_agents: u32,
}

impl Default for Phone {
    fn default() -> Self {
        Phone {
            ring_seconds: 20,
            call_seconds: 45,
            hold_minutes: 2,
            overrun_seconds: 60,
            rejoin_seconds: 20,
            wrap_up_seconds: 120,
            recovery_minutes: 5,
            record_percent: 20,
            recording_objection: true,
            callback_prefixes: vec!["+".into()],
            announce_seconds: 60,
            handling_minutes: 5,
            callback_minutes: 120,
            message_seconds: 180,
            reserved_agents: 0,
        }
    }
}

/// Promises to customers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Promises {
    /// Its owner is warned so long before a promise is due, or at half of its time if that is sooner.
    pub warn_minutes: u32,
    /// A supervisor, so long before, or at three quarters of its time.
    pub alert_minutes: u32,
    /// A promise to finish work is held against how long such work took: an earlier date than the one that held for
    /// eight of ten needs a reason. A promise to call or to write is not.
    pub safe_dates: bool,
    /// Days of work looked back on.
    pub history_days: u32,
    /// Matters of a kind that must have been solved before anything is said of it.
    pub least_cases: u32,
    /// An answer that promises something says so in a line of its own, with the date in full.
    pub receipts: bool,
    /// What keeping a promise takes, for how much of a day is free.
    pub minutes_each: u32,
}

impl Default for Promises {
    fn default() -> Self {
        Promises {
            warn_minutes: 60,
            alert_minutes: 20,
            safe_dates: true,
            history_days: 120,
            least_cases: 30,
            receipts: true,
            minutes_each: 30,
        }
    }
}

/// Calendars of agents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Calendars {
    /// A calendar elsewhere is read again after so long.
    pub read_minutes: u32,
    /// It may be on a machine of the house's own network, and without TLS. Otherwise only public addresses are asked:
    /// whoever enters an address must not be able to look around inside.
    pub from_our_network: bool,
}

impl Default for Calendars {
    fn default() -> Self {
        Calendars { read_minutes: 30, from_our_network: false }
    }
}

/// What people write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Words {
    /// Shown to the agent when somebody's life or health may be in danger.
    pub danger_protocol: String,
}

impl Default for Words {
    fn default() -> Self {
        Words {
            danger_protocol:
                "Ask plainly whether they are safe, and stay with them. Tell a supervisor at once. If they are \
                              in danger now, give them the emergency number of their country."
                    .into(),
        }
    }
}

/// P3: what is heard of how people listen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Listening {
    /// Talk share, pace and interruptions are shown to the agent on the call, and kept on its ticket for them.
    pub measured: bool,
    /// Supervisors see it on the ticket too. It is coaching; nothing ranks anybody by it.
    pub supervisors_see: bool,
}

impl Default for Listening {
    fn default() -> Self {
        Listening { measured: true, supervisors_see: false }
    }
}

/// P6: how long recordings of calls are kept. A change holds for calls that end after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recordings {
    /// Days after the call.
    pub keep_days: u32,
    /// The same for a call that was marked as abusive.
    pub keep_hard_days: u32,
}

impl Default for Recordings {
    fn default() -> Self {
        Recordings { keep_days: 90, keep_hard_days: 365 }
    }
}

/// P13: what is not our job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Referrals {
    /// A quick look for who helps may take so long. What goes beyond is counted, never cut off.
    pub look_seconds: u32,
    /// An entry of the directory that nobody confirmed for so many months is marked and offered last.
    pub stale_months: u32,
}

impl Default for Referrals {
    fn default() -> Self {
        Referrals { look_seconds: 120, stale_months: 6 }
    }
}

/// P14: what costs extra.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Charges {
    /// Complaints about charges go to this mail address; empty: nowhere yet.
    pub complaints_to: String,
    /// After so many exceptions to one entry in 30 days the catalogue says that the rule should change.
    pub exceptions_a_month: u32,
}

impl Default for Charges {
    fn default() -> Self {
        Charges { complaints_to: String::new(), exceptions_a_month: 3 }
    }
}

/// P15: a customer asks for a manager. Minutes are open ones, by the hours of the ticket's queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Managers {
    /// A request that nobody took for so long goes to the next supervisor.
    pub take_minutes: u32,
    /// The customer is promised to hear from a manager within these.
    pub answer_minutes: u32,
}

impl Default for Managers {
    fn default() -> Self {
        Managers { take_minutes: 15, answer_minutes: 120 }
    }
}

/// P10: what comes first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Priority {
    /// Who asks raises nothing. Set to true, the customers in `ranked` are one notch more urgent, never critical, on
    /// tickets they open from then on.
    pub rank_counts: bool,
    /// Mail addresses, or names of organisations.
    pub ranked: Vec<String>,
    /// A target is at risk, and people are warned, when so many in a hundred of its minutes are gone.
    pub warn_percent: u32,
}

impl Default for Priority {
    fn default() -> Self {
        Priority { rank_counts: false, ranked: vec![], warn_percent: 75 }
    }
}

/// P12: when somebody may be called unreachable, and what follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Attempts {
    /// Tries since they were last heard.
    pub tries: u32,
    /// Different days, on the calendar of the queue.
    pub days: u32,
    /// Different channels, as far as the customer can be reached by so many.
    pub channels: u32,
    /// Without a word of theirs the ticket is solved after so many days.
    pub rest_days: u32,
    /// The last message, drafted for the agent. `{name}` and `{number}` are filled in.
    pub last_message: String,
}

impl Default for Attempts {
    fn default() -> Self {
        Attempts {
            tries: 3,
            days: 2,
            channels: 2,
            rest_days: 14,
            last_message: "Hello {name},\n\nwe have tried several times to reach you about this and have not heard \
                           from you. We let it rest for now.\n\nNothing is lost: reply to this mail, or call us and \
                           say the number {number}, and we go on where we stopped."
                .into(),
        }
    }
}

/// P22: other ways than a mail to give the same help. What is empty is not offered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OtherWays {
    /// A mail-to-fax gateway: `{number}@fax.example.com`, filled in with the digits of the fax number.
    pub fax: String,
    /// A tool for remote sessions: `https://remote.example.com/join?ticket={number}&name={name}`.
    pub remote: String,
    /// What trails, sheets and faxes are set on: a4 or letter.
    pub paper: Paper,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Paper {
    #[default]
    A4,
    Letter,
}

/// P17: what answers say of themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Honesty {
    /// In the queues of these names an answer says what it stands on before it goes out.
    pub grounds_in_queues: Vec<String>,
}

impl Phone {
    /// Only whole international numbers are called back by themselves; what a caller shows is not proven.
    pub fn calls_back(&self, number: &str) -> bool {
        number.starts_with('+') && self.callback_prefixes.iter().any(|prefix| number.starts_with(prefix.as_str()))
    }
}

impl Policy {
    pub fn to_toml(&self) -> String {
        toml::to_string_pretty(self).expect("a policy is plain values")
    }

    /// Reads an edited policy. What is left out keeps its default; what is unknown or out of range is refused.
    pub fn from_toml(text: &str) -> Result<Policy, Refusal> {
        let policy: Policy = toml::from_str(text).map_err(|e| {
            let line = e.span().map_or(1, |s| text[..s.start.min(text.len())].matches('\n').count() + 1);
            Refusal::input(
                format!("Line {line} of the policy cannot be read: {}.", e.message()),
                "Nothing was changed. Correct the line and save again.",
            )
        })?;
        policy.check()?;
        Ok(policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_policy_reads_back_and_partial_ones_keep_defaults() {
        let policy = Policy::default();
        assert_eq!(Policy::from_toml(&policy.to_toml()).unwrap(), policy);
        let edited = Policy::from_toml("[answers]\nundo_seconds = 20\n").unwrap();
        assert_eq!(edited.answers.undo_seconds, 20);
        assert_eq!(edited.tickets, policy.tickets);
    }

    #[test]
    fn a_wrong_policy_is_refused_with_its_line() {
        let refusal = Policy::from_toml("[answers]\nundo_seconds = 20\nundo_secs = 1\n").unwrap_err();
        assert!(refusal.why.starts_with("Line 3 "), "{}", refusal.why);
        assert!(Policy::from_toml("[answers]\nundo_seconds = 6000\n").unwrap_err().why.contains("0 to 600"));
    }
}
