//! Mail comes in by IMAP (RFC 9051): each mailbox that has a server is fetched from by a task of its own.
//!
//! Mails are taken by UID, in order, one at a time: a mail is marked as seen only after it is committed, and a mail
//! that cannot be read does not stop the next. How it goes is kept and shown; a mailbox that cannot be fetched shouts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_imap::types::Flag;
use async_imap::{Client, Session};
use futures_util::TryStreamExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use warmline_domain::MailboxId;
use warmline_domain::site::{Fetch, Mailbox, Tls};

use crate::Desk;
use crate::announce::Topic;
use crate::smtp_in::accept;

const POLL: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
const STEP_TIME: Duration = Duration::from_secs(60);
/// One mail may fail this often before it is passed over.
const FAILURES: u32 = 3;
/// Tasks that ended are noticed within this time.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

trait Stream: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug> Stream for T {}
type Connected = Session<Box<dyn Stream>>;

/// How to reach IMAP servers, and how much to take.
#[derive(Clone)]
pub struct Fetcher {
    pub tls: Arc<rustls::ClientConfig>,
    pub max_bytes: usize,
}

/// Keeps one task per mailbox that is fetched from, as the site says.
pub async fn run(desk: Desk, fetcher: Fetcher, mut stopping: watch::Receiver<bool>) {
    let mut tasks: BTreeMap<MailboxId, (Mailbox, JoinHandle<()>)> = BTreeMap::new();
    let mut changes = desk.announcer.listen();
    loop {
        let site = desk.site();
        tasks.retain(|id, (mailbox, task)| {
            let same = site.mailboxes.get(id) == Some(mailbox) && !task.is_finished();
            if !same {
                task.abort();
            }
            same
        });
        for mailbox in site.mailboxes.values().filter(|m| m.fetch.is_some()) {
            tasks.entry(mailbox.id).or_insert_with(|| {
                (mailbox.clone(), tokio::spawn(watch_mailbox(desk.clone(), fetcher.clone(), mailbox.clone())))
            });
        }
        loop {
            tokio::select! {
                change = changes.recv() => match change {
                    Ok(change) if !change.topics.contains(&Topic::Site) => continue,
                    _ => break,
                },
                () = tokio::time::sleep(LOOK_AGAIN) => break,
                () = crate::stopped(&mut stopping) => {
                    tasks.values().for_each(|(_, task)| task.abort());
                    return;
                }
            }
        }
    }
}

