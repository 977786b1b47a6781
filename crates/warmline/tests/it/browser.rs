//! Journeys: a real Chromium does the main jobs, with axe on every page it sees.

use std::path::Path;
use std::process::Command;

use warmline_sim::sink::Sink;

use crate::house::{CODE, House, run, runtime};

/// Runs a script against a fresh desk; it prints `told` when it came to its end.
fn journey(script: &'static str, told: &str, more: impl FnOnce(&House, &Sink) -> Vec<String>) {
    runtime().block_on(async {
        let house = House::new();
        let sink = Sink::open().await.unwrap();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/browser");
        let mut arguments = vec![script.to_owned(), format!("http://{}", house.web)];
        arguments.extend(more(&house, &sink));
        let run = tokio::task::spawn_blocking(move || run(Command::new("node").args(arguments).current_dir(folder)));
        let said = run.await.unwrap();
        assert!(said.contains(told), "{said}");
        house.doctor();
    });
}

#[test]
fn a_person_does_the_main_jobs_in_a_browser() {
    journey("journeys.mjs", "every journey arrived", |house, sink| {
        vec![house.smtp.to_string(), sink.address.port().to_string()]
    });
}

#[test]
fn what_is_not_ours_what_it_costs_and_who_decides_in_a_browser() {
    journey("house.mjs", "every matter was settled", |house, sink| {
        vec![CODE.into(), sink.address.port().to_string(), house.smtp.to_string()]
    });
}

#[test]
fn what_comes_first_explains_itself_in_a_browser() {
    journey("priority.mjs", "every place is explained", |_, sink| vec![CODE.into(), sink.address.port().to_string()]);
}

#[test]
fn a_draft_is_made_a_good_one_in_a_browser() {
    journey("words.mjs", "every word arrived", |_, sink| vec![CODE.into(), sink.address.port().to_string()]);
}

#[test]
fn a_fault_is_begun_by_one_and_solved_by_another() {
    journey("work.mjs", "every hand was taken", |_, sink| vec![CODE.into(), sink.address.port().to_string()]);
}

#[test]
fn figures_are_looked_at_in_a_browser() {
    journey("measures.mjs", "every figure stood", |_, sink| vec![CODE.into(), sink.address.port().to_string()]);
}

#[test]
fn a_trail_leaves_whole_and_help_leaves_in_other_ways_in_a_browser() {
    journey("trail.mjs", "every trail arrived", |house, sink| {
        let folder = house.folder().display().to_string();
        vec![CODE.into(), sink.address.port().to_string(), env!("CARGO_BIN_EXE_warmline").into(), folder]
    });
}

#[test]
fn honest_answers_are_written_in_a_browser() {
    journey("honesty.mjs", "every answer was honest", |_, sink| vec![CODE.into(), sink.address.port().to_string()]);
}

#[test]
fn a_chat_is_lived_in_a_browser() {
    journey("chat.mjs", "everybody was looked after", |_, sink| vec![CODE.into(), sink.address.port().to_string()]);
}

#[test]
fn what_is_worth_knowing_is_read_in_a_browser() {
    journey("articles.mjs", "every article was read", |_, sink| vec![CODE.into(), sink.address.port().to_string()]);
}
