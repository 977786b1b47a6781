//! Calendars, and the promises of whoever is away: handed over in the step that enters leave, and when a shift ends.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use warmline_domain::calendar::{self, Calendar, Command, Kind, Owed};
use warmline_domain::ticket;
use warmline_domain::{AgentId, By};
use warmline_store::{Fault, Loaded, OpenPromise, Stamp};

use crate::announce::Topic;
use crate::core::Unit;
use crate::wish::{CalendarWish, DeskError, Outcome};

/// Promises of one person handed over at once: more than anybody keeps.
const PROMISES: usize = 500;

impl Unit<'_> {
    pub(crate) async fn calendar_wish(&mut self, wish: &CalendarWish) -> Result<Outcome, DeskError> {
        let CalendarWish { by, agent, command, cover, reason } = wish;
        if let Command::Put { id, .. } | Command::Move { fresh: id, .. } = command {
            self.plausible(id.0)?;
        }
        let before = self.calendar(*agent).await?;
        let left = self.left_behind(&before.value, *agent, command).await?;
        let mut there = Vec::new();
        for promise in &left {
            let away = match cover {
                Some(cover) => self.away(*cover, promise.due).await?,
                None => true,
            };
            if !away {
                there.push(*promise);
            }
        }
        // A cover who is away for even one of them is none.
        let cover = cover.filter(|_| there.len() == left.len());
        let owed = Owed { promises: left.len(), cover, reason: reason.clone() };
        let events = calendar::decide(&before.value, &self.site.value, *by, *agent, command.clone(), &owed)?;
        if events.is_empty() {
            return Ok(Outcome::Done);
        }
        self.apply_calendar(*agent, before, &events, *by);
        if let Some(cover) = cover {
            self.hand_over(*by, &left, cover, "on leave then").await?;
        }
        Ok(Outcome::Done)
    }

    /// The promises that are due in the leave a command enters, and, when it begins by tomorrow, those that are owed
    /// already.
    async fn left_behind(
        &self,
        before: &Calendar,
        agent: AgentId,
        command: &Command,
    ) -> Result<Vec<OpenPromise>, Fault> {
        let Command::Put { id, entry } = command else { return Ok(vec![]) };
        if entry.kind != Kind::Leave {
            return Ok(vec![]);
        }
        let event = calendar::Event::Put { id: *id, entry: entry.clone(), reason: String::new() };
        let after = calendar::evolve(before.clone(), &event);
        let open = self.core.store.open_promises(agent, Timestamp::MAX, PROMISES).await?;
        let newly = |p: &OpenPromise| after.on_leave(p.due).is_some() && before.on_leave(p.due).is_none();
        let begins = after.on_leave(self.now + SignedDuration::from_hours(24)).is_some();
        Ok(open.into_iter().filter(|p| newly(p) || begins && p.due <= self.now).collect())
    }

    /// A shift is over: what is promised until the next one goes to a supervisor. Nothing stays with somebody who is away.
    pub(crate) async fn shift_ended(&mut self, agent: AgentId) -> Result<Outcome, DeskError> {
        let loaded = self.calendar(agent).await?;
        let calendar = &loaded.value;
        let stream = warmline_domain::journal::Stream::Calendar(agent.0);
        self.batch.timer(stream, calendar::due(calendar, self.now));
        if !calendar.has_shifts() || calendar.is_there(self.now) {
            return Ok(Outcome::Done);
        }
        let Some(back) = calendar.back(self.now) else { return Ok(Outcome::Done) };
        let left = self.core.store.open_promises(agent, back, PROMISES).await?;
        if left.is_empty() {
            return Ok(Outcome::Done);
        }
        let calendars = self.all_calendars().await?;
        if let Some(cover) = calendar::cover(&self.site.value, &calendars, agent, self.now) {
            self.hand_over(By::Desk, &left, cover, "their shift has ended").await?;
        }
        Ok(Outcome::Done)
    }

    pub(crate) async fn hand_over(
        &mut self,
        by: By,
        left: &[OpenPromise],
        to: AgentId,
        reason: &str,
    ) -> Result<(), DeskError> {
        for promise in left {
            let before = self.existing(promise.ticket).await?;
            let command = ticket::Command::HandPromiseOver {
                promise: promise.id,
                to,
                away: self.away(to, promise.due).await?,
                reason: reason.to_owned(),
            };
            let events = ticket::decide(&before.value, &self.site.value, by, self.now, command)?;
            self.apply(Some(before), promise.ticket, &events, by, None)?;
        }
        Ok(())
    }

    pub(crate) async fn away(&self, agent: AgentId, at: Timestamp) -> Result<bool, Fault> {
        Ok(self.calendar(agent).await?.value.on_leave(at).is_some())
    }

    pub(crate) async fn calendar(&self, agent: AgentId) -> Result<Loaded<Calendar>, Fault> {
        match self.calendars.get(&agent) {
            Some(loaded) => Ok(loaded.clone()),
            None => self.core.store.calendar(agent).await,
        }
    }

    async fn all_calendars(&self) -> Result<BTreeMap<AgentId, Calendar>, Fault> {
        let mut calendars = self.core.store.calendars().await?;
        calendars.extend(self.calendars.iter().map(|(agent, loaded)| (*agent, loaded.value.clone())));
        Ok(calendars)
    }

    pub(crate) fn apply_calendar(
        &mut self,
        agent: AgentId,
        before: Loaded<Calendar>,
        events: &[calendar::Event],
        by: By,
    ) {
        let after = events.iter().fold(before.value, calendar::evolve);
        let stamp = Stamp { by, at: self.now, policy: self.site.value.policy_version };
        let head = self.batch.calendar(before.head, agent, &after, events, stamp);
        self.calendars.insert(agent, Loaded { value: after, head });
        self.announce(Topic::Seat(agent));
    }
}
