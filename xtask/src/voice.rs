//! The voice engine under load: `cargo xtask bench voice`. The engine runs in a process of its own and bridges calls two
//! by two: decoded, mixed, encoded again. The load is a second engine in another process, calling over real SIP and
//! sending real RTP on loopback. CPU is that of the engine's process alone, in per cent of one core.

use std::net::{IpAddr, Ipv4Addr};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use std::io::{BufRead, BufReader, Write};
use std::sync::Arc;

use warmline_phone::g711::{FRAME, Frame, Law};
use warmline_phone::listening::Dialogue;
use warmline_phone::{Config, LegId, Logins, Order, Phone, Report, Source, Trunk};

use crate::figures::{cpu, memory};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const MEASURED: Duration = Duration::from_secs(8);

pub(crate) fn bench() -> Result<(), String> {
    println!(
        "\nThe voice engine on {} cores, G.711, loopback",
        std::thread::available_parallelism().map_or(1, usize::from)
    );
    println!(
        "| bridged calls | CPU of one core | memory, MB (PSS) | legs up | goal |\n| --- | --- | --- | --- | --- |"
    );
    for (calls, goal) in [(50, "1.3 %"), (200, "4 %"), (500, "13.4 %")] {
        let mut engine = Process::start("engine", &[])?;
        let server = engine.line()?;
        let mut load = Process::start("load", &[&server, &(calls * 2).to_string()])?;
        let up = load.line()?;
        let (before, begun) = (cpu(engine.child.id()), Instant::now());
        std::thread::sleep(MEASURED);
        let used = (cpu(engine.child.id()) - before).as_secs_f64() / begun.elapsed().as_secs_f64() * 100.0;
        println!("| {calls} | {used:.1} % | {:.0} | {up} | {goal} |", memory(engine.child.id()));
    }
    println!("\nListening to a talk (P3), which the bridged lines above are not: {:.4} % of a core", listening());
    Ok(())
}

/// An hour of two people who speak without a pause, which is the dearest.
fn listening() -> f64 {
    let speech = include_bytes!("../../crates/warmline-phone/tests/speech/usual.ulaw");
    let frames: Vec<Frame> =
        speech.chunks_exact(FRAME).map(|f| std::array::from_fn(|i| Law::Mu.decode(f[i]))).collect();
    let (mut talk, begun, turns) = (Dialogue::default(), Instant::now(), 3600 * 50);
    for n in 0..turns {
        talk.hears(&frames[(n * 7) % frames.len()], &frames[n % frames.len()]);
    }
    std::hint::black_box(talk.so_far());
    begun.elapsed().as_secs_f64() / 3600.0 * 100.0
}

struct Process {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Process {
    fn start(part: &str, more: &[&str]) -> Result<Process, String> {
        let me = std::env::current_exe().map_err(|e| e.to_string())?;
        let mut child = Command::new(me)
            .args(["voice", part])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| e.to_string())?;
        let out = child.stdout.take().ok_or("no output")?;
        Ok(Process { child, lines: BufReader::new(out).lines() })
    }
    fn line(&mut self) -> Result<String, String> {
        self.lines.next().ok_or("it ended too early")?.map_err(|e| e.to_string())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The two processes of the bench; each runs until its parent ends it.
pub(crate) fn part(words: &[&str]) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| e.to_string())?;
    match words {
        ["engine"] => runtime.block_on(engine()),
        ["load", server, legs] => runtime.block_on(load(server, legs.parse().map_err(|_| "how many legs?")?)),
        _ => Err("this is a part of “cargo xtask bench voice”".into()),
    }
}

async fn open(trunk: Option<String>) -> Result<(Phone, tokio::sync::mpsc::UnboundedReceiver<Report>), String> {
    let config = Config {
        sip: Some((HERE, 0).into()),
        tcp: false,
        tls: None,
        address: HERE,
        realm: "bench".into(),
        trunk: trunk.map(|server| Trunk { server, user: String::new(), password: String::new(), register: false }),
        trusted: vec![HERE],
        recordings: std::env::temp_dir(),
    };
    let next = std::sync::atomic::AtomicI64::new(1);
    let mint = move || next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    Phone::start(config, Logins::default(), mint).await.map_err(|e| e.to_string())
}

fn say(line: &str) {
    println!("{line}");
    // The parent reads it at once.
    let _ = std::io::stdout().flush();
}

async fn engine() -> Result<(), String> {
    let (phone, mut reports) = open(None).await?;
    say(&phone.sip.ok_or("no SIP")?.to_string());
    let mut alone: Option<LegId> = None;
    while let Some(report) = reports.recv().await {
        let Report::Arrived { call, .. } = report else { continue };
        let leg = LegId { call, n: 1 };
        phone.order(Order::Answer { leg });
        match alone.take() {
            None => alone = Some(leg),
            Some(other) => {
                let hears = vec![(leg, vec![Source::Leg(other)]), (other, vec![Source::Leg(leg)])];
                phone.order(Order::Hear { call: other.call, hears });
            }
        }
    }
    Ok(())
}

async fn load(server: &str, legs: i64) -> Result<(), String> {
    let (phone, mut reports) = open(Some(server.to_owned())).await?;
    let samples = (0..8000).map(|i| (8000.0 * (std::f64::consts::TAU * 500.0 * f64::from(i) / 8000.0).sin()) as i16);
    let tone = Arc::new(samples.map(|s| Law::Mu.encode(s)).collect::<Vec<u8>>());
    let mut up = 0;
    for call in 1..=legs {
        phone.order(Order::Dial { leg: LegId { call, n: 1 }, number: "100".into(), from: None });
        // Ten milliseconds between calls: it is the talking that is measured.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    while up < legs {
        match tokio::time::timeout(Duration::from_secs(5), reports.recv()).await {
            Ok(Some(Report::Answered(leg))) => {
                up += 1;
                let words = Source::Words { ulaw: tone.clone(), again: true };
                phone.order(Order::Hear { call: leg.call, hears: vec![(leg, vec![words])] });
            }
            Ok(Some(_)) => {}
            _ => break,
        }
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    say(&up.to_string());
    while reports.recv().await.is_some() {}
    Ok(())
}
