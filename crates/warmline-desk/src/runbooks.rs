//! Runbooks of the house: written, replaced, taken away.

use warmline_domain::journal::Stream;
use warmline_domain::runbook::{self, Command};
use warmline_domain::{By, RunbookId};

use crate::announce::Topic;
use crate::core::Unit;
use crate::wish::{DeskError, Outcome};

impl Unit<'_> {
    pub(crate) async fn runbook_wish(&mut self, by: By, command: Command) -> Result<Outcome, DeskError> {
        let (fresh, key) = match &command {
            Command::Write { id, key, .. } => {
                self.plausible(id.0)?;
                (*id, key.clone())
            }
            Command::Remove { key } => (RunbookId(0), key.clone()),
        };
        let before = self.core.store.runbooks().await?.into_iter().find(|(_, r)| r.value.key == key);
        let known = before.as_ref().map(|(_, r)| &r.value);
        let events = runbook::decide(&self.site.value, by, known, command)?;
        if events.is_empty() {
            return Ok(Outcome::Done);
        }
        let after = events.iter().fold(known.cloned(), runbook::evolve);
        let (id, head) = before.map_or((fresh, Default::default()), |(id, r)| (id, r.head));
        let policy = self.site.value.policy_version;
        self.batch.of_library(Stream::Runbook(id.0), head, after.as_ref(), &events, by, self.now, policy);
        self.announce(Topic::Site);
        Ok(Outcome::Done)
    }
}
