//! Mail comes in by SMTP (RFC 5321) or LMTP (RFC 2033). Nothing is answered with 250 before it is committed.
//!
//! Extensions: PIPELINING, SIZE, 8BITMIME, SMTPUTF8, ENHANCEDSTATUSCODES, CHUNKING, STARTTLS where a certificate is set.
//! Only mailboxes of the desk are accepted as recipients; nothing is relayed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use smtp_proto::Request;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;

use crate::receive::INLINE_BYTES;
use crate::{Desk, DeskError, Incoming, Outcome, Wish};

/// Connections at once, from everywhere.
const CONNECTIONS: usize = 256;
/// Connections at once from one address.
const CONNECTIONS_EACH: usize = 64;
/// RFC 5321 §4.5.3.1.4 asks for 512 octets at least; longer paths of extensions fit.
const COMMAND_BYTES: u64 = 4096;
/// RFC 5321 §4.5.3.1.8: at least 100.
const RECIPIENTS: usize = 100;
/// Wrong commands before the line is closed.
const PATIENCE: u32 = 20;
/// RFC 5321 §4.5.3.2.7.
const COMMAND_TIME: Duration = Duration::from_secs(300);
const HANDSHAKE_TIME: Duration = Duration::from_secs(30);
/// A mail that takes longer to arrive than this never ends.
const DATA_TIME: Duration = Duration::from_secs(600);
/// Reading a mail takes milliseconds; one that takes this long is put away unread.
const READ_TIME: Duration = Duration::from_secs(1);

const BROKE_OFF: &str = "reading it broke off";

#[derive(Clone)]
pub struct Listener {
    pub hostname: String,
    pub max_bytes: usize,
    pub lmtp: bool,
    pub tls: Option<TlsAcceptor>,
}

pub async fn run(listener: TcpListener, how: Listener, desk: Desk, mut stopping: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let callers: Callers = Arc::default();
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a mail connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
            () = crate::stopped(&mut stopping) => return,
        };
        let (Ok(place), Some(caller)) = (places.clone().try_acquire_owned(), Caller::of(&callers, peer.ip())) else {
            tokio::spawn(turn_away(stream));
            continue;
        };
        let (desk, how) = (desk.clone(), how.clone());
        tokio::spawn(async move {
            desk.metrics.smtp_connections.inc();
            if let Err(error) = serve(stream, peer, &how, &desk).await {
                tracing::debug!(%error, "a mail connection ended early");
            }
            desk.metrics.smtp_connections.dec();
            drop((place, caller));
        });
    }
}

type Callers = Arc<std::sync::Mutex<std::collections::HashMap<std::net::IpAddr, usize>>>;

/// One connection of an address; one address alone cannot take all places.
struct Caller {
    callers: Callers,
    address: std::net::IpAddr,
}

impl Caller {
    fn of(callers: &Callers, address: std::net::IpAddr) -> Option<Caller> {
        let mut all = callers.lock().ok()?;
        let count = all.entry(address).or_default();
        if *count >= CONNECTIONS_EACH {
            return None;
        }
        *count += 1;
        Some(Caller { callers: callers.clone(), address })
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        let Ok(mut all) = self.callers.lock() else { return };
        if let Some(count) = all.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                all.remove(&self.address);
            }
        }
    }
}

async fn turn_away(mut stream: TcpStream) {
    // The other side may be gone already; there is nothing more to do for it.
    let _ = stream.write_all(b"421 4.3.2 Too many connections, try again later\r\n").await;
}

/// What has been said in the dialogue so far.
#[derive(Default)]
struct Dialogue {
    greeted: bool,
    sender: Option<String>,
    recipients: Vec<String>,
    chunks: Vec<u8>,
    mistakes: u32,
}

impl Dialogue {
    fn reset(&mut self) {
        *self = Dialogue { greeted: self.greeted, mistakes: self.mistakes, ..Dialogue::default() };
    }
}

/// What follows a command.
enum Next {
    Go,
    Quit,
    Tls,
}

