//! The trail leaves as a signed file: whole files pass, changed ones do not, and nothing internal is in them. The same
//! for the other ways help leaves the house.

use std::path::{Path, PathBuf};
use std::process::Command;

use warmline_sim::sink::{Sink, deliver};

use crate::house::{House, MAILBOX, command, next_mail, readable, run, runtime};
use crate::http::Http;

const CANARY: &str = "canary-that-only-insiders-read";
const KINDS: [&str; 3] = ["pdf", "html", "json"];

struct Desk {
    house: House,
    http: Http,
    sink: Sink,
    number: String,
}

/// A ticket with a mail, a note, an answer that was delivered, a promise and an attempt by hand.
async fn desk() -> Desk {
    let house = House::new();
    let mut sink = Sink::open().await.unwrap();
    let mut http = house.set_up(&sink);
    let policy = "[answers]\nundo_seconds = 0\n[other_ways]\nfax = \"{number}@fax.example.com\"\n\
                  remote = \"https://remote.example.com/join?ticket={number}&name={name}\"\n";
    assert_eq!(http.post("/settings/policy", &[("policy", policy)]).status, 303);
    let mail = format!(
        "From: Zoë Щукина <zoe@example.net>\r\nTo: {MAILBOX}\r\nSubject: Lamp\r\nMessage-ID: <a@example.net>\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\nIt is dark, naïvely.\r\n"
    );
    deliver(house.smtp, "zoe@example.net", MAILBOX, mail.as_bytes()).await.unwrap();
    next_mail(&mut sink).await;
    let number = Http::numbers(&http.get("/tickets").body).pop().unwrap();
    let path = format!("/tickets/{number}");
    let note = Http::field(&http.get(&path).body, "note");
    assert_eq!(http.post(&format!("{path}/notes"), &[("note", &note), ("text", CANARY)]).status, 303);
    let page = http.get(&path).body;
    let (id, entry) = (Http::field(&page, "id"), Http::field(&page, "entry"));
    let record = [("id", id.as_str()), ("environment", "Controller LC-4")];
    assert_eq!(http.post(&format!("{path}/record"), &record).status, 303);
    let link = [("entry", entry.as_str()), ("link", "https://wiki.example.com/lamps")];
    assert_eq!(http.post(&format!("{path}/links"), &link).status, 303);
    let helps = [("wish", "link"), ("link", "https://lamps.example.com"), ("name", "Lamp makers")];
    for form in [&[("wish", "look")][..], &helps] {
        assert_eq!(http.post(&format!("{path}/referral"), form).status, 303);
    }
    let page = http.get(&path).body;
    let fields = ["message", "seen"].map(|name| (name, Http::field(&page, name)));
    let mut answer: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let to = Http::recipient(&page).replace("&#60;", "<").replace("&#62;", ">");
    answer.extend([("to", &*to), ("text", "Please turn it on."), ("grounds", "measured its voltage at 14:02")]);
    assert_eq!(http.post(&format!("{path}/answers"), &answer).status, 303);
    next_mail(&mut sink).await;
    let page = http.get(&path).body;
    let (promise, attempt) = (Http::field(&page, "promise"), Http::field(&page, "attempt"));
    let due = page.split("name=\"due\" required value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let promised = [("promise", promise.as_str()), ("what", "I will look at the lamp."), ("due", &due)];
    assert_eq!(http.post(&format!("{path}/promises"), &promised).status, 303);
    let at = page.split("name=\"at\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let tried = [
        ("attempt", attempt.as_str()),
        ("direction", "out"),
        ("channel", "visit"),
        ("outcome", "no answer"),
        ("at", &at),
    ];
    assert_eq!(http.post(&format!("{path}/attempts"), &tried).status, 303);
    assert!(http.get(&path).body.contains("Visit: no answer, written down by hand"));
    Desk { house, http, sink, number }
}

impl Desk {
    fn export(&mut self, what: &str, kind: &str, inside: bool) -> PathBuf {
        let mut form = vec![("kind", kind)];
        form.extend(inside.then_some(("inside", "on")));
        let answer = self.http.post(&format!("/tickets/{}/{what}", self.number), &form);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let path = self.house.folder().join(format!("out.{kind}"));
        std::fs::write(&path, answer.bytes).unwrap();
        path
    }
}

/// Whether the program finds the file right, and what it says.
fn verify(folder: &Path, file: &Path, more: &[&str]) -> (bool, String) {
    let output = command(folder).args(["trail", "verify"]).arg(file).args(more).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said)
}

