//! An article is written, read by the engine, found by customers, mentioned, and corrected after it with those it was
//! given to.

use warmline_sim::sink::Sink;

use crate::house::{House, PASSWORD, next_mail, readable, runtime};
use crate::http::{Answer, Http};

struct Desk {
    house: House,
    http: Http,
    sink: Sink,
}

const MARIA: &str = "maria@c.example.net";
const ADDRESS: &str = "https://help.desk.example.com";
const TEXT: &str = "Turn the blue valve on the left until no bubbles come any more. Then start the press again.";

async fn desk() -> Desk {
    let house = House::new();
    let sink = Sink::open().await.unwrap();
    let mut http = house.set_up(&sink);
    let policy = format!("[answers]\nundo_seconds = 0\n[help]\naddress = \"{ADDRESS}\"\n");
    assert_eq!(http.post("/settings/policy", &[("policy", &policy)]).status, 303);
    Desk { house, http, sink }
}

/// The form of an article, filled in; what is named in `more` takes its place.
pub fn write(http: &mut Http, key: &str, more: &[(&str, &str)]) -> Answer {
    let known = http.get(&format!("/articles/{key}/edit"));
    let page = if known.status == 200 { known.body } else { http.get("/articles/new").body };
    let (id, seen) = (Http::field(&page, "id"), Http::field(&page, "seen"));
    let mut form = vec![
        ("id", id.as_str()),
        ("seen", &seen),
        ("key", key),
        ("title", "Ink pressure is low"),
        ("language", "en"),
        ("topics", "ink-pressure"),
        ("audience", "customers"),
        ("state", "published"),
        ("text", TEXT),
    ];
    form.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    form.extend_from_slice(more);
    http.post("/articles", &form)
}

impl Desk {
    fn answer(&mut self, ticket: &str, text: &str, more: &[(&str, &str)]) -> Answer {
        let page = self.http.get(ticket).body;
        let (message, seen) = (Http::field(&page, "message"), Http::field(&page, "seen"));
        let mut form = vec![("message", message.as_str()), ("seen", &seen), ("to", MARIA), ("text", text)];
        form.extend_from_slice(more);
        self.http.post(&format!("{ticket}/answers"), &form)
    }

    fn measure(&mut self, key: &str) -> String {
        crate::measures::row(&self.http.get("/measures?period=today").body, key)
    }
}

#[test]
fn customers_find_what_is_published_for_them_and_nothing_else() {
    runtime().block_on(async {
        let mut desk = desk().await;
        let mut jo = Http::new(&desk.house.web);
        assert!(jo.get("/help").body.contains("nothing to read here yet"));
        for (key, more) in [
            ("ink-low", vec![]),
            ("ink-draft", vec![("state", "draft"), ("title", "Ink draft")]),
            ("ink-inside", vec![("audience", "inside"), ("title", "Ink inside, on db-prod-3")]),
        ] {
            let kept = write(&mut desk.http, key, &more);
            assert_eq!((kept.status, kept.location), (303, format!("/articles/{key}")), "{}", kept.body);
        }
        for page in [jo.get("/help").body, jo.get("/help?q=ink").body, jo.get("/help?q=bubb").body] {
            assert!(page.contains("/help/ink-low") && !page.contains("ink-draft") && !page.contains("ink-inside"));
        }
        let page = jo.get("/help/ink-low");
        assert!(page.status == 200 && page.body.contains("Turn the blue valve"), "{}", page.body);
        assert!(!page.body.contains("app.js"), "plain and fast");
        for hidden in ["ink-draft", "ink-inside", "nothing", "new"] {
            assert_eq!(jo.get(&format!("/help/{hidden}")).status, 404, "{hidden}");
        }
        assert!(jo.get("/help?q=zanzibar").body.contains("Nothing was found for “zanzibar”"));
        assert_eq!(jo.get(&format!("/help?q={}", "x".repeat(5_000))).status, 200);

        // An agent drafts; publishing is for supervisors.
        let ben = [("name", "Ben"), ("email", "ben@desk.example.com"), ("role", "agent"), ("password", PASSWORD)];
        assert_eq!(desk.http.post("/settings/people", &ben).status, 303);
        let mut http = Http::new(&desk.house.web);
        assert_eq!(http.post("/sign-in", &[("email", "ben@desk.example.com"), ("password", PASSWORD)]).status, 303);
        let refused = write(&mut http, "bens", &[]);
        assert!(refused.status == 403 && refused.body.contains("Turn the blue valve"), "{}", refused.body);
        assert_eq!(write(&mut http, "bens", &[("state", "draft")]).status, 303);
        assert_eq!(write(&mut http, "bens", &[("state", "draft"), ("remove", "1")]).location, "/articles");
        assert_eq!(http.get("/articles/bens").status, 404);

        // Out as files, and back in: what is here already is left alone.
        let file = desk.http.get("/articles/export").body;
        assert!(file.contains("<!-- ink-low -->") && file.contains("state: draft"), "{file}");
        let told = desk.http.post("/articles/import", &[("files", &file)]).location;
        assert!(desk.http.get(&told).body.contains("0 taken over, 3 were here already"), "{told}");
        let more = file.replace("no bubbles", "no more bubbles");
        let told = desk.http.post("/articles/import", &[("files", &more)]).location;
        assert!(told.contains("3%20taken%20over"), "{told}");
        assert!(jo.get("/help/ink-low").body.contains("no more bubbles"));
        let broken = desk.http.post("/articles/import", &[("files", "<!-- Ink -->\n---\ntitle: T\n---\nText\n")]);
        assert!(broken.status == 422 && broken.body.contains("Nothing was taken in"), "{}", broken.body);
        desk.house.doctor();
    });
}

