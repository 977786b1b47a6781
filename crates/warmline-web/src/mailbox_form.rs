//! The form of a mailbox: its address, how mail comes in, how mail goes out, and "test it".

use serde::Deserialize;
use warmline_desk::{imap, smtp_out};
use warmline_domain::site::{Fetch, Mailbox, Submit, Tls};
use warmline_domain::{MailboxId, QueueId, Refusal};

use crate::App;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct MailboxForm {
    pub(crate) address: String,
    pub(crate) display: String,
    /// `listen` or `imap`
    pub(crate) incoming: String,
    pub(crate) imap_host: String,
    pub(crate) imap_port: String,
    pub(crate) imap_tls: String,
    pub(crate) imap_user: String,
    pub(crate) imap_password: String,
    pub(crate) imap_folder: String,
    /// `none` or `smtp`
    pub(crate) outgoing: String,
    pub(crate) smtp_host: String,
    pub(crate) smtp_port: String,
    pub(crate) smtp_tls: String,
    pub(crate) smtp_user: String,
    pub(crate) smtp_password: String,
}

/// One line of a test: what was tried, whether it worked, in words.
pub(crate) struct Tested {
    pub(crate) what: &'static str,
    pub(crate) fine: bool,
    pub(crate) words: String,
}

impl MailboxForm {
    pub(crate) fn of(mailbox: &Mailbox) -> Self {
        let mut form = MailboxForm {
            address: mailbox.address.clone(),
            display: mailbox.display.clone(),
            ..MailboxForm::default()
        };
        form.incoming = if mailbox.fetch.is_some() { "imap" } else { "listen" }.into();
        form.outgoing = if mailbox.submit.is_some() { "smtp" } else { "none" }.into();
        if let Some(f) = &mailbox.fetch {
            (form.imap_host, form.imap_port, form.imap_tls) = (f.host.clone(), f.port.to_string(), f.tls.word().into());
            (form.imap_user, form.imap_folder) = (f.user.clone(), f.folder.clone());
        }
        if let Some(s) = &mailbox.submit {
            (form.smtp_host, form.smtp_port, form.smtp_tls) = (s.host.clone(), s.port.to_string(), s.tls.word().into());
            form.smtp_user = s.user.clone();
        }
        form
    }

    pub(crate) fn mailbox(&self, id: MailboxId, queue: QueueId) -> Result<Mailbox, Refusal> {
        let fetch = (self.incoming == "imap").then(|| self.fetch()).transpose()?;
        let submit = (self.outgoing == "smtp").then(|| self.submit()).transpose()?;
        let display = self.display.trim();
        let display = if display.is_empty() { "Support" } else { display };
        Ok(Mailbox { id, address: self.address.clone(), display: display.to_owned(), queue, fetch, submit })
    }

    fn fetch(&self) -> Result<Fetch, Refusal> {
        let folder = self.imap_folder.trim();
        Ok(Fetch {
            host: self.imap_host.trim().to_owned(),
            port: port(&self.imap_port, 993, "fetching")?,
            tls: tls(&self.imap_tls),
            user: self.imap_user.trim().to_owned(),
            folder: if folder.is_empty() { "INBOX".into() } else { folder.to_owned() },
        })
    }

    fn submit(&self) -> Result<Submit, Refusal> {
        Ok(Submit {
            host: self.smtp_host.trim().to_owned(),
            port: port(&self.smtp_port, 465, "sending")?,
            tls: tls(&self.smtp_tls),
            user: self.smtp_user.trim().to_owned(),
        })
    }

    /// Empty passwords keep what was stored.
    pub(crate) async fn secrets(&self, app: &App, id: MailboxId) -> Result<(String, String), warmline_store::Fault> {
        let (fetch, submit) = app.desk.store.mailbox_secret(id).await?;
        let or = |typed: &str, stored: String| if typed.is_empty() { stored } else { typed.to_owned() };
        Ok((or(&self.imap_password, fetch), or(&self.smtp_password, submit)))
    }

    /// Signs in to both servers and says how it went.
    pub(crate) async fn test(&self, app: &App, secrets: (String, String)) -> Vec<Tested> {
        let mut tested = Vec::new();
        match (self.incoming.as_str(), self.fetch()) {
            ("imap", Ok(fetch)) => {
                let outcome = imap::test(&fetch, &secrets.0, &app.settings.fetcher).await;
                let fine = outcome.is_ok();
                let words = match outcome {
                    Ok(count) => format!("Signed in at {}; {count} mails lie in {}.", fetch.host, fetch.folder),
                    Err(why) => format!("{} could not be used: {why}.", fetch.host),
                };
                tested.push(Tested { what: "Incoming", fine, words });
            }
            ("imap", Err(refusal)) => tested.push(Tested { what: "Incoming", fine: false, words: refusal.to_string() }),
            _ => tested.push(Tested {
                what: "Incoming",
                fine: true,
                words: format!(
                    "Warmline itself takes mail at {}. Point your mail server there.",
                    app.settings.smtp_listen
                ),
            }),
        }
        match (self.outgoing.as_str(), self.submit()) {
            ("smtp", Ok(submit)) => {
                let outcome = smtp_out::test(&submit, &secrets.1, &app.settings.authorities).await;
                let fine = outcome.is_ok();
                let words = match outcome {
                    Ok(()) => format!("{} answers and accepts the sign-in.", submit.host),
                    Err(why) => format!("{} could not be used: {why}.", submit.host),
                };
                tested.push(Tested { what: "Outgoing", fine, words });
            }
            ("smtp", Err(refusal)) => tested.push(Tested { what: "Outgoing", fine: false, words: refusal.to_string() }),
            _ => tested.push(Tested {
                what: "Outgoing",
                fine: false,
                words: "No server for sending is set, so answers will wait. Set one before you write to customers."
                    .into(),
            }),
        }
        tested
    }
}

fn port(text: &str, usual: u16, what: &str) -> Result<u16, Refusal> {
    match text.trim() {
        "" => Ok(usual),
        text => text
            .parse()
            .map_err(|_| Refusal::input(format!("“{text}” is no port for {what} mail."), format!("Usual is {usual}."))),
    }
}

fn tls(word: &str) -> Tls {
    [Tls::Implicit, Tls::Starttls, Tls::None].into_iter().find(|t| t.word() == word).unwrap_or(Tls::Implicit)
}
