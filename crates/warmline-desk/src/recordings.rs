//! Recordings lie in a folder of their own, written by the voice engine. Here they go.

use std::path::PathBuf;

use warmline_domain::CallId;
use warmline_domain::ticket::Event;
use warmline_store::Fault;

/// Where they lie; nowhere in worlds without sound.
#[derive(Clone, Debug, Default)]
pub struct Recordings(pub Option<PathBuf>);

impl Recordings {
    /// The sound goes before the journal says so: what is said to be gone is gone, and a try that broke off is repeated.
    pub(crate) fn deleted(&self, events: &[Event]) -> Result<(), Fault> {
        for event in events {
            if let Event::RecordingDeleted { call, .. } = event {
                self.delete(*call)?;
            }
        }
        Ok(())
    }

    fn delete(&self, call: CallId) -> Result<(), Fault> {
        let Some(folder) = &self.0 else { return Ok(()) };
        match std::fs::remove_dir_all(folder.join(call.to_string())) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Fault(format!("A recording could not be deleted: {error}.")))
            }
            _ => Ok(()),
        }
    }
}
