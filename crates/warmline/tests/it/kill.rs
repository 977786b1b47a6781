//! kill -9 at any instant under load: what was acknowledged is there, once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use warmline_sim::chance::Chance;
use warmline_sim::sink::{Sink, deliver};

use crate::house::{House, MAILBOX, command, readable, run, runtime};
use crate::http::Http;

const ROUNDS: usize = 50;
/// So many mails and answers are acknowledged before it is over, or it would prove little; a slow machine has more
/// rounds for it, but not for ever.
const ENOUGH: (usize, usize) = (100, 25);
const MOST_ROUNDS: usize = 200;

#[derive(Default)]
struct Accepted {
    mails: BTreeSet<String>,
    answers: BTreeSet<String>,
}

impl Accepted {
    fn is_enough(&self) -> bool {
        self.mails.len() > ENOUGH.0 && self.answers.len() > ENOUGH.1
    }
}

#[test]
fn fifty_kills_lose_nothing_and_double_nothing() {
    let runtime = runtime();
    let folder = tempfile::tempdir().unwrap();
    let mut chance = Chance::new(7);
    let accepted = Arc::new(Mutex::new(Accepted::default()));
    let (mut sink, cookie) = runtime.block_on(async {
        let sink = Sink::open().await.unwrap();
        let house = House::at(folder.path());
        let mut http = house.set_up(&sink);
        let policy =
            "[answers]\nundo_seconds = 0\n[automatic_mail]\nacknowledge = false\n[sign_in]\nsession_hours = 48\n";
        assert_eq!(http.post("/settings/policy", &[("policy", policy)]).status, 303);
        let mail = format!(
            "From: z@example.net\r\nTo: {MAILBOX}\r\nSubject: base\r\nMessage-ID: <base@example.net>\r\n\r\nBase.\r\n"
        );
        deliver(house.smtp, "z@example.net", MAILBOX, mail.as_bytes()).await.unwrap();
        house.kill();
        (sink, http)
    });
    let http = Arc::new(Mutex::new(cookie));
    for round in 0..MOST_ROUNDS {
        if round >= ROUNDS && accepted.lock().unwrap().is_enough() {
            break;
        }
        let house = House::at(folder.path());
        let (smtp, web) = (house.smtp, house.web.clone());
        let after = Duration::from_millis(5 + chance.below(250) as u64);
        let sending: Vec<_> = (0..3)
            .map(|sender| {
                let accepted = accepted.clone();
                runtime.spawn(async move {
                    for n in 0.. {
                        let id = format!("k{round}x{sender}x{n}z");
                        let mail = format!(
                            "From: c{sender}@example.net\r\nTo: {MAILBOX}\r\nSubject: Matter {id}\r\nMessage-ID: <{id}@example.net>\r\n\r\nPlease see {id}.\r\n"
                        );
                        if deliver(smtp, "c@example.net", MAILBOX, mail.as_bytes()).await.is_err() {
                            return;
                        }
                        accepted.lock().unwrap().mails.insert(id);
                    }
                })
            })
            .collect();
        let answering = {
            let (accepted, http) = (accepted.clone(), http.clone());
            std::thread::spawn(move || {
                let mut http = http.lock().unwrap();
                http.move_to(&web);
                for n in 0.. {
                    let marker = format!("answer-{round}-{n}.");
                    match http.try_answer_first(&marker) {
                        Ok(true) => {
                            accepted.lock().unwrap().answers.insert(marker);
                        }
                        Ok(false) => {}
                        Err(_) => return,
                    }
                }
            })
        };
        std::thread::park_timeout(after);
        house.kill();
        answering.join().unwrap();
        runtime.block_on(async {
            for task in sending {
                task.await.unwrap();
            }
        });
    }
    let house = House::at(folder.path());
    let accepted = accepted.lock().unwrap();
    assert!(accepted.is_enough(), "{} mails and {} answers", accepted.mails.len(), accepted.answers.len());
    check_answers(&runtime, &mut sink, &accepted.answers);
    let mut http = http.lock().unwrap();
    http.move_to(&house.web);
    let sample: Vec<&String> = accepted.mails.iter().step_by(7).collect();
    for id in sample {
        let found = http.get(&format!("/search?q={id}")).body;
        assert_eq!(found.matches("class=\"found").count(), 1, "mail {id}");
    }
    house.kill();
    let told = run(command(folder.path()).args(["doctor", "--replay"]));
    assert!(told.contains("agrees"), "{told}");
    assert_eq!(subjects(folder.path(), "Matter "), accepted_or_more(folder.path(), &accepted.mails));
}

/// Every accepted answer left, under one Message-ID.
fn check_answers(runtime: &tokio::runtime::Runtime, sink: &mut Sink, answers: &BTreeSet<String>) {
    let mut ids: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    runtime.block_on(async {
        while ids.len() < answers.len() {
            let mail = tokio::time::timeout(Duration::from_secs(70), sink.mails.recv()).await;
            let mail = mail.unwrap_or_else(|_| panic!("{} of {} answers left", ids.len(), answers.len())).unwrap();
            let text = readable(&mail.bytes);
            let id = text.split("\nMessage-ID: <").nth(1).unwrap().split('>').next().unwrap().to_owned();
            // A kill may leave an answer accepted and its client without the news; those are not counted here.
            if let Some(marker) = answers.iter().find(|m| text.contains(m.as_str())) {
                ids.entry(marker).or_default().insert(id);
            }
        }
    });
    for (marker, ids) in ids {
        assert_eq!(ids.len(), 1, "{marker} left as {ids:?}");
    }
}

/// Subjects of tickets straight from the file, to count without trusting a page.
fn subjects(folder: &std::path::Path, prefix: &str) -> BTreeMap<String, usize> {
    let connection = rusqlite::Connection::open(folder.join("warmline.db")).unwrap();
    let mut statement = connection.prepare("SELECT subject FROM ticket").unwrap();
    let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let mut counted = BTreeMap::new();
    for subject in rows.map(Result::unwrap).filter(|s| s.starts_with(prefix)) {
        *counted.entry(subject).or_default() += 1;
    }
    counted
}

/// What was acknowledged once each, and what was committed without its "250" arriving, once each too.
fn accepted_or_more(folder: &std::path::Path, acknowledged: &BTreeSet<String>) -> BTreeMap<String, usize> {
    let mut expected: BTreeMap<String, usize> = acknowledged.iter().map(|id| (format!("Matter {id}"), 1)).collect();
    for subject in subjects(folder, "Matter ").into_keys() {
        expected.entry(subject).or_insert(1);
    }
    expected
}

impl Http {
    /// Answers the first ticket of the list; `Err` when the desk went away under it.
    fn try_answer_first(&mut self, marker: &str) -> std::io::Result<bool> {
        let page = self.try_get("/tickets?view=waiting")?.body + &self.try_get("/tickets?view=ours")?.body;
        let Some(number) = Http::numbers(&page).into_iter().next() else { return Ok(false) };
        let page = self.try_get(&format!("/tickets/{number}"))?.body;
        if !page.contains("name=\"seen\"") {
            return Ok(false);
        }
        let (message, seen) = (Http::field(&page, "message"), Http::field(&page, "seen"));
        let form = [
            ("message", message.as_str()),
            ("seen", &seen),
            ("to", "z@example.net"),
            ("text", marker),
            ("then", "keep"),
        ];
        Ok(self.try_post(&format!("/tickets/{number}/answers"), &form)?.status == 303)
    }
}
