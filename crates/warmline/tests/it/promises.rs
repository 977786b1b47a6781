//! Promises through the pages: safe dates from what was done before, notices, receipts, the ledger.

use std::time::Duration;

use warmline_sim::chance::Chance;
use warmline_sim::demo;
use warmline_sim::sink::Sink;
use warmline_store::{Durability, Store};

use crate::house::{House, next_mail, readable, run, runtime, until};
use crate::http::Http;

/// The desk of the demo: months of work lie behind it.
struct Desk {
    house: House,
    http: Http,
    sink: Sink,
    folder: tempfile::TempDir,
}

async fn desk() -> Desk {
    let folder = tempfile::tempdir().unwrap();
    let sink = Sink::open().await.unwrap();
    {
        let store = Store::sqlite(&folder.path().join("warmline.db"), Durability::Full).await.unwrap();
        let password = warmline_web::password_hash(demo::PASSWORD).unwrap();
        demo::found(&store, sink.address, &password).await.unwrap();
    }
    let house = House::at(folder.path());
    let mut http = Http::new(&house.web);
    let sign_in = [("email", demo::EMAIL), ("password", demo::PASSWORD)];
    assert_eq!(http.post("/sign-in", &sign_in).status, 303);
    Desk { house, http, sink, folder }
}

fn in_hours(hours: i64) -> String {
    (jiff::Zoned::now() + jiff::Span::new().hours(hours)).strftime("%Y-%m-%dT%H:%M").to_string()
}

