//! What must not go out is stopped on every path out, whichever way it comes; a promise goes on the record.

use warmline_sim::sink::Sink;

use crate::house::{House, next_mail, readable, runtime};
use crate::http::{Answer, Http};

/// One of every kind that stops a text: what it is, and what stands in it.
pub const PLANTED: [(&str, &str); 9] = [
    ("a note", "As we know, the second controller has been swapped twice without any success at all."),
    ("a host", "It runs on db-prod-3 now."),
    ("an inner host", "It runs on build7.int.desk.example.com now."),
    ("an inner link", "See https://wiki.desk.example.com/runbooks/7 for it."),
    ("an inner address", "The proxy is 10.20.3.4 now."),
    ("another customer", "Write to noor@other.example.net about it."),
    ("a password", "Your password is Hunter-22x."),
    ("a key", "Use AKIAIOSFODNN7EXAMPLE for it."),
    ("a word of the house", "You are on the brick list."),
];

struct Desk {
    house: House,
    http: Http,
    sink: Sink,
    ticket: String,
}

async fn desk() -> Desk {
    let house = House::new();
    let sink = Sink::open().await.unwrap();
    let mut http = house.set_up(&sink);
    let inside =
        [("glossary", "brick list"), ("hosts", "db-prod-3"), ("public", "status.desk.example.com"), ("note", "")];
    assert_eq!(http.post("/settings/wording/inside", &inside).status, 303);
    open(&mut http, "Noor Haddad", "noor@other.example.net", "Lamp");
    let ticket = open(&mut http, "Maria Okafor", "maria@c.example.net", "Controller");
    let id = Http::field(&http.get(&ticket).body, "note");
    let text = "The second controller has been swapped twice without any success at all.";
    assert_eq!(http.post(&format!("{ticket}/notes"), &[("note", &id), ("text", text)]).status, 303);
    Desk { house, http, sink, ticket }
}

pub fn open(http: &mut Http, name: &str, address: &str, subject: &str) -> String {
    let message = Http::field(&http.get("/tickets/new").body, "message");
    let form = [
        ("message", message.as_str()),
        ("name", name),
        ("address", address),
        ("subject", subject),
        ("text", "It is dark."),
    ];
    let answer = http.post("/tickets", &form);
    assert_eq!(answer.status, 303, "{}", answer.body);
    answer.location
}

impl Desk {
    fn answer(&mut self, path: &str, text: &str, more: &[(&str, &str)]) -> Answer {
        let page = self.http.get(&self.ticket).body;
        let (message, seen, promise) =
            (Http::field(&page, "message"), Http::field(&page, "seen"), Http::field(&page, "promise"));
        let to = if path == "forwards" { "vendor@parts.example.org" } else { "maria@c.example.net" };
        // Both forms have a hidden identifier of that name; what is refused uses none up.
        let mut form =
            vec![("message", message.as_str()), ("seen", &seen), ("promise", &promise), ("to", to), ("text", text)];
        form.extend_from_slice(more);
        self.http.post(&format!("{}/{path}", self.ticket), &form)
    }
}

#[test]
fn what_stays_inside_is_stopped_on_every_path_out() {
    runtime().block_on(async {
        let mut desk = desk().await;
        for (what, text) in PLANTED {
            for path in ["answers", "forwards"] {
                let refused = desk.answer(path, &format!("Hello Maria,\n\n{text}"), &[("reason", "I must")]);
                assert_eq!(refused.status, 422, "{what} by {path}");
                assert!(refused.body.contains("let something internal out"), "{what} by {path}: {}", refused.body);
            }
            // An article is for everybody: no customer stands in it.
            if what == "another customer" {
                let refused = crate::articles::write(&mut desk.http, "planted", &[("text", text)]);
                assert_eq!(refused.status, 422, "{what} in an article: {}", refused.body);
            }
            // Notes and other customers are known of a ticket; what is kept for later knows the house only.
            if what == "a note" || what == "another customer" {
                continue;
            }
            let file = format!("---\ntitle: Planted\n---\n# en\n{text}\n");
            let id = Http::field(&desk.http.get("/phrases?key=new").body, "id");
            let form = [("id", id.as_str()), ("key", "closing/planted"), ("file", &file)];
            let refused = desk.http.post("/phrases", &form);
            assert_eq!(refused.status, 422, "{what} in a phrase: {}", refused.body);
            let refused = crate::articles::write(&mut desk.http, "planted", &[("text", text), ("reason", "I must")]);
            assert_eq!(refused.status, 422, "{what} in an article: {}", refused.body);
            let policy = format!("[automatic_mail]\nacknowledgement = \"Thanks, {{number}}. {text}\"\n");
            let refused = desk.http.post("/settings/policy", &[("policy", &policy)]);
            assert_eq!(refused.status, 422, "{what} in the acknowledgement");
        }
        // Planted and not found would have left by now; what is fine leaves.
        let sent = desk.answer("answers", "Hello Maria,\n\nsee status.desk.example.com for news.", &[]);
        assert_eq!(sent.status, 303, "{}", sent.body);
        let mail = readable(&next_mail(&mut desk.sink).await.bytes);
        assert!(mail.contains("see status.desk.example.com"), "{mail}");
        desk.house.doctor();
    });
}

