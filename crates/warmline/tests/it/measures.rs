//! What happened at the desk is counted, shown to those it is for, and is what the journal says.

use warmline_sim::sink::Sink;

use crate::house::{House, PASSWORD, next_mail, runtime};
use crate::http::Http;

/// The row of a measure on the page, its tags taken off.
pub fn row(page: &str, key: &str) -> String {
    let rest = page.split(&format!("<tr id=\"{key}\">")).nth(1).unwrap_or_else(|| panic!("no {key} on {page}"));
    let mut text = String::new();
    let mut inside = false;
    for c in rest.split("</tr>").next().unwrap().chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text
}

#[test]
fn what_happens_is_counted_and_an_agent_sees_their_own() {
    runtime().block_on(async {
        let house = House::new();
        let mut sink = Sink::open().await.unwrap();
        let mut ada = house.set_up(&sink);
        assert!(ada.get("/measures").body.contains("Nothing was counted in these days"), "it teaches");
        let ticket = crate::words::open(&mut ada, "Maria Okafor", "maria@c.example.net", "Controller");
        let number = ticket.trim_start_matches("/tickets/").to_owned();
        let preview = [("text", "Hello"), ("to", "maria@c.example.net")];
        assert_eq!(ada.post(&format!("{ticket}/preview"), &preview).status, 200);
        assert_eq!(ada.answer(&number, "The proxy is 10.20.3.4 now.").status, 422);
        assert_eq!(ada.answer(&number, "Hello Maria, the lamps are bright again.").status, 303);
        next_mail(&mut sink).await;
        let (page, due) = (ada.get(&ticket).body, jiff::Zoned::now() + jiff::Span::new().hours(30));
        let due = due.strftime("%Y-%m-%dT%H:%M").to_string();
        let promise = [("promise", &*Http::field(&page, "promise")), ("what", "I will call you."), ("due", &due)];
        assert_eq!(ada.post(&format!("{ticket}/promises"), &promise).status, 303);

        let mut ben = house.somebody(&mut ada, "Ben", "agent");
        let page = ada.get("/measures?period=today").body;
        assert!(row(&page, "p26.answers").contains("Answers") && row(&page, "p26.answers").contains('1'));
        assert!(row(&page, "p18.stopped").contains("1") && row(&page, "p18.previews").contains('1'), "{page}");
        assert!(row(&page, "p16.made").contains('1') && row(&page, "p12.sent").contains('1'));
        assert!(row(&page, "p26.first").contains("mean of 1"), "{}", row(&page, "p26.first"));

        // Exactly the same as CSV, with the zone and the days named.
        let csv = ada.get("/measures.csv?period=today").body;
        assert!(csv.contains("p16.made,Promises that went on the record.,1,"), "{csv}");
        assert!(csv.contains(",UTC,") && csv.lines().count() == page.matches("<tr id=").count() + 1);

        // Ben sees his own, which is nothing yet, whatever he asks for; what stands behind a figure is not for him.
        assert!(ben.get("/measures?period=today&agent=1").body.contains("Nothing was counted"));
        assert_eq!(ben.get("/measures/p1.abrupt").status, 403);
        assert_eq!(ben.answer(&number, "Hello Maria, this is Ben.").status, 303);
        let his = ben.get("/measures?period=today").body;
        assert!(row(&his, "p26.answers").contains('1') && !his.contains("id=\"p18.previews\""), "{his}");
        let wrong = ada.get("/measures?period=dates&from=2026-02-01&until=2026-01-01").body;
        assert!(wrong.contains("has a year at most"), "a period that runs backwards is said");
        house.doctor();
    });
}

