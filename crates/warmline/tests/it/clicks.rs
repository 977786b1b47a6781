//! The customer's click: a link in the mail alone, a page that changes nothing until its button is pressed, and what
//! their word does.

use std::path::Path;
use std::process::Command;

use warmline_sim::sink::{Sink, deliver};

use crate::house::{House, MAILBOX, next_mail, readable, run, runtime, until};
use crate::http::{Answer, Http};

const MARIA: &str = "maria@c.example.net";
const ADDRESS: &str = "https://help.desk.example.com";

struct Desk {
    house: House,
    http: Http,
    sink: Sink,
}

async fn desk(undo_seconds: u32) -> Desk {
    let house = House::new();
    let sink = Sink::open().await.unwrap();
    let mut http = house.set_up(&sink);
    let policy = format!("[answers]\nundo_seconds = {undo_seconds}\n[help]\naddress = \"{ADDRESS}\"\n");
    assert_eq!(http.post("/settings/policy", &[("policy", &policy)]).status, 303);
    Desk { house, http, sink }
}

impl Desk {
    fn answer(&mut self, ticket: &str, text: &str, then: &str) -> Answer {
        let page = self.http.get(ticket).body;
        let (message, seen) = (Http::field(&page, "message"), Http::field(&page, "seen"));
        let form = [("message", &*message), ("seen", &*seen), ("to", MARIA), ("text", text), ("then", then)];
        self.http.post(&format!("{ticket}/answers"), &form)
    }

    fn opened(&mut self, subject: &str) -> String {
        crate::words::open(&mut self.http, "Maria Okafor", MARIA, subject)
    }

    /// The path of the link in the next mail.
    async fn link(&mut self) -> String {
        // Mails break long lines with "=" at their end.
        let mail = readable(&next_mail(&mut self.sink).await.bytes).replace("=\r\n", "").replace("=\n", "");
        let at = mail.find(&format!("{ADDRESS}/reply/")).unwrap_or_else(|| panic!("no link in {mail}"));
        let rest = &mail[at + ADDRESS.len()..];
        rest[..rest.find(|c: char| !c.is_ascii_alphanumeric() && !"/-".contains(c)).unwrap_or(rest.len())].to_owned()
    }

    async fn solved(&mut self, subject: &str) -> (String, String) {
        let ticket = self.opened(subject);
        let sent = self.answer(&ticket, "Hello Maria, the lamps were set anew and are bright again.", "solve");
        assert_eq!(sent.status, 303, "{}", sent.body);
        let link = self.link().await;
        (ticket, link)
    }

    /// A request that costs 40 euros, said in an answer.
    async fn priced(&mut self) -> (String, String) {
        let id = Http::field(&self.http.get("/settings/catalogue?open=new").body, "id");
        let entry = [
            ("id", id.as_str()),
            ("name", "Data rescue"),
            ("terms", "extra cost"),
            ("price", "40"),
            ("currency", "EUR"),
            ("reason-en", "It takes a laboratory"),
            ("exception_by", "supervisor"),
            ("why", "resources"),
            ("channel", "any"),
        ];
        let kept = self.http.post("/settings/catalogue", &entry);
        assert_eq!(kept.status, 303, "{}", kept.body);
        let ticket = self.opened("Please rescue my data");
        let quoted = self.http.post(&format!("{ticket}/charges"), &[("wish", "quote"), ("entry", &id)]);
        assert_eq!(quoted.status, 303, "{}", quoted.body);
        let sent = self.answer(&ticket, "Hello Maria, the data rescue you asked for costs 40.00 EUR.", "wait");
        assert_eq!(sent.status, 303, "{}", sent.body);
        let link = self.link().await;
        (ticket, link)
    }
}

#[test]
fn a_click_says_that_it_is_solved_and_looking_says_nothing() {
    runtime().block_on(async {
        let mut desk = desk(0).await;
        let (ticket, link) = desk.solved("Dark lamps").await;
        let secret = link.rsplit('-').next().unwrap().to_owned();
        let mut maria = Http::new(&desk.house.web);
        for _ in 0..3 {
            let page = maria.get(&link);
            assert!(page.status == 200 && page.body.contains("Yes, it is solved"), "{}", page.body);
            assert!(page.body.contains("bright again"), "it shows what was proposed");
        }
        let page = desk.http.get(&ticket).body;
        assert!(page.contains("asks whether it is solved") && !page.contains("clicked"), "{page}");
        assert!(!page.contains(&secret), "nobody inside sees the secret");

        // They answer by mail and quote ours, link and all.
        let quote = format!(
            "From: {MARIA}\r\nTo: {MAILBOX}\r\nSubject: Re: Dark lamps [{}]\r\nMessage-ID: <q@c.example.net>\r\n\r\n\
             Thanks.\r\n\r\n> One click: {ADDRESS}{link}\r\n",
            ticket.trim_start_matches("/tickets/")
        );
        deliver(desk.house.smtp, MARIA, MAILBOX, quote.as_bytes()).await.unwrap();
        let page = until("the quote to be there", || {
            let page = desk.http.get(&ticket).body;
            page.contains("One click:").then_some(page)
        });
        assert!(page.contains("/reply/…") && !page.contains(&secret), "nor in what a customer quotes: {page}");

        let said = maria.post(&link, &[("n", "0"), ("say", "yes")]);
        assert!(said.status == 200 && said.body.contains("We are glad that it works"), "{}", said.body);
        assert!(!maria.get(&link).body.contains("<button class=\"go\" name=\"say\""), "once is enough");
        assert_eq!(maria.post(&link, &[("n", "0"), ("say", "yes")]).status, 200);
        let other = maria.post(&link, &[("n", "0"), ("say", "no"), ("words", "It rattles.")]);
        assert!(other.status == 409 && other.body.contains("You have answered this already"), "{}", other.body);
        let page = desk.http.get(&ticket).body;
        assert_eq!(page.matches("The customer clicked: yes, it is solved").count(), 1, "{page}");
        assert!(page.contains("agrees that it is solved, by their click") && !page.contains("It rattles"));
        let row = crate::measures::row(&desk.http.get("/measures?period=today").body, "p11.clicked");
        assert!(row.contains("100 % of 1"), "{row}");

        // What is guessed or cut is no link, and says so kindly.
        for wrong in [format!("{}0", &link[..link.len() - 1]), link[..link.len() - 4].to_owned(), "/reply/x".into()] {
            let none = maria.get(&wrong);
            assert!(wrong == link || none.status == 404 && none.body.contains("no question here"), "{wrong}");
            assert!(wrong == link || maria.post(&wrong, &[("n", "0"), ("say", "yes")]).status == 404, "{wrong}");
        }
        desk.house.doctor();
    });
}

