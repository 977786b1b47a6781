//! How long work takes, as it was known a little while ago: read at most every few minutes, never per keystroke.

use std::sync::{Arc, RwLock};

use jiff::{SignedDuration, Timestamp};
use warmline_domain::forecast::{Forecast, History};
use warmline_domain::site::Site;
use warmline_domain::ticket::Ticket;
use warmline_store::{Fault, Store};

/// What was known for so long is good enough for dates that are days away.
const FRESH: SignedDuration = SignedDuration::from_mins(10);
/// Tickets looked at: the newest of a very busy desk.
const COURSES: usize = 200_000;

/// Shared by the loop, which decides on it, and the pages, which show it.
#[derive(Default)]
pub struct Forecasts {
    kept: RwLock<Option<Kept>>,
}

struct Kept {
    at: Timestamp,
    policy: i64,
    history: Arc<History>,
}

impl Forecasts {
    /// For this ticket; `None` when there is not enough work like it to say.
    pub async fn of(
        &self,
        store: &Store,
        site: &Site,
        ticket: &Ticket,
        now: Timestamp,
    ) -> Result<Option<Forecast>, Fault> {
        if !site.policy.promises.safe_dates {
            return Ok(None);
        }
        let history = self.history(store, site, now).await?;
        Ok(history.forecast(&ticket.topic, ticket.queue, ticket.opened_at, now))
    }

    async fn history(&self, store: &Store, site: &Site, now: Timestamp) -> Result<Arc<History>, Fault> {
        let fresh = |k: &Kept| k.policy == site.policy_version && k.at <= now && now < k.at + FRESH;
        let kept = self.kept.read().ok().and_then(|k| k.as_ref().filter(|k| fresh(k)).map(|k| k.history.clone()));
        if let Some(history) = kept {
            return Ok(history);
        }
        let policy = &site.policy.promises;
        let since = now - SignedDuration::from_hours(24 * i64::from(policy.history_days));
        let history = Arc::new(History::of(&store.courses(since, COURSES).await?, policy, now));
        if let Ok(mut kept) = self.kept.write() {
            *kept = Some(Kept { at: now, policy: site.policy_version, history: history.clone() });
        }
        Ok(history)
    }
}