async fn watch_mailbox(desk: Desk, fetcher: Fetcher, mailbox: Mailbox) {
    let mut pause = POLL;
    let mut failures = BTreeMap::new();
    loop {
        let begun = tokio::time::Instant::now();
        let ended = fetch_on(&desk, &fetcher, &mailbox, &mut failures).await;
        if begun.elapsed() > LONGEST_PAUSE {
            pause = POLL;
        }
        let Err(why) = ended else { continue };
        tracing::error!(mailbox = mailbox.id.0, %why, "mail cannot be fetched");
        if let Err(fault) = note_failure(&desk, mailbox.id, &why).await {
            tracing::error!(%fault, "that mail cannot be fetched could not be kept");
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn note_failure(desk: &Desk, mailbox: MailboxId, why: &str) -> Result<(), warmline_store::CommitError> {
    let mut state = desk.store.mailbox_state(mailbox).await?;
    state.failed_at = Some(desk.clock.now());
    state.error = why.chars().take(300).collect();
    let mut batch = desk.store.batch();
    batch.mailbox_state(mailbox, &state);
    desk.store.commit(batch).await?;
    desk.announcer.announce([Topic::Mail].into());
    Ok(())
}

/// Signs in, opens the folder and signs out, for "test it". Says how many mails lie there.
pub async fn test(fetch: &Fetch, password: &str, fetcher: &Fetcher) -> Result<u32, String> {
    let mut session = sign_in(fetch, password, fetcher).await?;
    let folder = session.select(&fetch.folder).await.map_err(|e| format!("the folder {}: {e}", fetch.folder))?;
    // The test has its answer; a failed goodbye changes nothing.
    let _ = session.logout().await;
    Ok(folder.exists)
}

async fn within<T, E: std::fmt::Display>(what: &str, step: impl Future<Output = Result<T, E>>) -> Result<T, String> {
    match tokio::time::timeout(STEP_TIME, step).await {
        Ok(outcome) => outcome.map_err(|e| format!("{what}: {e}")),
        Err(_) => Err(format!("{what}: the server did not answer in time")),
    }
}

async fn sign_in(fetch: &Fetch, password: &str, fetcher: &Fetcher) -> Result<Connected, String> {
    let stream = within("connecting", TcpStream::connect((fetch.host.as_str(), fetch.port))).await?;
    let name = rustls::pki_types::ServerName::try_from(fetch.host.clone()).map_err(|e| e.to_string())?;
    let connector = TlsConnector::from(fetcher.tls.clone());
    let stream: Box<dyn Stream> = match fetch.tls {
        Tls::None => Box::new(stream),
        Tls::Implicit => Box::new(within("securing the connection", connector.connect(name, stream)).await?),
        Tls::Starttls => {
            let mut client = Client::new(stream);
            greeting(&mut client).await?;
            within("STARTTLS", client.run_command_and_check_ok("STARTTLS", None)).await?;
            let secured = within("securing the connection", connector.connect(name, client.into_inner())).await?;
            let client = Client::new(Box::new(secured) as Box<dyn Stream>);
            return log_in(client, fetch, password).await;
        }
    };
    let mut client = Client::new(stream);
    greeting(&mut client).await?;
    log_in(client, fetch, password).await
}

async fn greeting<T: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug>(
    client: &mut Client<T>,
) -> Result<(), String> {
    within("greeting", client.read_response()).await?.map(|_| ()).ok_or_else(|| "the server hung up".into())
}

async fn log_in(client: Client<Box<dyn Stream>>, fetch: &Fetch, password: &str) -> Result<Connected, String> {
    let signed_in = async { client.login(&fetch.user, password).await.map_err(|(error, _)| error) };
    within("signing in", signed_in).await
}

/// Stays connected and takes what comes, until something fails.
async fn fetch_on(
    desk: &Desk,
    fetcher: &Fetcher,
    mailbox: &Mailbox,
    failures: &mut BTreeMap<u32, u32>,
) -> Result<(), String> {
    let Some(fetch) = &mailbox.fetch else { return Ok(()) };
    let (password, _) = desk.store.mailbox_secret(mailbox.id).await.map_err(|f| f.to_string())?;
    let mut session = sign_in(fetch, &password, fetcher).await?;
    let folder = within("opening the folder", session.select(&fetch.folder)).await?;
    let validity = i64::from(folder.uid_validity.unwrap_or(0));
    loop {
        let mut state = desk.store.mailbox_state(mailbox.id).await.map_err(|f| f.to_string())?;
        if state.uid_validity != validity {
            // The server numbered its mails anew: all are looked at again, and known ones are known by their identity.
            state.uid_validity = validity;
            state.last_uid = 0;
        }
        let query = format!("UID {}:*", state.last_uid + 1);
        let mut new: Vec<u32> = within("looking for mail", session.uid_search(query)).await?.into_iter().collect();
        new.sort_unstable();
        // "n:*" always names the last mail, also when it is older than n.
        new.retain(|uid| i64::from(*uid) > state.last_uid);
        for uid in new {
            take_or_pass(desk, fetcher, mailbox, &mut session, uid, failures).await?;
            state.last_uid = i64::from(uid);
            keep_state(desk, mailbox.id, &mut state).await?;
        }
        keep_state(desk, mailbox.id, &mut state).await?;
        tokio::time::sleep(POLL).await;
        within("staying connected", session.noop()).await?;
    }
}

async fn keep_state(desk: &Desk, mailbox: MailboxId, state: &mut warmline_store::MailboxState) -> Result<(), String> {
    state.succeeded_at = Some(desk.clock.now());
    state.error.clear();
    let mut batch = desk.store.batch();
    batch.mailbox_state(mailbox, state);
    desk.store.commit(batch).await.map_err(|e| e.to_string())
}

/// A mail that fails again and again, while everything else works, is put into the log and passed.
async fn take_or_pass(
    desk: &Desk,
    fetcher: &Fetcher,
    mailbox: &Mailbox,
    session: &mut Connected,
    uid: u32,
    failures: &mut BTreeMap<u32, u32>,
) -> Result<(), String> {
    let Err(why) = take(desk, fetcher, mailbox, session, uid).await else {
        failures.remove(&uid);
        return Ok(());
    };
    let times = failures.entry(uid).or_default();
    *times += 1;
    if *times < FAILURES || desk.store.ping().await.is_err() {
        return Err(why);
    }
    tracing::error!(uid, %why, "a mail is passed over; it stays on the mail server");
    let stub = format!("Mail {uid} of {} could not be fetched: {why}\r\n", mailbox.address);
    let why = "it could not be fetched; it stays on the mail server";
    let incoming = crate::Incoming::unread(stub.as_bytes(), vec![], None, Some(mailbox.id), why);
    desk.ask(crate::Wish::Mail(Box::new(incoming))).await.map_err(|e| e.to_string())?;
    failures.remove(&uid);
    Ok(())
}

/// Takes one mail. A mail too large is put into the log by its headers and stays on the server.
async fn take(
    desk: &Desk,
    fetcher: &Fetcher,
    mailbox: &Mailbox,
    session: &mut Connected,
    uid: u32,
) -> Result<(), String> {
    let id = uid.to_string();
    let sizes = within("asking for its size", async {
        session.uid_fetch(&id, "(UID FLAGS RFC822.SIZE)").await?.try_collect::<Vec<_>>().await
    })
    .await?;
    let Some(about) = sizes.iter().find(|f| f.uid == Some(uid) && f.size.is_some()) else {
        return Err(format!("mail {uid} was announced and cannot be found"));
    };
    if about.flags().any(|flag| flag == Flag::Deleted) {
        return Ok(());
    }
    let whole = about.size.unwrap_or(0) as usize <= fetcher.max_bytes;
    let what = if whole { "BODY.PEEK[]" } else { "BODY.PEEK[HEADER]" };
    let fetched =
        within("fetching", async { session.uid_fetch(&id, what).await?.try_collect::<Vec<_>>().await }).await?;
    // A server may put news about other mails between the answers.
    let raw = fetched.iter().find_map(|f| if whole { f.body() } else { f.header() }).map(<[u8]>::to_vec);
    let Some(raw) = raw else { return Err(format!("mail {uid} came without its text")) };
    let recipients = Vec::new();
    let taken = if whole {
        accept(desk, raw, recipients, None, Some(mailbox.id)).await
    } else {
        let why = "it is larger than this desk takes; it stays on the mail server";
        let incoming = crate::Incoming::unread(&raw, recipients, None, Some(mailbox.id), why);
        desk.ask(crate::Wish::Mail(Box::new(incoming))).await
    };
    taken.map_err(|e| e.to_string())?;
    within("marking as seen", async {
        session.uid_store(&id, "+FLAGS.SILENT (\\Seen)").await?.try_collect::<Vec<_>>().await
    })
    .await?;
    Ok(())
}
