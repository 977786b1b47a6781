//! Months of work that is done: what safe dates stand on, and promises as they were kept, moved and broken.

use std::collections::BTreeSet;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use warmline_desk::{CalendarWish, Opening, Outcome, Wish};
use warmline_domain::calendar::{self, Entry, Kind, Weekly};
use warmline_domain::id::Minter;
use warmline_domain::journal::Stream;
use warmline_domain::ticket::{Command, NewPromise, Told, record};
use warmline_domain::{AgentId, By, EntryId, PromiseId, TicketId};

use super::{INES, Past, RAVI, YOU};
use crate::chance::Chance;

const MATTERS: usize = 90;
/// The oldest of them, in days.
pub(super) const DAYS: i64 = 110;
/// What they were about, and how many hours such work took.
const KINDS: [(&str, &str, &[i64]); 3] = [
    ("printer", "Label printer stops after a few labels", &[2, 3, 4, 6, 7, 20, 22, 25, 28, 46, 50, 52, 75, 97, 148]),
    ("loom-controller", "Loom controller loses its pattern", &[5, 8, 21, 27, 30, 49, 54, 73, 77, 99, 122, 170, 240]),
    ("network", "The hall has no connection", &[1, 1, 2, 2, 3, 4, 5, 6, 8, 18, 23, 26, 49]),
];
const PEOPLE: [(&str, &str); 6] = [
    ("Tomas Vrba", "tomas.vrba@northweave.example.com"),
    ("Amara Diallo", "amara.diallo@kilnandco.example.com"),
    ("Lucie Hartl", "lucie.hartl@hartlprint.example.com"),
    ("Owen Pryce", "owen.pryce@pryceprint.example.com"),
    ("Noor Haddad", "noor.haddad@bluemill.example.com"),
    ("Jonas Lind", "jonas.lind@lindtextil.example.com"),
];

/// An identifier of that time. The minter of the past only goes forward; matters here go on beside each other.
fn minted<T: From<i64>>(at: Timestamp) -> T {
    Minter::new(902).mint(at)
}

/// How a promise of the past ended.
#[derive(Clone, Copy)]
enum Ended {
    Kept,
    Moved,
    Late,
}

/// Who, what, on which days of the week, from and until which minute of the day.
type Habit = (AgentId, Kind, &'static str, &'static [i8], i64, i64);

impl Past {
    /// Matters of the last months, solved, and the promises made on some of them.
    pub(super) async fn bonds(&mut self) -> Result<(), String> {
        let mut chance = Chance::new(16);
        let now = Timestamp::now();
        for n in 0..MATTERS {
            let (topic, subject, hours) = KINDS[n % KINDS.len()];
            let (name, address) = PEOPLE[chance.below(PEOPLE.len())];
            let back = SignedDuration::from_hours(24 * DAYS) * (MATTERS - n) as i32 / MATTERS as i32;
            let opened = now - back;
            let took = SignedDuration::from_hours(hours[chance.below(hours.len())]);
            let Some(ticket) = self.opened(opened, name, address, subject).await? else { continue };
            let who = By::Agent([INES, RAVI, YOU][n % 3]);
            let command = Command::Classify { topic: topic.into() };
            self.ask(opened + SignedDuration::from_mins(4), Wish::Ticket { by: who, ticket, command }).await?;
            let ended = match n % 9 {
                0 | 1 | 4 => Some(Ended::Kept),
                2 => Some(Ended::Moved),
                5 if n % 2 == 0 => Some(Ended::Late),
                _ => None,
            };
            if let Some(ended) = ended {
                self.promised(opened + SignedDuration::from_mins(20), ticket, who, took, ended).await?;
            }
            if opened + took < now {
                let id = minted(opened + took);
                let text = format!("{subject}: mended, and tried together.");
                let written = record::Command::Write { id, field: record::Field::Solution, text };
                let solve = Command::Solve { agreed: Some(record::Agreement::Said) };
                for command in [Command::Record(written), solve] {
                    self.ask(opened + took, Wish::Ticket { by: who, ticket, command }).await?;
                }
            }
        }
        Ok(())
    }

