//! Once a day it is written down, signed, where every stream of the journal stands.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::watch;
use warmline_domain::journal::Checkpoint;
use warmline_store::{CommitError, Fault, Store};

use crate::Desk;
use crate::seal::{Seal, Sealing};

/// How often it is looked whether a new day has begun.
const LOOK: Duration = Duration::from_secs(600);

pub async fn run(desk: Desk, seal: Seal, mut stopping: watch::Receiver<bool>) {
    loop {
        if let Err(fault) = daily(&desk.store, &seal, desk.clock.now()).await {
            tracing::error!(%fault, "the day's checkpoint could not be written; trying again");
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = crate::stopped(&mut stopping) => return,
        }
    }
}

/// Writes the day's checkpoint unless it is there.
async fn daily(store: &Store, seal: &Seal, now: Timestamp) -> Result<(), Fault> {
    let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
    match store.last_checkpoint().await? {
        Some(last) if day(last.at) >= day(now) => Ok(()),
        _ => write(store, seal, now).await.map(|_| ()),
    }
}

/// Seals where every stream stands now; says how many moved since the last time.
pub async fn write(store: &Store, seal: &Seal, now: Timestamp) -> Result<usize, Fault> {
    let mut sealed = 0;
    loop {
        let heads = store.moved_heads().await?;
        if heads.is_empty() {
            return Ok(sealed);
        }
        let last = store.last_checkpoint().await?;
        let (number, before) = last.map_or((1, [0; 32]), |last| (last.number + 1, last.digest));
        sealed += heads.len();
        let checkpoint = Checkpoint { number, at: now, before, heads };
        let signature = seal.sign(Sealing::Checkpoint, &checkpoint.digest())?;
        let key = hex::decode(seal.public()?).map_err(|e| Fault(e.to_string()))?;
        let mut batch = store.batch();
        batch.checkpoint(&checkpoint, &key, &signature);
        match store.commit(batch).await {
            Ok(()) => {}
            // Somebody else wrote it in between.
            Err(CommitError::Conflict) => return Ok(sealed),
            Err(CommitError::Fault(fault)) => return Err(fault),
        }
    }
}