async fn serve(stream: TcpStream, peer: SocketAddr, how: &Listener, desk: &Desk) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut plain = BufReader::new(stream);
    let protocol = if how.lmtp { "LMTP" } else { "ESMTP" };
    plain.write_all(format!("220 {} {protocol} Warmline\r\n", how.hostname).as_bytes()).await?;
    if let Next::Tls = dialogue(&mut plain, how, desk, false).await? {
        let Some(acceptor) = &how.tls else { return Ok(()) };
        // What was sent ahead in the clear is dropped (RFC 3207 §4.2, CVE-2011-0411).
        let securing = tokio::time::timeout(HANDSHAKE_TIME, acceptor.accept(plain.into_inner()));
        let secured = securing.await.map_err(|_| std::io::ErrorKind::TimedOut)??;
        let mut secured = BufReader::new(secured);
        dialogue(&mut secured, how, desk, true).await?;
    }
    tracing::trace!(%peer, "mail connection closed");
    Ok(())
}

async fn dialogue<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufReader<S>,
    how: &Listener,
    desk: &Desk,
    secured: bool,
) -> std::io::Result<Next> {
    let mut said = Dialogue::default();
    loop {
        let mut line = Vec::new();
        let mut limited = (&mut *stream).take(COMMAND_BYTES);
        let read = limited.read_until(b'\n', &mut line);
        match tokio::time::timeout(COMMAND_TIME, read).await {
            Ok(read) => {
                if read? == 0 {
                    return Ok(Next::Quit);
                }
            }
            Err(_) => {
                stream.write_all(b"421 4.4.2 Nothing came for too long\r\n").await?;
                return Ok(Next::Quit);
            }
        }
        let request = Request::parse(&mut line.iter()).map(Request::into_owned);
        match command(stream, how, desk, secured, &mut said, request).await? {
            Next::Go => {}
            other => return Ok(other),
        }
        if said.mistakes > PATIENCE {
            stream.write_all(b"421 4.7.0 Too many errors\r\n").await?;
            return Ok(Next::Quit);
        }
    }
}

async fn command<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufReader<S>,
    how: &Listener,
    desk: &Desk,
    secured: bool,
    said: &mut Dialogue,
    request: Result<Request<String>, smtp_proto::Error>,
) -> std::io::Result<Next> {
    let reply: String = match request {
        Ok(Request::Ehlo { .. }) if !how.lmtp => greet(said, how, secured),
        Ok(Request::Lhlo { .. }) if how.lmtp => greet(said, how, secured),
        Ok(Request::Helo { .. }) if !how.lmtp => {
            said.greeted = true;
            said.reset();
            format!("250 {}\r\n", how.hostname)
        }
        Ok(Request::Mail { from }) => mail(said, how, from.address, from.size),
        Ok(Request::Rcpt { to }) => recipient(said, desk, to.address),
        Ok(Request::Data) if said.recipients.is_empty() || !said.chunks.is_empty() => {
            said.mistakes += 1;
            "503 5.5.1 Name a recipient first\r\n".into()
        }
        Ok(Request::Data) => {
            stream.write_all(b"354 Go ahead, end with a dot\r\n").await?;
            let taken = tokio::time::timeout(DATA_TIME, data(stream, how.max_bytes)).await;
            let Ok(taken) = taken else { return Ok(Next::Quit) };
            take(desk, how, said, taken?).await
        }
        Ok(Request::Bdat { chunk_size, is_last }) => {
            let fits = said.chunks.len().saturating_add(chunk_size) <= how.max_bytes;
            let read = tokio::time::timeout(DATA_TIME, chunk(stream, chunk_size, fits)).await;
            let Ok(read) = read else { return Ok(Next::Quit) };
            said.chunks.append(&mut read?);
            match (said.recipients.is_empty(), fits, is_last) {
                (true, ..) => {
                    said.chunks.clear();
                    said.mistakes += 1;
                    "503 5.5.1 Name a recipient first\r\n".into()
                }
                (_, false, _) => {
                    said.reset();
                    format!("552 5.3.4 A mail may have {} bytes here\r\n", how.max_bytes)
                }
                (_, _, false) => "250 2.0.0 Chunk taken\r\n".into(),
                (_, _, true) => {
                    let whole = std::mem::take(&mut said.chunks);
                    take(desk, how, said, Some(whole)).await
                }
            }
        }
        Ok(Request::Rset) => {
            said.reset();
            "250 2.0.0 Forgotten\r\n".into()
        }
        Ok(Request::Noop { .. }) => "250 2.0.0 Here\r\n".into(),
        Ok(Request::Vrfy { .. }) => "252 2.1.5 Send it and see\r\n".into(),
        Ok(Request::Quit) => {
            stream.write_all(b"221 2.0.0 Goodbye\r\n").await?;
            return Ok(Next::Quit);
        }
        Ok(Request::StartTls) if how.tls.is_some() && !secured => {
            stream.write_all(b"220 2.0.0 Go ahead\r\n").await?;
            return Ok(Next::Tls);
        }
        Ok(_) => {
            said.mistakes += 1;
            "502 5.5.1 Not here\r\n".into()
        }
        Err(_) => {
            said.mistakes += 1;
            "500 5.5.2 That was not understood\r\n".into()
        }
    };
    stream.write_all(reply.as_bytes()).await?;
    Ok(Next::Go)
}

