//! Queues as an administrator sets them up, through the real pages.

use warmline_sim::sink::Sink;

use crate::house::{House, runtime};
use crate::http::{Answer, Http};

pub const WEEK: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Sends a form of hours, every day the same.
pub fn set_hours(http: &mut Http, path: &str, day: &str, more: &[(&str, &str)]) -> Answer {
    let mut form: Vec<(&str, &str)> = WEEK.iter().map(|name| (*name, day)).collect();
    form.push(("zone", "Europe/Vienna"));
    form.extend_from_slice(more);
    http.post(path, &form)
}

/// Where the settings of the only queue are.
pub fn queue_path(http: &mut Http) -> String {
    let page = http.get("/settings").body;
    let id = page.split("href=\"/settings/queues/").nth(1).expect("a queue").split('"').next().unwrap().to_owned();
    format!("/settings/queues/{id}")
}

#[test]
fn hours_are_set_for_the_desk_and_for_a_queue_and_mistakes_are_named() {
    let runtime = runtime();
    let house = House::new();
    let sink = runtime.block_on(Sink::open()).unwrap();
    let mut ada = house.set_up(&sink);
    assert!(ada.get("/settings").body.contains("open day and night"));
    let refused = set_hours(&mut ada, "/settings/hours", "9:00-25:00", &[("exceptions", "2026-12-25 Christmas")]);
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("Monday cannot be read") && refused.body.contains("2026-12-25 Christmas"));
    assert_eq!(set_hours(&mut ada, "/settings/hours", "", &[]).status, 303);
    assert!(ada.get("/settings").body.contains("closed, with no day in sight"));

    let queue = queue_path(&mut ada);
    assert!(ada.get(&queue).body.contains("closed, with no day in sight"), "a queue keeps the desk's hours");
    let own = set_hours(&mut ada, &queue, "all day", &[("name", "Support"), ("own_hours", "on")]);
    assert_eq!(own.status, 303, "{}", own.body);
    assert!(ada.get(&queue).body.contains("open day and night"), "and may have its own");
    assert_eq!(set_hours(&mut ada, &queue, "all day", &[("name", " ")]).status, 422);
    house.doctor();
}