#[test]
fn who_was_given_an_article_hears_that_it_changed() {
    runtime().block_on(async {
        let mut desk = desk().await;
        assert_eq!(write(&mut desk.http, "ink-low", &[]).status, 303);
        let ticket = crate::words::open(&mut desk.http, "Maria Okafor", MARIA, "Ink pressure");

        // Found beside the ticket, opened, and that stands on it.
        let page = desk.http.get(&ticket).body;
        assert!(page.contains("Open the article Ink pressure is low"), "{page}");
        let found = desk.http.get(&format!("{ticket}/articles?q=bubb")).body;
        let link = format!("{ADDRESS}/help/ink-low?from=answer");
        assert!(found.contains(&link), "{found}");
        let open = [("wish", "open"), ("article", "ink-low")];
        assert_eq!(desk.http.post(&format!("{ticket}/articles"), &open).location, "/articles/ink-low");
        assert!(desk.http.get("/search?q=bubbles").body.contains("href=\"/articles/ink-low\""));
        let page = desk.http.get(&ticket).body;
        assert!(page.contains("opened the article “Ink pressure is low”") && page.contains("search"), "{page}");

        // Mentioned, and stood on as it is now.
        assert_eq!(desk.answer(&ticket, "Hello Maria.", &[("grounds", "article nothing")]).status, 422);
        let text = format!("Hello Maria, please see [Ink pressure is low]({link}).");
        let sent = desk.answer(&ticket, &text, &[("grounds", "article ink-low")]);
        assert_eq!(sent.status, 303, "{}", sent.body);
        assert!(readable(&next_mail(&mut desk.sink).await.bytes).contains("/help/ink-low?from"));
        let page = desk.http.get(&ticket).body;
        assert!(page.contains("links to the article “Ink") && page.contains("article ink-low, version 1"), "{page}");
        let mut jo = Http::new(&desk.house.web);
        assert_eq!(jo.get("/help/ink-low?from=answer").status, 200);
        assert_eq!(jo.get("/help/ink-low").status, 200);
        let page = desk.http.get("/articles/ink-low").body;
        assert!(
            page.contains("Given in 1 answer, 1 with a link. Opened 2 times from outside, 1 by the link"),
            "{page}"
        );
        assert!(page.contains("Who was told what"), "{page}");
        assert!(desk.measure("p25.mentioned").contains('1') && desk.measure("p25.used").contains('1'));

        // Better words for the same tell nobody; something else needs a sentence, and tells Maria's ticket.
        let same = [("text", "Turn the blue valve on the left."), ("same", "1")];
        assert_eq!(write(&mut desk.http, "ink-low", &same).status, 303);
        assert!(!desk.http.get(&ticket).body.contains("An article changed"));
        let other = [("text", "Turn the green valve on the right."), ("what", "")];
        let refused = write(&mut desk.http, "ink-low", &other);
        assert!(refused.status == 409 && refused.body.contains("green valve on the right"), "{}", refused.body);
        let other = [("text", "Turn the green valve on the right."), ("what", "It is the green valve on the right.")];
        assert_eq!(write(&mut desk.http, "ink-low", &other).status, 303);
        let page = desk.http.get(&ticket).body;
        assert!(page.contains("An article changed") && page.contains("It is the green valve on the right."), "{page}");
        assert!(page.contains("changed after the customer was given it: It is the green valve"), "{page}");
        assert!(desk.http.get("/tickets?view=decide").body.contains("Ink pressure"), "it is there to decide");

        // Corrected with everyone who was given the answer.
        let notice = page.split("An article changed").nth(1).unwrap();
        let message = notice.split("/messages/").nth(1).unwrap().split('/').next().unwrap().to_owned();
        assert_eq!(desk.http.post(&format!("/messages/{message}/correction"), &[]).status, 303);
        let right = "Hello Maria, a moment ago we wrote of the blue valve; that was not right. It is the green one.";
        assert_eq!(desk.answer(&ticket, right, &[("corrects", &message)]).status, 303);
        next_mail(&mut desk.sink).await;
        let page = desk.http.get(&ticket).body;
        assert!(!page.contains("An article changed"), "{page}");
        assert!(desk.http.get("/articles/ink-low").body.contains("<td data-label=\"Since then\">corrected"));
        assert!(desk.measure("p17.followed").contains("100 % of 1"), "{}", desk.measure("p17.followed"));

        // Retired: its page says so, and what stands on the old answer is over.
        let retired = [("state", "retired"), ("text", "Turn the green valve on the right."), ("what", "Sold no more.")];
        assert_eq!(write(&mut desk.http, "ink-low", &retired).status, 303);
        let gone = jo.get("/help/ink-low");
        assert!(gone.status == 410 && gone.body.contains("does not hold any more"), "{}", gone.body);
        assert!(!gone.body.contains("green valve") && !jo.get("/help?q=green").body.contains("/help/ink-low"));
        assert_eq!(desk.http.post("/articles", &[("key", "ink-low"), ("remove", "1")]).status, 409);
        desk.house.doctor();
    });
}

