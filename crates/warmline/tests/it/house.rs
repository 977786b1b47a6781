//! A desk of its own for each test: its own folder, its own ports, the real binary.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use warmline_sim::sink::{Received, Sink};

use crate::http::Http;

pub const PASSWORD: &str = "four unrelated words";
pub const CODE: &str = "the-code";
pub const MAILBOX: &str = "support@desk.example.com";

/// A running desk.
pub struct House {
    folder: Folder,
    pub web: String,
    pub smtp: SocketAddr,
    /// Where calls are taken, when a telephone is configured.
    pub sip: Option<SocketAddr>,
    /// The same by TLS.
    pub sips: Option<SocketAddr>,
    child: Child,
}

enum Folder {
    Own(TempDir),
    Given(PathBuf),
}

impl House {
    pub fn new() -> House {
        let folder = tempfile::tempdir().unwrap();
        Self::start(Folder::Own(folder), "127.0.0.1:0", "127.0.0.1:0")
    }

    pub fn at(folder: &Path) -> House {
        Self::start(Folder::Given(folder.to_owned()), "127.0.0.1:0", "127.0.0.1:0")
    }

    /// With a configuration file of its own.
    pub fn configured(toml: &str) -> House {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("warmline.toml"), toml).unwrap();
        Self::start(Folder::Own(folder), "127.0.0.1:0", "127.0.0.1:0")
    }

    fn start(folder: Folder, web: &str, smtp: &str) -> House {
        let path = match &folder {
            Folder::Own(dir) => dir.path().to_owned(),
            Folder::Given(path) => path.clone(),
        };
        let mut child = command(&path)
            .arg("serve")
            .env("WARMLINE_WEB", web)
            .env("WARMLINE_SMTP", smtp)
            .env("WARMLINE_SETUP_CODE", CODE)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut after =
            |mark: &str| lines.find_map(|l| l.split_once(mark).map(|(_, r)| r.to_owned())).expect("it starts");
        let web = after("http://");
        let smtp = after("taken at ").split(' ').next().unwrap().parse().unwrap();
        let configured = std::fs::read_to_string(path.join("warmline.toml")).unwrap_or_default();
        let mut taken = |when: &str| {
            configured.contains(when).then(|| after("taken at ").split(' ').next().unwrap().parse().unwrap())
        };
        let (sip, sips) = (taken("[phone]"), taken("tls_listen"));
        std::thread::spawn(move || lines.for_each(drop));
        House { folder, web, smtp, sip, sips, child }
    }

    pub fn folder(&self) -> &Path {
        match &self.folder {
            Folder::Own(dir) => dir.path(),
            Folder::Given(path) => path,
        }
    }

    /// Stops it as a power cut would.
    pub fn kill(mut self) {
        self.stop();
    }

    pub fn stop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// The first-run page, as a person fills it. `sink` takes what leaves.
    pub fn set_up(&self, sink: &Sink) -> Http {
        self.set_up_with(&[
            ("incoming", "listen"),
            ("outgoing", "smtp"),
            ("smtp_host", "127.0.0.1"),
            ("smtp_port", &sink.address.port().to_string()),
            ("smtp_tls", "none"),
        ])
    }

    pub fn set_up_with(&self, mailbox: &[(&str, &str)]) -> Http {
        let mut http = Http::new(&self.web);
        let mut form = vec![
            ("code", CODE),
            ("company", "Desk & Co"),
            ("name", "Ada Lind"),
            ("email", "ada@desk.example.com"),
            ("password", PASSWORD),
            ("queue", "Support"),
            ("address", MAILBOX),
            ("display", "Desk Support"),
        ];
        form.retain(|(name, _)| mailbox.iter().all(|(given, _)| given != name));
        form.extend_from_slice(mailbox);
        let answer = http.post("/setup", &form);
        assert_eq!(answer.status, 303, "{}", answer.body);
        http
    }

    /// Somebody new, signed in.
    pub fn somebody(&self, administrator: &mut Http, name: &str, role: &str) -> Http {
        let email = format!("{}@desk.example.com", name.to_lowercase());
        let form = [("name", name), ("email", &email), ("role", role), ("password", PASSWORD)];
        assert_eq!(administrator.post("/settings/people", &form).status, 303);
        let mut http = Http::new(&self.web);
        assert_eq!(http.post("/sign-in", &[("email", &email), ("password", PASSWORD)]).status, 303);
        http
    }

    pub fn doctor(&self) -> String {
        run(command(self.folder()).args(["doctor", "--replay"]))
    }
}

impl Drop for House {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warmline"));
    command.env("WARMLINE_FOLDER", folder).env("WARMLINE_CONFIG", folder.join("warmline.toml")).current_dir(folder);
    command
}

/// Runs a program to its end and returns what it printed; fails with all of it otherwise.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?} cannot be run ({e}); ./dev test installs it"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command:?}\n{text}\n{}", String::from_utf8_lossy(&output.stderr));
    text
}

/// Looks again until it is there; there is nothing to listen to from outside.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "waited too long for {what}");
        std::thread::park_timeout(Duration::from_millis(30));
    }
}

/// What a desk says that does not start with this configuration.
pub fn run_until_stopped(toml: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("warmline.toml"), toml).unwrap();
    let mut serve = command(folder.path());
    serve.arg("serve").env("WARMLINE_WEB", "127.0.0.1:0").env("WARMLINE_SMTP", "127.0.0.1:0");
    let output = serve.output().unwrap();
    assert!(!output.status.success(), "it starts");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Makes an authority and a certificate for 127.0.0.1 in a folder; the part of the configuration that names them.
pub fn certificates(folder: &Path) -> String {
    let path = |name: &str| folder.join(name).display().to_string();
    std::fs::write(path("san"), "subjectAltName=IP:127.0.0.1\n").unwrap();
    let openssl = |arguments: &[&str]| run(Command::new("openssl").args(arguments));
    let new = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj"];
    let authority = ["/CN=Test authority", "-x509", "-days", "2", "-keyout", &path("ca.key"), "-out", &path("ca.pem")];
    openssl(&[&new[..], &authority].concat());
    openssl(&[&new[..], &["/CN=desk", "-keyout", &path("desk.key"), "-out", &path("desk.csr")]].concat());
    let sign = ["x509", "-req", "-days", "2", "-CAcreateserial"];
    let by = ["-CA", &path("ca.pem"), "-CAkey", &path("ca.key"), "-extfile", &path("san")];
    openssl(&[&sign[..], &by, &["-in", &path("desk.csr"), "-out", &path("desk.pem")]].concat());
    let [certificate, key, authorities] = ["desk.pem", "desk.key", "ca.pem"].map(path);
    format!("[tls]\ncertificate = {certificate:?}\nkey = {key:?}\nauthorities = {authorities:?}\n")
}

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

pub async fn next_mail(sink: &mut Sink) -> Received {
    tokio::time::timeout(Duration::from_secs(40), sink.mails.recv()).await.expect("a mail leaves").unwrap()
}

/// Letters and soft line ends put together again, so that text can be looked for.
pub fn readable(mail: &[u8]) -> String {
    String::from_utf8_lossy(mail).replace("=\r\n", "").replace("\r\n", "\n")
}
