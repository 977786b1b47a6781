//! What a caller meets before anybody answers, with a real phone in their hand: words that are heard, keys that count.

use std::time::{Duration, SystemTime};

use warmline_sim::sink::Sink;

use crate::calls::PHONE;
use crate::house::{House, runtime, until};
use crate::http::Http;
use crate::phones::{Phone, desk, phone_of, register, timeline};
use crate::queues::{WEEK, queue_path};

/// Open tomorrow (UTC) from nine to five and on no other day.
fn closed_until_tomorrow(http: &mut Http) {
    let days = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() / 86_400;
    // The first of January 1970 was a Thursday.
    let tomorrow = WEEK[(days as usize + 4) % 7];
    let form = [("zone", "UTC"), (tomorrow, "9-17")];
    assert_eq!(http.post("/settings/hours", &form).status, 303);
}

fn dial(phone: &mut Phone, house: &House, number: &str) {
    phone.say("dial", &format!("sip:{number}@{}", house.sip.unwrap()));
    phone.sees("CALL_ESTABLISHED");
}

/// Presses a key: an RFC 4733 event, down and up again.
fn press(phone: &mut Phone, key: &str) {
    phone.say("sndcode", key);
    phone.say("sndcode", "\\u0004");
}

#[test]
fn after_hours_a_caller_hears_when_we_open_leaves_a_message_or_is_promised_a_call() {
    let runtime = runtime();
    let (house, mut ada, _sink) = desk(&runtime);
    closed_until_tomorrow(&mut ada);
    let mut maria = phone_of("+15550100", 600);
    dial(&mut maria, &house, "100");
    for piece in ["closed", "opens", "tomorrow", "9", "am", "choose-message", "choose-call"] {
        maria.is_told(piece);
    }
    press(&mut maria, "1");
    maria.is_told("leave");
    std::thread::sleep(Duration::from_secs(6));
    press(&mut maria, "#");
    maria.is_told("message-left");
    maria.sees("CALL_CLOSED");
    let page = timeline(&mut ada);
    assert!(page.contains("Heard that we are closed") && page.contains("Left a message of"), "{page}");
    let player = page.split("/recordings/").nth(1).expect("the message can be listened to").split('/').next().unwrap();
    let number = Http::numbers(&ada.get("/tickets?view=ours").body).pop().unwrap();
    let recording = ada.get(&format!("/tickets/{number}/recordings/{player}"));
    assert!(recording.status == 200 && recording.body.len() > 40_000, "{}", recording.body.len());
    let timeline_again = ada.get(&format!("/tickets/{number}")).body;
    assert!(timeline_again.contains("listened"), "and who listens is written down");

    dial(&mut maria, &house, "100");
    press(&mut maria, "2");
    maria.is_told("call-promised");
    maria.sees("CALL_CLOSED");
    let floor = ada.get("/floor").body;
    assert!(floor.contains("Owed a call") && floor.contains("promised "), "{floor}");
    assert_eq!(Http::numbers(&ada.get("/tickets?view=ours").body).len(), 1, "one matter, one ticket");
    house.doctor();
}

#[test]
fn a_waiting_caller_hears_their_place_keeps_it_and_is_called_in_their_turn() {
    let runtime = runtime();
    // Her own phone stands where the trunk would be.
    let mut maria = phone_of("+15550100", 600);
    let house = House::configured(&format!("{PHONE}[phone.trunk]\nserver = \"{}\"\n", maria.address));
    let sink = runtime.block_on(Sink::open()).unwrap();
    let mut ada = house.set_up(&sink);
    let policy = "[phone]\nrecord_percent = 0\nwrap_up_seconds = 0\n";
    assert_eq!(ada.post("/settings/policy", &[("policy", policy)]).status, 303);
    let mut phone = Phone::start(1000);
    register(&house, &mut ada, &mut phone);
    assert_eq!(ada.post("/presence", &[("presence", "available")]).status, 303);
    let mut omar = phone_of("+15550111", 700);
    dial(&mut omar, &house, "100");
    phone.sees("CALL_INCOMING");
    phone.say("accept", "");
    omar.hears(1000.0, "the first caller is with the agent");

    dial(&mut maria, &house, "100");
    for piece in ["position", "1", "in-line", "wait", "less-than", "minutes", "keep"] {
        maria.is_told(piece);
    }
    assert!(ada.get("/floor").body.contains("place 1, was told less than"));
    press(&mut maria, "2");
    maria.is_told("place-kept");
    maria.sees("CALL_CLOSED");
    assert!(ada.get("/floor").body.contains("kept their place, now 1 in line"));
    omar.say("hangup", "");
    phone.sees("CALL_CLOSED");
    phone.sees("CALL_INCOMING");
    phone.say("accept", "");
    maria.sees("CALL_INCOMING");
    maria.say("accept", "");
    maria.hears(1000.0, "called in her turn");
    phone.hears(600.0, "and heard");
    phone.say("hangup", "");
    maria.sees("CALL_CLOSED");
    assert!(!ada.get("/floor").body.contains("Owed a call"));
    house.doctor();
}

#[test]
fn a_full_queue_says_so_and_leaves_the_lines_of_others_alone() {
    let runtime = runtime();
    let (house, mut ada, _sink) = desk(&runtime);
    let support = queue_path(&mut ada);
    assert_eq!(ada.post(&support, &[("name", "Support"), ("room", "1")]).status, 303);
    assert_eq!(ada.post("/settings/queues", &[("name", "Billing")]).status, 303);
    let page = ada.get("/settings").body;
    let billing = page
        .split("/settings/queues/")
        .map(|q| q.split('"').next().unwrap())
        .find(|id| !support.ends_with(id) && id.bytes().all(|b| b.is_ascii_digit()));
    let billing = billing.unwrap().to_owned();
    assert_eq!(ada.post("/settings/lines", &[("number", "200"), ("queue", &billing)]).status, 303);

    let mut maria = phone_of("+15550100", 600);
    dial(&mut maria, &house, "100");
    let mut omar = phone_of("+15550111", 700);
    dial(&mut omar, &house, "100");
    omar.is_told("full");
    omar.is_told("choose-message");
    let mut lena = phone_of("+15550122", 800);
    dial(&mut lena, &house, "200");
    lena.is_told("greeting");
    let floor = until("all three on the floor", || {
        let floor = ada.get("/floor").body;
        floor.contains("hears that Support is full").then_some(floor)
    });
    assert!(floor.contains("waits in Support, place 1") && floor.contains("waits in Billing"), "{floor}");
    press(&mut omar, "2");
    omar.is_told("place-kept");
    omar.sees("CALL_CLOSED");

    // With somewhere to overflow to, the next one waits there.
    let overflow = [("name", "Support"), ("room", "1"), ("overflow_to", billing.as_str()), ("overflow_from", "1")];
    assert_eq!(ada.post(&support, &overflow).status, 303);
    let mut yuki = phone_of("+15550133", 900);
    dial(&mut yuki, &house, "100");
    // Maria, the place Omar kept, and Lena are before her: the same people answer both queues.
    until("the overflow", || ada.get("/floor").body.contains("waits in Billing, place 4").then_some(()));
    // Omar calls again before we do: he has his place back, and is not owed a call.
    dial(&mut omar, &house, "100");
    until("his place", || ada.get("/floor").body.contains("waits in Support, place 2").then_some(()));
    assert!(!ada.get("/floor").body.contains("Owed a call"));
    house.doctor();
}
