//! `warmline.toml` and the environment. What is wrong is said with file and line.
//!
//! What people change while working is policy and is set in the product; here is only what the machine needs to know.

use std::path::{Path, PathBuf};

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// Where the embedded database and the files lie.
    pub(crate) folder: PathBuf,
    /// Use PostgreSQL instead: `postgres://user:password@host/name`. WARMLINE_DATABASE sets it too.
    pub(crate) database: Option<String>,
    /// Keeps identifiers of several processes on one database apart, 0 to 1023.
    pub(crate) node: u16,
    /// Times are shown in this zone: an IANA name such as Europe/Vienna.
    pub(crate) zone: String,
    pub(crate) web: Web,
    pub(crate) smtp: Smtp,
    pub(crate) phone: Phone,
    pub(crate) tls: Tls,
    pub(crate) spelling: Spelling,
    pub(crate) log: Log,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Web {
    pub(crate) listen: String,
    /// True when people reach the desk over HTTPS (a proxy in front): cookies are then sent over HTTPS only.
    pub(crate) https: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Smtp {
    /// Empty: no listener.
    pub(crate) listen: String,
    /// Empty: no listener. LMTP for a mail server on the same machine.
    pub(crate) lmtp: String,
    /// How the listener greets.
    pub(crate) hostname: String,
    pub(crate) max_bytes: usize,
}

/// The telephone. Calls from browsers need nothing here; SIP needs `listen`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Phone {
    /// Where SIP is taken, by UDP and TCP. Empty: no SIP.
    pub(crate) listen: String,
    /// Also take SIP by TCP.
    pub(crate) tcp: bool,
    /// SIP over TLS, with the certificate of `[tls]`. Empty: none.
    pub(crate) tls_listen: String,
    /// The address of this machine that phones and browsers reach, for signalling and sound.
    pub(crate) address: std::net::IpAddr,
    /// Hosts whose calls are taken without a password: the trunk's.
    pub(crate) trusted: Vec<std::net::IpAddr>,
    /// What desk phones sign in to. Changing it makes their passwords void.
    pub(crate) realm: String,
    pub(crate) trunk: Option<Trunk>,
}

/// A provider that carries calls to and from the public network.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Trunk {
    /// `host:port`.
    pub(crate) server: String,
    pub(crate) user: String,
    pub(crate) password: String,
    /// Whether to register there, so that calls find us.
    pub(crate) register: bool,
    /// By TLS, with secret sound.
    pub(crate) tls: bool,
    /// PEM certificates of the authorities one of which must vouch for the server.
    pub(crate) authorities: PathBuf,
}

impl Default for Trunk {
    fn default() -> Self {
        Trunk {
            server: String::new(),
            user: String::new(),
            password: String::new(),
            register: false,
            tls: false,
            authorities: "/etc/ssl/certs/ca-certificates.crt".into(),
        }
    }
}

impl Default for Phone {
    fn default() -> Self {
        Phone {
            listen: String::new(),
            tcp: false,
            tls_listen: String::new(),
            address: std::net::Ipv4Addr::LOCALHOST.into(),
            trusted: Vec::new(),
            realm: "warmline".into(),
            trunk: None,
        }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Tls {
    /// PEM files for STARTTLS on the SMTP listener.
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
    /// PEM certificates of authorities to trust besides the public ones, for mail servers inside the house.
    pub(crate) authorities: Option<PathBuf>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Spelling {
    /// Spelling in the composer: about 200 MB once somebody writes.
    pub(crate) on: bool,
    /// The folder of de_DE.aff and de_DE.dic.
    pub(crate) german: PathBuf,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Log {
    /// A tracing filter, such as `info` or `warmline_desk=debug`.
    pub(crate) level: String,
    /// One JSON object a line.
    pub(crate) json: bool,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            folder: "data".into(),
            database: None,
            node: 0,
            zone: String::new(),
            web: Web::default(),
            smtp: Smtp::default(),
            phone: Phone::default(),
            tls: Tls::default(),
            spelling: Spelling::default(),
            log: Log::default(),
        }
    }
}
impl Default for Web {
    fn default() -> Self {
        Web { listen: "127.0.0.1:8080".into(), https: false }
    }
}
impl Default for Smtp {
    fn default() -> Self {
        Smtp {
            listen: "127.0.0.1:2525".into(),
            lmtp: String::new(),
            hostname: "warmline.localhost".into(),
            max_bytes: 30 * 1024 * 1024,
        }
    }
}
impl Default for Spelling {
    fn default() -> Self {
        // Where Debian's hunspell-de-de puts it.
        Spelling { on: true, german: "/usr/share/hunspell".into() }
    }
}
impl Default for Log {
    fn default() -> Self {
        Log { level: "info".into(), json: false }
    }
}

impl Config {
    /// A missing file means the defaults; an unreadable one is an error.
    pub(crate) fn load(path: &Path) -> Result<Config, String> {
        let mut config = match std::fs::read_to_string(path) {
            Ok(text) => Config::read(path, &text)?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Config::default(),
            Err(e) => {
                return Err(format!("{}: {e}. Make it readable or name another file with --config.", path.display()));
            }
        };
        if let Ok(database) = std::env::var("WARMLINE_DATABASE") {
            config.database = Some(database);
        }
        if let Ok(folder) = std::env::var("WARMLINE_FOLDER") {
            config.folder = folder.into();
        }
        for (name, place) in [
            ("WARMLINE_WEB", &mut config.web.listen),
            ("WARMLINE_SMTP", &mut config.smtp.listen),
            ("WARMLINE_SIP", &mut config.phone.listen),
        ] {
            if let Ok(value) = std::env::var(name) {
                *place = value;
            }
        }
        config.zone()?;
        Ok(config)
    }

    fn read(path: &Path, text: &str) -> Result<Config, String> {
        toml::from_str(text).map_err(|e| {
            let line = e.span().map_or(1, |s| text[..s.start.min(text.len())].matches('\n').count() + 1);
            format!("{}:{line}: {}. Correct the line and start again.", path.display(), e.message())
        })
    }

    pub(crate) fn zone(&self) -> Result<jiff::tz::TimeZone, String> {
        if self.zone.is_empty() {
            return Ok(jiff::tz::TimeZone::UTC);
        }
        jiff::tz::TimeZone::get(&self.zone)
            .map_err(|_| format!("zone = “{}” is not known. Use an IANA name such as Europe/Vienna.", self.zone))
    }

    pub(crate) fn database_file(&self) -> PathBuf {
        self.folder.join("warmline.db")
    }
    pub(crate) fn blob_folder(&self) -> PathBuf {
        self.folder.join("files")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_line_is_named() {
        let wrong = Config::read(Path::new("warmline.toml"), "folder = \"x\"\n\n[smtp]\nlisten = 25\n").unwrap_err();
        assert!(wrong.starts_with("warmline.toml:4: "), "{wrong}");
        let unknown = Config::read(Path::new("w.toml"), "[web]\nlisen = \"x\"\n").unwrap_err();
        assert!(unknown.starts_with("w.toml:2: unknown field `lisen`"), "{unknown}");
    }
}
