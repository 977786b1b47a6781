//! What an answer stands on stays inside; a wrong one is put right with everyone; a note is shown on purpose only.

use warmline_sim::sink::Sink;

use crate::house::{House, next_mail, readable, runtime, until};
use crate::http::{Answer, Http};

struct Desk {
    house: House,
    http: Http,
    sink: Sink,
    ticket: String,
}

const MARIA: &str = "maria@c.example.net";

/// Nothing can be taken back here, so that what is sent has left.
async fn desk(policy: &str) -> Desk {
    let house = House::new();
    let sink = Sink::open().await.unwrap();
    let mut http = house.set_up(&sink);
    let policy = format!("[answers]\nundo_seconds = 0\n{policy}");
    assert_eq!(http.post("/settings/policy", &[("policy", &policy)]).status, 303);
    let ticket = crate::words::open(&mut http, "Maria Okafor", MARIA, "Controller");
    Desk { house, http, sink, ticket }
}

impl Desk {
    fn answer(&mut self, ticket: &str, to: &str, text: &str, more: &[(&str, &str)]) -> Answer {
        let page = self.http.get(ticket).body;
        let (message, seen) = (Http::field(&page, "message"), Http::field(&page, "seen"));
        let mut form = vec![("message", message.as_str()), ("seen", &seen), ("to", to), ("text", text)];
        form.extend_from_slice(more);
        self.http.post(&format!("{ticket}/answers"), &form)
    }

    async fn mail(&mut self) -> String {
        readable(&next_mail(&mut self.sink).await.bytes)
    }

    /// The last answer of ours on a ticket, as forms name it.
    fn last_answer(&mut self, ticket: &str) -> String {
        let page = self.http.get(ticket).body;
        let at = page.rfind("/correction").expect("an answer to correct");
        page[..at].rsplit('/').next().unwrap().to_owned()
    }

    fn measure(&mut self, key: &str) -> String {
        crate::measures::row(&self.http.get("/measures?period=today").body, key)
    }
}

#[test]
fn what_an_answer_stands_on_is_said_inside_and_never_sent() {
    runtime().block_on(async {
        let mut desk = desk("[honesty]\ngrounds_in_queues = [\"support\"]\n").await;
        let ticket = desk.ticket.clone();
        let text = "Hello Maria, the lamps need the newer controller to be bright.";
        let refused = desk.answer(&ticket, MARIA, text, &[]);
        assert!(refused.status == 409 && refused.body.contains("In this queue an answer says what it stands on"));
        assert!(desk.answer(&ticket, MARIA, text, &[("grounds", "link javascript:alert(1)")]).status == 422);
        let grounds = "link https://docs.example.com/zanzibar\nmeasured zanzibar at 14:02\nbelief";
        assert_eq!(desk.answer(&ticket, MARIA, text, &[("grounds", grounds)]).status, 303);
        let mail = desk.mail().await;
        assert!(mail.contains("newer controller") && !mail.contains("zanzibar"), "{mail}");
        let page = desk.http.get(&ticket).body;
        assert!(page.contains("href=\"https://docs.example.com/zanzibar\"") && page.contains("own belief"), "{page}");
        assert!(desk.measure("p17.grounded").contains("100 % of 1"), "{}", desk.measure("p17.grounded"));
        desk.house.doctor();
    });
}

