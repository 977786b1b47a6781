//! The voice engine under load: `cargo xtask bench voice`. The engine runs in a process of its own and bridges calls two
//! by two: decoded, mixed, encoded again. The load is a second engine in another process, calling over real SIP and
//! sending real RTP on loopback. CPU is that of the engine's process alone, in per cent of one core. Beside it stands what
//! the kernel alone takes for the same packets: see [`bare`].

mod bare;

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use std::io::{BufRead, BufReader, Write};
use std::sync::Arc;

use warmline_phone::g711::{FRAME, Frame, Law};
use warmline_phone::listening::Dialogue;
use warmline_phone::{Config, LegId, Logins, Order, Phone, Report, Source, Trunk};

use crate::figures::{cpu, datagrams, memory};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const MEASURED: Duration = Duration::from_secs(8);

pub(crate) fn bench() -> Result<(), String> {
    println!(
        "\nThe voice engine on {} cores, G.711, loopback",
        std::thread::available_parallelism().map_or(1, usize::from)
    );
    println!("| bridged calls | how | CPU of one core | packets that came | memory, MB (PSS) | late turns | goal |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for (calls, goal) in [(50, "1.3 %"), (200, "4 %"), (500, "13.4 %")] {
        for (part, how) in [("passing", "passed on"), ("whole", "measured and recorded")] {
            let Figures { load, memory, late } = bridged(calls, part)?;
            println!("| {calls} | {how} | {load} | {memory:.0} | {late} | {goal} |");
        }
        println!("| {calls} | the kernel alone | {} | | | |", bare::kernel(calls * 2)?);
    }
    println!("\nListening to a talk (P3), of what is measured: {:.4} % of a core", listening());
    Ok(())
}

struct Figures {
    load: Load,
    memory: f64,
    /// Turns of the media thread that came too late, of all.
    late: String,
}

/// CPU in per cent of one core, and the share of the packets that should have come: on a machine that is too busy the
/// first is too small by as much as the second is.
struct Load {
    cpu: f64,
    came: f64,
}

impl std::fmt::Display for Load {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.1} % | {:.0} %", self.cpu, self.came)
    }
}

impl Load {
    /// Of a process that bridges so many lines, while `meanwhile` lasts.
    fn of(process: u32, lines: usize, meanwhile: impl FnOnce() -> Result<(), String>) -> Result<Load, String> {
        let (cpu_before, before, begun) = (cpu(process), datagrams(), Instant::now());
        meanwhile()?;
        let seconds = begun.elapsed().as_secs_f64();
        let cpu = (cpu(process) - cpu_before).as_secs_f64() / seconds * 100.0;
        // Fifty a second each way.
        let expected = lines as f64 * 100.0 * seconds;
        Ok(Load { cpu, came: (datagrams() - before) as f64 / expected * 100.0 })
    }
}

fn bridged(calls: usize, how: &str) -> Result<Figures, String> {
    let folder = std::env::temp_dir().join(format!("warmline-bench-{}", std::process::id()));
    let mut engine = Process::start(&["engine", how, &folder.display().to_string()])?;
    let server = engine.line()?;
    let mut callers = Process::start(&["load", &server, &(calls * 2).to_string()])?;
    let up = callers.line()?;
    if up != (calls * 2).to_string() {
        return Err(format!("only {up} of {} lines came up", calls * 2));
    }
    let load = Load::of(engine.child.id(), calls * 2, || {
        std::thread::sleep(MEASURED);
        Ok(())
    })?;
    let memory = memory(engine.child.id());
    engine.ask()?;
    let late = engine.line()?;
    drop(engine);
    // Nothing is recorded when sound is only passed on.
    let _ = std::fs::remove_dir_all(folder);
    Ok(Figures { load, memory, late })
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
    fn start(part: &[&str]) -> Result<Process, String> {
        let me = std::env::current_exe().map_err(|e| e.to_string())?;
        let mut child = Command::new(me)
            .arg("voice")
            .args(part)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| e.to_string())?;
        let out = child.stdout.take().ok_or("no output")?;
        Ok(Process { child, lines: BufReader::new(out).lines() })
    }
    fn ask(&mut self) -> Result<(), String> {
        let input = self.child.stdin.as_mut().ok_or("no input")?;
        input.write_all(b"\n").map_err(|e| e.to_string())
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
        ["engine", how, folder] => runtime.block_on(engine(*how == "whole", folder)),
        ["load", server, legs] => runtime.block_on(load(server, legs.parse().map_err(|_| "how many legs?")?)),
        ["peers", legs] => bare::peers(legs.parse().map_err(|_| "how many legs?")?),
        _ => Err("this is a part of “cargo xtask bench voice”".into()),
    }
}

async fn open(
    trunk: Option<String>,
    recordings: PathBuf,
) -> Result<(Phone, tokio::sync::mpsc::UnboundedReceiver<Report>), String> {
    let config = Config {
        sip: Some((HERE, 0).into()),
        tcp: false,
        tls: None,
        address: HERE,
        realm: "bench".into(),
        trunk: trunk.map(|server| Trunk {
            server,
            user: String::new(),
            password: String::new(),
            register: false,
            tls: None,
        }),
        trusted: vec![HERE],
        recordings,
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

/// Bridges lines two by two. `whole`: as a call of the desk is, listened to and recorded on both sides; otherwise the
/// sound is only passed on.
async fn engine(whole: bool, folder: &str) -> Result<(), String> {
    let (phone, mut reports) = open(None, folder.into()).await?;
    say(&phone.sip.ok_or("no SIP")?.to_string());
    tell_turns(phone.clone());
    let mut alone: Option<LegId> = None;
    while let Some(report) = reports.recv().await {
        let Report::Arrived { call, .. } = report else { continue };
        let leg = LegId { call, n: 1 };
        phone.order(Order::Answer { leg });
        let Some(other) = alone.take() else {
            alone = Some(leg);
            continue;
        };
        let hear = |call, hears: Vec<(LegId, LegId)>| {
            let hears = hears.into_iter().map(|(listener, said)| (listener, vec![Source::Leg(said)])).collect();
            phone.order(Order::Hear { call, hears });
        };
        if whole {
            let nobody = LegId { call, n: 0 };
            hear(other.call, vec![(leg, other), (other, leg)]);
            hear(call, vec![(nobody, leg)]);
            for call in [call, other.call] {
                phone.order(Order::Record { call, on: true });
            }
        } else {
            hear(other.call, vec![(leg, other)]);
            hear(call, vec![(other, leg)]);
        }
    }
    Ok(())
}

/// A line asked for is a line told: how many turns came too late, of how many.
fn tell_turns(phone: Phone) {
    std::thread::spawn(move || {
        for line in std::io::stdin().lines() {
            if line.is_err() {
                return;
            }
            let turns = phone.turns();
            let [late, all] = [&turns.late, &turns.all].map(|n| n.load(std::sync::atomic::Ordering::Relaxed));
            say(&format!("{late} of {all}"));
        }
    });
}

async fn load(server: &str, legs: i64) -> Result<(), String> {
    let (phone, mut reports) = open(Some(server.to_owned()), std::env::temp_dir()).await?;
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
