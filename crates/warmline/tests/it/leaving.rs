//! Somebody signs in no more: the page asks who takes over what they have, and that person has all of it.

use warmline_sim::sink::Sink;

use crate::calendar::{day, enter};
use crate::house::{House, PASSWORD, runtime};
use crate::http::Http;
use crate::words::open;

/// The identifier of somebody, as the settings name it.
fn id_of(settings: &str, name: &str) -> String {
    let person = settings.split(&format!("name=\"name\" value=\"{name}\"")).next().unwrap();
    person.rsplit("/settings/people/").next().unwrap().split('"').next().unwrap().to_owned()
}

#[test]
fn what_somebody_had_is_taken_over_before_they_sign_in_no_more() {
    runtime().block_on(async {
        let house = House::new();
        let sink = Sink::open().await.unwrap();
        let mut ada = house.set_up(&sink);
        let mut ben = house.somebody(&mut ada, "Ben", "agent");
        let mut cy = house.somebody(&mut ada, "Cy", "agent");
        // Ben has a ticket, a promise on a ticket of nobody, and time kept for it.
        let his = open(&mut ben, "Maria Okafor", "maria@c.example.net", "Controller");
        assert_eq!(ben.post(&format!("{his}/assignment"), &[("to", "me")]).status, 303);
        let other = open(&mut ada, "Tom Alder", "tom@c.example.net", "Printer");
        let promise = Http::field(&ben.get(&other).body, "promise");
        let due = format!("{}T15:00", day(1));
        let form = [("promise", &*promise), ("what", "I will call Tom."), ("due", &due)];
        assert_eq!(ben.post(&format!("{other}/promises"), &form).status, 303);
        let (starts, ends) = (format!("{}T14:00", day(1)), format!("{}T15:00", day(1)));
        assert_eq!(enter(&mut ben, "follow-up", "What I promised Tom", &starts, &ends, &[]).status, 303);

        // Switched off, with nobody named: the page asks, and nothing has changed.
        let (his_id, her_id) = {
            let settings = ada.get("/settings").body;
            (id_of(&settings, "Ben"), id_of(&settings, "Cy"))
        };
        let path = format!("/settings/people/{his_id}");
        let off = [("name", "Ben"), ("role", "agent"), ("tier", "1")];
        let asked = ada.post(&path, &off);
        assert_eq!(asked.status, 409);
        assert!(asked.body.contains("Ben has 1 ticket, 1 promise and 1 follow-up"), "{}", asked.body);
        let choices = asked.body.split("id=\"leaving-to\"").nth(1).unwrap().split("</select>").next().unwrap();
        assert!(choices.contains("Cy") && !choices.contains("Ben"), "{choices}");
        assert_eq!(ben.get("/tickets").status, 200, "he still works here");
        assert_eq!(ada.post(&path, &[&off[..], &[("to", &his_id)]].concat()).status, 409, "not to himself");

        assert_eq!(ada.post(&path, &[&off[..], &[("to", &her_id)]].concat()).status, 303);
        assert_eq!(ben.get("/tickets").status, 303, "he is signed out");
        let again = [("email", "ben@desk.example.com"), ("password", PASSWORD)];
        assert_ne!(Http::new(&house.web).post("/sign-in", &again).status, 303);
        let page = cy.get(&his).body;
        assert!(page.contains("gave it to Cy: Ben has left the desk") && page.contains("· you"), "{page}");
        let ledger = cy.get("/promises?of=mine").body;
        assert!(ledger.contains("I will call Tom."), "{ledger}");
        assert!(cy.get(&format!("/calendar?week={}", day(1))).body.contains("What I promised Tom"));
        // Somebody who has nothing just goes.
        assert_eq!(
            ada.post(
                "/settings/people",
                &[("name", "Di"), ("email", "di@desk.example.com"), ("role", "agent"), ("password", PASSWORD)]
            )
            .status,
            303
        );
        let di = id_of(&ada.get("/settings").body, "Di");
        assert_eq!(
            ada.post(&format!("/settings/people/{di}"), &[("name", "Di"), ("role", "agent"), ("tier", "1")]).status,
            303
        );
        house.doctor();
    });
}
