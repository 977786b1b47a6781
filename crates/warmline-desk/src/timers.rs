//! Time has something to say: sleeps until the next timer, at most a second, and tells the desk what is due.

use std::time::Duration;

use tokio::sync::watch;

use crate::{Desk, Wish};

const LONGEST: Duration = Duration::from_secs(1);
const AT_ONCE: usize = 128;

pub(crate) async fn run(desk: Desk, mut stopping: watch::Receiver<bool>) {
    loop {
        let pause = match fire(&desk).await {
            Ok(true) => Duration::ZERO,
            Ok(false) => LONGEST,
            Err(fault) => {
                tracing::error!(%fault, "timers could not be read; trying again");
                LONGEST
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = crate::stopped(&mut stopping) => return,
        }
    }
}

/// Whether there may be more at once.
async fn fire(desk: &Desk) -> Result<bool, warmline_store::Fault> {
    let due = desk.store.due_timers(desk.clock.now(), AT_ONCE).await?;
    let waiting = due.iter().map(|timer| desk.ask(Wish::TimeCame(timer.stream)));
    for outcome in futures_util::future::join_all(waiting).await {
        if let Err(error) = outcome {
            tracing::error!(%error, "a timer could not be served; trying again");
            return Ok(false);
        }
    }
    Ok(due.len() == AT_ONCE)
}
