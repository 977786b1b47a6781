//! The desk under load, from outside: mails in by SMTP, pages by HTTP, four clients, everything switched on.
//!
//! Corpus: random sentences, log-normal length with a median of 700 characters, 3,000 senders; each body holds a
//! reference that proves that the right page came.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::figures::{Chance, cpu, memory, quantile};

const CLIENTS: usize = 4;
const MAILBOX: &str = "support@bench.example.com";

pub(crate) fn bench(arguments: &[&str]) -> Result<(), String> {
    let postgres = arguments.iter().position(|a| *a == "--postgres").and_then(|i| arguments.get(i + 1)).copied();
    let million = arguments.contains(&"--million");
    let built = crate::outside_cargo("cargo").args(["build", "--release", "--package", "warmline"]).status();
    if !built.is_ok_and(|s| s.success()) {
        return Err("the release build failed".into());
    }
    let folder = std::env::temp_dir().join(format!("warmline-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    let told = run(&folder, postgres, million);
    std::fs::remove_dir_all(&folder).map_err(|e| e.to_string())?;
    told
}

fn run(folder: &std::path::Path, postgres: Option<&str>, million: bool) -> Result<(), String> {
    let engine = if postgres.is_some() { "PostgreSQL" } else { "SQLite (embedded, synchronous=FULL)" };
    println!("\nWarmline desk on {engine}; {} cores; {}", cores(), cpu_name());
    println!("| measure | figure | goal |\n| --- | --- | --- |");
    let mut desk = Desk::start(folder, postgres)?;
    row("start to first page, s (empty)", format!("{:.2}", desk.first_page.as_secs_f64()), "0.2");
    row("memory at start, MB (PSS)", format!("{:.0}", memory(desk.pid())), "30");
    desk.set_up()?;
    let mut corpus = Corpus { count: 0 };
    corpus.mail_in(&desk, 300)?;
    let (took, cost) = corpus.mail_in(&desk, 2_000)?;
    row("mail in, tickets/s (4 clients, durable)", format!("{:.0}", 2000.0 / took.as_secs_f64()), "1,000");
    row("CPU per ticket, ms", format!("{:.2}", cost.as_secs_f64() * 1000.0 / 2000.0), "0.8");
    corpus.mail_in(&desk, 10_000 - corpus.count)?;
    pages(&desk, &corpus, "10,000 open")?;
    mixed(&desk, &corpus)?;
    corpus.mail_in(&desk, 100_000 - corpus.count)?;
    pages(&desk, &corpus, "100,000 open")?;
    if million {
        corpus.mail_in(&desk, 1_000_000 - corpus.count)?;
        pages(&desk, &corpus, "1,000,000 open")?;
    }
    row("memory at the end, MB (PSS)", format!("{:.0}", memory(desk.pid())), "120");
    if postgres.is_none() {
        desk.stop();
        let size = |name: &str| std::fs::metadata(folder.join(name)).map_or(0, |m| m.len());
        let bytes = size("warmline.db") + size("warmline.db-wal");
        row("disk per ticket, KB", format!("{:.1}", bytes as f64 / 1024.0 / corpus.count as f64), "4");
        desk = Desk::start(folder, postgres)?;
        let what = format!("start to first page, s ({} tickets)", corpus.count);
        row(&what, format!("{:.2}", desk.first_page.as_secs_f64()), "0.2");
    }
    desk.stop();
    Ok(())
}

fn row(measure: &str, figure: String, goal: &str) {
    println!("| {measure} | {figure} | {goal} |");
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(0, usize::from)
}

fn cpu_name() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = info.lines().find(|l| l.starts_with("model name")).unwrap_or("an unnamed processor");
    line.split(": ").last().unwrap_or_default().to_owned()
}

struct Desk {
    child: Child,
    web: String,
    smtp: String,
    cookie: String,
    first_page: Duration,
}

impl Desk {
    fn start(folder: &std::path::Path, postgres: Option<&str>) -> Result<Desk, String> {
        let begun = Instant::now();
        let mut command = Command::new("target/release/warmline");
        command.arg("serve").env("WARMLINE_FOLDER", folder).env("WARMLINE_WEB", "127.0.0.1:0");
        command.env("WARMLINE_SMTP", "127.0.0.1:0").env("WARMLINE_SETUP_CODE", "bench").stdout(Stdio::piped());
        if let Some(url) = postgres {
            command.env("WARMLINE_DATABASE", url);
        }
        let mut child = command.spawn().map_err(|e| e.to_string())?;
        let out = child.stdout.take().ok_or("no output")?;
        let mut lines = BufReader::new(out).lines().map_while(Result::ok);
        let mut after = |mark: &str| lines.find_map(|l| l.split_once(mark).map(|(_, r)| r.to_owned()));
        let web = after("http://").ok_or("it did not start")?;
        let smtp = after("taken at ").and_then(|l| l.split(' ').next().map(str::to_owned)).ok_or("no mail listener")?;
        std::thread::spawn(move || lines.for_each(drop));
        let mut desk = Desk { child, web, smtp, cookie: String::new(), first_page: Duration::ZERO };
        desk.client()?.get("/sign-in")?;
        desk.first_page = begun.elapsed();
        Ok(desk)
    }

    fn pid(&self) -> u32 {
        self.child.id()
    }

    fn set_up(&mut self) -> Result<(), String> {
        let form = "code=bench&company=Bench&name=Ada&email=ada%40bench.example.com&password=four+unrelated+words\
                    &queue=Support&address=support%40bench.example.com&incoming=listen&outgoing=none";
        let answer = self.client()?.post("/setup", form)?;
        let cookie = answer.lines().find_map(|l| l.strip_prefix("set-cookie: ")).ok_or("set-up was refused")?;
        self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Ok(())
    }

    fn client(&self) -> Result<Client, String> {
        let stream = TcpStream::connect(&self.web).map_err(|e| e.to_string())?;
        stream.set_nodelay(true).map_err(|e| e.to_string())?;
        Ok(Client { stream: BufReader::new(stream), cookie: self.cookie.clone() })
    }

    fn stop(&mut self) {
        // Ended by signal and waited for; both may find it gone already.
        let _ = Command::new("kill").arg(self.pid().to_string()).status();
        let _ = self.child.wait();
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A browser with one kept connection.
struct Client {
    stream: BufReader<TcpStream>,
    cookie: String,
}

impl Client {
    fn get(&mut self, path: &str) -> Result<String, String> {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: bench\r\nCookie: {}\r\n\r\n", self.cookie))
    }

    fn post(&mut self, path: &str, form: &str) -> Result<String, String> {
        let length = form.len();
        self.send(&format!(
            "POST {path} HTTP/1.1\r\nHost: bench\r\nCookie: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}",
            self.cookie
        ))
    }

    /// Headers in lower case and the body, in one text.
    fn send(&mut self, request: &str) -> Result<String, String> {
        let failed = |e: std::io::Error| e.to_string();
        self.stream.get_mut().write_all(request.as_bytes()).map_err(failed)?;
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).map_err(failed)?;
            if let Some(n) = line.to_lowercase().strip_prefix("content-length: ") {
                length = n.trim().parse().map_err(|_| "a wrong length")?;
            }
            if line.trim().is_empty() {
                break;
            }
            head.push_str(&line);
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).map_err(failed)?;
        Ok(head + &String::from_utf8_lossy(&body))
    }
}

struct Corpus {
    count: usize,
}

const WORDS: &[&str] = &[
    "printer",
    "invoice",
    "panel",
    "pressure",
    "update",
    "screen",
    "cable",
    "account",
    "password",
    "report",
    "sensor",
    "window",
    "folder",
    "backup",
    "server",
    "label",
    "scanner",
    "morning",
    "yesterday",
    "cannot",
    "again",
    "after",
    "before",
    "between",
    "several",
    "machine",
    "customer",
    "number",
    "settings",
    "network",
    "colour",
    "paper",
    "light",
    "signal",
    "error",
    "message",
    "button",
    "restart",
    "please",
    "thanks",
    "already",
    "nothing",
    "something",
    "always",
];

impl Corpus {
    fn mail(n: usize) -> String {
        let mut chance = Chance(n as u64);
        // Box–Muller: log-normal with median 700 and sigma 0.7.
        let normal = (-2.0 * chance.share().ln()).sqrt() * (std::f64::consts::TAU * chance.share()).cos();
        let length = (700.0 * (0.7 * normal).exp()).clamp(40.0, 20_000.0) as usize;
        let mut body = format!("Reference ref{n}x. ");
        while body.len() < length {
            // A vocabulary with rare, middle and common words.
            match chance.below(20) {
                0 => body.push_str(&format!("w{} ", chance.below(20_000))),
                1 | 2 => body.push_str(&format!("m{} ", chance.below(400))),
                _ => {
                    body.push_str(WORDS[chance.below(WORDS.len())]);
                    body.push(if chance.below(12) == 0 { '\n' } else { ' ' });
                }
            }
        }
        let sender = chance.below(3_000);
        format!(
            "Message-ID: <b{n}@bench.example.net>\r\nFrom: Sender {sender} <s{sender}@bench.example.net>\r\nTo: {MAILBOX}\r\n\
             Subject: Matter {n}: {} {}\r\nDate: Mon, 16 Jun 2025 10:00:00 +0000\r\n\r\n{}\r\n.\r\n",
            WORDS[chance.below(WORDS.len())],
            WORDS[chance.below(WORDS.len())],
            body.replace('\n', "\r\n")
        )
    }

    /// Time and CPU for `count` more mails, sent by four clients over kept connections.
    fn mail_in(&mut self, desk: &Desk, count: usize) -> Result<(Duration, Duration), String> {
        let next = AtomicUsize::new(self.count);
        let end = self.count + count;
        let (begun, before) = (Instant::now(), cpu(desk.pid()));
        std::thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(|| send_mails(&desk.smtp, &next, end))).collect();
            clients.into_iter().try_for_each(|c| c.join().map_err(|_| "a client broke".to_owned())?)
        })?;
        self.count = end;
        Ok((begun.elapsed(), cpu(desk.pid()) - before))
    }
}

