//! Worlds that hold, and planted bugs that are found.

use warmline_sim::world::{Plan, Plant, run};

fn live(seed: u64, days: i64, plant: Plant) -> Result<warmline_sim::world::Lived, warmline_sim::world::Violation> {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(run(Plan { seed, days, plant }, folder.path().to_owned()))
}

#[test]
fn two_hundred_days_with_crashes_hold() {
    let lived = live(1, 200, Plant::Nothing).unwrap();
    assert!(lived.crashes > 50 && lived.mails_in > 500 && lived.mails_out > 500 && lived.answers > 200, "{lived:?}");
}

#[test]
fn kept_seeds_hold() {
    for seed in [2, 3, 5, 8, 13, 21] {
        live(seed, 25, Plant::Nothing).unwrap_or_else(|v| panic!("seed {seed}: {v:?}"));
    }
}

/// Half a minute of lives nobody has seen; a seed that fails is printed and belongs into the kept ones.
#[test]
fn new_seeds_hold() {
    let begun = std::time::Instant::now();
    let mut seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64;
    while begun.elapsed() < std::time::Duration::from_secs(30) {
        seed = seed.wrapping_add(1);
        live(seed, 15, Plant::Nothing).unwrap_or_else(|v| panic!("seed {seed}: {v:?}"));
    }
}

#[test]
fn the_same_seed_lives_the_same_life() {
    assert_eq!(live(34, 10, Plant::Nothing), live(34, 10, Plant::Nothing));
}

#[test]
fn a_note_in_the_outbox_is_found() {
    let found = live(1, 60, Plant::NoteInOutbox).unwrap_err().0;
    assert!(found.contains("written inside"), "{found}");
}

#[test]
fn a_lost_timer_is_found() {
    let found = live(1, 60, Plant::LostTimer).unwrap_err().0;
    assert!(found.contains("timer"), "{found}");
}

#[test]
fn a_doubled_send_is_found() {
    let found = live(1, 60, Plant::DoubledSend).unwrap_err().0;
    assert!(found.contains("left"), "{found}");
}

#[test]
fn a_row_changed_behind_the_journals_back_is_found() {
    let found = live(1, 60, Plant::ChangedRow).unwrap_err().0;
    assert!(found.contains("differs from what the journal tells"), "{found}");
}