#[test]
fn a_wrong_answer_is_put_right_with_everyone_and_elsewhere() {
    runtime().block_on(async {
        let mut desk = desk("").await;
        let ticket = desk.ticket.clone();
        let other = crate::words::open(&mut desk.http, "Noor Haddad", "noor@other.example.net", "Dark lamp");
        let wrong = "Please turn the blue switch on the back to the left.";
        let both = format!("{MARIA}, ravi@c.example.net");
        assert_eq!(desk.answer(&ticket, &both, wrong, &[]).status, 303);
        assert!(desk.mail().await.contains("blue switch"));
        assert_eq!(desk.answer(&other, "noor@other.example.net", wrong, &[]).status, 303);
        assert!(desk.mail().await.contains("blue switch"));
        until("the answer to leave", || desk.http.get(&ticket).body.contains("/correction").then_some(()));

        let message = desk.last_answer(&ticket);
        assert_eq!(desk.http.post(&format!("/messages/{message}/correction"), &[]).status, 303);
        let page = desk.http.get(&ticket).body;
        assert!(page.contains("we wrote: “Please turn the blue switch"), "the draft refers to it");
        assert!(page.contains("everyone who was given it") && page.contains("ravi@c.example.net"), "{page}");
        let right = "On Monday we wrote about the blue switch; that was not right. Please turn the green one.";
        let corrects = [("corrects", message.as_str())];
        let refused = desk.answer(&ticket, MARIA, right, &corrects);
        assert!(refused.status == 422 && refused.body.contains("ravi@c.example.net was given the wrong answer"));
        assert_eq!(desk.answer(&ticket, &both, right, &corrects).status, 303);
        assert!(desk.mail().await.contains("green one"));
        let page = desk.http.get(&ticket).body;
        assert!(page.contains("put an earlier answer right") && page.contains("It was put right below"), "{page}");
        assert!(desk.measure("p17.corrected").contains('1'));

        // Noor was told the same: it is offered, with a draft of her own, and then it is done.
        assert!(page.contains("Told elsewhere") && page.contains("Correct it there"), "{page}");
        until("hers to leave", || desk.http.get(&other).body.contains("/correction").then_some(()));
        let hers = desk.last_answer(&other);
        let there = desk.http.post(&format!("/messages/{hers}/correction"), &[]);
        assert!(there.location.starts_with(&other), "{}", there.location);
        let told = [("corrects", hers.as_str())];
        assert_eq!(desk.answer(&other, "noor@other.example.net", right, &told).status, 303);
        assert!(!desk.http.get(&ticket).body.contains("Told elsewhere"));
        // Nobody corrects what belongs to another ticket.
        assert_eq!(desk.answer(&ticket, &both, right, &told).status, 404);
        desk.house.doctor();
    });
}

#[test]
fn what_can_be_taken_back_is_not_corrected() {
    runtime().block_on(async {
        let mut desk = desk("").await;
        assert_eq!(desk.http.post("/settings/policy", &[("policy", "[answers]\nundo_seconds = 300\n")]).status, 303);
        let ticket = desk.ticket.clone();
        assert_eq!(desk.answer(&ticket, MARIA, "Please turn the blue switch.", &[]).status, 303);
        let page = desk.http.get(&ticket).body;
        assert!(!page.contains("/correction"), "it can be taken back");
        let message = page.split("/messages/").nth(1).unwrap().split('/').next().unwrap().to_owned();
        let refused = desk.answer(&ticket, MARIA, "The green one, sorry.", &[("corrects", &message)]);
        assert!(refused.status == 409 && refused.body.contains("Take it back instead"), "{}", refused.body);
    });
}

#[test]
fn a_note_is_shown_on_purpose_with_a_reason_and_only_its_words() {
    runtime().block_on(async {
        let mut desk = desk("").await;
        let ticket = desk.ticket.clone();
        let note = "The second controller has been swapped twice without any success at all. \
                    Ben thinks that the customer pulled the cable out by herself again.";
        let id = Http::field(&desk.http.get(&ticket).body, "note");
        assert_eq!(desk.http.post(&format!("{ticket}/notes"), &[("note", &id), ("text", note)]).status, 303);
        let said = "Hello Maria, the second controller has been swapped twice without any success at all.";
        assert_eq!(desk.answer(&ticket, MARIA, said, &[]).status, 422, "a note does not leave by itself");

        assert_eq!(desk.http.post(&format!("/notes/{id}/showing"), &[]).status, 303);
        let page = desk.http.get(&ticket).body;
        assert!(page.contains("Words of an inside note go out with this") && page.contains("wrote inside"), "{page}");
        let shows = |why| [("shows", id.as_str()), ("shows_why", why)];
        let refused = desk.answer(&ticket, MARIA, said, &shows(" "));
        assert!(refused.status == 409 && refused.body.contains("say why they may see it"), "{}", refused.body);
        assert_eq!(desk.answer(&ticket, MARIA, said, &shows("she asked what was tried")).status, 303);
        let mail = desk.mail().await;
        assert!(mail.contains("swapped twice") && !mail.contains("pulled the cable"), "{mail}");
        let page = desk.http.get(&ticket).body;
        assert!(page.contains("showed words of an inside note to the customer: she asked what was tried"), "{page}");
        assert!(page.contains("class=\"msg note") && page.contains("Words of it were shown"), "it stays a note");

        // What was shown may be said again; the rest of the note stays inside, and so does what no note lets out.
        assert_eq!(desk.answer(&ticket, MARIA, said, &[]).status, 303);
        let rest = "Hello, it seems that the customer pulled the cable out by herself again.";
        assert_eq!(desk.answer(&ticket, MARIA, rest, &[]).status, 422);
        let host = format!("{said} It runs on 10.20.3.4 now.");
        assert_eq!(desk.answer(&ticket, MARIA, &host, &shows("she asked")).status, 422);
        assert!(desk.measure("p18.shown").contains("100 % of 1"), "{}", desk.measure("p18.shown"));
        desk.house.doctor();
    });
}
