//! SIP over TLS: two engines that call one another by it, and somebody who only holds the line.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedReceiver;
use warmline_phone::{Config, Ending, LegId, Logins, Order, Phone, Report, Tls, Trunk};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A certificate for this machine, which is its own authority, and its key.
struct Identity {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Identity {
    fn new(name: &str) -> Identity {
        let folder = std::env::temp_dir().join(format!("warmline-secure-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = |file: &str| folder.join(file).display().to_string();
        let settings = "[req]\ndistinguished_name=who\nx509_extensions=more\n[who]\n[more]\n\
                        basicConstraints=critical,CA:FALSE\nsubjectAltName=IP:127.0.0.1\n";
        std::fs::write(path("settings"), settings).unwrap();
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
            .args(["-subj", "/CN=desk", "-config", &path("settings")])
            .args(["-keyout", &path("key"), "-out", &path("certificate")])
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let read = |file| std::fs::read(path(file)).unwrap();
        let identity = Identity { certificate: read("certificate"), key: read("key") };
        std::fs::remove_dir_all(folder).unwrap();
        identity
    }
}

/// An engine with this identity, whose trunk is trusted by its certificate.
async fn open(own: &Identity, server: &str, trusts: &Identity) -> (Phone, UnboundedReceiver<Report>) {
    // A second engine finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let tls = Tls { listen: (HERE, 0).into(), certificate: own.certificate.clone(), key: own.key.clone() };
    let trunk = Trunk {
        server: server.to_owned(),
        user: String::new(),
        password: String::new(),
        register: false,
        tls: Some(Arc::new(trusts.certificate.clone())),
    };
    let config = Config {
        sip: Some((HERE, 0).into()),
        tcp: false,
        tls: Some(tls),
        address: HERE,
        realm: "desk".into(),
        trunk: Some(trunk),
        trusted: vec![HERE],
        recordings: PathBuf::from("/nonexistent"),
    };
    let next = AtomicI64::new(1);
    let mint = move || next.fetch_add(1, Ordering::Relaxed);
    Phone::start(config, Logins::default(), mint).await.unwrap()
}

async fn told(reports: &mut UnboundedReceiver<Report>) -> Report {
    loop {
        let next = tokio::time::timeout(Duration::from_secs(10), reports.recv());
        match next.await.expect("a report in time").unwrap() {
            Report::Quality { .. } => {}
            report => return report,
        }
    }
}

#[tokio::test]
async fn a_trunk_is_called_by_tls_and_only_the_one_that_is_vouched_for() {
    let (ours, theirs) = (Identity::new("ours"), Identity::new("theirs"));
    let (carrier, mut arrives) = open(&theirs, "127.0.0.1:9", &ours).await;
    let at = carrier.sips.unwrap().to_string();
    let (desk, mut reports) = open(&ours, &at, &theirs).await;
    for (call, carrier_ends) in [(900, false), (901, true)] {
        let out = LegId { call, n: 1 };
        desk.order(Order::Dial { leg: out, number: "+15550100".into(), from: None });
        let Report::Arrived { call, to, .. } = told(&mut arrives).await else { panic!("nobody called") };
        assert_eq!(to, "+15550100");
        let leg = LegId { call, n: 1 };
        carrier.order(Order::Answer { leg });
        // An answer without a key for the sound would have been an ending.
        assert_eq!(told(&mut reports).await, Report::Answered(out));
        if carrier_ends {
            carrier.order(Order::HangUp { leg });
            assert_eq!(told(&mut reports).await, Report::Ended(out, Ending::HungUp));
        } else {
            desk.order(Order::HangUp { leg: out });
            assert_eq!(told(&mut arrives).await, Report::Ended(leg, Ending::HungUp));
        }
    }
    // Somebody else at that address: nothing is told to them.
    let (wary, _reports) = open(&ours, &at, &ours).await;
    wary.order(Order::Dial { leg: LegId { call: 902, n: 1 }, number: "+15550100".into(), from: None });
    let called = async {
        while let Some(report) = arrives.recv().await {
            if matches!(report, Report::Arrived { .. }) {
                return;
            }
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(3), called).await.is_err(), "who nobody vouches for was called");
}

#[tokio::test]
async fn who_connects_and_says_nothing_is_sent_away_and_keeps_nobody_out() {
    let (ours, theirs) = (Identity::new("door"), Identity::new("caller"));
    let (desk, mut arrives) = open(&ours, "127.0.0.1:9", &theirs).await;
    let door = desk.sips.unwrap();
    let mut silent = Vec::new();
    for _ in 0..50 {
        silent.push(TcpStream::connect(door).await.unwrap());
    }
    let (caller, _reports) = open(&theirs, &door.to_string(), &ours).await;
    caller.order(Order::Dial { leg: LegId { call: 900, n: 1 }, number: "100".into(), from: None });
    assert!(matches!(told(&mut arrives).await, Report::Arrived { .. }), "others come in meanwhile");
    for mut stream in silent {
        let read = tokio::time::timeout(Duration::from_secs(8), stream.read(&mut [0; 16])).await;
        let read = read.expect("the door is closed in a few seconds");
        assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
    }
}
