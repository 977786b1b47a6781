//! Two engines call one another over real SIP and RTP on loopback. What each side heard is in its recordings.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use warmline_phone::g711::Law;
use warmline_phone::{Config, Ending, LegId, Logins, Order, Phone, Report, Sound, Source, Trunk, record};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

struct House {
    phone: Phone,
    reports: UnboundedReceiver<Report>,
    folder: PathBuf,
}

impl House {
    async fn open(name: &str, trunk: Option<String>) -> House {
        let folder = std::env::temp_dir().join(format!("warmline-calls-{}-{name}", std::process::id()));
        let trunk = trunk.map(|server| Trunk {
            server,
            user: String::new(),
            password: String::new(),
            register: false,
            tls: None,
        });
        let config = Config {
            sip: Some((HERE, 0).into()),
            tcp: false,
            tls: None,
            address: HERE,
            realm: "desk".into(),
            trunk,
            trusted: vec![HERE],
            recordings: folder.clone(),
        };
        let next = AtomicI64::new(1);
        let mint = move || next.fetch_add(1, Ordering::Relaxed);
        let (phone, reports) = Phone::start(config, Logins::default(), mint).await.unwrap();
        House { phone, reports, folder }
    }

    fn address(&self) -> String {
        self.phone.sip.unwrap().to_string()
    }

    /// The next piece of news; how well a line sounds is told whenever it is known, before its end or after it.
    async fn told(&mut self) -> Report {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(10), self.reports.recv());
            match next.await.expect("a report in time").unwrap() {
                Report::Quality { .. } => {}
                report => return report,
            }
        }
    }

    async fn arrived(&mut self) -> LegId {
        match self.told().await {
            Report::Arrived { call, .. } => LegId { call, n: 1 },
            other => panic!("{other:?}"),
        }
    }

    /// Says a tone into the line and keeps what comes out of it.
    fn talk(&self, leg: LegId, hz: f64) {
        let nobody = LegId { call: leg.call, n: 0 };
        let hears = vec![(leg, vec![tone(hz)]), (nobody, vec![Source::Leg(leg)])];
        self.phone.order(Order::Hear { call: leg.call, hears });
        self.phone.order(Order::Record { call: leg.call, on: true });
    }

    fn heard(&self, leg: LegId) -> Vec<i16> {
        heard(&self.folder, leg)
    }
}