#[test]
fn what_they_were_told_may_hold_all_the_same() {
    runtime().block_on(async {
        let mut desk = desk().await;
        assert_eq!(write(&mut desk.http, "ink-low", &[]).status, 303);
        let ticket = crate::words::open(&mut desk.http, "Maria Okafor", MARIA, "Ink pressure");
        // A sentence of it, word for word: quoted.
        let said = format!("Hello Maria. {TEXT}");
        assert_eq!(desk.answer(&ticket, &said, &[]).status, 303);
        assert!(desk.http.get(&ticket).body.contains("The answer quotes the article"));
        let more = [("text", "Turn the blue valve on the left. Wear gloves."), ("what", "Wear gloves.")];
        assert_eq!(write(&mut desk.http, "ink-low", &more).status, 303);
        let holds = [("wish", "holds"), ("article", "ink-low")];
        assert!(desk.http.get(&ticket).body.contains("It still holds"));
        assert_eq!(desk.http.post(&format!("{ticket}/articles"), &holds).status, 303);
        let page = desk.http.get(&ticket).body;
        assert!(!page.contains("An article changed") && page.contains("what the customer was told holds"), "{page}");
        assert_eq!(desk.http.post(&format!("{ticket}/articles"), &holds).status, 409);
        desk.house.doctor();
    });
}

#[test]
fn an_article_is_read_while_it_is_typed_and_before_it_is_published() {
    runtime().block_on(async {
        let mut desk = desk().await;
        let rude = "Calm down. Turn the blue valve on the left.";
        let found = desk.http.post("/articles/reading", &[("text", rude), ("language", "en")]).body;
        assert!(found.contains("\"findings\":[{"), "{found}");
        let found =
            desk.http.post("/articles/reading", &[("text", "It is on 10.20.3.4 now."), ("language", "en")]).body;
        assert!(found.contains("\"leak\":true"), "{found}");
        let preview = desk.http.post("/articles/preview", &[("title", "Ink"), ("text", "**Turn** it")]).body;
        assert!(preview.contains("<strong>Turn</strong>") && preview.contains("Ink"), "{preview}");
        let insult = [("text", "You are an idiot if you turn the valve to the right.")];
        let refused = write(&mut desk.http, "ink-low", &insult);
        assert!(refused.status == 409 && refused.body.contains("Not published yet"), "{}", refused.body);
        let stands = [insult[0], ("reason", "it is quoted as what nobody says")];
        assert_eq!(write(&mut desk.http, "ink-low", &stands).status, 303);
        assert!(desk.http.get("/articles/ink-low").body.contains("it is quoted as what nobody says"));
        desk.house.doctor();
    });
}