    async fn opened(
        &mut self,
        at: Timestamp,
        name: &str,
        address: &str,
        subject: &str,
    ) -> Result<Option<TicketId>, String> {
        let opening = Opening {
            message: minted(at),
            name: name.into(),
            address: address.into(),
            subject: subject.into(),
            text: "It worked yesterday. Can you help us to get it going again?".into(),
            mailbox: None,
        };
        let at = Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at);
        let wish = Wish::Open { by: By::Agent(INES), opening: Box::new(opening) };
        match self.core.step(vec![wish], at).await.outcomes.into_iter().next() {
            Some(Ok(Outcome::Opened(ticket, _))) => Ok(Some(ticket)),
            Some(Err(error)) => Err(error.to_string()),
            _ => Ok(None),
        }
    }

    /// A word given and settled before the matter was.
    async fn promised(
        &mut self,
        at: Timestamp,
        ticket: TicketId,
        by: By,
        took: SignedDuration,
        ended: Ended,
    ) -> Result<(), String> {
        let promise: PromiseId = minted(at);
        let done = at + took / 2;
        let due = match ended {
            Ended::Kept => done + SignedDuration::from_mins(90),
            Ended::Moved | Ended::Late => at + took / 4,
        };
        let new = NewPromise::new(promise, "I will write to you how it stands.", due);
        self.ask(at, Wish::Ticket { by, ticket, command: Command::Promise(new) }).await?;
        match ended {
            Ended::Kept => {}
            Ended::Moved => {
                let command = Command::MovePromise {
                    promise,
                    due: done + SignedDuration::from_mins(60),
                    told: Some(Told::OnThePhone),
                    reason: "the part comes tomorrow".into(),
                };
                self.ask(at + took / 5, Wish::Ticket { by, ticket, command }).await?;
            }
            Ended::Late => {
                for _ in 0..3 {
                    self.ask(due + SignedDuration::from_secs(1), Wish::TimeCame(Stream::Ticket(ticket.0))).await?;
                }
            }
        }
        self.ask(done, Wish::Ticket { by, ticket, command: Command::KeepPromise { promise } }).await
    }

    /// Everybody's week: shifts, meetings, phone time, and somebody's holidays.
    pub(super) async fn weeks(&mut self) -> Result<(), String> {
        let now = Timestamp::now();
        let today = now.to_zoned(TimeZone::UTC).date();
        let monday = today.saturating_sub(i64::from(today.weekday().to_monday_zero_offset()).days());
        // Of its own: what was minted for later times must not push these ahead.
        let mut minter = Minter::new(901);
        let week: [Habit; 9] = [
            (YOU, Kind::Shift, "", &[0, 1, 2, 3, 4], 8 * 60, 18 * 60),
            (YOU, Kind::Meeting, "Team round", &[0, 2, 4], 9 * 60, 9 * 60 + 30),
            (YOU, Kind::Phone, "", &[0, 1, 2, 3, 4], 13 * 60, 15 * 60),
            (YOU, Kind::FollowUp, "What was promised", &[0, 1, 2, 3, 4], 16 * 60, 17 * 60),
            (YOU, Kind::Meeting, "One to one with Ines", &[3], 15 * 60, 15 * 60 + 45),
            (RAVI, Kind::Shift, "", &[0, 1, 2, 3, 4], 8 * 60, 16 * 60 + 30),
            (RAVI, Kind::Phone, "", &[0, 1, 2, 3, 4], 9 * 60, 12 * 60),
            (INES, Kind::Shift, "", &[0, 1, 2, 3], 9 * 60, 18 * 60),
            (INES, Kind::Meeting, "Planning", &[1], 10 * 60, 11 * 60 + 30),
        ];
        for (agent, kind, title, days, from, until) in week {
            let weekly = Weekly { days: days.iter().copied().collect(), until: None, but: BTreeSet::default() };
            let starts = monday.to_datetime(Time::midnight());
            let id = minter.mint(now);
            self.enter(
                now,
                id,
                agent,
                Entry {
                    kind,
                    title: title.into(),
                    starts: starts.saturating_add(from.minutes()),
                    ends: starts.saturating_add(until.minutes()),
                    zone: "UTC".into(),
                    weekly: Some(weekly),
                },
            )
            .await?;
        }
        let leave = monday.saturating_add(14.days()).to_datetime(Time::midnight());
        let holidays = Entry {
            kind: Kind::Leave,
            title: "Holidays".into(),
            starts: leave,
            ends: leave.saturating_add(7.days()),
            zone: "UTC".into(),
            weekly: None,
        };
        self.enter(now, minter.mint(now), RAVI, holidays).await
    }

    async fn enter(&mut self, at: Timestamp, id: EntryId, agent: AgentId, entry: Entry) -> Result<(), String> {
        let command = calendar::Command::Put { id, entry };
        let wish = CalendarWish { by: By::Agent(agent), agent, command, cover: None, reason: String::new() };
        self.ask(at, Wish::Calendar(wish)).await
    }

    /// What is promised now: one in time, one at risk, one that passed.
    pub(super) async fn open_promises(&mut self) -> Result<(), String> {
        let now = Timestamp::now();
        let promised: [(AgentId, &str, i64, i64); 4] = [
            (YOU, "I will call you today and tell you what the technician found.", 180, 50),
            (YOU, "The replacement board is fitted and your line runs.", 60, 3 * 24 * 60),
            (INES, "I will send you the corrected invoice.", 26 * 60, -40),
            (RAVI, "I will check the firmware with the maker and call you.", 90, 22 * 60),
        ];
        let page = self.store.list(&warmline_store::View::Ours, None, 20).await.map_err(|f| f.to_string())?;
        for ((owner, what, ago, ahead), row) in promised.into_iter().zip(page.rows) {
            let (by, ticket) = (By::Agent(owner), row.ticket.id);
            let made = now - SignedDuration::from_mins(ago);
            let new = NewPromise::new(minted(made), what, now + SignedDuration::from_mins(ahead));
            let new = NewPromise { reason: "the board lies in our stock".into(), ..new };
            self.ask(made, Wish::Ticket { by, ticket, command: Command::Promise(new) }).await?;
        }
        Ok(())
    }
}