#[test]
fn not_yet_opens_it_again_with_their_words() {
    runtime().block_on(async {
        let mut desk = desk(0).await;
        let (ticket, link) = desk.solved("Dark lamps").await;
        let mut maria = Http::new(&desk.house.web);
        let words = "The left one is dark again.";
        let said = maria.post(&link, &[("n", "0"), ("say", "no"), ("words", words)]);
        assert!(said.body.contains("It is open again, and we go on"), "{}", said.body);
        assert_eq!(maria.post(&link, &[("n", "0"), ("say", "no"), ("words", words)]).status, 200);
        let page = desk.http.get(&ticket).body;
        assert!(page.contains("The customer clicked: no, not yet") && page.contains("It is ours to move"), "{page}");
        let said = format!("<div class=\"body plain\">{words}</div>");
        assert_eq!(page.matches(&said).count(), 1, "once: {page}");

        // Taken back before it left: there is no mail, and what was asked is gone with it.
        let policy = format!("[answers]\nundo_seconds = 300\n[help]\naddress = \"{ADDRESS}\"\n");
        assert_eq!(desk.http.post("/settings/policy", &[("policy", &policy)]).status, 303);
        let again = desk.answer(&ticket, "Hello Maria, now both are bright.", "solve");
        assert_eq!(again.status, 303, "{}", again.body);
        let page = desk.http.get(&ticket).body;
        let taken = page.split("/withdrawal").next().unwrap().rsplit("/messages/").next().unwrap().to_owned();
        assert_eq!(desk.http.post(&format!("/messages/{taken}/withdrawal"), &[]).status, 303);
        let draft = desk.http.get(&ticket).body;
        assert!(draft.contains("now both are bright") && !draft.contains("/reply/"), "the draft has no link");
        desk.house.doctor();
    });
}

#[test]
fn a_price_is_agreed_to_by_a_click_while_it_stands() {
    runtime().block_on(async {
        let mut desk = desk(0).await;
        let (ticket, link) = desk.priced().await;
        let mut maria = Http::new(&desk.house.web);
        let page = maria.get(&link).body;
        assert!(page.contains("Data rescue costs") && page.contains("I agree to"), "{page}");
        assert!(maria.post(&link, &[("n", "0"), ("say", "yes")]).body.contains("You agreed, and we begin"));
        let page = desk.http.get(&ticket).body;
        assert!(page.contains("they agree to the price of Data rescue") && page.contains("by their click"), "{page}");
        let begun = desk.http.post(&format!("{ticket}/charges"), &[("wish", "start"), ("n", "0")]);
        assert_eq!(begun.status, 303, "work begins without asking again: {}", begun.body);
        desk.house.doctor();
    });
}

#[test]
fn a_click_in_a_browser() {
    runtime().block_on(async {
        let mut desk = desk(0).await;
        let (_, solved) = desk.solved("Dark lamps").await;
        let (_, not_yet) = desk.solved("Loud fan").await;
        let (dropped, over) = desk.priced().await;
        let drop = [("wish", "drop"), ("n", "0"), ("reason", "the disk is fine")];
        assert_eq!(desk.http.post(&format!("{dropped}/charges"), &drop).status, 303);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/browser");
        let web = format!("http://{}", desk.house.web);
        let arguments = ["clicks.mjs".to_owned(), web, solved, not_yet, over];
        let said = tokio::task::spawn_blocking(move || run(Command::new("node").args(arguments).current_dir(folder)));
        assert!(said.await.unwrap().contains("every click was heard"));
        let page = until("the words of the click", || {
            let page = desk.http.get("/search?q=rattles").body;
            page.contains("Loud fan").then_some(page)
        });
        assert!(page.contains("rattles"));
        desk.house.doctor();
    });
}
