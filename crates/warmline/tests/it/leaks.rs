//! Nothing written inside leaves: every path of the site and every mail is looked through for a canary.

use std::path::Path;

use warmline_sim::sink::{Sink, deliver};
use warmline_web::{Audience, ROUTES};

use crate::house::{House, MAILBOX, next_mail, readable, runtime};
use crate::http::Http;

const CANARY: &str = "canary-that-only-insiders-read";

#[test]
fn no_path_out_holds_a_note() {
    let runtime = runtime();
    runtime.block_on(async {
        let house = House::new();
        let mut sink = Sink::open().await.unwrap();
        let mut http = house.set_up(&sink);
        http.post("/settings/policy", &[("policy", "[answers]\nundo_seconds = 0\n")]);
        let mail = format!(
            "From: jo@example.net\r\nTo: {MAILBOX}\r\nSubject: Help\r\nMessage-ID: <a@example.net>\r\n\r\nPlease.\r\n"
        );
        deliver(house.smtp, "jo@example.net", MAILBOX, mail.as_bytes()).await.unwrap();
        let number = Http::numbers(&http.get("/tickets").body).pop().unwrap();
        let page = http.get(&format!("/tickets/{number}")).body;
        let message = page.split("id=\"m").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let note = [("note", Http::field(&page, "note")), ("text", CANARY.to_owned())];
        let note: Vec<(&str, &str)> = note.iter().map(|(k, v)| (*k, v.as_str())).collect();
        assert_eq!(http.post(&format!("/tickets/{number}/notes"), &note).status, 303);
        http.post(&format!("/tickets/{number}/draft"), &[("kind", "note"), ("text", CANARY)]);
        assert!(http.get(&format!("/tickets/{number}")).body.contains(CANARY), "insiders do read it");
        assert_eq!(http.answer(&number, "Here you are.").status, 303);

        // The mails that left: the acknowledgement and the answer.
        for _ in 0..2 {
            assert!(!readable(&next_mail(&mut sink).await.bytes).contains(CANARY));
        }
        let preview = http.post(&format!("/tickets/{number}/preview"), &[("text", "Hello"), ("to", "jo@example.net")]);
        assert!(preview.status == 200 && !preview.body.contains(CANARY));

        // Articles for colleagues, and drafts, are there and stay there; what is for customers says nothing of them.
        let inside = [("audience", "inside"), ("state", "published"), ("text", CANARY)];
        assert_eq!(crate::articles::write(&mut http, "secret-valve", &inside).status, 303);
        assert_eq!(crate::articles::write(&mut http, "a-draft", &[("state", "draft"), ("text", CANARY)]).status, 303);
        assert_eq!(crate::articles::write(&mut http, "for-all", &[]).status, 303);
        assert!(http.get("/articles/secret-valve").body.contains(CANARY));
        let mut stranger = Http::new(&house.web);
        for path in ["/help", "/help?q=canary", "/help/secret-valve", "/help/a-draft", "/help/for-all"] {
            assert!(!stranger.get(path).body.contains("canary-that"), "{path}");
        }

        let address = http.post("/calendar/address", &[]).body;
        let secret = address.split("/calendar/feed/").nth(1).unwrap().split('<').next().unwrap().to_owned();
        // The trail for a complaint, and the sheet; what is printed is read in the tests of the trail.
        for kind in ["json", "html"] {
            let trail = http.post(&format!("/tickets/{number}/trail"), &[("kind", kind)]);
            assert!(trail.status == 200 && trail.body.contains("Please."), "{}", trail.body);
            assert!(!trail.body.contains(CANARY), "the outside trail as {kind}");
        }
        let inside = http.post(&format!("/tickets/{number}/trail"), &[("kind", "json"), ("inside", "on")]);
        assert!(inside.body.contains(CANARY), "asked for on purpose");

        // Every path, as somebody who is not signed in.
        let mut walked = 0;
        for (path, audience) in ROUTES {
            let path = path
                .replace("{number}", &number)
                .replace("{id}", &message)
                .replace("{index}", "0")
                .replace("{tag}", "x")
                .replace("{identity}", "00")
                .replace("{call}", "1")
                .replace("{measure}", "p1.abrupt")
                .replace("{slug}", "secret-valve")
                .replace("{secret}", &secret)
                .replace("{file}", "app.js");
            assert!(!path.contains('{'), "{path}: the leak test does not know what to put there");
            let mut stranger = Http::new(&house.web);
            for answer in [stranger.get(&path), stranger.post(&path, &[("text", "x"), ("kind", "note"), ("q", CANARY)])]
            {
                assert!(!answer.body.contains(CANARY), "{path}");
                if *audience == Audience::Inside {
                    // A page's live line needs a browser's upgrade before anything else is said.
                    let closed = matches!(answer.status, 400 | 404 | 426)
                        || answer.status == 303 && answer.location.starts_with("/sign-in");
                    assert!(closed || answer.status == 405, "{path} answers {} to a stranger", answer.status);
                }
            }
            walked += 1;
        }
        assert_eq!(walked, ROUTES.len());
    });
}

/// Code that talks to the outside stands in listed files only; a new way out must be added here and to the test above.
#[test]
fn every_way_out_is_listed() {
    const KNOWN: &[(&str, &str)] = &[
        ("warmline-desk/src/smtp_out.rs", "send_raw"),
        ("warmline-desk/src/imap.rs", "TcpStream::connect"),
        // Asks for a calendar; sends nothing but the address it was given.
        ("warmline-desk/src/elsewhere.rs", "TcpStream::connect"),
        ("warmline-desk/src/elsewhere.rs", "hyper::client"),
        // Sound: samples of lines and prompts, never text.
        ("warmline-phone/src/exchange.rs", "UdpSocket"),
        ("warmline-phone/src/wire.rs", "UdpSocket"),
        ("warmline-phone/src/browser.rs", "UdpSocket"),
        // Only ask whether a port for SIP is free.
        ("warmline/src/serve.rs", "UdpSocket"),
        ("warmline-phone/src/sip.rs", "UdpSocket"),
        // The other side of the wire, for tests and the demo.
        ("warmline-sim/src/sink.rs", "TcpStream::connect"),
    ];
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = Vec::new();
    walk(crates, &mut |path, text| {
        for mark in ["TcpStream::connect", "UdpSocket", "send_raw", "reqwest", "hyper::client", "ureq"] {
            if text.contains(mark) {
                found.push((path.strip_prefix(crates).unwrap().display().to_string(), mark));
            }
        }
    });
    for (path, mark) in &found {
        assert!(KNOWN.iter().any(|(p, m)| p == path && m == mark), "{path} has a way out ({mark}) that is not listed");
    }
    assert_eq!(found.len(), KNOWN.len());
}

fn walk(folder: &Path, look: &mut impl FnMut(&Path, &str)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let skipped = ["tests", "node_modules", "frontend", "target"].iter().any(|s| path.ends_with(s));
        if path.is_dir() && !skipped {
            walk(&path, look);
        } else if path.extension().is_some_and(|e| e == "rs") {
            look(&path, &std::fs::read_to_string(&path).unwrap());
        }
    }
}
