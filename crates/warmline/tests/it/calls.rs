//! Calls through the real program, by browser and by SIP phones. What each side hears is listened to.

use std::path::Path;
use std::process::Command;

use warmline_sim::sink::Sink;

use crate::house::{House, run, runtime};

pub const PHONE: &str = "[phone]\nlisten = \"127.0.0.1:0\"\ntrusted = [\"127.0.0.1\"]\n";

/// Runs a journey of `tests/browser` on a desk of its own.
fn journey(script: &'static str, more: Vec<std::path::PathBuf>, ends: &str) {
    let runtime = runtime();
    runtime.block_on(async {
        let house = House::configured(PHONE);
        let sink = Sink::open().await.unwrap();
        house.set_up(&sink);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/browser");
        let web = format!("http://{}", house.web);
        let run = move || run(Command::new("node").arg(script).arg(&web).args(&more).current_dir(folder));
        let told = tokio::task::spawn_blocking(run).await.unwrap();
        assert!(told.contains(ends), "{told}");
        house.doctor();
    });
}

#[test]
fn a_call_by_browser_is_held_handed_over_and_heard() {
    journey("calls.mjs", vec![], "every call was heard");
}

#[test]
fn a_call_by_browser_tells_how_one_listened_and_a_greeting_is_tried() {
    let speech = Path::new(env!("CARGO_MANIFEST_DIR")).join("../warmline-phone/tests/speech");
    journey("listening.mjs", vec![speech], "listening was heard");
}

#[test]
fn whoever_vanishes_from_a_browser_nobody_is_left_alone() {
    journey("vanishing.mjs", vec![], "nobody was left alone");
}