/// What a PDF says to a reader.
fn printed(file: &Path) -> String {
    run(Command::new("pdftotext").args(["-layout".as_ref(), file.as_os_str(), "-".as_ref()]))
}

#[test]
fn a_whole_trail_passes_and_any_changed_byte_does_not() {
    runtime().block_on(async {
        let mut desk = desk().await;
        let folder = desk.house.folder().to_owned();
        let key = desk.http.get("/settings/key").body.trim().to_owned();
        assert!(desk.http.get("/settings").body.contains(&key), "shown in the settings");
        for kind in KINDS {
            let file = desk.export("trail", kind, false);
            let config = folder.join("warmline.toml").display().to_string();
            let (fine, said) = verify(&folder, &file, &["--key", &key, "--config", &config]);
            assert!(
                fine && said.contains("the key you trust") && said.contains("withheld as inside"),
                "{kind}: {said}"
            );
            let (fine, said) = verify(&folder, &file, &["--key", &"0".repeat(64)]);
            assert!(!fine && said.contains("another key"), "{said}");
            let bytes = std::fs::read(&file).unwrap();
            let places = (0..60).map(|n| n * (bytes.len() - 1) / 59).chain(bytes.len() - 140..bytes.len());
            for place in places {
                let mut changed = bytes.clone();
                changed[place] ^= 1;
                let other = folder.join("changed");
                std::fs::write(&other, changed).unwrap();
                let (fine, said) = verify(&folder, &other, &[]);
                assert!(!fine, "byte {place} of the {kind}: {said}");
            }
        }
        // The same from the command line, as anybody can check it without the desk.
        let to = folder.join("cli.html");
        let number = desk.number.clone();
        run(command(&folder).args(["trail", "export", &number, "--form", "html", "--to"]).arg(&to));
        assert!(verify(&folder, &to, &[]).0);
        let page = desk.http.get(&format!("/tickets/{number}")).body;
        assert!(page.contains("The console exported the trail, without what is inside"), "{page}");
        assert_eq!(run(command(&folder).args(["trail", "key"])).trim(), key);
        desk.house.doctor();
    });
}

#[test]
fn the_outside_form_holds_nothing_internal_and_can_be_read() {
    runtime().block_on(async {
        let mut desk = desk().await;
        for (what, inside) in [("trail", false), ("customer/trail", false), ("trail", true), ("customer/trail", true)] {
            for kind in KINDS {
                let file = desk.export(what, kind, inside);
                let bytes = std::fs::read(&file).unwrap();
                let mut text = String::from_utf8_lossy(&bytes).into_owned();
                if kind == "pdf" {
                    let folder = desk.house.folder().to_owned();
                    let attached = folder.join("trail.json");
                    run(Command::new("pdfdetach").args(["-saveall", "-o"]).arg(&folder).arg(&file));
                    assert!(verify(&folder, &attached, &[]).0, "what is attached is a trail of its own");
                    text = printed(&file) + &std::fs::read_to_string(&attached).unwrap();
                }
                assert_eq!(text.contains(CANARY), inside, "{what} as {kind}, inside: {inside}");
                for told in
                    ["Zoë Щукина", "It is dark, naïvely.", "Please turn it on.", "Visit: no answer", "I will look at"]
                {
                    assert!(text.contains(told), "{what} as {kind} does not tell “{told}”: {text}");
                }
            }
        }
        assert!(
            desk.http
                .get(&format!("/tickets/{}", desk.number))
                .body
                .contains("exported the trail, with what is inside")
        );
    });
}

