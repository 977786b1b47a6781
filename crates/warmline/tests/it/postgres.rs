//! The same desk on PostgreSQL.

use std::process::Command;

use warmline_sim::sink::{Sink, deliver};

use crate::house::{House, MAILBOX, next_mail, readable, run, runtime};
use crate::http::Http;

/// A database of its own on the server that `./dev test` starts.
fn database() -> String {
    let server = std::env::var("WARMLINE_TEST_POSTGRES")
        .expect("WARMLINE_TEST_POSTGRES names a database; ./dev test starts one");
    let name = format!("desk_{}", std::process::id());
    run(Command::new("psql").arg(&server).args(["-qc", &format!("CREATE DATABASE {name}")]));
    server.replace("dbname=postgres", &format!("dbname={name}"))
}

#[test]
fn a_mail_is_answered_on_postgresql_too() {
    let runtime = runtime();
    runtime.block_on(async {
        let url = database();
        let house = House::configured(&format!("database = {url:?}\n"));
        let mut sink = Sink::open().await.unwrap();
        let mut http = house.set_up(&sink);
        http.post("/settings/policy", &[("policy", "[answers]\nundo_seconds = 0\n")]);
        for n in 0..20 {
            let mail = format!(
                "From: jo{}@example.net\r\nTo: {MAILBOX}\r\nSubject: Matter {n}\r\nMessage-ID: <p{n}@example.net>\r\n\r\nPlease zebra{n}.\r\n",
                n % 3
            );
            deliver(house.smtp, "jo@example.net", MAILBOX, mail.as_bytes()).await.unwrap();
        }
        let list = http.get("/tickets").body;
        let numbers = Http::numbers(&list);
        assert_eq!(numbers.len(), 20);
        let found = http.get("/search?q=zebra7").body;
        assert_eq!(found.matches("class=\"found").count(), 1, "{found}");
        assert_eq!(http.answer(&numbers[0], "Here you are.").status, 303);
        loop {
            if readable(&next_mail(&mut sink).await.bytes).contains("Here you are.") {
                break;
            }
        }
        let note = http.get(&format!("/tickets/{}", numbers[0])).body;
        let note = Http::field(&note, "note");
        assert_eq!(http.post(&format!("/tickets/{}/notes", numbers[0]), &[("note", &note), ("text", "Inside.")]).status, 303);
        let told = house.doctor();
        assert!(told.contains("agrees"), "{told}");
    });
}
