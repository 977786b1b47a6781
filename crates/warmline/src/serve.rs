//! Wiring: the store, the desk, mail in and out, the pages; and stopping them in order.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use warmline_desk::blobs::Blobs;
use warmline_desk::edge::Clock;
use warmline_desk::imap::{self, Fetcher};
use warmline_desk::seal::Seal;
use warmline_desk::smtp_out::Carrier;
use warmline_desk::{Desk, Recordings, Stop, checkpoints, elsewhere, outbox, smtp_in, telephony};
use warmline_sim::callers::{self, Elsewhere};
use warmline_sim::chatters;
use warmline_sim::demo;
use warmline_store::{Durability, Store};
use warmline_web::Settings;

use crate::config::Config;

pub(crate) fn log_to_stderr(config: &Config) {
    use tracing_subscriber::EnvFilter;
    // The SIP library writes whole messages, with numbers and credentials, at info; and at warn what any scanner sends.
    let quiet = "rsipstack=error".parse().expect("a directive");
    let filter = EnvFilter::try_new(&config.log.level).unwrap_or_else(|_| EnvFilter::new("info")).add_directive(quiet);
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(true);
    if config.log.json { log.json().init() } else { log.init() }
}

pub(crate) async fn open_store(config: &Config) -> Result<Store, String> {
    let store = match &config.database {
        Some(url) => Store::postgres(url).await,
        None => Store::sqlite(&config.database_file(), Durability::Full).await,
    };
    store.map_err(|fault| fault.to_string())
}

/// The store of a desk that is there: looking at one must not make one.
pub(crate) async fn existing_store(config: &Config) -> Result<Store, String> {
    if config.database.is_none() && !config.database_file().exists() {
        return Err(format!(
            "{} holds no desk. Give the same folder, configuration or environment as “serve” has.",
            config.folder.display()
        ));
    }
    open_store(config).await
}

/// A desk that runs, and how it is stopped.
pub(crate) struct Running {
    pub(crate) desk: Desk,
    pub(crate) web: SocketAddr,
    pub(crate) smtp: Option<SocketAddr>,
    pub(crate) sip: Option<SocketAddr>,
    pub(crate) sips: Option<SocketAddr>,
    pub(crate) setup_code: String,
    stop: Stop,
    /// One desk at a time works on a folder.
    _lock: std::fs::File,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
}

pub(crate) async fn serve(config: Config) -> Result<(), String> {
    let running = start(&config).await?;
    println!("Warmline is at http://{}", running.web);
    if let Some(smtp) = running.smtp {
        println!("Mail is taken at {smtp} (SMTP)");
    }
    if let Some(sip) = running.sip {
        println!("Calls are taken at {sip} (SIP)");
    }
    if let Some(sips) = running.sips {
        println!("Calls are taken at {sips} (SIP over TLS)");
    }
    if running.desk.site().is_new() {
        println!("It is new. Set it up at http://{}/setup?code={}", running.web, running.setup_code);
    }
    until_told_to_stop().await;
    tracing::info!("stopping; what was accepted is finished first");
    running.stop().await;
    Ok(())
}

pub(crate) async fn run_demo(folder: PathBuf, listen: String) -> Result<(), String> {
    if folder.join("warmline.db").exists() {
        std::fs::remove_dir_all(&folder).map_err(|e| format!("{} could not be emptied: {e}.", folder.display()))?;
    }
    let mut config = Config { folder, ..Config::default() };
    config.web.listen = listen;
    config.smtp.listen = "127.0.0.1:0".into();
    let outside = warmline_sim::sink::Sink::open().await.map_err(|e| e.to_string())?;
    {
        let store = open_store(&config).await?;
        let password = warmline_web::password_hash(demo::PASSWORD).map_err(|r| r.to_string())?;
        demo::found(&store, outside.address, &password).await?;
    }
    // The public network is there before the desk that calls out through it.
    let port = std::net::UdpSocket::bind("127.0.0.1:0").and_then(|s| s.local_addr()).map_err(|e| e.to_string())?;
    let recordings = config.folder.join("elsewhere");
    let network = Elsewhere::open(port, recordings.clone(), None).await.map_err(|e| e.to_string())?;
    config.phone.listen = port.to_string();
    config.phone.trusted = vec![port.ip()];
    let server = network.address().map(|a| a.to_string()).unwrap_or_default();
    config.phone.trunk = Some(crate::config::Trunk { server, ..crate::config::Trunk::default() });
    let running = start(&config).await?;
    let desk_phone = Some((demo::PHONE_USER, demo::PHONE_PASSWORD));
    let ravi = Elsewhere::open(port, recordings, desk_phone).await.map_err(|e| e.to_string())?;
    let smtp = running.smtp.ok_or("the demo needs its mail listener")?;
    println!("\nWarmline demo: http://{}\n", running.web);
    println!("  sign in as   {}", demo::EMAIL);
    println!("  password     {}\n", demo::PASSWORD);
    println!("Customers write while you watch, and answer what you send. Mail can be sent in at {smtp} (SMTP).");
    println!("Turn your phone on (top right) and be available: somebody calls. Ravi takes over if you ask him.");
    println!("Somebody chats, too; chat yourself at http://{}/chat.", running.web);
    println!("A phone of your own calls sip:100@{port}; a browser calls at http://{}/call.", running.web);
    println!("Ctrl+C ends it.");
    let customers = tokio::spawn(demo::live(running.desk.clone(), smtp, outside));
    let colleague = tokio::spawn(callers::colleague(ravi));
    let chatting = tokio::spawn(chatters::customers(running.desk.clone(), demo::YOU));
    let beside = tokio::spawn(chatters::colleagues(running.desk.clone(), demo::COLLEAGUES));
    let calling = tokio::spawn(callers::customers(running.desk.clone(), network, demo::YOU));
    until_told_to_stop().await;
    for people in [customers, colleague, chatting, beside, calling] {
        people.abort();
    }
    running.stop().await;
    Ok(())
}