/// What is changed, how it is set right again, what the trail says, and what the doctor says.
const CHANGES: [(&str, &str, &str, &str); 10] = [
    (
        "UPDATE message SET content = replace(content, 'turn it on', 'turn it off') WHERE kind = 'answer'",
        "UPDATE message SET content = replace(content, 'turn it off', 'turn it on') WHERE kind = 'answer'",
        "the text of its message was changed",
        "the text of message",
    ),
    (
        "UPDATE note SET content = replace(content, 'canary', 'parrot')",
        "UPDATE note SET content = replace(content, 'parrot', 'canary')",
        "the text of its note was changed",
        "the text of note",
    ),
    (
        "UPDATE promise SET what = 'I will think about it.'",
        "UPDATE promise SET what = 'I will look at the lamp.'",
        "the text of its promise was changed",
        "the text of promise",
    ),
    (
        "UPDATE record SET text = 'Controller LC-5' WHERE kind = 'environment'",
        "UPDATE record SET text = 'Controller LC-4' WHERE kind = 'environment'",
        "the text of its line of the record was changed",
        "of its record is not what was written",
    ),
    (
        "UPDATE record SET text = 'https://wiki.example.com/other' WHERE kind = 'found'",
        "UPDATE record SET text = 'https://wiki.example.com/lamps' WHERE kind = 'found'",
        "the text of its line of the record was changed",
        "of its record is not what was written",
    ),
    (
        "UPDATE message_ground SET content = replace(content, '14:02', '15:02')",
        "UPDATE message_ground SET content = replace(content, '15:02', '14:02')",
        "the text of its grounds was changed",
        "stands on is not what was written",
    ),
    ("UPDATE referral SET name = 'Somebody else'", "UPDATE referral SET name = 'Lamp makers'", "", "referral"),
    (
        "UPDATE ticket SET subject = 'Nothing at all'",
        "UPDATE ticket SET subject = 'Lamp'",
        "The subject of",
        "the row differs from what the journal tells",
    ),
    (
        "UPDATE journal SET body = replace(body, 'no_answer', 'spoke') WHERE kind = 4",
        "UPDATE journal SET body = replace(body, 'spoke', 'no_answer') WHERE kind = 4",
        "was changed after it was written",
        "was changed, or one before it is missing",
    ),
    ("UPDATE customer SET name = 'Somebody'", "UPDATE customer SET name = 'Zoë Щукина'", "", "the row differs"),
];

