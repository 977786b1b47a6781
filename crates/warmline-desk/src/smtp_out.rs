//! Submission (RFC 6409) with TLS and authentication.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls as LettreTls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use tokio::sync::Mutex;
use warmline_domain::MailboxId;
use warmline_domain::site::{Submit, Tls};

use crate::Desk;

type Transport = AsyncSmtpTransport<Tokio1Executor>;

const TIMEOUT: Duration = Duration::from_secs(30);

/// A transport and what it was made from: it is made anew when either changes.
type Kept = (Submit, String, Transport);

/// What a mail server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Sent,
    Later(String),
    Never(String),
}

impl Verdict {
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Verdict::Sent => "sent",
            Verdict::Later(_) => "deferred",
            Verdict::Never(_) => "refused",
        }
    }
}

/// Carries mails to the submission server of the mailbox they come from. Connections are kept and used again.
#[derive(Clone, Default)]
pub struct Carrier {
    transports: Arc<Mutex<BTreeMap<MailboxId, Kept>>>,
    authorities: Arc<Vec<u8>>,
}

impl Carrier {
    /// `authorities`: PEM certificates to trust besides the public ones.
    pub fn trusting(authorities: Arc<Vec<u8>>) -> Self {
        Carrier { authorities, ..Carrier::default() }
    }

    pub(crate) async fn send(&self, desk: &Desk, from: &str, recipients: Vec<String>, mail: Vec<u8>) -> Verdict {
        let site = desk.site();
        let Some((mailbox, submit)) = site.mailbox_of(from).and_then(|m| Some((m.id, m.submit.clone()?))) else {
            return Verdict::Later(format!("{from} has no server for sending; set one up under Settings"));
        };
        let password = match desk.store.mailbox_secret(mailbox).await {
            Ok((_, password)) => password,
            Err(fault) => return Verdict::Later(fault.to_string()),
        };
        let transport = match self.transport(mailbox, &submit, password).await {
            Ok(transport) => transport,
            Err(why) => return Verdict::Later(why),
        };
        let envelope = match envelope(from, &recipients) {
            Ok(envelope) => envelope,
            Err(why) => return Verdict::Never(why),
        };
        match transport.send_raw(&envelope, &mail).await {
            Ok(_) => Verdict::Sent,
            Err(error) => refused(&error),
        }
    }

    async fn transport(&self, mailbox: MailboxId, submit: &Submit, password: String) -> Result<Transport, String> {
        let mut transports = self.transports.lock().await;
        if let Some((known, secret, transport)) = transports.get(&mailbox)
            && known == submit
            && *secret == password
        {
            return Ok(transport.clone());
        }
        let transport = connect(submit, &password, &self.authorities)?;
        transports.insert(mailbox, (submit.clone(), password, transport.clone()));
        Ok(transport)
    }
}

/// Signs in to a submission server and out again, for "test it".
pub async fn test(submit: &Submit, password: &str, authorities: &[u8]) -> Result<(), String> {
    let transport = connect(submit, password, authorities)?;
    match transport.test_connection().await {
        Ok(true) => Ok(()),
        Ok(false) => Err("the server did not answer as a mail server does".into()),
        Err(error) => Err(said(&error)),
    }
}

fn connect(submit: &Submit, password: &str, authorities: &[u8]) -> Result<Transport, String> {
    let tls = |wrap: fn(TlsParameters) -> LettreTls| {
        let mut parameters = TlsParameters::builder(submit.host.clone());
        if !authorities.is_empty() {
            parameters = parameters
                .add_root_certificate(Certificate::from_pem(authorities).map_err(|e| format!("tls authorities: {e}"))?);
        }
        parameters.build_rustls().map(wrap).map_err(|e| e.to_string())
    };
    let security = match submit.tls {
        Tls::Implicit => tls(LettreTls::Wrapper)?,
        Tls::Starttls => tls(LettreTls::Required)?,
        Tls::None => LettreTls::None,
    };
    let mut builder =
        Transport::builder_dangerous(submit.host.clone()).port(submit.port).tls(security).timeout(Some(TIMEOUT));
    if !submit.user.is_empty() {
        builder = builder.credentials(Credentials::new(submit.user.clone(), password.to_owned()));
    }
    Ok(builder.build())
}

fn envelope(from: &str, recipients: &[String]) -> Result<Envelope, String> {
    let address = |a: &String| a.parse().map_err(|e| format!("{a}: {e}"));
    let to = recipients.iter().map(address).collect::<Result<Vec<_>, String>>()?;
    Envelope::new(Some(address(&from.to_owned())?), to).map_err(|e| e.to_string())
}

/// Only a server's clear "no" to this mail is final. A refused sign-in is our trouble, not the mail's.
fn refused(error: &lettre::transport::smtp::Error) -> Verdict {
    let code = error.status().map_or(0, u16::from);
    if error.is_permanent() && !(530..=539).contains(&code) {
        return Verdict::Never(said(error));
    }
    Verdict::Later(said(error))
}

fn said(error: &lettre::transport::smtp::Error) -> String {
    use std::error::Error;
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let next_words = next.to_string();
        if !words.contains(&next_words) {
            words = format!("{words}: {next_words}");
        }
        cause = next.source();
    }
    words
}