fn send_mails(smtp: &str, next: &AtomicUsize, end: usize) -> Result<(), String> {
    let failed = |e: std::io::Error| e.to_string();
    let stream = TcpStream::connect(smtp).map_err(failed)?;
    stream.set_nodelay(true).map_err(failed)?;
    let mut stream = BufReader::new(stream);
    let mut say = |text: &str, expect: &str| -> Result<(), String> {
        stream.get_mut().write_all(text.as_bytes()).map_err(failed)?;
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).map_err(failed)?;
            if line.as_bytes().get(3) == Some(&b'-') {
                continue;
            }
            return if line.starts_with(expect) { Ok(()) } else { Err(format!("the listener said {line}")) };
        }
    };
    say("", "220")?;
    say("EHLO bench\r\n", "250")?;
    loop {
        let n = next.fetch_add(1, Ordering::Relaxed);
        if n >= end {
            return say("QUIT\r\n", "221");
        }
        say("MAIL FROM:<s@bench.example.net>\r\n", "250")?;
        say(&format!("RCPT TO:<{MAILBOX}>\r\n"), "250")?;
        say("DATA\r\n", "354")?;
        say(&Corpus::mail(n), "250")?;
    }
}

/// Times `count` requests of one client; each answer must hold what it was asked for.
fn timed(
    desk: &Desk,
    count: usize,
    mut path: impl FnMut(usize) -> (String, String),
) -> Result<(Vec<Duration>, Duration), String> {
    let mut client = desk.client()?;
    let before = cpu(desk.pid());
    let mut times = Vec::with_capacity(count);
    for i in 0..count {
        let (path, expected) = path(i);
        let begun = Instant::now();
        let page = client.get(&path)?;
        times.push(begun.elapsed());
        if !page.contains(&expected) {
            return Err(format!("{path} lacks {expected}"));
        }
    }
    Ok((times, cpu(desk.pid()) - before))
}