fn in_seconds(seconds: i64) -> String {
    (jiff::Zoned::now() + jiff::Span::new().seconds(seconds)).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

impl Desk {
    /// The same desk after its program died.
    fn start_again(&mut self) {
        self.house.stop();
        self.house = House::at(self.folder.path());
        self.http.move_to(&self.house.web);
    }

    /// The form of the answer as the drafted notice fills it.
    fn notice(&mut self, ticket: &str) -> Vec<(&'static str, String)> {
        let page = self.http.get(ticket).body;
        let between = |mark: &str| {
            let text = page.split(mark).nth(1).unwrap().split_once('>').unwrap().1;
            let text = text.split("</textarea>").next().unwrap();
            text.replace("&#8220;", "“").replace("&#34;", "\"").replace("&#39;", "'")
        };
        let fields = ["message", "seen", "promise"].map(|name| (name, Http::field(&page, name)));
        let words = [
            ("to", "mira@sand.example.net".to_owned()),
            ("text", between("aria-label=\"Answer to")),
            ("promises", between("name=\"promises\"")),
        ];
        fields.into_iter().chain(words).collect()
    }

    fn open(&mut self) -> String {
        let message = Http::field(&self.http.get("/tickets/new").body, "message");
        let form = [
            ("message", message.as_str()),
            ("name", "Mira Sand"),
            ("address", "mira@sand.example.net"),
            ("subject", "The printer is silent"),
            ("text", "It says nothing any more."),
        ];
        self.http.post("/tickets", &form).location
    }

    /// Writes one down by hand.
    fn promise(&mut self, ticket: &str, what: &str, due: &str, more: &[(&str, &str)]) -> crate::http::Answer {
        let page = self.http.get(ticket).body;
        let form = page.split("id=\"promise-new\"").nth(1).unwrap();
        let id = Http::field(form, "promise");
        let mut fields = vec![("promise", id.as_str()), ("what", what), ("due", due)];
        fields.extend_from_slice(more);
        self.http.post(&format!("{ticket}/promises"), &fields)
    }

    /// Where the form of the promise with these words goes.
    fn path_of(&mut self, ticket: &str) -> String {
        let page = self.http.get(ticket).body;
        let at = page.split(&format!("action=\"{}/promises/", ticket.split('?').next().unwrap())).nth(1).unwrap();
        format!("{}/promises/{}", ticket.split('?').next().unwrap(), at.split(['?', '"', '/']).next().unwrap())
    }
}

#[test]
fn work_is_promised_for_a_safe_date_or_with_a_reason() {
    runtime().block_on(async {
        let mut desk = desk().await;
        let ticket = desk.open();
        let what = "Your printer is repaired.";
        let said = desk.http.get(&format!("{ticket}/safe-dates?due={}&what=It+is+repaired", in_hours(2))).body;
        assert!(said.contains("8 of 10 like this were done by") && said.contains("Sooner than that"), "{said}");
        let safe = said.split("data-set-due=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        // Too soon: refused, and nothing typed is lost.
        let refused = desk.promise(&ticket, what, &in_hours(2), &[]);
        assert_eq!(refused.status, 409);
        assert!(refused.body.contains("fewer than eight in ten"), "{}", refused.body);
        assert!(refused.body.contains(&format!("value=\"{what}\"")), "what was typed is there");
        // With a reason it stands on the timeline, with what was known.
        let given = desk.promise(&ticket, what, &in_hours(2), &[("reason", "a new one stands in the hall")]);
        assert_eq!(given.status, 303, "{}", given.body);
        assert!(desk.http.get(&ticket).body.contains("sooner, because a new one stands in the hall"));
        // The safe date itself, and a word, need none.
        assert_eq!(desk.promise(&ticket, "It is fixed.", &safe, &[]).status, 303);
        assert_eq!(desk.promise(&ticket, "I will call you.", &in_hours(1), &[]).status, 303);
        desk.house.doctor();
    });
}

#[test]
fn a_notice_moves_a_promise_and_a_receipt_is_held_in_hand() {
    runtime().block_on(async {
        let mut desk = desk().await;
        desk.http.post("/settings/policy", &[("policy", "[answers]\nundo_seconds = 1\n")]);
        let ticket = desk.open();
        assert_eq!(desk.promise(&ticket, "I will call you.", &in_hours(30), &[]).status, 303);
        let path = desk.path_of(&ticket);
        // Nothing is said of how they heard: it does not move.
        let refused =
            desk.http.post(&path, &[("wish", "move"), ("due", &in_hours(50)), ("reason", "the line is down")]);
        assert_eq!(refused.status, 409);
        assert!(refused.body.contains("the line is down"), "what was typed is there");
        // The notice is drafted with the name and the new date, and moves it when it is sent.
        let later = in_hours(54);
        let drafted = desk.http.post(&path, &[("wish", "notice"), ("due", &later), ("reason", "the line is down")]);
        assert_eq!(drafted.status, 303, "{}", drafted.body);
        let form = desk.notice(&ticket);
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let text = form.iter().find(|(name, _)| *name == "text").unwrap().1;
        assert!(text.starts_with("Hello Mira,") && text.contains("The reason: the line is down."), "{text}");
        let sent = desk.http.post(&format!("{ticket}/answers"), &form);
        assert_eq!(sent.status, 303, "{}", sent.body);
        let mail = readable(&next_mail(&mut desk.sink).await.bytes);
        assert!(mail.contains("Promised by ") && mail.contains("I will call you."), "{mail}");
        let page = desk.http.get(&ticket).body;
        assert!(page.contains("moved the promise") && page.contains("(first "), "it moved, and keeps its first date");
        // The receipt of what was said on the phone.
        let form = page.split(&format!("action=\"{path}/receipt")).nth(1).unwrap();
        let (message, seen) = (Http::field(form, "message"), Http::field(form, "seen"));
        let fields = [("message", message.as_str()), ("seen", &seen), ("to", "mira@sand.example.net")];
        assert_eq!(desk.http.post(&format!("{path}/receipt"), &fields).status, 303);
        let mail = readable(&next_mail(&mut desk.sink).await.bytes);
        assert!(mail.contains("Please hold us to it.") && mail.contains("Promised by "), "{mail}");
        // Kept from the ledger; and the ledger as a file.
        let kept = desk.http.post(&path, &[("wish", "keep"), ("ledger", "mine")]);
        assert_eq!((kept.status, kept.location.as_str()), (303, "/promises?of=mine"));
        let file = desk.http.get("/promises/export?of=kept").body;
        assert!(file.contains(",Mira Sand,I will call you.,word,") && file.contains("moved with notice"), "{file}");
        desk.house.doctor();
    });
}

/// Asks, and the program is killed at some moment of it; asked again after the restart until it was acknowledged. The
/// same form is the same wish, whether the first was committed or not.
fn killed_while(desk: &mut Desk, chance: &mut Chance, path: &str, form: &[(&str, &str)]) {
    let pid = desk.house.process();
    let after = Duration::from_millis(chance.below(40) as u64);
    let killer = std::thread::spawn(move || {
        std::thread::park_timeout(after);
        run(std::process::Command::new("kill").args(["-9", &pid.to_string()]));
    });
    // Whether an answer came before the end is for the clock to say.
    let first = desk.http.try_post(path, form).map(|answer| answer.status);
    killer.join().unwrap();
    assert!(matches!(first, Err(_) | Ok(303)), "{first:?}");
    desk.start_again();
    let second = desk.http.post(path, form);
    assert_eq!(second.status, 303, "{}", second.body);
    desk.house.doctor();
}

#[test]
fn a_promise_outlives_kills_at_every_turn_of_it() {
    runtime().block_on(async {
        let mut chance = Chance::new(16);
        let mut desk = desk().await;
        let warned = "[answers]\nundo_seconds = 1\n[promises]\nwarn_minutes = 1\nalert_minutes = 1\n";
        desk.http.post("/settings/policy", &[("policy", warned)]);
        let ticket = desk.open();
        let id = |desk: &mut Desk| {
            let page = desk.http.get(&ticket).body;
            Http::field(page.split("id=\"promise-new\"").nth(1).unwrap(), "promise")
        };
        // Made. It is due after its owner comes back from leave, in two days.
        let (promise, due) = (id(&mut desk), in_hours(50));
        let form = [("promise", promise.as_str()), ("what", "I will call you about the loom."), ("due", &due)];
        killed_while(&mut desk, &mut chance, &format!("{ticket}/promises"), &form);
        let page = desk.http.get(&ticket).body;
        assert_eq!(page.matches("<p>I will call you about the loom.</p>").count(), 1, "once");
        let path = desk.path_of(&ticket);

        // Its owner goes on leave: Ravi has it, and his name stands in the list.
        let entry = Http::field(desk.http.get("/calendar").body.split("id=\"entry\"").nth(1).unwrap(), "id");
        let (starts, ends) = (in_hours(24), in_hours(24 * 5));
        let ravi = {
            let page = desk.http.get("/calendar").body;
            let choices = page.split("name=\"cover\"").nth(1).unwrap();
            let ravi = choices.split(">Ravi Menon<").next().unwrap();
            ravi.rsplit("value=\"").next().unwrap().split('"').next().unwrap().to_owned()
        };
        let leave = [
            ("id", &*entry),
            ("kind", "leave"),
            ("title", "Away"),
            ("starts", &starts),
            ("ends", &ends),
            ("cover", &ravi),
        ];
        killed_while(&mut desk, &mut chance, "/calendar", &leave);
        assert!(desk.http.get(&ticket).body.contains("Ravi Menon has the promise"));

        // Moved by a notice: it leaves once, and the first date is kept.
        let later = in_hours(54);
        let drafted = [("wish", "notice"), ("due", &*later), ("reason", "the line is down")];
        assert_eq!(desk.http.post(&path, &drafted).status, 303);
        let notice = desk.notice(&ticket);
        let notice: Vec<(&str, &str)> = notice.iter().map(|(name, value)| (*name, value.as_str())).collect();
        killed_while(&mut desk, &mut chance, &format!("{ticket}/answers"), &notice);
        let mail = readable(&next_mail(&mut desk.sink).await.bytes);
        assert!(mail.contains("The reason: the line is down."), "{mail}");
        let page = desk.http.get(&ticket).body;
        assert_eq!(page.matches("moved the promise").count(), 1, "{page}");
        assert!(page.contains("(first "));

        // Another is due in a minute: whoever was to be warned while the program was dead is warned when it is back.
        let (second, soon) = (id(&mut desk), in_seconds(5));
        let form = [("promise", second.as_str()), ("what", "I will write to you."), ("due", &soon)];
        assert_eq!(desk.http.post(&format!("{ticket}/promises"), &form).status, 303);
        desk.house.stop();
        std::thread::park_timeout(Duration::from_secs(6));
        desk.start_again();
        until("the promise that passed is told", || {
            desk.http.get(&ticket).body.contains("it is owed all the same").then_some(())
        });

        // Kept, both of them; the ledger says how.
        for (promise, wish) in [(path.clone(), "keep"), (format!("{ticket}/promises/{second}"), "keep")] {
            killed_while(&mut desk, &mut chance, &promise, &[("wish", wish)]);
        }
        let file = desk.http.get("/promises/export?of=kept").body;
        assert!(file.contains(",I will call you about the loom.,word,Ravi Menon,"), "{file}");
        assert!(file.contains("kept, moved with notice") || file.contains("\"kept, moved with notice\""), "{file}");
        assert_eq!(file.matches("I will write to you.,word,Robin Ames").count(), 1, "{file}");
        desk.house.doctor();
        assert!(desk.sink.mails.try_recv().is_err(), "nothing left twice");
    });
}

/// By mail, on the phone (written down from the wrap-up) and in a chat: it goes with its owner's leave, warns, is moved
/// with notice, is kept, and stands in the ledger; the program dies in the middle.
#[test]
fn a_word_is_a_bond_whichever_way_it_was_given() {
    runtime().block_on(async {
        let mut desk = desk().await;
        let policy = "[answers]\nundo_seconds = 0\n[promises]\nwarn_minutes = 1\nalert_minutes = 1\nreceipts = false\n";
        assert_eq!(desk.http.post("/settings/policy", &[("policy", policy)]).status, 303);
        // It warns when half of the time is left.
        let due = in_seconds(56);
        let mut given = Vec::new();

        let mailed = desk.open();
        let page = desk.http.get(&mailed).body;
        let [message, seen, promise] = ["message", "seen", "promise"].map(|name| Http::field(&page, name));
        let what = "I will call you about the printer.";
        let line = format!("{due} {what}");
        let answer = [
            ("message", message.as_str()),
            ("seen", &seen),
            ("promise", &promise),
            ("to", "mira@sand.example.net"),
            ("text", what),
            ("promises", &line),
            ("reason", "she asked for it"),
        ];
        let sent = desk.http.post(&format!("{}/answers", mailed.split('?').next().unwrap()), &answer);
        assert_eq!(sent.status, 303, "{}", sent.body);
        given.push((mailed, what));

        let called = desk.open();
        let what = "I will write to you about the loom.";
        assert_eq!(desk.promise(&called, what, &due, &[("said", "on")]).status, 303);
        given.push((called, what));

        crate::chat::available(&mut desk.http);
        let mut mira = crate::chat::visitor(&desk.house.web, "mira@sand.example.net", "The lamp is dark.");
        let chatted = crate::chat::ticket(&mut mira);
        assert_eq!(crate::chat::wishes(&mut desk.http, &chatted, "take").status, 303);
        let what = "I will call you about the lamp.";
        let line = format!("{due} {what}");
        let more = [("promises", line.as_str()), ("reason", "she asked for it")];
        let said = crate::chat::says(&mut desk.http, &chatted, what, &more);
        assert_eq!(said.status, 303, "{}", said.body);
        assert_eq!(crate::chat::wishes(&mut desk.http, &chatted, "end").status, 303);
        given.push((chatted, what));

        let page = desk.http.get("/calendar").body;
        let entry = Http::field(page.split("id=\"entry\"").nth(1).unwrap(), "id");
        let choices = page.split("name=\"cover\"").nth(1).unwrap().split(">Ravi Menon<").next().unwrap();
        let ravi = choices.rsplit("value=\"").next().unwrap().split('"').next().unwrap().to_owned();
        let (starts, ends) = (in_hours(0), in_hours(2));
        let leave = [
            ("id", &*entry),
            ("kind", "leave"),
            ("title", "Away"),
            ("starts", &starts),
            ("ends", &ends),
            ("cover", &ravi),
        ];
        let away = desk.http.post("/calendar", &leave);
        assert_eq!(away.status, 303, "{}", away.body);
        desk.start_again();

        for (ticket, what) in &given {
            let page = desk.http.get(ticket).body;
            assert!(page.contains("Ravi Menon has the promise"), "{what}: {page}");
            until("somebody is warned", || desk.http.get(ticket).body.contains("A promise is at risk").then_some(()));
            let path = desk.path_of(ticket);
            let later = in_hours(3);
            let drafted = [("wish", "notice"), ("due", &*later), ("reason", "the line is down")];
            assert_eq!(desk.http.post(&path, &drafted).status, 303, "{what}");
            let notice = desk.notice(ticket);
            let notice: Vec<(&str, &str)> = notice.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let sent = desk.http.post(&format!("{}/answers", ticket.split('?').next().unwrap()), &notice);
            assert_eq!(sent.status, 303, "{what}: {}", sent.body);
            assert!(desk.http.get(ticket).body.contains("(first "), "{what}: the first date is kept");
            assert_eq!(desk.http.post(&path, &[("wish", "keep")]).status, 303, "{what}");
        }
        let file = desk.http.get("/promises/export?of=kept").body;
        for (_, what) in &given {
            let line = file.lines().find(|line| line.contains(what)).unwrap_or_else(|| panic!("{what}: {file}"));
            assert!(line.contains("Ravi Menon") && line.contains("kept, moved with notice"), "{line}");
        }
        desk.house.doctor();
    });
}

#[test]
fn promises_are_made_moved_and_handed_over_in_a_browser() {
    runtime().block_on(async {
        let desk = desk().await;
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/browser");
        let arguments = [
            "promises.mjs".to_owned(),
            format!("http://{}", desk.house.web),
            demo::EMAIL.into(),
            demo::PASSWORD.into(),
        ];
        let told = tokio::task::spawn_blocking(move || {
            run(std::process::Command::new("node").args(arguments).current_dir(folder))
        });
        assert!(told.await.unwrap().contains("every promise arrived"));
        desk.house.doctor();
    });
}
