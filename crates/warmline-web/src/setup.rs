//! The first-run page: creates the administrator, a queue and a mailbox, and signs in.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use warmline_desk::Wish;
use warmline_domain::id::Minter;
use warmline_domain::site::{Command, Role};
use warmline_domain::{AgentId, By, MailboxId, QueueId, Refusal};

use crate::App;
use crate::mailbox_form::{MailboxForm, Tested};
use crate::page::{Shown, Wrong, drawn, status_of};
use crate::session::{password_hash, signed_in};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SetupForm {
    company: String,
    name: String,
    email: String,
    password: String,
    queue: String,
    code: String,
    #[serde(flatten)]
    mailbox: MailboxForm,
}

#[derive(Template)]
#[template(path = "setup.html")]
struct Setup<'a> {
    form: &'a SetupForm,
    mailbox: &'a MailboxForm,
    /// A test signs in somewhere: nothing is stored yet.
    stored: bool,
    ask_code: bool,
    tested: Vec<Tested>,
    problem: Option<Refusal>,
    listen: &'a str,
    assets: &'static str,
}

#[derive(Deserialize)]
pub(crate) struct Code {
    #[serde(default)]
    code: String,
}

/// The code stands in the address that is printed at the start, so that only whoever started it sets it up: behind a
/// proxy every request comes from this machine.
pub(crate) async fn show(State(app): State<App>, Query(code): Query<Code>) -> Shown {
    if !app.desk.site().is_new() {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    let form = SetupForm {
        queue: "Support".into(),
        code: code.code,
        mailbox: MailboxForm { incoming: "listen".into(), outgoing: "smtp".into(), ..MailboxForm::default() },
        ..SetupForm::default()
    };
    page(&app, &form, vec![], None)
}

fn page(app: &App, form: &SetupForm, tested: Vec<Tested>, problem: Option<Refusal>) -> Shown {
    let status = problem.as_ref().map_or(StatusCode::OK, status_of);
    let page = Setup {
        form,
        mailbox: &form.mailbox,
        stored: false,
        ask_code: form.code.trim() != app.settings.setup_code,
        tested,
        problem,
        listen: &app.settings.smtp_listen,
        assets: crate::files::VERSION,
    };
    Ok(drawn(status, &page))
}

fn may(app: &App, form: &SetupForm) -> Result<(), Wrong> {
    if !app.desk.site().is_new() {
        return Err(Refusal::state("This desk is set up already.", "Sign in instead.").into());
    }
    if form.code.trim() != app.settings.setup_code {
        return Err(Refusal::input(
            "The set-up code is missing or not right.",
            "Open the address that was printed where Warmline was started, or enter its code.",
        )
        .into());
    }
    Ok(())
}

pub(crate) async fn test(State(app): State<App>, Form(form): Form<SetupForm>) -> Shown {
    if let Err(Wrong::Refused(refusal)) = may(&app, &form) {
        return page(&app, &form, vec![], Some(refusal));
    }
    let secrets = (form.mailbox.imap_password.clone(), form.mailbox.smtp_password.clone());
    let tested = form.mailbox.test(&app, secrets).await;
    page(&app, &form, tested, None)
}

pub(crate) async fn create(State(app): State<App>, Form(form): Form<SetupForm>) -> Shown {
    if let Err(Wrong::Refused(refusal)) = may(&app, &form) {
        return page(&app, &form, vec![], Some(refusal));
    }
    match found(&app, &form).await {
        Ok(id) => signed_in(&app, id, "").await,
        Err(Wrong::Refused(refusal)) => page(&app, &form, vec![], Some(refusal)),
        Err(other) => Err(other),
    }
}

/// The administrator comes last: until then the page can be sent again.
async fn found(app: &App, form: &SetupForm) -> Result<AgentId, Wrong> {
    let hash = password_hash(&form.password)?;
    let now = app.desk.clock.now();
    let mut minter = Minter::new(1);
    let (agent, queue, mailbox): (AgentId, QueueId, MailboxId) = (minter.mint(now), minter.mint(now), minter.mint(now));
    let site = app.desk.site();
    let queue = match site.queues.values().find(|q| q.name.eq_ignore_ascii_case(form.queue.trim())) {
        Some(existing) => existing.id,
        None => {
            let open = Command::OpenQueue { id: queue, name: form.queue.clone() };
            app.desk.ask(Wish::Site { by: By::Console, command: open }).await?;
            queue
        }
    };
    app.desk.ask(Wish::Site { by: By::Console, command: Command::Name { company: form.company.clone() } }).await?;
    let secrets = (form.mailbox.imap_password.clone(), form.mailbox.smtp_password.clone());
    let mailbox = form.mailbox.mailbox(mailbox, queue)?;
    let known = site.mailbox_of(&mailbox.address).map(|m| m.id);
    let mailbox = warmline_domain::site::Mailbox { id: known.unwrap_or(mailbox.id), ..mailbox };
    app.desk.ask(Wish::ConnectMailbox { by: By::Console, mailbox, secrets }).await?;
    let command =
        Command::AddAgent { id: agent, name: form.name.clone(), email: form.email.clone(), role: Role::Administrator };
    // The password first: an administrator without one could never sign in.
    let mut batch = app.desk.store.batch();
    batch.password(agent, &hash);
    app.desk.store.commit(batch).await?;
    app.desk.ask(Wish::Site { by: By::Console, command }).await?;
    Ok(agent)
}