impl Running {
    pub(crate) async fn stop(self) {
        self.stop.stop().await;
        if let Err(fault) = self.desk.store.checkpoint() {
            tracing::warn!(%fault, "the log stays beside the database");
        }
        match self.serving.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the pages ended badly"),
            Err(error) => tracing::error!(%error, "the pages' task ended badly"),
        }
    }
}

pub(crate) async fn start(config: &Config) -> Result<Running, String> {
    let lock = lock(&config.folder)?;
    let store = open_store(config).await?;
    let blobs = Blobs::folder(&config.blob_folder()).map_err(|f| f.to_string())?;
    let web = bind("web.listen", &config.web.listen).await?;
    let smtp = bind_optional("smtp.listen", &config.smtp.listen).await?;
    let lmtp = bind_optional("smtp.lmtp", &config.smtp.lmtp).await?;
    let authorities = Arc::new(match &config.tls.authorities {
        Some(path) => read(path)?,
        None => Vec::new(),
    });
    let fetcher = Fetcher { tls: Arc::new(client_tls(&authorities)?), max_bytes: config.smtp.max_bytes };
    let acceptor = server_tls(config)?;

    let recordings = Recordings(Some(config.folder.join("recordings")));
    let (desk, mut stop) =
        Desk::start(store, blobs, recordings, Clock::System, config.node).await.map_err(|e| e.to_string())?;
    let telephone = telephony::start(&desk, voice(config)?, config.node, stop.signal()).await;
    stop.wait_for(
        telephone.map_err(|e| format!("The telephone cannot start: {e}. Look at [phone] in the configuration."))?,
    );
    let (sip, sips) = desk.telephone.phone().map_or((None, None), |p| (p.sip, p.sips));
    let carrier = Carrier::trusting(authorities.clone());
    let signal = stop.signal();
    stop.wait_for(tokio::spawn(outbox::run(desk.clone(), carrier, signal.clone())));
    let seal = Seal::at(&config.folder);
    stop.wait_for(tokio::spawn(checkpoints::run(desk.clone(), seal.clone(), signal.clone())));
    stop.wait_for(tokio::spawn(imap::run(desk.clone(), fetcher.clone(), signal.clone())));
    let reading = elsewhere::run(desk.clone(), fetcher.tls.clone(), config.zone()?, signal.clone());
    stop.wait_for(tokio::spawn(reading));
    let smtp_address = smtp.as_ref().and_then(|l| l.local_addr().ok());
    for (listener, speaks_lmtp) in [(smtp, false), (lmtp, true)] {
        let Some(listener) = listener else { continue };
        let how = smtp_in::Listener {
            hostname: config.smtp.hostname.clone(),
            max_bytes: config.smtp.max_bytes,
            lmtp: speaks_lmtp,
            tls: acceptor.clone(),
        };
        stop.wait_for(tokio::spawn(smtp_in::run(listener, how, desk.clone(), signal.clone())));
    }

    let address = web.local_addr().map_err(|e| e.to_string())?;
    let setup_code = code()?;
    let settings = Settings {
        zone: config.zone()?,
        secure_cookies: config.web.https,
        setup_code: setup_code.clone(),
        authorities,
        fetcher,
        smtp_listen: smtp_address.map_or("(no listener)".into(), |a| a.to_string()),
        recordings: config.folder.join("recordings"),
        phone_realm: config.phone.realm.clone(),
        spelling: Arc::new(spelling(config)),
        seal,
    };
    let router = warmline_web::router(desk.clone(), settings);
    let mut stopping = stop.signal();
    let serving = tokio::spawn(warmline_web::serve(web, router, async move {
        warmline_desk::stopped(&mut stopping).await;
    }));
    Ok(Running { desk, web: address, smtp: smtp_address, sip, sips, setup_code, stop, _lock: lock, serving })
}