impl Drop for House {
    fn drop(&mut self) {
        // A test that never talked has no folder.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn heard(folder: &Path, leg: LegId) -> Vec<i16> {
    let wav = std::fs::read(record::track(folder, leg)).unwrap_or_default();
    wav.get(44..).unwrap_or_default().iter().map(|b| Law::Mu.decode(*b)).collect()
}

fn tone(hz: f64) -> Source {
    let samples = (0..8000).map(|i| (9000.0 * (std::f64::consts::TAU * hz * f64::from(i) / 8000.0).sin()) as i16);
    Source::Words { ulaw: Arc::new(samples.map(|s| Law::Mu.encode(s)).collect()), again: true }
}

/// The share of the power at a frequency (Goertzel).
fn share(samples: &[i16], hz: f64) -> f64 {
    let w = std::f64::consts::TAU * hz / 8000.0;
    let (mut s1, mut s2, mut power) = (0.0, 0.0, 1.0);
    for sample in samples {
        let x = f64::from(*sample);
        let s0 = x + 2.0 * w.cos() * s1 - s2;
        (s2, s1) = (s1, s0);
        power += x * x;
    }
    2.0 * (s1 * s1 + s2 * s2 - 2.0 * w.cos() * s1 * s2) / (samples.len().max(1) as f64 * power)
}

fn tail(samples: &[i16]) -> &[i16] {
    &samples[samples.len().saturating_sub(4000)..]
}

#[tokio::test]
async fn two_sides_hear_one_another_and_hanging_up_is_heard() {
    let mut desk = House::open("desk", None).await;
    let mut caller = House::open("caller", Some(desk.address())).await;
    let out = LegId { call: 900, n: 1 };
    caller.phone.order(Order::Dial { leg: out, number: "+15550100".into(), from: None });
    let Report::Arrived { call, to, .. } = desk.told().await else { panic!("nobody called") };
    assert_eq!(to, "+15550100");
    let leg = LegId { call, n: 1 };
    desk.phone.order(Order::Answer { leg });
    assert_eq!(caller.told().await, Report::Answered(out));
    desk.talk(leg, 1400.0);
    caller.talk(out, 1000.0);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(share(tail(&desk.heard(leg)), 1000.0) > 0.95, "the desk hears the caller");
    assert!(share(tail(&caller.heard(out)), 1400.0) > 0.95, "the caller hears the desk");
    // Music instead of the agent: the tone is gone.
    let music = vec![(leg, vec![Source::Sound(Sound::HoldMusic)])];
    desk.phone.order(Order::Hear { call, hears: music });
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let heard = caller.heard(out);
    assert!(share(tail(&heard), 1400.0) < 0.1 && tail(&heard).iter().any(|s| *s > 300), "the caller hears music");
    caller.phone.order(Order::HangUp { leg: out });
    assert_eq!(desk.told().await, Report::Ended(leg, Ending::HungUp));
}

#[tokio::test]
async fn the_desk_hangs_up_and_a_caller_gives_up_while_it_rings() {
    let mut desk = House::open("desk2", None).await;
    let mut caller = House::open("caller2", Some(desk.address())).await;
    let first = LegId { call: 901, n: 1 };
    caller.phone.order(Order::Dial { leg: first, number: "100".into(), from: None });
    let leg = desk.arrived().await;
    desk.phone.order(Order::Answer { leg });
    assert_eq!(caller.told().await, Report::Answered(first));
    desk.phone.order(Order::HangUp { leg });
    assert_eq!(caller.told().await, Report::Ended(first, Ending::HungUp));

    let second = LegId { call: 902, n: 1 };
    caller.phone.order(Order::Dial { leg: second, number: "100".into(), from: None });
    let leg = desk.arrived().await;
    caller.phone.order(Order::HangUp { leg: second });
    assert_eq!(desk.told().await, Report::Ended(leg, Ending::HungUp));
}

#[tokio::test]
async fn a_number_nobody_carries_fails_at_once() {
    let mut desk = House::open("desk3", None).await;
    let leg = LegId { call: 5, n: 1 };
    desk.phone.order(Order::Dial { leg, number: "100".into(), from: None });
    assert_eq!(desk.told().await, Report::Ended(leg, Ending::Failed));
}

#[tokio::test]
async fn what_is_said_while_the_recording_is_paused_is_in_no_recording() {
    let mut desk = House::open("desk4", None).await;
    let mut caller = House::open("caller4", Some(desk.address())).await;
    let out = LegId { call: 903, n: 1 };
    caller.phone.order(Order::Dial { leg: out, number: "100".into(), from: None });
    let leg = desk.arrived().await;
    desk.phone.order(Order::Answer { leg });
    assert_eq!(caller.told().await, Report::Answered(out));
    desk.talk(leg, 1400.0);
    let say = |hz| caller.phone.order(Order::Hear { call: out.call, hears: vec![(out, vec![tone(hz)])] });
    let pause = |on| desk.phone.order(Order::Private { call: leg.call, on });
    say(1000.0);
    tokio::time::sleep(Duration::from_millis(1000)).await;
    // The tone of a key, as it is heard when it is not sent as an event.
    pause(true);
    say(1209.0);
    tokio::time::sleep(Duration::from_millis(1000)).await;
    say(1000.0);
    tokio::time::sleep(Duration::from_millis(300)).await;
    pause(false);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    desk.phone.order(Order::HangUp { leg });
    assert_eq!(caller.told().await, Report::Ended(out, Ending::HungUp));
    let heard = desk.heard(leg);
    let pieces: Vec<(f64, f64)> = heard.chunks_exact(800).map(|p| (share(p, 1000.0), share(p, 1209.0))).collect();
    let (first, last) = (pieces.iter().take(12), pieces.iter().rev().take(8));
    assert!(first.filter(|(said, _)| *said > 0.9).count() >= 5, "before it: {pieces:.1?}");
    assert!(last.filter(|(said, _)| *said > 0.9).count() >= 5, "after it: {pieces:.1?}");
    assert!(pieces.iter().all(|(_, key)| *key < 0.3), "a key is in the recording: {pieces:.1?}");
    let quiet = heard.chunks_exact(800).filter(|p| p.iter().all(|s| *s == 0)).count();
    assert!(quiet >= 10, "the pause is silence: {quiet} tenths of a second");
}
