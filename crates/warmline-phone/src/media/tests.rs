//! Lines come and go in any order; what somebody hears is what the matrix says, and never somebody else's line.

use std::net::UdpSocket;
use std::sync::mpsc::channel;

use proptest::prelude::*;

use super::*;
use crate::g711::FRAME;
use crate::rtp;
use crate::wire::Sockets;

fn media() -> Media {
    let (told, _) = tokio::sync::mpsc::unbounded_channel();
    let recorder = Recorder::start(std::env::temp_dir()).unwrap();
    Media::new(channel().1, told, recorder, Arc::default())
}

fn socket() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap();
    socket
}

/// A line, with the phone at its other end.
struct Phone {
    socket: UdpSocket,
    sent: u16,
}

impl Phone {
    fn open(media: &mut Media, id: WireId) -> Phone {
        let (socket, sound) = (self::socket(), self::socket());
        let (here, there) = (sound.local_addr().unwrap(), socket.local_addr().unwrap());
        socket.connect(here).unwrap();
        let wire = Wire::rtp(Sockets { sound, control: self::socket() }, Some(there), Law::Mu, None, None, id);
        media.obey(Ask::Open(id, Box::new(wire)));
        Phone { socket, sent: 0 }
    }

    /// 20 ms of one byte.
    fn say(&mut self, byte: u8) {
        self.sent += 1;
        let head = rtp::head(0, false, self.sent, u32::from(self.sent) * FRAME as u32, 7);
        self.socket.send(&[&head[..], &[byte; FRAME]].concat()).unwrap();
    }

    /// The newest of what came.
    fn hears(&self) -> Option<u8> {
        let mut newest = None;
        let mut packet = [0; 200];
        while let Ok(length) = self.socket.recv(&mut packet) {
            newest = packet[..length].last().copied();
        }
        newest
    }
}

fn turns(media: &mut Media, n: usize) {
    for _ in 0..n {
        (0..4).for_each(|quarter| media.turn(quarter, Instant::now()));
    }
}

const SILENT: u8 = 0xff;

#[test]
fn who_comes_on_the_place_of_a_line_that_went_is_not_heard_in_its_call() {
    let mut media = media();
    let (caller, agent, stranger) = (LegId { call: 1, n: 1 }, LegId { call: 1, n: 2 }, LegId { call: 2, n: 1 });
    let (mut one, two) = (Phone::open(&mut media, 1), Phone::open(&mut media, 2));
    media.obey(Ask::Bind(caller, 1));
    media.obey(Ask::Bind(agent, 2));
    media.obey(Ask::Hear(1, vec![(caller, vec![Source::Leg(agent)]), (agent, vec![Source::Leg(caller)])]));
    (0..4).for_each(|_| one.say(0x21));
    turns(&mut media, 3);
    assert_eq!(two.hears(), Some(0x21), "what is heard alone is passed on as it came");
    let slot = media.wires.slot(1);
    media.obey(Ask::Unbind(caller));
    media.obey(Ask::Close(1));
    let mut other = Phone::open(&mut media, 3);
    assert_eq!(media.wires.slot(3), slot);
    media.obey(Ask::Bind(stranger, 3));
    (0..8).for_each(|_| other.say(0x42));
    turns(&mut media, 4);
    assert_eq!(two.hears(), Some(SILENT));
}

#[test]
fn what_is_said_in_private_is_heard_and_not_measured() {
    let mut media = media();
    let (caller, agent) = (LegId { call: 1, n: 1 }, LegId { call: 1, n: 2 });
    let (mut one, two) = (Phone::open(&mut media, 1), Phone::open(&mut media, 2));
    media.obey(Ask::Bind(caller, 1));
    media.obey(Ask::Bind(agent, 2));
    media.obey(Ask::Hear(1, vec![(caller, vec![Source::Leg(agent)]), (agent, vec![Source::Leg(caller)])]));
    let mut talk = |media: &mut Media, byte: u8, n: usize| {
        (0..n).for_each(|_| {
            one.say(byte);
            turns(media, 1);
        });
    };
    talk(&mut media, 0x21, 10);
    media.obey(Ask::Private { call: 1, on: true });
    talk(&mut media, 0x42, 50);
    assert_eq!(two.hears(), Some(0x42), "the two still hear one another");
    media.obey(Ask::Private { call: 1, on: false });
    // What came in private may leave the buffer a little later.
    talk(&mut media, 0x21, crate::jitter::MOST + 10);
    let heard = media.calls.get_mut(&1).unwrap().part(agent).unwrap();
    assert_eq!(heard.together, 20 * 20, "twenty frames: ten before it and ten after");
}

/// One thing that happens to lines and calls.
#[derive(Clone, Debug)]
enum Step {
    Open(WireId),
    Close(WireId),
    Bind(LegId, WireId),
    Unbind(LegId),
    Hear(i64, Vec<(u32, Vec<LegId>)>),
}

fn step() -> impl Strategy<Value = Step> {
    let leg = || (1i64..4, 1u32..4).prop_map(|(call, n)| LegId { call, n });
    let hears = prop::collection::vec((1u32..4, prop::collection::vec(leg(), 0..3)), 0..4);
    prop_oneof![
        (1u64..6).prop_map(Step::Open),
        (1u64..6).prop_map(Step::Close),
        (leg(), 1u64..6).prop_map(|(leg, wire)| Step::Bind(leg, wire)),
        leg().prop_map(Step::Unbind),
        (1i64..4, hears).prop_map(|(call, hears)| Step::Hear(call, hears)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_turn_finds_the_lines_where_they_are(steps in prop::collection::vec(step(), 1..60)) {
        let mut media = media();
        let (mut open, mut legs) = (std::collections::BTreeSet::new(), BTreeMap::<LegId, WireId>::new());
        for step in steps {
            match step {
                Step::Open(id) => if open.insert(id) { Phone::open(&mut media, id); },
                Step::Close(id) => {
                    open.remove(&id);
                    legs.retain(|_, wire| *wire != id);
                    media.obey(Ask::Close(id));
                }
                Step::Bind(leg, id) => {
                    if open.contains(&id) { legs.insert(leg, id); }
                    media.obey(Ask::Bind(leg, id));
                }
                Step::Unbind(leg) => {
                    legs.remove(&leg);
                    media.obey(Ask::Unbind(leg));
                }
                Step::Hear(call, hears) => {
                    let sources = |legs: Vec<LegId>| legs.into_iter().map(Source::Leg).collect();
                    let hears = hears.into_iter().map(|(n, legs)| (LegId { call, n }, sources(legs))).collect();
                    media.obey(Ask::Hear(call, hears));
                }
            }
            turns(&mut media, 1);
            for call in media.calls.values() {
                for (leg, found) in call.found() {
                    let id = found.and_then(|slot| media.wires.get(slot)).map(|open| open.id);
                    prop_assert_eq!(id, legs.get(&leg).copied(), "{:?}", leg);
                }
            }
            prop_assert_eq!(media.quarters.iter().map(Vec::len).sum::<usize>(), open.len());
        }
    }
}
