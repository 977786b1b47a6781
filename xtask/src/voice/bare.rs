//! What the kernel alone takes: the same packets at the same pace, read from one socket and sent by another, with nothing
//! done to them. No engine with a socket a line can be cheaper on this machine.

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use super::{HERE, Load, Process, say};

const QUARTER: Duration = Duration::from_millis(5);
/// 20 ms of G.711 in RTP.
const PACKET: [u8; 172] = [0x80; 172];
/// Until everybody knows where to send to.
const SETTLED: Duration = Duration::from_millis(500);

/// A relay between that many lines, two by two.
pub(super) fn kernel(lines: usize) -> Result<Load, String> {
    let failed = |e: std::io::Error| e.to_string();
    let mut peers = Process::start(&["peers", &lines.to_string()])?;
    let ports = peers.line()?;
    let mut sockets = Vec::new();
    for port in ports.split_whitespace() {
        let port = port.parse().map_err(|_| "no port")?;
        let socket = open().map_err(failed)?;
        socket.connect(SocketAddr::new(HERE, port)).map_err(failed)?;
        socket.send(&PACKET).map_err(failed)?;
        sockets.push(socket);
    }
    let begun = Instant::now();
    turns(&sockets, begun + SETTLED, relay)?;
    Load::of(std::process::id(), lines, || turns(&sockets, Instant::now() + super::MEASURED, relay))
}

/// The other side: sends to whoever wrote first, and reads what comes.
pub(super) fn peers(lines: usize) -> Result<(), String> {
    let failed = |e: std::io::Error| e.to_string();
    let sockets: Vec<UdpSocket> = (0..lines).map(|_| open()).collect::<Result<_, _>>().map_err(failed)?;
    let ports = sockets.iter().map(|s| s.local_addr().map(|a| a.port().to_string()));
    say(&ports.collect::<Result<Vec<_>, _>>().map_err(failed)?.join(" "));
    for socket in &sockets {
        socket.set_nonblocking(false).map_err(failed)?;
        let (_, from) = socket.recv_from(&mut [0; 2048]).map_err(failed)?;
        socket.connect(from).map_err(failed)?;
        socket.set_nonblocking(true).map_err(failed)?;
    }
    turns(&sockets, Instant::now() + Duration::from_secs(3600), |pair| {
        for socket in pair {
            socket.send(&PACKET)?;
            read(socket)?;
        }
        Ok(())
    })
}

fn open() -> std::io::Result<UdpSocket> {
    let socket = UdpSocket::bind(SocketAddr::new(HERE, 0))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Serves a quarter of the pairs every five milliseconds, as the engine does.
fn turns(
    sockets: &[UdpSocket],
    until: Instant,
    serve: impl Fn(&[UdpSocket]) -> std::io::Result<()>,
) -> Result<(), String> {
    let mut next = Instant::now();
    for quarter in (0..4).cycle() {
        next += QUARTER;
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
        if next > until {
            break;
        }
        for pair in sockets.chunks(2).skip(quarter).step_by(4) {
            serve(pair).map_err(|e| e.to_string())?;
        }
    }
    Ok(())
}

/// What each of the two says goes to the other.
fn relay(pair: &[UdpSocket]) -> std::io::Result<()> {
    let came = [read(&pair[0])?, read(&pair[1])?];
    for (socket, came) in pair.iter().rev().zip(came) {
        if came {
            socket.send(&PACKET)?;
        }
    }
    Ok(())
}

fn read(socket: &UdpSocket) -> std::io::Result<bool> {
    match socket.recv_from(&mut [0; 2048]) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
        Err(error) => Err(error),
    }
}
