//! Chats over the real wire: what is inside stays inside, a power cut loses nothing, what was not shown goes by mail.

use warmline_sim::sink::Sink;

use crate::house::{House, next_mail, readable, runtime};
use crate::http::{Answer, Http};
use crate::words::PLANTED;

const MIRA: &str = "mira@c.example.net";

/// Somebody who chats, with a browser of their own.
pub fn visitor(web: &str, address: &str, text: &str) -> Http {
    let mut http = Http::new(web);
    let page = http.get("/chat").body;
    let (chat, message) = (Http::field(&page, "chat"), Http::field(&page, "message"));
    let form =
        [("chat", chat.as_str()), ("message", &message), ("name", "Mira Sand"), ("address", address), ("text", text)];
    let begun = http.post("/chat", &form);
    assert_eq!((begun.status, begun.location.as_str()), (303, "/chat"), "{}", begun.body);
    http
}

pub fn writes(visitor: &mut Http, text: &str) -> Answer {
    let message = Http::field(&visitor.get("/chat").body, "message");
    visitor.post("/chat/lines", &[("message", &message), ("text", text)])
}

/// The ticket of the chat, as the customer is told its number.
pub fn ticket(visitor: &mut Http) -> String {
    let page = visitor.get("/chat").body;
    let number = page.split("class=\"mono\" title=\"Say").nth(1).expect("a number").split('>').nth(1).unwrap();
    format!("/tickets/{}", number.split('<').next().unwrap())
}

fn chat_form(page: &str) -> &str {
    page.split("data-kind=\"chat\"").nth(1).expect("a chat that may be written in")
}

/// A line of an agent's, from the form on the page.
pub fn says(http: &mut Http, ticket: &str, text: &str, more: &[(&str, &str)]) -> Answer {
    let page = http.get(ticket).body;
    let form = chat_form(&page);
    let [chat, message, promise] = ["chat", "message", "promise"].map(|name| Http::field(form, name));
    let mut fields = vec![("chat", chat.as_str()), ("message", &message), ("promise", &promise), ("text", text)];
    fields.extend_from_slice(more);
    http.post(&format!("{ticket}/chat/lines"), &fields)
}

pub fn wishes(http: &mut Http, ticket: &str, wish: &str) -> Answer {
    let page = http.get(ticket).body;
    let strip = page.split("class=\"chatstrip").nth(1).unwrap_or_else(|| panic!("no chat goes on: {page}"));
    let chat = Http::field(strip, "chat");
    http.post(&format!("{ticket}/chat"), &[("chat", &chat), ("wish", wish)])
}

pub fn available(http: &mut Http) {
    assert_eq!(http.post("/presence", &[("presence", "available")]).status, 303);
}

#[test]
fn what_is_inside_stays_inside_in_a_chat_too() {
    runtime().block_on(async {
        let (house, sink) = (House::new(), Sink::open().await.unwrap());
        let mut ada = house.set_up(&sink);
        let inside =
            [("glossary", "brick list"), ("hosts", "db-prod-3"), ("public", "status.desk.example.com"), ("note", "")];
        assert_eq!(ada.post("/settings/wording/inside", &inside).status, 303);
        crate::words::open(&mut ada, "Noor Haddad", "noor@other.example.net", "Lamp");
        available(&mut ada);
        let mut mira = visitor(&house.web, MIRA, "The controller is dark.");
        let ticket = ticket(&mut mira);
        assert_eq!(wishes(&mut ada, &ticket, "take").status, 303);
        let note = Http::field(&ada.get(&ticket).body, "note");
        let text = "The second controller has been swapped twice without any success at all.";
        assert_eq!(ada.post(&format!("{ticket}/notes"), &[("note", &note), ("text", text)]).status, 303);
        for (what, text) in PLANTED {
            let refused = says(&mut ada, &ticket, text, &[("reason", "I must")]);
            assert_eq!(refused.status, 422, "{what}");
            // A line that asks for something is a line like any other.
            let asks = [("asks", "wait"), ("minutes", "3")];
            assert_eq!(says(&mut ada, &ticket, text, &asks).status, 422, "{what} while asking to wait");
            let seen = mira.get("/chat").body;
            assert!(!seen.contains(&text[..20]) && !seen.contains("all right?"), "{what}: {seen}");
        }
        let rude = says(&mut ada, &ticket, "You are an idiot.", &[]);
        assert_eq!(rude.status, 409, "{}", rude.body);
        assert_eq!(says(&mut ada, &ticket, "You are an idiot.", &[("reason", "her own words")]).status, 303);
        let page = mira.get("/chat").body;
        assert!(page.contains("You are an idiot.") && !page.contains("swapped twice"), "{page}");
        // The brief is for the colleague alone.
        let bring = [("asks", "bring"), ("to", "queue:1"), ("problem", "brickfield"), ("tried", "x"), ("mood", "x")];
        says(&mut ada, &ticket, "May I bring a colleague in?", &bring);
        assert!(!mira.get("/chat").body.contains("brickfield"));
        assert!(!Http::new(&house.web).get("/chat").body.contains("controller"), "a stranger sees a form");
        house.doctor();
    });
}

