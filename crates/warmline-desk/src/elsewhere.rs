//! Calendars elsewhere: read from time to time by HTTP, within limits, and only where they may be.
//!
//! Whoever enters an address must not be able to look around inside: only public addresses are asked, by TLS, unless
//! the policy says that calendars lie in the house's own network. Where another page is named instead, nothing is followed.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Empty, Limited};
use hyper::Uri;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsConnector;
use warmline_domain::By;
use warmline_domain::calendar::{Command, Entry};
use warmline_domain::limits::CALENDAR_BYTES;
use warmline_domain::policy::Calendars;
use warmline_store::CalendarSource;

use crate::{CalendarWish, Desk, Wish, ics};

/// The whole of one reading.
const TIME: Duration = Duration::from_secs(20);
/// How often is looked whether one is to be read.
const LOOK: Duration = Duration::from_secs(30);
/// What is taken over: a week back, and as far ahead as anybody promises by the day.
const BACK: SignedDuration = SignedDuration::from_hours(24 * 7);
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 120);

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// Reads each calendar when its time has come, until the desk stops.
pub async fn run(desk: Desk, tls: Arc<rustls::ClientConfig>, zone: TimeZone, mut stopping: watch::Receiver<bool>) {
    loop {
        match desk.store.calendar_sources().await {
            Ok(sources) => {
                for source in sources.into_iter().filter(|s| is_due(s, &desk)) {
                    tokio::select! {
                        () = read_one(&desk, &tls, &zone, source) => {}
                        () = crate::stopped(&mut stopping) => return,
                    }
                }
            }
            Err(fault) => tracing::error!(%fault, "calendars to be read could not be looked up"),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = crate::stopped(&mut stopping) => return,
        }
    }
}

fn is_due(source: &CalendarSource, desk: &Desk) -> bool {
    let pause = SignedDuration::from_mins(i64::from(desk.site().policy.calendars.read_minutes));
    source.read_at.is_none_or(|read_at| read_at + pause <= desk.clock.now())
}

/// Reads one now; what became of it stands on its row.
pub async fn read_one(desk: &Desk, tls: &Arc<rustls::ClientConfig>, zone: &TimeZone, mut source: CalendarSource) {
    let now = desk.clock.now();
    let policy = desk.site().policy.calendars.clone();
    let read = match tokio::time::timeout(TIME, entries(&source.url, tls, zone, now, &policy)).await {
        Ok(read) => read,
        Err(_) => Err("it did not come in time".into()),
    };
    source.read_at = Some(now);
    source.error = match read {
        Ok(entries) => {
            let command = Command::Elsewhere { entries };
            let wish = CalendarWish { by: By::Desk, agent: source.agent, command, cover: None, reason: String::new() };
            desk.ask(Wish::Calendar(wish)).await.err().map(|e| e.to_string()).unwrap_or_default()
        }
        Err(why) => why,
    };
    if !source.error.is_empty() {
        tracing::warn!(agent = source.agent.0, why = %source.error, "a calendar could not be read");
    }
    let mut batch = desk.store.batch();
    batch.calendar_source_read(&source);
    if let Err(error) = desk.store.commit(batch).await {
        tracing::error!(%error, "that a calendar was read could not be kept");
    }
}

async fn entries(
    url: &str,
    tls: &Arc<rustls::ClientConfig>,
    zone: &TimeZone,
    now: Timestamp,
    policy: &Calendars,
) -> Result<Vec<Entry>, String> {
    let text = fetch(url, tls, policy).await?;
    let zone = zone.clone();
    // Rules can be long to follow; pages do not wait behind them.
    let read = tokio::task::spawn_blocking(move || ics::read(&text, &zone, now - BACK, now + AHEAD)).await;
    Ok(read.map_err(|e| e.to_string())??.into_iter().map(|(_, entry)| entry).collect())
}

/// What can be asked at all; `Err` says why not.
pub fn address(url: &str, policy: &Calendars) -> Result<Uri, String> {
    // Calendar programs write it so.
    let url = url.trim().replacen("webcal://", "https://", 1);
    let uri: Uri = url.parse().map_err(|_| "it is no address".to_owned())?;
    match uri.scheme_str() {
        Some("https") => {}
        Some("http") if policy.from_our_network => {}
        Some("http") => return Err("it is not by https, so others could read along".into()),
        _ => return Err("it begins neither with https nor with webcal".into()),
    }
    match uri.host() {
        Some(host) if !host.is_empty() => Ok(uri),
        _ => Err("it names no machine".into()),
    }
}

