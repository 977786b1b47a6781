//! Which numbers make sense: a policy that would lock people out or wear them down is not taken.

use super::Policy;
use crate::refusal::Refusal;

impl Policy {
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let range = |name: &str, value: u32, low: u32, high: u32| {
            if (low..=high).contains(&value) {
                return Ok(());
            }
            Err(Refusal::input(
                format!("{name} is {value}; it can be {low} to {high}."),
                "Nothing was changed. Choose a number in that range and save again.",
            ))
        };
        range("answers.undo_seconds", self.answers.undo_seconds, 0, 600)?;
        range("answers.retry_minutes has a length that", self.answers.retry_minutes.len() as u32, 1, 30)?;
        for minutes in &self.answers.retry_minutes {
            range("answers.retry_minutes", *minutes, 1, 10_080)?;
        }
        range("tickets.close_solved_after_days", self.tickets.close_solved_after_days, 1, 3650)?;
        range("automatic_mail.per_address_and_day", self.automatic_mail.per_address_and_day, 0, 100)?;
        range("presence.lost_after_seconds", self.presence.lost_after_seconds, 10, 3600)?;
        range("sign_in.attempts", self.sign_in.attempts, 3, 100)?;
        range("sign_in.wait_minutes", self.sign_in.wait_minutes, 1, 1440)?;
        range("sign_in.session_hours", self.sign_in.session_hours, 1, 720)?;
        let phone = &self.phone;
        range("phone.ring_seconds", phone.ring_seconds, 5, 120)?;
        range("phone.call_seconds", phone.call_seconds, 10, 180)?;
        range("phone.hold_minutes", phone.hold_minutes, 1, crate::limits::HOLD_MINUTES)?;
        range("phone.overrun_seconds", phone.overrun_seconds, 10, 600)?;
        range("phone.rejoin_seconds", phone.rejoin_seconds, 5, 120)?;
        range("phone.wrap_up_seconds", phone.wrap_up_seconds, 0, 3600)?;
        range("phone.recovery_minutes", phone.recovery_minutes, 1, 60)?;
        range("phone.record_percent", phone.record_percent, 0, 100)?;
        range("promises.warn_minutes", self.promises.warn_minutes, 1, 10_080)?;
        range("promises.alert_minutes", self.promises.alert_minutes, 1, 10_080)?;
        range("promises.minutes_each", self.promises.minutes_each, 1, 480)?;
        range("calendars.read_minutes", self.calendars.read_minutes, 5, 1440)?;
        range("promises.history_days", self.promises.history_days, 14, 730)?;
        range("promises.least_cases", self.promises.least_cases, 5, 10_000)?;
        range("recordings.keep_days", self.recordings.keep_days, 1, 3650)?;
        range("recordings.keep_hard_days", self.recordings.keep_hard_days, 1, 3650)?;
        range("referrals.look_seconds", self.referrals.look_seconds, 10, 1800)?;
        range("referrals.stale_months", self.referrals.stale_months, 1, 60)?;
        range("charges.exceptions_a_month", self.charges.exceptions_a_month, 1, 1000)?;
        range("managers.take_minutes", self.managers.take_minutes, 1, 2880)?;
        range("managers.answer_minutes", self.managers.answer_minutes, 5, 10_080)?;
        let complaints = &self.charges.complaints_to;
        if !complaints.is_empty() && !crate::customer::is_address(complaints) {
            return Err(Refusal::input(
                format!("charges.complaints_to is “{complaints}”, which is not a mail address."),
                "Nothing was changed. Enter it as name@example.com, or leave it empty.",
            ));
        }
        range("priority.ranked has a length that", self.priority.ranked.len() as u32, 0, crate::limits::RANKED as u32)?;
        range("priority.warn_percent", self.priority.warn_percent, 50, 99)?;
        // Words take their time; below this nobody would hear music.
        if phone.announce_seconds > 0 {
            range("phone.announce_seconds", phone.announce_seconds, 20, 600)?;
        }
        range("phone.handling_minutes", phone.handling_minutes, 1, 120)?;
        range("phone.callback_minutes", phone.callback_minutes, 15, 2880)?;
        range("phone.message_seconds", phone.message_seconds, 20, 600)?;
        range("phone.reserved_agents", phone.reserved_agents, 0, 100)?;
        let chats = &self.chats;
        range("chats.at_once", chats.at_once, 1, 10)?;
        range("chats.offer_seconds", chats.offer_seconds, 10, 300)?;
        range("chats.answer_seconds", chats.answer_seconds, 10, 1800)?;
        range("chats.supervisor_seconds", chats.supervisor_seconds, 10, 3600)?;
        range("chats.wait_minutes", chats.wait_minutes, 1, 120)?;
        range("chats.longest_wait_minutes", chats.longest_wait_minutes, 1, 60)?;
        range("chats.gone_minutes", chats.gone_minutes, 1, 60)?;
        range("attempts.tries", self.attempts.tries, 1, 20)?;
        range("attempts.days", self.attempts.days, 1, 20)?;
        range("attempts.channels", self.attempts.channels, 1, 3)?;
        range("attempts.rest_days", self.attempts.rest_days, 1, 366)?;
        range("help.told_days", self.help.told_days, 0, 3650)?;
        self.help.check()?;
        crate::ticket::other_ways::check(&self.other_ways)
    }
}
