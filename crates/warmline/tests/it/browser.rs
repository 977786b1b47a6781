//! Journeys: a real Chromium does the main jobs, with axe on every page it sees.

use std::path::Path;
use std::process::Command;

use warmline_sim::sink::Sink;

use crate::house::{House, run, runtime};

#[test]
fn a_person_does_the_main_jobs_in_a_browser() {
    let runtime = runtime();
    runtime.block_on(async {
        let house = House::new();
        let sink = Sink::open().await.unwrap();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/browser");
        let (web, smtp, port) =
            (format!("http://{}", house.web), house.smtp.to_string(), sink.address.port().to_string());
        let journey = tokio::task::spawn_blocking(move || {
            run(Command::new("node").arg("journeys.mjs").args([&web, &smtp, &port]).current_dir(folder))
        });
        let told = journey.await.unwrap();
        assert!(told.contains("every journey arrived"), "{told}");
        house.doctor();
    });
}