#[test]
fn a_dated_promise_goes_on_the_record_or_needs_a_reason() {
    runtime().block_on(async {
        let mut desk = desk().await;
        let text = "Hello Maria,\n\nI will call you by 5 December 2035 at 17:00.";
        let far = desk.answer("answers", text, &[("promises", "2035-12-05T17:00 I will call you.")]);
        assert_eq!(far.status, 422, "nobody promises for years: {}", far.body);
        let text = "Hello Maria,\n\nI will call you in two hours.";
        let refused = desk.answer("answers", text, &[]);
        assert_eq!(refused.status, 409);
        assert!(refused.body.contains("not on the record"), "{}", refused.body);
        // The page says by when; the form gives it back.
        let path = format!("{}/reading", desk.ticket);
        let read: serde_json::Value = serde_json::from_str(&desk.http.post(&path, &[("text", text)]).body).unwrap();
        let found = read["findings"].as_array().unwrap();
        let promise = found.iter().find(|f| f["rule"] == "promise.no-record").unwrap()["promise"].clone();
        let (due, what) = (promise[0].as_str().unwrap(), promise[1].as_str().unwrap());
        let line = format!("{due} {what}");
        let kept = desk.http.post(&path, &[("text", text), ("promises", &line)]).body;
        assert!(!kept.contains("promise.no-record"), "{kept}");
        let sent = desk.answer("answers", text, &[("promises", &line)]);
        assert_eq!(sent.status, 303, "{}", sent.body);
        let ledger = desk.http.get("/promises").body;
        assert!(ledger.contains("I will call you in two hours") && ledger.contains("in time"), "{ledger}");
        // An open promise is not solved away; kept, it counts.
        let ticket = desk.ticket.clone();
        let id = desk
            .http
            .get(&ticket)
            .body
            .split("name=\"id\" value=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap()
            .to_owned();
        let solution = [("id", id.as_str()), ("solution", "The lamps were set anew."), ("agreed", "said")];
        assert_eq!(desk.http.post(&format!("{ticket}/solution"), &solution).status, 409);
        let page = desk.http.get(&ticket).body;
        let id = page.split("/promises/").nth(1).unwrap().split(['?', '"']).next().unwrap().to_owned();
        let keep = desk.http.post(&format!("{ticket}/promises/{id}"), &[("wish", "keep")]);
        assert_eq!(keep.status, 303);
        assert_eq!(desk.http.post(&format!("{ticket}/solution"), &solution).status, 303);
        assert!(desk.http.get("/promises?of=settled").body.contains("100 %"));
        // The same words with a reason instead of a record.
        let again =
            desk.answer("answers", "I will call you in three hours.", &[("reason", "he asked for it in writing")]);
        assert_eq!(again.status, 303, "{}", again.body);
        assert!(desk.http.get(&ticket).body.contains("he asked for it in writing"), "the reason is on the timeline");
        desk.house.doctor();
    });
}

#[test]
fn a_promise_survives_a_power_cut() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let house = House::at(folder.path());
        let sink = Sink::open().await.unwrap();
        let mut http = house.set_up(&sink);
        let ticket = open(&mut http, "Maria Okafor", "maria@c.example.net", "Controller");
        let promise = Http::field(&http.get(&ticket).body, "promise");
        let due = (jiff::Zoned::now() + jiff::Span::new().hours(30)).strftime("%Y-%m-%dT%H:%M").to_string();
        let form = [("promise", promise.as_str()), ("what", "I will call you."), ("due", &due)];
        assert_eq!(http.post(&format!("{ticket}/promises"), &form).status, 303);
        house.kill();
        let house = House::at(folder.path());
        let mut http = Http::new(&house.web);
        let sign_in = [("email", "ada@desk.example.com"), ("password", crate::house::PASSWORD)];
        assert_eq!(http.post("/sign-in", &sign_in).status, 303);
        let ledger = http.get("/promises").body;
        assert!(ledger.contains("I will call you.") && ledger.contains("in time"), "{ledger}");
        // Its timer and its row are what the journal says.
        house.doctor();
    });
}
