//! Calendars through the pages: a week entered, what goes out behind a secret address, what comes in from elsewhere.

use std::io::{Read, Write};
use std::net::TcpListener;

use warmline_sim::sink::Sink;

use crate::house::{House, command, runtime, until};
use crate::http::{Answer, Http};

pub fn day(days: i64) -> String {
    (jiff::Zoned::now() + jiff::Span::new().days(days)).date().to_string()
}

pub fn enter(http: &mut Http, kind: &str, title: &str, starts: &str, ends: &str, more: &[(&str, &str)]) -> Answer {
    let page = http.get("/calendar").body;
    let id = Http::field(page.split("id=\"entry\"").nth(1).unwrap(), "id");
    let mut form = vec![("id", id.as_str()), ("kind", kind), ("title", title), ("starts", starts), ("ends", ends)];
    form.extend_from_slice(more);
    http.post("/calendar", &form)
}

/// Says the same to everybody who asks, as a server elsewhere.
fn elsewhere(text: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut stream = stream;
            // What is asked is the same each time.
            let _ = stream.read(&mut [0; 4096]);
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Type: text/calendar\r\nContent-Length: {}\r\n\r\n", text.len());
            let _ = stream.write_all((head + text).as_bytes());
        }
    });
    format!("http://{address}/secret.ics")
}

#[test]
fn a_calendar_goes_out_behind_a_secret_and_nothing_else_with_it() {
    runtime().block_on(async {
        let house = House::new();
        let sink = Sink::open().await.unwrap();
        let mut http = house.set_up(&sink);
        let tomorrow = day(1);
        let (starts, ends) = (format!("{tomorrow}T10:00"), format!("{tomorrow}T11:00"));
        assert_eq!(enter(&mut http, "meeting", "Dentist; at noon", &ends, &starts, &[]).status, 422, "it ends before");
        assert_eq!(enter(&mut http, "meeting", "Dentist; at noon", &starts, &ends, &[]).status, 303);
        let shown = http.get(&format!("/calendar?week={tomorrow}")).body;
        assert!(shown.contains("Dentist; at noon") && shown.contains("10:00–11:00"), "{shown}");

        let message = Http::field(&http.get("/tickets/new").body, "message");
        let form = [
            ("message", message.as_str()),
            ("name", "Maria Okafor"),
            ("address", "maria@c.example.net"),
            ("subject", "Lamp of Maria"),
            ("text", "Dark."),
        ];
        let ticket = http.post("/tickets", &form).location;
        let page = http.get(&ticket).body;
        let promise = Http::field(page.split("id=\"promise-new\"").nth(1).unwrap(), "promise");
        let due = format!("{tomorrow}T15:00");
        let form = [("promise", promise.as_str()), ("what", "I will call Maria."), ("due", &due)];
        assert_eq!(http.post(&format!("{ticket}/promises"), &form).status, 303);
        // The day says what it holds before the next one is made.
        let load = http.get(&format!("{ticket}/safe-dates?due={tomorrow}T16:00&what=I+call")).body;
        assert!(load.contains("1 promised already"), "{load}");

        let address = |http: &mut Http| {
            let page = http.post("/calendar/address", &[]).body;
            format!("/calendar/feed/{}", page.split("/calendar/feed/").nth(1).unwrap().split('<').next().unwrap())
        };
        let first = address(&mut http);
        let mut stranger = Http::new(&house.web);
        let feed = stranger.get(&first);
        assert_eq!(feed.status, 200);
        let number = ticket.rsplit('/').next().unwrap();
        assert!(
            feed.body.contains("SUMMARY:Dentist\\; at noon") && feed.body.contains(&format!("Promise due on {number}")),
            "{}",
            feed.body
        );
        assert!(
            !feed.body.contains("Maria") && !feed.body.contains("call") && !feed.body.contains("Lamp"),
            "{}",
            feed.body
        );
        // One of a weekly round is moved: the feed says where it is, and that it is not where it was.
        let weekday = jiff::Zoned::now().tomorrow().unwrap().weekday().to_monday_zero_offset();
        let weekly = [(&*format!("d{weekday}"), "on")];
        let (nine, ten) = (format!("{tomorrow}T09:00"), format!("{tomorrow}T09:30"));
        assert_eq!(enter(&mut http, "meeting", "Team round", &nine, &ten, &weekly).status, 303);
        let week = http.get(&format!("/calendar?week={tomorrow}")).body;
        let of_it = week.split("Move meeting Team round on").next().unwrap();
        let entry = of_it.rsplit("/calendar/").next().unwrap().split('/').next().unwrap();
        let form =
            [("agent", Http::field(&week, "agent")), ("day", tomorrow.clone()), ("to", format!("{}T14:00", day(2)))];
        let form: Vec<(&str, &str)> = form.iter().map(|(k, v)| (*k, v.as_str())).collect();
        assert_eq!(http.post(&format!("/calendar/{entry}/place"), &form).status, 303);
        let moved = stranger.get(&first).body.replace("\r\n ", "");
        let bare = |at: &str| at.replace(['-', ':'], "");
        assert!(moved.contains(&format!("{}00", bare(&format!("{}T14:00", day(2))))), "{moved}");
        assert!(!moved.contains(&format!("DTSTART:{}00Z", bare(&nine))), "{moved}");
        let second = address(&mut http);
        assert_eq!((stranger.get(&first).status, stranger.get(&second).status), (404, 200), "the old address is dead");
        house.doctor();
    });
}