#[test]
fn a_figure_opens_into_its_tickets() {
    runtime().block_on(async {
        let house = House::new();
        let sink = Sink::open().await.unwrap();
        let mut ada = house.set_up(&sink);
        let ticket = crate::words::open(&mut ada, "Maria Okafor", "maria@c.example.net", "Controller");
        let id = Http::field(&ada.get(&ticket).body, "id");
        let solution = [("id", id.as_str()), ("solution", "The lamps were set anew."), ("agreed", "said")];
        assert_eq!(ada.post(&format!("{ticket}/solution"), &solution).status, 303);
        assert_eq!(ada.post(&format!("{ticket}/reopening"), &[]).status, 303);
        let page = ada.get("/measures?period=today").body;
        assert!(page.contains("href=\"/measures/p26.reopened?"), "{}", row(&page, "p26.reopened"));
        let behind = ada.get("/measures/p26.reopened?period=today").body;
        assert!(behind.contains(&ticket) && behind.contains("Controller"), "{behind}");
        assert_eq!(ada.get("/measures/p26.answers").status, 404, "what is counted without tickets opens into none");
    });
}

#[test]
fn a_link_is_followed_after_signing_in_and_only_to_here() {
    runtime().block_on(async {
        let house = House::new();
        let sink = Sink::open().await.unwrap();
        let mut ada = house.set_up(&sink);
        let ticket = crate::words::open(&mut ada, "Maria Okafor", "maria@c.example.net", "Controller");
        let mut back = Http::new(&house.web);
        let asked = back.get(&format!("{ticket}?view=mine"));
        assert_eq!(asked.status, 303);
        let page = back.get(&asked.location).body;
        assert_eq!(Http::field(&page, "to"), format!("{ticket}?view=mine"));
        fn form(to: &str) -> [(&str, &str); 3] {
            [("email", "ada@desk.example.com"), ("password", PASSWORD), ("to", to)]
        }
        let wrong = [("email", "ada@desk.example.com"), ("password", "x"), ("to", "/measures")];
        assert_eq!(Http::field(&back.post("/sign-in", &wrong).body, "to"), "/measures", "a slip keeps it");
        assert_eq!(
            back.post("/sign-in", &form(&format!("{ticket}?view=mine"))).location,
            format!("{ticket}?view=mine")
        );
        for elsewhere in ["//evil.example.com/", "https://evil.example.com/", "/\\evil.example.com"] {
            assert_eq!(Http::new(&house.web).post("/sign-in", &form(elsewhere)).location, "/", "{elsewhere}");
            let page = Http::new(&house.web).get("/sign-in?to=https%3A%2F%2Fevil.example.com").body;
            assert!(!page.contains("evil"), "{page}");
        }
    });
}

#[test]
fn a_rule_put_aside_is_heeded_again_and_a_level_is_told() {
    runtime().block_on(async {
        let house = House::new();
        let sink = Sink::open().await.unwrap();
        let mut ada = house.set_up(&sink);
        let ticket = crate::words::open(&mut ada, "Maria Okafor", "maria@c.example.net", "Controller");
        let found = |ada: &mut Http| {
            let text = [("text", "Calm down, Maria. The lamps are bright again."), ("kind", "answer")];
            ada.post(&format!("{ticket}/reading"), &text).body
        };
        let rule = found(&mut ada).split("\"rule\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        assert_eq!(ada.post("/words/answers", &[("never", &rule)]).status, 204);
        assert!(!found(&mut ada).contains(&rule));
        assert!(ada.get("/settings/aside").body.contains(&rule));
        let mut ben = house.somebody(&mut ada, "Ben", "agent");
        assert!(ben.get("/settings/aside").body.contains("Every rule speaks to you"), "it is Ada’s alone");
        assert_eq!(ada.post("/settings/aside", &[("rule", &rule)]).status, 303);
        assert!(found(&mut ada).contains(&rule));

        let set = ada.post("/settings/wording/rules", &[("rule", &rule), ("level", "coach"), ("q", "calm")]);
        let page = ada.get(set.location.split('#').next().unwrap()).body;
        assert!(page.contains("id=\"set\"") && page.contains("is at that level now"), "{page}");
        assert!(page.contains(&rule) && !page.contains("slang.any"), "only what was looked for");
        assert!(ada.get("/settings/wording?q=zanzibar").body.contains("No rule has these words"));
    });
}