fn greet(said: &mut Dialogue, how: &Listener, secured: bool) -> String {
    said.reset();
    said.greeted = true;
    let tls = if how.tls.is_some() && !secured { "250-STARTTLS\r\n" } else { "" };
    format!(
        "250-{}\r\n250-PIPELINING\r\n250-SIZE {}\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-CHUNKING\r\n{tls}250 ENHANCEDSTATUSCODES\r\n",
        how.hostname, how.max_bytes
    )
}

fn mail(said: &mut Dialogue, how: &Listener, sender: String, size: usize) -> String {
    if !said.greeted {
        said.mistakes += 1;
        return "503 5.5.1 Greet first\r\n".into();
    }
    if size > how.max_bytes {
        return format!("552 5.3.4 A mail may have {} bytes here\r\n", how.max_bytes);
    }
    said.reset();
    said.sender = Some(sender);
    "250 2.1.0 Sender noted\r\n".into()
}

fn recipient(said: &mut Dialogue, desk: &Desk, address: String) -> String {
    if said.sender.is_none() {
        said.mistakes += 1;
        return "503 5.5.1 Name the sender first\r\n".into();
    }
    if said.recipients.len() >= RECIPIENTS {
        return "452 4.5.3 Too many recipients\r\n".into();
    }
    if desk.site().mailbox_of(&address).is_none() {
        said.mistakes += 1;
        return "550 5.1.1 No such mailbox here\r\n".into();
    }
    said.recipients.push(address);
    "250 2.1.5 Recipient noted\r\n".into()
}