async fn fetch(url: &str, tls: &Arc<rustls::ClientConfig>, policy: &Calendars) -> Result<String, String> {
    let uri = address(url, policy)?;
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let secret = uri.scheme_str() == Some("https");
    let port = uri.port_u16().unwrap_or(if secret { 443 } else { 80 });
    let stream = connect(&host, port, policy).await?;
    let stream: Box<dyn Stream> = if secret {
        let name = ServerName::try_from(host.clone()).map_err(|e| e.to_string())?;
        Box::new(
            TlsConnector::from(tls.clone()).connect(name, stream).await.map_err(|e| format!("no secret line: {e}"))?,
        )
    } else {
        Box::new(stream)
    };
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|e| e.to_string())?;
    let carried = tokio::spawn(connection);
    let path = uri.path_and_query().map_or("/", |p| p.as_str());
    let request = hyper::Request::get(path)
        .header("host", uri.authority().map_or(host.as_str(), |a| a.as_str()))
        .header("user-agent", "Warmline")
        .header("accept", "text/calendar")
        .header("connection", "close")
        .body(Empty::<Bytes>::new())
        .map_err(|e| e.to_string())?;
    let response = sender.send_request(request).await.map_err(|e| e.to_string())?;
    if !response.status().is_success() {
        carried.abort();
        return Err(format!("the server answers {}", response.status()));
    }
    let body = Limited::new(response.into_body(), CALENDAR_BYTES).collect().await;
    carried.abort();
    let body = body.map_err(|_| format!("it broke off, or is larger than {} MB", CALENDAR_BYTES >> 20))?;
    Ok(String::from_utf8_lossy(&body.to_bytes()).into_owned())
}

/// The name is looked up once and the address that was checked is the one that is asked.
async fn connect(host: &str, port: u16, policy: &Calendars) -> Result<TcpStream, String> {
    let found = tokio::net::lookup_host((host, port)).await.map_err(|_| format!("{host} is not known"))?;
    let found: Vec<SocketAddr> = found.collect();
    let Some(address) = found.into_iter().find(|a| policy.from_our_network || is_public(a.ip())) else {
        return Err(format!("{host} is not a public machine; an administrator can allow the house’s own network"));
    };
    TcpStream::connect(address).await.map_err(|e| format!("{host} does not answer: {e}"))
}

/// Not ours, not this machine's, not for one network only (RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            let special = a == 0 || a >= 240 || (a, b) == (198, 18) || (a, b) == (198, 19) || (a, b, c) == (192, 0, 0);
            let local = v4.is_private() || v4.is_loopback() || v4.is_link_local();
            let many = v4.is_multicast() || v4.is_broadcast();
            !(local || many || v4.is_documentation() || shared || special)
        }
        // Global unicast, without the parts that stand for other addresses: NAT64, 6to4, Teredo, documentation.
        IpAddr::V6(v6) => {
            let [a, b, ..] = v6.segments();
            (0x2000..0x4000).contains(&a) && a != 0x2002 && (a, b) != (0x2001, 0) && (a, b) != (0x2001, 0x0db8)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_machines_are_asked() {
        let public = |text: &str| is_public(text.parse().unwrap());
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.9",
            "172.16.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "::1",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "2002:a00:1::",
            "64:ff9b::a00:1",
            "255.255.255.255",
            "224.0.0.1",
        ] {
            assert!(!public(inside), "{inside}");
        }
        assert!(public("93.184.215.14") && public("2606:4700::1111"));
    }

    #[test]
    fn addresses_are_by_tls_unless_the_house_allows_others() {
        let (strict, ours) = (Calendars::default(), Calendars { from_our_network: true, ..Calendars::default() });
        assert!(address("webcal://calendar.example.com/a.ics", &strict).is_ok());
        assert!(address("http://calendar.example.com/a.ics", &strict).is_err());
        assert!(address("http://calendar.example.com/a.ics", &ours).is_ok());
        assert!(address("file:///etc/passwd", &ours).is_err() && address("calendar", &ours).is_err());
    }
}
