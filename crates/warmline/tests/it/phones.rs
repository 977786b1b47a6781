//! SIP phones: baresip as caller and as agents' phones, sipp for what a well-made phone does not do. Each assertion about
//! sound is a tone that was heard.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use warmline_sim::sink::Sink;

use crate::calls::PHONE;
use crate::house::{House, runtime};
use crate::http::Http;

/// A baresip of its own: it says one tone, and writes what it hears into files.
pub struct Phone {
    child: Child,
    control: TcpStream,
    read: Vec<u8>,
    events: VecDeque<serde_json::Value>,
    answered: bool,
    folder: TempDir,
    pub address: SocketAddr,
}

impl Phone {
    pub fn start(hz: u32) -> Phone {
        Phone::configured(hz, "")
    }

    /// With more lines in its configuration.
    pub fn configured(hz: u32, more: &str) -> Phone {
        let folder = tempfile::tempdir().unwrap();
        let sip = free_udp();
        let control: SocketAddr = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let rtp = free_udp();
        std::fs::create_dir(folder.path().join("heard")).unwrap();
        let config = format!(
            "sip_listen 127.0.0.1:{sip}\nnet_interface 127.0.0.1\nrtp_ports {rtp}-{}\naudio_source ausine,{hz}\n\
             ausrc_srate 48000\nausrc_channels 2\nmodule_path /usr/lib/baresip/modules\nmodule g711.so\nmodule sndfile.so\n\
             module ausine.so\nmodule_tmp account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\n\
             ctrl_tcp_listen {control}\nsnd_path {}\nmenu_bell no\nringback_disabled yes\nstatmode_default off\n{more}",
            rtp + 20,
            folder.path().join("heard").display()
        );
        std::fs::write(folder.path().join("config"), config).unwrap();
        std::fs::write(folder.path().join("accounts"), "").unwrap();
        let child = Command::new("baresip")
            .args(["-4", "-f"])
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let until = Instant::now() + Duration::from_secs(10);
        let stream = loop {
            match TcpStream::connect(control) {
                Ok(stream) => break stream,
                Err(_) if Instant::now() < until => std::thread::sleep(Duration::from_millis(20)),
                Err(error) => panic!("baresip does not start: {error}"),
            }
        };
        stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        Phone {
            child,
            control: stream,
            read: vec![],
            events: VecDeque::new(),
            answered: false,
            folder,
            address: ([127, 0, 0, 1], sip).into(),
        }
    }

    pub fn say(&mut self, command: &str, parameters: &str) {
        let json = format!("{{\"command\":\"{command}\",\"params\":\"{parameters}\",\"token\":\"t\"}}");
        write!(self.control, "{}:{json},", json.len()).unwrap();
        // Two commands in one packet are one too many for it.
        let until = Instant::now() + Duration::from_secs(5);
        while !self.answered {
            assert!(Instant::now() < until, "baresip does not take {command}");
            self.listen();
        }
        self.answered = false;
    }

    /// Reads what it tells.
    fn listen(&mut self) {
        let mut buffer = [0; 4096];
        if let Ok(read) = self.control.read(&mut buffer) {
            self.read.extend(&buffer[..read]);
        }
        while let Some(event) = self.next_event() {
            if event["response"] == true {
                self.answered = true;
            } else {
                self.events.push_back(event);
            }
        }
    }

    /// Waits for an event of this type.
    pub fn sees(&mut self, kind: &str) -> serde_json::Value {
        let until = Instant::now() + Duration::from_secs(15);
        loop {
            while let Some(event) = self.events.pop_front() {
                if event["type"] == kind {
                    return event;
                }
            }
            assert!(Instant::now() < until, "no {kind}");
            self.listen();
        }
    }

    fn next_event(&mut self) -> Option<serde_json::Value> {
        let colon = self.read.iter().position(|b| *b == b':')?;
        let length: usize = std::str::from_utf8(&self.read[..colon]).unwrap().parse().unwrap();
        let rest = self.read.get(colon + 1..colon + 1 + length)?.to_vec();
        self.read.drain(..colon + 2 + length);
        serde_json::from_slice(&rest).ok()
    }

    /// The last half second of what it heard.
    pub fn heard(&self) -> Vec<i16> {
        let samples = self.all_heard();
        samples[samples.len().saturating_sub(4000)..].to_vec()
    }

