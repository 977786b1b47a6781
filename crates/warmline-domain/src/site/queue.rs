//! A queue: where tickets and callers wait for somebody, and by which rules.

use serde::{Deserialize, Serialize};

use super::{Site, named};
use crate::{Hours, QueueId, Refusal};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    pub id: QueueId,
    pub name: String,
    /// Absent: open when the desk is.
    #[serde(default)]
    pub hours: Option<Hours>,
}

impl Queue {
    /// As a queue begins: by the hours of the desk.
    pub fn named(id: QueueId, name: &str) -> Queue {
        Queue { id, name: name.into(), hours: None }
    }
}

/// The queue as it can be kept, or what is wrong with it.
pub(super) fn checked(site: &Site, queue: Queue) -> Result<Queue, Refusal> {
    let name = named(&queue.name, "A queue")?;
    if site.queues.values().any(|q| q.id != queue.id && q.name.to_lowercase() == name.to_lowercase()) {
        return Err(Refusal::input(format!("There is a queue “{name}” already."), "Choose another name."));
    }
    Ok(Queue { name, ..queue })
}
