//! Nothing written inside leaves: every path of the site and every mail is looked through for a canary.

use std::path::Path;
use std::process::Command;

use warmline_sim::sink::{Sink, deliver};
use warmline_web::{Audience, ROUTES};

use crate::house::{House, MAILBOX, next_mail, readable, run, runtime};
use crate::http::Http;

const CANARY: &str = "canary-that-only-insiders-read";
/// Articles for colleagues are exported with the library, on purpose.
const FOR_COLLEAGUES: &str = "canary-that-only-colleagues-read";

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
        write_inside(&mut http, &number);
        assert!(http.get(&format!("/tickets/{number}")).body.contains(CANARY), "insiders do read it");
        let page = http.get(&format!("/tickets/{number}")).body;
        let fields = ["message", "seen"].map(|name| (name, Http::field(&page, name)));
        let mut answer: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let grounds = format!("measured {CANARY} at noon");
        answer.extend([("to", "jo@example.net"), ("text", "Here you are."), ("grounds", &grounds)]);
        assert_eq!(http.post(&format!("/tickets/{number}/answers"), &answer).status, 303);

        // The mails that left: the acknowledgement and the answer.
        for _ in 0..2 {
            assert!(!readable(&next_mail(&mut sink).await.bytes).contains(CANARY));
        }
        // Articles for colleagues, and drafts, are there and stay there; what is for customers says nothing of them.
        let inside = [("audience", "inside"), ("state", "published"), ("text", FOR_COLLEAGUES)];
        assert_eq!(crate::articles::write(&mut http, "secret-valve", &inside).status, 303);
        assert_eq!(
            crate::articles::write(&mut http, "a-draft", &[("state", "draft"), ("text", FOR_COLLEAGUES)]).status,
            303
        );
        assert_eq!(crate::articles::write(&mut http, "for-all", &[]).status, 303);
        assert!(http.get("/articles/secret-valve").body.contains(FOR_COLLEAGUES));
        let mut stranger = Http::new(&house.web);
        for path in ["/help", "/help?q=canary", "/help/secret-valve", "/help/a-draft", "/help/for-all"] {
            assert!(!stranger.get(path).body.contains("canary-that"), "{path}");
        }

        let address = http.post("/calendar/address", &[]).body;
        let secret = address.split("/calendar/feed/").nth(1).unwrap().split('<').next().unwrap().to_owned();
        let filled = |path: &str| {
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
            path
        };
        files_hold_nothing(&mut http, &filled);
        let made = |path: &str| filled(&path.replace("/messages/{id}", &format!("/messages/{}", fields[0].1)));
        what_is_made_for_outside_holds_nothing(&mut http, &made, house.folder());

        // Every path, as somebody who is not signed in.
        let mut walked = 0;
        for (path, audience) in ROUTES {
            let path = filled(path);
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

/// The canary, wherever something is written that stays inside.
fn write_inside(http: &mut Http, number: &str) {
    let page = http.get(&format!("/tickets/{number}")).body;
    let (note, fresh) = (Http::field(&page, "note"), Http::field(&page, "id"));
    let entry = Http::field(&page, "entry");
    let link = format!("https://wiki.example.com/{CANARY}");
    let written: [(&str, &[(&str, &str)]); 6] = [
        ("notes", &[("note", &note), ("text", CANARY)]),
        ("draft", &[("kind", "note"), ("text", CANARY)]),
        ("record", &[("id", &fresh), ("environment", CANARY), ("state", CANARY)]),
        ("links", &[("entry", &entry), ("link", &link)]),
        ("topic", &[("topic", CANARY)]),
        ("tags", &[("tag", CANARY)]),
    ];
    for (path, form) in written {
        let answer = http.post(&format!("/tickets/{number}/{path}"), form);
        assert!(matches!(answer.status, 200 | 303), "{path}: {}", answer.body);
    }
}

/// Every path that somebody who is signed in can open: what is not a page is a file, and a file is passed on.
fn files_hold_nothing(http: &mut Http, filled: &impl Fn(&str) -> String) {
    // Lines that stay open, and what ends the visit.
    const NOT_OPENED: [&str; 4] = ["/changes", "/phone", "/call/line", "/sign-out"];
    // All articles as colleagues keep them; those that stay inside say so in their heads.
    const FOR_COLLEAGUES: [&str; 1] = ["/articles/export"];
    let mut files = 0;
    for (path, _) in ROUTES.iter().filter(|(path, _)| !NOT_OPENED.contains(path)) {
        let answer = http.get(&filled(path));
        let is_page = answer.body.trim_start().starts_with("<!doctype html>");
        if answer.status == 200 && !is_page && !FOR_COLLEAGUES.contains(path) {
            files += 1;
            assert!(!answer.body.contains(CANARY), "{path} is a file and holds a note: {}", answer.body);
        }
    }
    assert!(files > 10, "{files} files were looked at");
}

/// What leaves by a form: every path that makes something for a customer or for somebody else's desk.
fn what_is_made_for_outside_holds_nothing(http: &mut Http, filled: &impl Fn(&str) -> String, folder: &Path) {
    const MADE: [(&str, &[(&str, &str)]); 9] = [
        ("/tickets/{number}/trail", &[("kind", "json")]),
        ("/tickets/{number}/trail", &[("kind", "html")]),
        ("/tickets/{number}/trail", &[("kind", "pdf")]),
        ("/tickets/{number}/customer/trail", &[("kind", "json")]),
        ("/tickets/{number}/customer/trail", &[("kind", "html")]),
        ("/tickets/{number}/customer/trail", &[("kind", "pdf")]),
        ("/tickets/{number}/preview", &[("text", "Hello"), ("to", "jo@example.net")]),
        ("/tickets/{number}/sheet", &[("message", "1"), ("seen", "0"), ("text", "1. Open the cover.")]),
        ("/messages/{id}/sheet", &[]),
    ];
    for (path, form) in MADE {
        assert!(ROUTES.iter().any(|(known, _)| *known == path), "{path} is no path of the site");
        let answer = http.post(&filled(path), form);
        assert_eq!(answer.status, 200, "{path} {form:?}: {}", answer.body);
        assert!(!said_by(&answer.bytes, folder).contains(CANARY), "{path} {form:?} holds a note");
    }
    let inside = http.post(&filled("/tickets/{number}/trail"), &[("kind", "pdf"), ("inside", "on")]);
    assert!(said_by(&inside.bytes, folder).contains(CANARY), "asked for on purpose");
}

/// The words of what was made: of paper, also those of what is attached to it.
fn said_by(bytes: &[u8], folder: &Path) -> String {
    if !bytes.starts_with(b"%PDF") {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let (paper, attached) = (folder.join("made.pdf"), folder.join("attached"));
    std::fs::write(&paper, bytes).unwrap();
    std::fs::create_dir_all(&attached).unwrap();
    run(Command::new("pdfdetach").args(["-saveall", "-o"]).arg(&attached).arg(&paper));
    let mut words = run(Command::new("pdftotext").args(["-layout".as_ref(), paper.as_os_str(), "-".as_ref()]));
    for file in std::fs::read_dir(&attached).unwrap() {
        let file = file.unwrap().path();
        words += &std::fs::read_to_string(&file).unwrap();
        std::fs::remove_file(file).unwrap();
    }
    words
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
        } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs") {
            look(&path, &std::fs::read_to_string(&path).unwrap());
        }
    }
}
