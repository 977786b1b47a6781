//! Calls through the real program, by browser and by SIP phones. What each side hears is listened to.

use std::path::Path;
use std::process::Command;

use warmline_sim::sink::Sink;

use crate::house::{House, run, runtime};

pub const PHONE: &str = "[phone]\nlisten = \"127.0.0.1:0\"\ntrusted = [\"127.0.0.1\"]\n";

#[test]
fn a_call_by_browser_is_held_handed_over_and_heard() {
    let runtime = runtime();
    runtime.block_on(async {
        let house = House::configured(PHONE);
        let sink = Sink::open().await.unwrap();
        house.set_up(&sink);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/browser");
        let web = format!("http://{}", house.web);
        let journey = tokio::task::spawn_blocking(move || {
            run(Command::new("node").arg("calls.mjs").arg(&web).current_dir(folder))
        });
        let told = journey.await.unwrap();
        assert!(told.contains("every call was heard"), "{told}");
        house.doctor();
    });
}