#[test]
fn a_change_behind_the_products_back_is_named() {
    runtime().block_on(async {
        let mut desk = desk().await;
        let folder = desk.house.folder().to_owned();
        let before = desk.export("trail", "json", true);
        let number = desk.number.clone();
        let config = folder.join("warmline.toml").display().to_string();
        let database = rusqlite::Connection::open(folder.join("warmline.db")).unwrap();
        let export = |to: &Path| {
            run(command(&folder).args(["trail", "export", &number, "--form", "json", "--inside", "--to"]).arg(to))
        };
        let doctor = || {
            let output = command(&folder).args(["doctor", "--replay"]).output().unwrap();
            (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
        };
        for (change, back, trail_says, doctor_says) in CHANGES {
            assert!(database.execute(change, []).unwrap() >= 1, "{change}");
            let (fine, said) = doctor();
            assert!(!fine && said.contains(doctor_says), "{change}: {said}");
            let after = folder.join("after.json");
            export(&after);
            let (fine, said) = verify(&folder, &after, &[]);
            assert!(trail_says.is_empty() || !fine && said.contains(trail_says), "{change}: {said}");
            // A trail from before the change does not agree with the desk any more.
            if trail_says.contains("text of") {
                let (fine, said) = verify(&folder, &before, &["--config", &config]);
                assert!(!fine && said.contains("reads differently in the database"), "{said}");
            }
            database.execute(back, []).unwrap();
        }
        desk.house.doctor();
    });
}

#[test]
fn a_removed_end_of_a_stream_is_missed_by_the_checkpoint() {
    runtime().block_on(async {
        let desk = desk().await;
        let folder = desk.house.folder().to_owned();
        let said = run(command(&folder).args(["trail", "checkpoint"]));
        assert!(said.contains("streams moved"), "{said}");
        let whole = run(command(&folder).args(["doctor", "--replay"]));
        assert!(whole.contains("checkpoints, the last of"), "{whole}");
        let doctor = || {
            let output = command(&folder).args(["doctor", "--replay"]).output().unwrap();
            (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
        };
        let database = rusqlite::Connection::open(folder.join("warmline.db")).unwrap();
        let changed = |sql: &str, told: &str| {
            database.execute_batch("SAVEPOINT before").unwrap();
            database.execute_batch(sql).unwrap();
            database.execute_batch("RELEASE before").unwrap();
            let (fine, said) = doctor();
            assert!(!fine && said.contains(told), "{sql}: {said}");
        };
        // A ticket taken out with everything that tells of it.
        changed(
            "CREATE TABLE kept AS SELECT * FROM journal WHERE kind = 4;
             DELETE FROM journal WHERE kind = 4 AND seq = (SELECT max(seq) FROM journal WHERE kind = 4)",
            "stood in the checkpoint of",
        );
        changed(
            "DELETE FROM journal WHERE kind = 4; INSERT INTO journal SELECT * FROM kept; DROP TABLE kept;
             UPDATE checkpoint_head SET seq = seq - 1 WHERE kind = 4 AND number = (SELECT max(number) FROM checkpoint)",
            "was changed after it was signed",
        );
        changed(
            "UPDATE checkpoint_head SET seq = seq + 1 WHERE kind = 4 AND number = (SELECT max(number) FROM checkpoint);
             UPDATE checkpoint SET signature = zeroblob(64) WHERE number = 1",
            "the signature of checkpoint 1",
        );
    });
}

#[test]
fn the_same_help_leaves_on_paper_and_by_fax_and_nothing_internal_with_it() {
    runtime().block_on(async {
        let mut desk = desk().await;
        let path = format!("/tickets/{}", desk.number);
        let steps = "Hello Zoë,\n\n1. Open the cover.\n2. Press the button.\n\nWarm regards";
        let form = |http: &mut Http, text: &str, fax: &str| {
            let page = http.get(&path).body;
            let fields = ["message", "seen", "promise"].map(|name| (name.to_owned(), Http::field(&page, name)));
            let more = [("to", Http::recipient(&page).as_str()), ("text", text), ("fax_number", fax)]
                .map(|(k, v)| (k.to_owned(), v.to_owned()));
            fields.into_iter().chain(more).collect::<Vec<_>>()
        };
        let post = |http: &mut Http, way: &str, form: &[(String, String)]| {
            let form: Vec<(&str, &str)> = form.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            http.post(&format!("{path}/{way}"), &form)
        };
        for way in ["sheet", "fax"] {
            let fields = form(&mut desk.http, &format!("{steps}\n\nThe proxy is 10.20.3.4 now."), "+1 555 0100");
            let refused = post(&mut desk.http, way, &fields);
            assert!(
                refused.status == 422 && refused.body.contains("something internal out"),
                "{way}: {}",
                refused.body
            );
        }
        let fields = form(&mut desk.http, steps, "+1 555 0100");
        let sheet = post(&mut desk.http, "sheet", &fields);
        assert_eq!(sheet.status, 200, "{}", sheet.body);
        let file = desk.house.folder().join("sheet.pdf");
        std::fs::write(&file, &sheet.bytes).unwrap();
        let text = printed(&file);
        assert!(text.contains("1.") && text.contains("Open the cover.") && text.contains("2."), "{text}");
        assert!(text.contains("Desk & Co") && text.contains(&desk.number), "{text}");

        let wrong = form(&mut desk.http, steps, "evil@example.net");
        assert_eq!(post(&mut desk.http, "fax", &wrong).status, 422);
        let fields = form(&mut desk.http, steps, "+1 555 0100");
        assert_eq!(post(&mut desk.http, "fax", &fields).status, 303);
        let mail = next_mail(&mut desk.sink).await;
        assert_eq!(mail.recipients, ["15550100@fax.example.com"]);
        let words = readable(&mail.bytes);
        assert!(words.contains("application/pdf") && words.contains(&format!("{}.pdf", desk.number)), "{words}");
        let page = crate::house::until("the fax is on the record", || {
            let page = desk.http.get(&path).body;
            page.contains("Fax: sent").then_some(page)
        });
        assert!(page.contains("sent the instructions by fax") && page.contains("printed the instructions"));

        let fields = form(&mut desk.http, steps, "");
        assert_eq!(post(&mut desk.http, "remote", &fields).status, 303);
        let link = format!("https://remote.example.com/join?ticket={}&#38;name=Zo%C3%AB%20%D0%A9", desk.number);
        let page = desk.http.get(&path).body;
        assert!(page.replace("&amp;", "&#38;").contains(&link), "{page}");
        let mut fields = form(&mut desk.http, steps, "");
        let tomorrow = page.split("name=\"call_at\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        fields.push(("call_at".into(), tomorrow));
        assert_eq!(post(&mut desk.http, "callback", &fields).status, 303);
        assert!(desk.http.get("/promises").body.contains("I will call you back."));
        desk.house.doctor();
    });
}