/// Two desks on one database would send everything twice.
fn lock(folder: &Path) -> Result<std::fs::File, String> {
    use std::os::unix::fs::PermissionsExt;
    let wrong = |e: std::io::Error| format!("{}: {e}", folder.display());
    std::fs::create_dir_all(folder).map_err(wrong)?;
    // People's mail lies in here: only the owner looks in.
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).map_err(wrong)?;
    let file = std::fs::File::create(folder.join("warmline.lock")).map_err(wrong)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => Err(format!("Another Warmline runs on {}. Stop it first.", folder.display())),
    }
}

fn code() -> Result<String, String> {
    if let Ok(code) = std::env::var("WARMLINE_SETUP_CODE") {
        return Ok(code);
    }
    let mut bytes = [0; 6];
    getrandom::fill(&mut bytes).map_err(|e| format!("The machine gives no random numbers: {e}."))?;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
}

fn voice(config: &Config) -> Result<warmline_phone::Config, String> {
    let phone = &config.phone;
    let sip = match phone.listen.as_str() {
        "" => None,
        listen => Some(listen.parse().map_err(|_| {
            format!("phone.listen is “{listen}”, which is not an address. Write it as 192.0.2.1:5060.")
        })?),
    };
    let trunk = phone.trunk.as_ref().map(|trunk| carrier(trunk, phone)).transpose()?;
    Ok(warmline_phone::Config {
        sip,
        tcp: phone.tcp,
        tls: voice_tls(config)?,
        address: phone.address,
        realm: phone.realm.clone(),
        trunk,
        trusted: phone.trusted.clone(),
        recordings: config.folder.join("recordings"),
    })
}

fn carrier(trunk: &crate::config::Trunk, phone: &crate::config::Phone) -> Result<warmline_phone::Trunk, String> {
    if trunk.tls && phone.tls_listen.is_empty() {
        return Err("phone.trunk.tls needs phone.tls_listen: what the provider asks of us comes there.".into());
    }
    let tls = if trunk.tls { Some(read(&trunk.authorities)?.into()) } else { None };
    let (server, user, password) = (trunk.server.clone(), trunk.user.clone(), trunk.password.clone());
    Ok(warmline_phone::Trunk { server, user, password, register: trunk.register, tls })
}

/// SIP over TLS shows the same certificate as the SMTP listener.
fn voice_tls(config: &Config) -> Result<Option<warmline_phone::Tls>, String> {
    let listen = config.phone.tls_listen.as_str();
    if listen.is_empty() {
        return Ok(None);
    }
    let listen = listen
        .parse()
        .map_err(|_| format!("phone.tls_listen is “{listen}”, which is not an address. Write it as 192.0.2.1:5061."))?;
    let (Some(certificate), Some(key)) = (&config.tls.certificate, &config.tls.key) else {
        return Err("phone.tls_listen needs a certificate. Name its files as certificate and key under [tls].".into());
    };
    if config.phone.listen.is_empty() {
        return Err(
            "phone.tls_listen is set and phone.listen is not. Set both; a firewall can close the open one.".into()
        );
    }
    Ok(Some(warmline_phone::Tls { listen, certificate: read(certificate)?, key: read(key)? }))
}

async fn bind(name: &str, address: &str) -> Result<TcpListener, String> {
    TcpListener::bind(address)
        .await
        .map_err(|e| format!("{name} = “{address}” cannot be used: {e}. Is something else running there?"))
}

async fn bind_optional(name: &str, address: &str) -> Result<Option<TcpListener>, String> {
    if address.is_empty() { Ok(None) } else { bind(name, address).await.map(Some) }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))
}

fn client_tls(authorities: &[u8]) -> Result<rustls::ClientConfig, String> {
    let mut roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in CertificateDer::pem_slice_iter(authorities) {
        let certificate = certificate.map_err(|e| format!("tls.authorities: {e}"))?;
        roots.add(certificate).map_err(|e| format!("tls.authorities: {e}"))?;
    }
    Ok(rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
}

fn server_tls(config: &Config) -> Result<Option<TlsAcceptor>, String> {
    let (Some(certificate), Some(key)) = (&config.tls.certificate, &config.tls.key) else { return Ok(None) };
    let wrong = |path: &Path, e: String| format!("{}: {e}. It must be a PEM file.", path.display());
    let chain = CertificateDer::pem_slice_iter(&read(certificate)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| wrong(certificate, e.to_string()))?;
    let secret = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|e| wrong(key, e.to_string()))?;
    let server = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(|e| wrong(certificate, e.to_string()))?;
    Ok(Some(TlsAcceptor::from(Arc::new(server))))
}

async fn until_told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).expect("signals can be listened to");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// Loaded when somebody writes first. Without a German dictionary German is not looked at.
fn spelling(config: &Config) -> warmline_spelling::Worker {
    if !config.spelling.on {
        return warmline_spelling::Worker::off();
    }
    let german = Some(config.spelling.german.clone()).filter(|folder| folder.exists());
    warmline_spelling::Worker::new(warmline_spelling::Settings { german, ..warmline_spelling::Settings::default() })
}