#[test]
fn a_chat_outlives_a_power_cut_and_what_was_not_shown_goes_by_mail() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let house = House::at(folder.path());
        let mut sink = Sink::open().await.unwrap();
        let mut ada = house.set_up(&sink);
        available(&mut ada);
        let mut mira = visitor(&house.web, MIRA, "The loom stops after each row.");
        let ticket = ticket(&mut mira);
        wishes(&mut ada, &ticket, "take");
        let promise = "I will call you tomorrow by noon.";
        let refused = says(&mut ada, &ticket, promise, &[]);
        assert_eq!(refused.status, 409, "a dated promise goes on the record: {}", refused.body);
        let due = (jiff::Zoned::now() + jiff::SignedDuration::from_hours(30)).strftime("%Y-%m-%dT%H:%M").to_string();
        let line = format!("{due} {promise}");
        let kept = says(&mut ada, &ticket, promise, &[("promises", &line), ("reason", "the queue is short")]);
        assert_eq!(kept.status, 303, "{}", kept.body);
        assert_eq!(writes(&mut mira, "Thank you, that is kind.").status, 303);
        // Sent twice by a browser on a bad line: one line.
        let twice = Http::field(&mira.get("/chat").body, "message");
        for _ in 0..2 {
            assert_eq!(mira.post("/chat/lines", &[("message", &twice), ("text", "One more thing.")]).status, 303);
        }
        house.kill();

        let house = House::at(folder.path());
        ada.move_to(&house.web);
        mira.move_to(&house.web);
        let page = mira.get("/chat").body;
        assert_eq!(page.matches("One more thing.").count(), 1, "{page}");
        assert!(page.contains("I will call you tomorrow") && page.contains("is with you"), "{page}");
        assert_eq!(writes(&mut mira, "Are you still there?").status, 303);
        assert_eq!(says(&mut ada, &ticket, "Yes, I am here. It is the fuse.", &[]).status, 303);
        let ledger = ada.get("/promises").body;
        assert!(ledger.contains("I will call you tomorrow by noon"), "{ledger}");

        // Her page has shown the promise and not the fuse when it ends.
        let shown = page.split("<li class=\"ours\" id=\"l").nth(1).unwrap().split('"').next().unwrap().to_owned();
        assert_eq!(mira.post("/chat/read", &[("lines", &shown)]).status, 204);
        assert_eq!(wishes(&mut ada, &ticket, "end").status, 303);
        let mail = readable(&next_mail(&mut sink).await.bytes);
        assert!(mail.contains("It is the fuse.") && !mail.contains("I will call you"), "{mail}");
        assert!(mail.contains(MIRA), "{mail}");
        let over = writes_after(&mut mira);
        assert!(over.status == 409 && over.body.contains("This chat is over"), "{}", over.body);
        assert!(over.body.contains("One last word"), "her words are still in the field");
        house.doctor();
    });
}

fn writes_after(visitor: &mut Http) -> Answer {
    // A window that was open since before.
    visitor.post("/chat/lines", &[("message", "1"), ("text", "One last word")])
}

#[test]
fn with_nobody_here_the_words_are_a_ticket_and_limits_are_said() {
    runtime().block_on(async {
        let house = House::new();
        let mut sink = Sink::open().await.unwrap();
        let mut ada = house.set_up(&sink);
        // Chats can have a queue of their own.
        assert_eq!(ada.post("/settings/queues", &[("name", "Workshop")]).status, 303);
        let settings = ada.get("/settings").body;
        let before = settings.split(">Workshop</option>").next().unwrap();
        let workshop = before.rsplit("value=\"").next().unwrap().split('"').next().unwrap().to_owned();
        assert_eq!(ada.post("/settings/lines", &[("number", "chat"), ("queue", &workshop)]).status, 303);
        let mut mira = visitor(&house.web, MIRA, "The loom stops.");
        let page = mira.get("/chat").body;
        assert!(page.contains("answer by mail"), "{page}");
        let mail = readable(&next_mail(&mut sink).await.bytes);
        assert!(mail.contains("with us under the number"), "{mail}");
        let ticket = ticket(&mut mira);
        let page = ada.get(&ticket).body;
        assert!(page.contains("The loom stops.") && page.contains("Workshop · "), "{page}");

        let mut http = Http::new(&house.web);
        let page = http.get("/chat").body;
        let (chat, message) = (Http::field(&page, "chat"), Http::field(&page, "message"));
        let long = "x".repeat(9000);
        for (address, text, why) in [
            ("nobody", "Help", "is not your mail address"),
            ("support@desk.example.com", "Help", "is not your mail address"),
            (MIRA, " ", "nothing to send yet"),
            (MIRA, long.as_str(), "too long for a chat"),
        ] {
            let form = [
                ("chat", chat.as_str()),
                ("message", &message),
                ("name", "Mira"),
                ("address", address),
                ("text", text),
            ];
            let refused = http.post("/chat", &form);
            assert!(refused.status == 422 && refused.body.contains(why), "{why}: {}", refused.body);
        }
        house.doctor();
    });
}
