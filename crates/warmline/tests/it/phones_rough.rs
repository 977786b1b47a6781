//! Rough lines: packets are lost, late and out of order, and words are still heard.

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use warmline_phone::g711::{FRAME, Law};

use crate::house::{House, runtime, until};
use crate::phones::{Phone, caller, desk, register, share, timeline};

const HZ: f64 = 620.0;

/// Made by hand, so that what goes wrong on its way is known exactly: of a hundred packets three are lost, and each of the
/// others takes up to 40 ms, so that one in four is overtaken.
struct RoughCaller {
    sip: UdpSocket,
    server: SocketAddr,
    dialog: String,
    stop: Arc<AtomicBool>,
    speaking: Option<JoinHandle<()>>,
}

impl RoughCaller {
    fn call(house: &House) -> RoughCaller {
        let server = house.sip.unwrap();
        let sip = UdpSocket::bind("127.0.0.1:0").unwrap();
        sip.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let sound = UdpSocket::bind("127.0.0.1:0").unwrap();
        let (own, port) = (sip.local_addr().unwrap(), sound.local_addr().unwrap().port());
        let sdp = format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n"
        );
        let mut caller = RoughCaller { sip, server, dialog: String::new(), stop: Arc::default(), speaking: None };
        caller.dialog = format!(
            "Via: SIP/2.0/UDP {own};branch=z9hG4bK-rough-BRANCH\r\nFrom: <sip:+15550113@{own}>;tag=rough\r\n\
             To: <sip:100@{server}>TAG\r\nCall-ID: rough-{}\r\nContact: <sip:rough@{own}>\r\nMax-Forwards: 70\r\n",
            own.port()
        );
        caller.send(
            "INVITE",
            1,
            "",
            &format!("Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}", sdp.len()),
        );
        let answer = loop {
            let mut buffer = [0; 4096];
            let read = caller.sip.recv(&mut buffer).unwrap();
            let text = String::from_utf8_lossy(&buffer[..read]).into_owned();
            if text.starts_with("SIP/2.0 200") {
                break text;
            }
        };
        let tag = answer.lines().find_map(|l| l.strip_prefix("To:")?.split(";tag=").nth(1)).unwrap().trim();
        caller.dialog = caller.dialog.replace("TAG", &format!(";tag={tag}"));
        caller.send("ACK", 1, "", "Content-Length: 0\r\n\r\n");
        let to = answer.lines().find_map(|l| l.strip_prefix("m=audio ")).unwrap().split(' ').next().unwrap();
        let to = SocketAddr::new(server.ip(), to.parse().unwrap());
        let stop = caller.stop.clone();
        caller.speaking = Some(std::thread::spawn(move || speak(&sound, to, &stop)));
        caller
    }

    fn send(&self, method: &str, number: u32, tag: &str, rest: &str) {
        let head = self.dialog.replace("BRANCH", &format!("{method}-{number}")).replace("TAG", tag);
        let text = format!("{method} sip:100@{} SIP/2.0\r\n{head}CSeq: {number} {method}\r\n{rest}", self.server);
        self.sip.send_to(text.as_bytes(), self.server).unwrap();
    }

    fn hang_up(mut self) {
        self.send("BYE", 2, "", "Content-Length: 0\r\n\r\n");
        self.stop.store(true, Ordering::Relaxed);
        self.speaking.take().unwrap().join().unwrap();
    }
}

/// Packets leave at the time that their way has made of their turn.
fn speak(sound: &UdpSocket, to: SocketAddr, stop: &AtomicBool) {
    let begun = Instant::now();
    let mut random = 7u32;
    let mut below = |most: u32| {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (random >> 16) % most
    };
    let mut on_the_way: BTreeMap<(u64, u16), Vec<u8>> = BTreeMap::new();
    for n in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let at = u64::from(n) * 20;
        while let Some(((due, _), packet)) = on_the_way.pop_first() {
            if due > at {
                on_the_way.insert((due, u16::from_be_bytes([packet[2], packet[3]])), packet);
                break;
            }
            std::thread::sleep(Duration::from_millis(due).saturating_sub(begun.elapsed()));
            sound.send_to(&packet, to).unwrap();
        }
        let tone = (0..FRAME).map(|i| {
            let t = (u64::from(n) * FRAME as u64 + i as u64) as f64 / 8000.0;
            Law::Mu.encode((8000.0 * (std::f64::consts::TAU * HZ * t).sin()) as i16)
        });
        let mut packet = vec![0x80, 0];
        packet.extend((n as u16).to_be_bytes());
        packet.extend((n * FRAME as u32).to_be_bytes());
        packet.extend(*b"rugh");
        packet.extend(tone);
        if below(100) >= 3 {
            on_the_way.insert((at + u64::from(below(41)), n as u16), packet);
        }
        std::thread::sleep(Duration::from_millis(at).saturating_sub(begun.elapsed()));
    }
}