/// Reads up to the dot. `None`: more came than may, and was thrown away. The end is CRLF dot CRLF and nothing else, so
/// that no second mail can be smuggled behind a bare line end.
async fn data<S: AsyncRead + Unpin>(stream: &mut BufReader<S>, max: usize) -> std::io::Result<Option<Vec<u8>>> {
    let mut mail = Vec::new();
    let mut too_large = false;
    let mut after_crlf = true;
    // A line end may be split where a long line was handed on.
    let mut cr_before = false;
    let mut line = Vec::new();
    loop {
        let (ended, used) = {
            let buffer = stream.fill_buf().await?;
            if buffer.is_empty() {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let end = buffer.iter().position(|b| *b == b'\n').map(|i| i + 1);
            let used = end.unwrap_or(buffer.len());
            line.extend_from_slice(&buffer[..used]);
            (end.is_some(), used)
        };
        stream.consume(used);
        if !ended && line.len() < 8192 {
            continue;
        }
        if after_crlf && line == b".\r\n" {
            return Ok((!too_large).then_some(mail));
        }
        let content = if after_crlf && line.first() == Some(&b'.') { &line[1..] } else { &line[..] };
        if mail.len() + content.len() > max {
            too_large = true;
            mail = Vec::new();
        }
        if !too_large {
            mail.extend_from_slice(content);
        }
        after_crlf = line.ends_with(b"\r\n") || (line == b"\n" && cr_before);
        cr_before = line.ends_with(b"\r");
        line.clear();
    }
}

async fn chunk<S: AsyncRead + Unpin>(stream: &mut BufReader<S>, bytes: usize, keep: bool) -> std::io::Result<Vec<u8>> {
    if keep {
        let mut chunk = vec![0; bytes];
        stream.read_exact(&mut chunk).await?;
        return Ok(chunk);
    }
    tokio::io::copy(&mut (&mut *stream).take(bytes as u64), &mut tokio::io::sink()).await?;
    Ok(Vec::new())
}

/// Gives a whole mail to the desk and says what became of it: once for SMTP, once per recipient for LMTP.
async fn take(desk: &Desk, how: &Listener, said: &mut Dialogue, mail: Option<Vec<u8>>) -> String {
    let answers = if how.lmtp { said.recipients.len() } else { 1 };
    let reply = match mail {
        None => format!("552 5.3.4 A mail may have {} bytes here\r\n", how.max_bytes),
        Some(mail) => {
            let recipients = std::mem::take(&mut said.recipients);
            match accept(desk, mail, recipients, said.sender.take(), None).await {
                Ok(_) => "250 2.0.0 Taken and kept\r\n".into(),
                Err(DeskError::Refused(refusal)) => format!("554 5.7.1 {}\r\n", refusal.why),
                Err(DeskError::Fault(_)) => "451 4.3.0 Not now; nothing is lost, try again\r\n".into(),
            }
        }
    };
    said.reset();
    reply.repeat(answers)
}

/// Reads a mail off the loop, keeps its bytes, and asks the desk to take it. When this returns `Ok`, it is committed.
pub async fn accept(
    desk: &Desk,
    raw: Vec<u8>,
    recipients: Vec<String>,
    sender: Option<String>,
    mailbox: Option<warmline_domain::MailboxId>,
) -> Result<Outcome, DeskError> {
    let raw = Arc::new(raw);
    let unread = |why| Incoming::unread(&raw, recipients.clone(), sender.clone(), mailbox, why);
    let incoming = if raw.len() <= INLINE_BYTES {
        // A bug in reading ends here and not with the connection: the mail is kept all the same.
        let reading = || Incoming::read(&raw, recipients.clone(), sender.clone(), mailbox);
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(reading)).unwrap_or_else(|_| unread(BROKE_OFF))
    } else {
        let bytes = raw.clone();
        let identity = tokio::task::spawn_blocking(move || warmline_mail::identity(&bytes)).await;
        let identity = identity.map_err(|_| warmline_store::Fault("A mail could not be looked at.".into()))?;
        desk.blobs.put(&hex::encode(identity), raw.to_vec()).await?;
        let (bytes, to, from) = (raw.clone(), recipients.clone(), sender.clone());
        let (began, begins) = tokio::sync::oneshot::channel();
        let reading = tokio::task::spawn_blocking(move || {
            // The other end waits for this before it looks at the clock.
            let _ = began.send(());
            Incoming::read(&bytes, to, from, mailbox)
        });
        // Waiting for a place to read in is not reading.
        let _ = begins.await;
        match tokio::time::timeout(READ_TIME, reading).await {
            Ok(Ok(incoming)) => incoming,
            Ok(Err(_)) => unread(BROKE_OFF),
            Err(_) => unread("reading it took too long"),
        }
    };
    let outcome = desk.ask(Wish::Mail(Box::new(incoming))).await?;
    desk.metrics.mail_in(match &outcome {
        Outcome::Mail(outcome) => outcome.word(),
        _ => "known already",
    });
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn taken(sent: &[u8], buffer: usize) -> Option<Vec<u8>> {
        data(&mut BufReader::with_capacity(buffer, sent), 100_000).await.unwrap()
    }

    #[tokio::test]
    async fn a_mail_ends_at_the_dot_wherever_the_pieces_are_cut() {
        let mail = [b"a\r\n..b\r\n".as_slice(), &[b'x'; 8191], b"\r\n.\r\nMAIL FROM:<next@example.net>\r\n"].concat();
        let expected = [b"a\r\n.b\r\n".as_slice(), &[b'x'; 8191], b"\r\n"].concat();
        for buffer in [1, 7, 64, 4096, 65_536] {
            assert_eq!(taken(&mail, buffer).await.unwrap(), expected, "pieces of {buffer}");
        }
    }

    #[tokio::test]
    async fn no_second_mail_is_smuggled_behind_a_bare_line_end() {
        let mail = b"one\n.\nMAIL FROM:<evil@example.net>\r\n.\r\n";
        assert_eq!(taken(mail, 64).await.unwrap(), b"one\n.\nMAIL FROM:<evil@example.net>\r\n");
        assert_eq!(
            taken(&[&[b'x'; 200_000][..], b"\r\n.\r\n"].concat(), 4096).await,
            None,
            "too large, and read to its end"
        );
    }
}
