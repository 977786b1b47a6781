//! Steps of hold and transfer in transcripts of calls.

use std::path::Path;

use super::Bench;
use super::share::Table;

pub(super) fn measure(_bench: &Bench, _folder: &Path, _table: &mut Table) -> Result<(), String> {
    Ok(())
}