/// Looks at what is heard for five seconds: always this tone. In pieces of 50 ms, because a frame that is put in or left out
/// turns the phase of a tone and is not heard in words.
fn keeps_hearing(phone: &Phone, hz: f64) {
    phone.hears(hz, "at first");
    let shares: Vec<f64> = (0..20)
        .map(|_| {
            std::thread::sleep(Duration::from_millis(250));
            let heard = phone.heard();
            let pieces = heard.chunks_exact(400).map(|piece| share(piece, hz));
            pieces.sum::<f64>() / (heard.len() / 400).max(1) as f64
        })
        .collect();
    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
    assert!(mean > 0.85 && shares.iter().all(|s| *s > 0.7), "mean {mean:.2}: {shares:.2?}");
}

#[test]
fn a_rough_line_is_heard_and_the_ticket_says_how_rough_it_was() {
    let runtime = runtime();
    let (house, mut ada, _sink) = desk(&runtime);
    let mut phone = Phone::start(1000);
    register(&house, &mut ada, &mut phone);
    assert_eq!(ada.post("/presence", &[("presence", "available")]).status, 303);
    let rough = RoughCaller::call(&house);
    phone.sees("CALL_INCOMING");
    phone.say("accept", "");
    phone.sees("CALL_ESTABLISHED");
    keeps_hearing(&phone, HZ);
    rough.hang_up();
    phone.sees("CALL_CLOSED");
    let told = until("the quality of the line", || {
        let told = timeline(&mut ada);
        told.contains("The line of the caller was").then_some(told)
    });
    let told = told.split("The line of the caller was ").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let figures: Vec<f64> =
        told.split(|c: char| !c.is_ascii_digit() && c != '.').filter_map(|word| word.parse().ok()).collect();
    let [lost, jitter] = figures[..] else { panic!("{told}") };
    assert!((1.0..5.5).contains(&lost) && (6.0..30.0).contains(&jitter), "{told}");
    // How late the engine itself was meanwhile.
    let metrics = ada.get("/metrics").body;
    let figure =
        |name: &str| -> f64 { metrics.lines().find_map(|l| l.strip_prefix(name)).expect(name).trim().parse().unwrap() };
    let (all, late) = (figure("warmline_voice_turns_total"), figure("warmline_voice_late_total"));
    assert!(all > 500.0 && late < all / 20.0, "{late} of {all} turns came late");
    house.doctor();
}

/// A network of its own whose packets are lost, late and out of order in both directions.
const NETEM: &str = "ip link set lo up && tc qdisc add dev lo root netem delay 40ms 20ms loss 3% reorder 10%";

#[test]
fn phones_are_heard_through_netem() {
    let own_network = |command: &str| Command::new("unshare").args(["-n", "sh", "-c", command]).output();
    let made = own_network(NETEM).unwrap();
    if !made.status.success() {
        let why = String::from_utf8_lossy(&made.stderr).trim().to_owned();
        eprintln!("SKIPPED, not tested here: the kernel has no netem for us ({why}); a rough line by hand was tested.");
        return;
    }
    let inside =
        format!("{:?} --exact phones_rough::inside_netem --ignored --nocapture", std::env::current_exe().unwrap());
    let told = own_network(&format!("{NETEM} && exec {inside}")).unwrap();
    let text = String::from_utf8_lossy(&told.stdout).into_owned() + &String::from_utf8_lossy(&told.stderr);
    assert!(told.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
#[ignore = "runs inside a network made for it, started by phones_are_heard_through_netem"]
fn inside_netem() {
    let runtime = runtime();
    let (house, mut ada, _sink) = desk(&runtime);
    let mut phone = Phone::start(1000);
    register(&house, &mut ada, &mut phone);
    assert_eq!(ada.post("/presence", &[("presence", "available")]).status, 303);
    let mut maria = caller(&house, 600);
    phone.sees("CALL_INCOMING");
    phone.say("accept", "");
    maria.sees("CALL_ESTABLISHED");
    keeps_hearing(&phone, 600.0);
    keeps_hearing(&maria, 1000.0);
}