    /// What it heard in its last call, from the beginning.
    fn all_heard(&self) -> Vec<i16> {
        let newest = std::fs::read_dir(self.folder.path().join("heard"))
            .unwrap()
            .map(|e| e.unwrap().path())
            .filter(|p| p.to_string_lossy().ends_with("dec.wav"))
            .max_by_key(|p| std::fs::metadata(p).unwrap().modified().unwrap());
        let bytes = newest.map(|p| std::fs::read(p).unwrap()).unwrap_or_default();
        bytes.get(44..).unwrap_or_default().chunks_exact(2).map(|c| i16::from_le_bytes([c[0], c[1]])).collect()
    }

    /// Hears this recorded piece: of twelve moments of it a third, sample by sample. Some packets come too late.
    pub fn is_told(&self, piece: &str) {
        const MOMENT: usize = 120;
        let ulaw = warmline_phone::words([piece]).unwrap();
        let samples: Vec<i16> = ulaw.iter().map(|b| warmline_phone::g711::Law::Mu.decode(*b)).collect();
        let loud: Vec<&[i16]> =
            samples.chunks_exact(MOMENT).filter(|c| c.iter().any(|s| s.unsigned_abs() > 2000)).collect();
        let moments: Vec<&[i16]> = loud.iter().step_by((loud.len() / 12).max(1)).copied().collect();
        let until = Instant::now() + Duration::from_secs(45);
        loop {
            let all = self.all_heard();
            let heard = moments.iter().filter(|m| all.windows(MOMENT).any(|heard| heard == **m)).count();
            if heard * 3 >= moments.len() {
                return;
            }
            assert!(Instant::now() < until, "“{piece}” is not heard, only {heard} of {} moments", moments.len());
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Hears this tone, and soon.
    pub fn hears(&self, hz: f64, why: &str) {
        let until = Instant::now() + Duration::from_secs(8);
        while share(&self.heard(), hz) < 0.9 {
            assert!(Instant::now() < until, "{why}: {:.2} of what is heard is {hz} Hz", share(&self.heard(), hz));
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Hears something, and none of these tones.
    pub fn hears_none_of(&self, tones: &[f64], why: &str) {
        let until = Instant::now() + Duration::from_secs(8);
        loop {
            let heard = self.heard();
            let loud = heard.iter().any(|s| s.unsigned_abs() > 500);
            if loud && tones.iter().all(|hz| share(&heard, *hz) < 0.1) {
                return;
            }
            assert!(Instant::now() < until, "{why}: loud {loud}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port baresip can have, also for TCP, with the one after it, which it takes for TLS.
fn free_udp() -> u16 {
    loop {
        let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port() & !1;
        let both =
            |port: u16| UdpSocket::bind(("127.0.0.1", port)).is_ok() && TcpListener::bind(("127.0.0.1", port)).is_ok();
        if both(port) && both(port + 1) {
            return port;
        }
    }
}

pub fn share(samples: &[i16], hz: f64) -> f64 {
    let c = 2.0 * (std::f64::consts::TAU * hz / 8000.0).cos();
    let (mut a, mut b, mut power) = (0.0, 0.0, 1.0);
    for sample in samples {
        let x = f64::from(*sample);
        (a, b) = (x + c * a - b, a);
        power += x * x;
    }
    2.0 * (a * a + b * b - c * a * b) / (samples.len().max(1) as f64 * power)
}

/// A name and a password for the agent's phone.
pub fn sign_in(http: &mut Http) -> (String, String) {
    let page = http.post("/settings/phone", &[]).body;
    let value = |name: &str| {
        let after = page.split(&format!("<dt>{name}</dt><dd class=\"mono\">")).nth(1).unwrap();
        after.split('<').next().unwrap().to_owned()
    };
    (value("User"), value("Password"))
}

/// Makes a sign-in for the agent's phone and registers it.
pub fn register(house: &House, http: &mut Http, phone: &mut Phone) -> String {
    let (user, password) = sign_in(http);
    let server = house.sip.unwrap();
    let line =
        format!("<sip:{user}@{server}>;auth_user={user};auth_pass={password};regint=60;audio_codecs=PCMU/8000/1");
    phone.say("uanew", &line);
    phone.sees("REGISTER_OK");
    user
}

pub fn desk(runtime: &tokio::runtime::Runtime) -> (House, Http, Sink) {
    let house = House::configured(PHONE);
    let sink = runtime.block_on(Sink::open()).unwrap();
    let mut http = house.set_up(&sink);
    let policy = "[phone]\nring_seconds = 5\nrecord_percent = 0\nwrap_up_seconds = 0\n";
    assert_eq!(http.post("/settings/policy", &[("policy", policy)]).status, 303);
    (house, http, sink)
}

pub fn caller(house: &House, hz: u32) -> Phone {
    let mut caller = phone_of("+15550100", hz);
    caller.say("dial", &format!("sip:100@{}", house.sip.unwrap()));
    caller
}

/// A customer's phone with its number.
pub fn phone_of(number: &str, hz: u32) -> Phone {
    let mut phone = Phone::start(hz);
    let line = format!("<sip:{number}@{}>;regint=0;audio_codecs=PCMU/8000/1", phone.address);
    phone.say("uanew", &line);
    phone
}

pub fn timeline(http: &mut Http) -> String {
    let number = Http::numbers(&http.get("/tickets?view=ours").body).pop().expect("a call makes a ticket");
    http.get(&format!("/tickets/{number}")).body
}

#[test]
fn a_desk_phone_is_called_holds_and_transfers_by_its_own_keys() {
    let runtime = runtime();
    let (house, mut ada, _sink) = desk(&runtime);
    let ben =
        [("name", "Ben"), ("email", "ben@desk.example.com"), ("role", "agent"), ("password", crate::house::PASSWORD)];
    assert_eq!(ada.post("/settings/people", &ben).status, 303);
    let mut ben = Http::new(&house.web);
    let form = [("email", "ben@desk.example.com"), ("password", crate::house::PASSWORD)];
    assert_eq!(ben.post("/sign-in", &form).status, 303);

    let (mut ada_phone, mut ben_phone) = (Phone::start(1000), Phone::start(1700));
    register(&house, &mut ada, &mut ada_phone);
    let ben_user = register(&house, &mut ben, &mut ben_phone);
    assert_eq!(ada.post("/presence", &[("presence", "available")]).status, 303);

    let mut maria = caller(&house, 600);
    maria.sees("CALL_ESTABLISHED");
    ada_phone.sees("CALL_INCOMING");
    maria.hears_none_of(&[1000.0, 1700.0], "the caller hears the greeting");
    ada_phone.say("accept", "");
    ada_phone.sees("CALL_ESTABLISHED");
    maria.hears(1000.0, "the caller hears the agent");
    ada_phone.hears(600.0, "the agent hears the caller");

    // The phone's own hold key: music for the caller, and it is counted as abrupt.
    ada_phone.say("hold", "");
    maria.hears_none_of(&[1000.0, 1700.0], "music on hold");
    ada_phone.say("resume", "");
    maria.hears(1000.0, "the agent again");

    // The phone's own transfer key: a blind transfer to a colleague's phone.
    ada_phone.say("transfer", &format!("sip:{ben_user}@{}", house.sip.unwrap()));
    ben_phone.sees("CALL_INCOMING");
    ben_phone.say("accept", "");
    ben_phone.sees("CALL_ESTABLISHED");
    ada_phone.sees("CALL_CLOSED");
    maria.hears(1700.0, "the caller hears the colleague");
    ben_phone.hears(600.0, "the colleague hears the caller");

    maria.say("hangup", "");
    ben_phone.sees("CALL_CLOSED");
    let page = timeline(&mut ada);
    for told in [
        "on hold without asking",
        "Back on the line after",
        "straight to Ben",
        "Ben answered after",
        "The caller hung up after",
    ] {
        assert!(page.contains(told), "{told} is missing");
    }
    house.doctor();
}

#[test]
fn whoever_does_not_answer_is_passed_over_and_a_caller_who_leaves_stops_the_ringing() {
    let runtime = runtime();
    let (house, mut ada, _sink) = desk(&runtime);
    let mut phone = Phone::start(1000);
    register(&house, &mut ada, &mut phone);
    assert_eq!(ada.post("/presence", &[("presence", "available")]).status, 303);

    // Declined: the caller stays in line; the phone is not rung again for them.
    let mut maria = caller(&house, 600);
    phone.sees("CALL_INCOMING");
    phone.say("hangup", "");
    phone.sees("CALL_CLOSED");
    maria.hears_none_of(&[1000.0], "still in line");
    maria.say("hangup", "");
    maria.sees("CALL_CLOSED");

    // The caller leaves while it rings: the phone stops.
    let mut maria = caller(&house, 600);
    phone.sees("CALL_INCOMING");
    maria.say("hangup", "");
    phone.sees("CALL_CLOSED");

    // Nobody answers: the agent is counted as away.
    let _maria = caller(&house, 600);
    phone.sees("CALL_INCOMING");
    phone.sees("CALL_CLOSED");
    let floor = ada.get("/floor").body;
    assert!(floor.contains("class=\"presence away\""), "a phone that rings unanswered has nobody beside it");
    house.doctor();
}

#[test]
fn the_agent_calls_a_customer_and_takes_another_path_when_they_are_cut_off() {
    let runtime = runtime();
    // The customer's own phone stands where the trunk would be.
    let mut maria = Phone::start(600);
    let line = format!("<sip:+15550100@{}>;regint=0;audio_codecs=PCMA/8000/1", maria.address);
    maria.say("uanew", &line);
    let house = House::configured(&format!("{PHONE}[phone.trunk]\nserver = \"{}\"\n", maria.address));
    let sink = runtime.block_on(Sink::open()).unwrap();
    let mut ada = house.set_up(&sink);
    let mut phone = Phone::start(1000);
    register(&house, &mut ada, &mut phone);
    assert_eq!(ada.post("/presence", &[("presence", "available")]).status, 303);

    maria.say("dial", &format!("sip:100@{}", house.sip.unwrap()));
    phone.sees("CALL_INCOMING");
    phone.say("accept", "");
    phone.sees("CALL_ESTABLISHED");
    maria.hears(1000.0, "A-law and µ-law understand one another");
    phone.say("hold", "");
    maria.hears_none_of(&[1000.0], "on hold");
    // She gives up while on hold: she is called back, by the same agent, as soon as they are free.
    maria.say("hangup", "");
    phone.sees("CALL_CLOSED");
    assert!(ada.get("/floor").body.contains("Owed a call"));
    ada.post("/wrap-up", &[("disposition", "follow-up")]);
    phone.sees("CALL_INCOMING");
    phone.say("accept", "");
    maria.sees("CALL_INCOMING");
    maria.say("accept", "");
    phone.sees("CALL_ESTABLISHED");
    maria.hears(1000.0, "called back");
    phone.say("hangup", "");
    maria.sees("CALL_CLOSED");
    assert!(!ada.get("/floor").body.contains("Owed a call"));
    house.doctor();
}

/// Runs a scenario as `user`; whether it went as written.
fn sipp(house: &House, scenario: &str, user: &str, more: &[&str]) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/sipp");
    let tone: PathBuf = folder.path().join("620.ul");
    let samples = (0..80_000).map(|i| (8000.0 * (std::f64::consts::TAU * 620.0 * f64::from(i) / 8000.0).sin()) as i16);
    std::fs::write(&tone, samples.map(|s| warmline_phone::g711::Law::Mu.encode(s)).collect::<Vec<u8>>()).unwrap();
    let (port, media, control) = (free_udp().to_string(), free_udp().to_string(), free_udp().to_string());
    let server = house.sip.unwrap().to_string();
    let status = Command::new("sipp")
        .arg(&server)
        .arg("-sf")
        .arg(scenarios.join(scenario))
        .args(["-s", user, "-i", "127.0.0.1", "-bind_local", "-mi", "127.0.0.1", "-ci", "127.0.0.1"])
        .args(["-p", &port, "-mp", &media, "-cp", &control, "-nostdin", "-m", "1", "-timeout", "20s", "-timeout_error"])
        .args(more)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    status.success()
}

#[test]
fn late_offers_cancel_races_and_many_registrations_on_one_nonce() {
    let runtime = runtime();
    let (house, mut ada, _sink) = desk(&runtime);
    assert!(sipp(&house, "late_offer.xml", "100", &[]), "an INVITE without an offer gets ours");
    assert!(sipp(&house, "session_timer.xml", "100", &[]), "a session timer is answered (RFC 4028)");
    for _ in 0..5 {
        assert!(sipp(&house, "cancel_race.xml", "100", &["-nd"]), "a CANCEL right behind the INVITE");
    }
    let (user, password) = sign_in(&mut ada);
    let login = ["-au", &user, "-ap", &password];
    assert!(sipp(&house, "register_often.xml", &user, &login), "twenty registrations on one nonce");
    assert!(!sipp(&house, "register_often.xml", &user, &["-au", &user, "-ap", "a guess"]), "a guess does not register");
    // Nobody of these is left on the floor.
    let floor = ada.get("/floor").body;
    assert!(floor.contains("Nobody calls and nobody waits"), "{floor}");
    house.doctor();
}