const ELSEWHERE: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:round@example.com\r\n\
    DTSTART;TZID=Europe/Vienna:20260105T090000\r\nDTEND;TZID=Europe/Vienna:20260105T093000\r\nRRULE:FREQ=DAILY\r\nSUMMARY:Team round\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

#[test]
fn a_calendar_elsewhere_is_read_only_where_it_may_be() {
    runtime().block_on(async {
        let house = House::new();
        let sink = Sink::open().await.unwrap();
        let mut http = house.set_up(&sink);
        let url = elsewhere(ELSEWHERE);
        let refused = http.post("/calendar/source", &[("url", &url)]);
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains("not by https"), "{}", refused.body);
        // By https a machine of ours is asked for nothing.
        let inside = url.replace("http:", "https:");
        assert_eq!(http.post("/calendar/source", &[("url", &inside)]).status, 303);
        assert!(http.get("/calendar").body.contains("is not a public machine"));
        let policy = "[calendars]\nfrom_our_network = true\n";
        assert_eq!(http.post("/settings/policy", &[("policy", policy)]).status, 303);
        assert_eq!(http.post("/calendar/source", &[("url", &url)]).status, 303);
        let page = until("the round", || Some(http.get("/calendar").body).filter(|p| p.contains("Team round")));
        assert!(page.contains("from elsewhere") && !page.contains("secret.ics"), "its address is a secret");
        house.doctor();
        assert_eq!(http.post("/calendar/source", &[]).status, 303);
        assert!(!http.get("/calendar").body.contains("Team round"), "gone with it");
        house.doctor();
    });
}

#[test]
fn a_row_of_a_calendar_changed_behind_the_product_is_named() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let house = House::at(folder.path());
        let sink = Sink::open().await.unwrap();
        let mut http = house.set_up(&sink);
        let tomorrow = day(1);
        let (starts, ends) = (format!("{tomorrow}T10:00"), format!("{tomorrow}T11:00"));
        assert_eq!(enter(&mut http, "meeting", "Planning", &starts, &ends, &[]).status, 303);
        house.kill();
        let connection = rusqlite::Connection::open(folder.path().join("warmline.db")).unwrap();
        connection
            .execute("UPDATE aggregate SET state = replace(state, 'Planning', 'Nothing') WHERE kind = 16", [])
            .unwrap();
        drop(connection);
        let doctor = command(folder.path()).args(["doctor", "--replay"]).output().unwrap();
        let told = String::from_utf8_lossy(&doctor.stdout).into_owned() + &String::from_utf8_lossy(&doctor.stderr);
        assert!(!doctor.status.success() && told.contains("calendar of"), "{told}");
    });
}