/// The ticket of mail `n`: found by its reference, as a person would.
fn numbers(desk: &Desk, corpus: &Corpus, count: usize) -> Result<Vec<(String, String)>, String> {
    let mut chance = Chance(99);
    let mut client = desk.client()?;
    (0..count)
        .map(|_| {
            let n = chance.below(corpus.count);
            let page = client.get(&format!("/search?q=ref{n}x"))?;
            let number = page.split("href=\"/tickets/").skip(1).find_map(|l| {
                let number = l.split('"').next()?;
                (number.contains('-')).then(|| number.to_owned())
            });
            Ok((number.ok_or(format!("ref{n}x is not found"))?, format!("ref{n}x")))
        })
        .collect()
}

fn pages(desk: &Desk, corpus: &Corpus, what: &str) -> Result<(), String> {
    let show = |name: &str, goal: &str, (mut times, cost): (Vec<Duration>, Duration)| {
        let each = cost.as_secs_f64() * 1000.0 / times.len() as f64;
        let (p50, p95) = (quantile(&mut times, 0.5), quantile(&mut times, 0.95));
        row(&format!("{name}, {what}: p50/p95 ms (CPU)"), format!("{p50:.1}/{p95:.1} ({each:.1})"), goal);
    };
    for (name, view) in [("list “next”", "next"), ("list of all", "ours")] {
        show(name, "p95 5, CPU 1.5", timed(desk, 100, |_| (format!("/tickets?view={view}"), "class=\"row".into()))?);
    }
    let known = numbers(desk, corpus, 200)?;
    let ticket = |i: usize| (format!("/tickets/{}", known[i].0), known[i].1.clone());
    show("ticket page", "p95 3, CPU 1", timed(desk, 200, ticket)?);
    let mut chance = Chance(7);
    let mut word = |i: usize| match i % 3 {
        0 => format!("w{}", chance.below(20_000)),
        1 => format!("m{}", chance.below(400)),
        _ => WORDS[chance.below(WORDS.len())].to_owned(),
    };
    show(
        "search, newest",
        "p95 4 (a million: 10)",
        timed(desk, 90, |i| (format!("/search?q={}", word(i)), "Search".into()))?,
    );
    let mut best = |i: usize| (format!("/search?order=relevance&q={}", word(i)), "Search".into());
    show("search, relevance", "a million: 60", timed(desk, 45, &mut best)?);
    Ok(())
}

/// Half tickets, 30 % lists, 20 % searches, four clients, 30 seconds.
fn mixed(desk: &Desk, corpus: &Corpus) -> Result<(), String> {
    let known = numbers(desk, corpus, 300)?;
    let end = Instant::now() + Duration::from_secs(30);
    let peak = std::sync::Mutex::new(0.0_f64);
    let before = cpu(desk.pid());
    let mut times: Vec<Duration> = Vec::new();
    std::thread::scope(|scope| -> Result<(), String> {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|c| {
                let known = &known;
                scope.spawn(move || -> Result<Vec<Duration>, String> {
                    let (mut client, mut chance, mut times) = (desk.client()?, Chance(c as u64), Vec::new());
                    while Instant::now() < end {
                        let (path, expected) = match chance.below(10) {
                            0..5 => {
                                let (number, reference) = &known[chance.below(known.len())];
                                (format!("/tickets/{number}"), reference.as_str())
                            }
                            5..8 => ("/tickets".into(), "class=\"row"),
                            _ => (format!("/search?q=m{}", chance.below(400)), "class=\"found"),
                        };
                        let begun = Instant::now();
                        let page = client.get(&path)?;
                        times.push(begun.elapsed());
                        if !page.contains(expected) {
                            return Err(format!("{path} lacks {expected}"));
                        }
                    }
                    Ok(times)
                })
            })
            .collect();
        while Instant::now() < end {
            std::thread::park_timeout(Duration::from_millis(500));
            if let Ok(mut peak) = peak.lock() {
                *peak = peak.max(memory(desk.pid()));
            }
        }
        for client in clients {
            times.extend(client.join().map_err(|_| "a client broke")??);
        }
        Ok(())
    })?;
    let cost = cpu(desk.pid()) - before;
    row("mixed load, requests/s (4 clients)", format!("{:.0}", times.len() as f64 / 30.0), "1,000");
    row("mixed load, p95 ms", format!("{:.1}", quantile(&mut times, 0.95)), "20");
    let each = cost.as_secs_f64() * 1000.0 / times.len() as f64;
    row("mixed load, CPU per request, ms", format!("{each:.2}"), "–");
    row("memory, peak under mixed load, MB (PSS)", format!("{:.0}", peak.into_inner().unwrap_or(0.0)), "120");
    Ok(())
}
