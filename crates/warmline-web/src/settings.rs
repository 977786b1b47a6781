//! Settings: people, queues, mailboxes and the policy, changed without a restart.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use warmline_desk::{DeskError, Wish};
use warmline_domain::id::Minter;
use warmline_domain::site::queue::{LAST_TIER, read_skills};
use warmline_domain::site::{Agent, Command, Role};
use warmline_domain::{AgentId, MailboxId, QueueId, Refusal, refusal};

use crate::App;
use crate::mailbox_form::{MailboxForm, Tested};
use crate::page::{Frame, Shown, Wrong, drawn, status_of};
use crate::queues::{in_words, tier};
use crate::session::{Who, password_hash};

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    frame: Frame,
    people: Vec<Agent>,
    /// Who is to leave, and to whom what they have could go.
    leaving: Option<(Agent, Vec<(i64, String)>)>,
    queues: Vec<(i64, String)>,
    /// A queue and when it is open, in words.
    open_queues: Vec<(i64, String, String)>,
    /// The same of the desk.
    open: String,
    mailboxes: Vec<(i64, String, String)>,
    /// A number, and its queue.
    lines: Vec<(String, String)>,
    telephone: String,
    /// What a new desk phone signs in with; shown once.
    login: Option<(String, String)>,
    /// The public half of the key that signs trails.
    key: Option<String>,
    policy: String,
    version: i64,
    problem: Option<Refusal>,
}

pub(crate) async fn show(State(app): State<App>, who: Who) -> Shown {
    page(&app, &who, None, None).await
}

async fn page(app: &App, who: &Who, problem: Option<Refusal>, policy: Option<String>) -> Shown {
    settings_page(app, who, Asked { problem, policy, ..Asked::default() }).await
}

/// What the page is to show beside what is always there.
#[derive(Default)]
struct Asked {
    problem: Option<Refusal>,
    policy: Option<String>,
    login: Option<(String, String)>,
    leaving: Option<AgentId>,
}

async fn settings_page(app: &App, who: &Who, Asked { problem, policy, login, leaving }: Asked) -> Shown {
    let site = app.desk.site();
    let others = |id: AgentId| {
        site.agents.values().filter(|a| a.active && a.id != id).map(|a| (a.id.0, a.name.clone())).collect()
    };
    let queue = |id: &QueueId| site.queues.get(id).map(|q| q.name.clone()).unwrap_or_default();
    let status = problem.as_ref().map_or(StatusCode::OK, status_of);
    let page = SettingsPage {
        frame: Frame::new(app, who).await?,
        people: site.agents.values().cloned().collect(),
        leaving: leaving.and_then(|id| Some((site.agents.get(&id)?.clone(), others(id)))),
        queues: site.queues.values().map(|q| (q.id.0, q.name.clone())).collect(),
        open_queues: site
            .queues
            .values()
            .map(|q| (q.id.0, q.name.clone(), in_words(site.hours_of(q.id), app)))
            .collect(),
        open: in_words(&site.hours, app),
        mailboxes: site.mailboxes.values().map(|m| (m.id.0, m.address.clone(), queue(&m.queue))).collect(),
        lines: site.lines.iter().map(|(number, q)| (number.clone(), queue(q))).collect(),
        telephone: app.desk.telephone.phone().and_then(|p| p.sip).map(|at| at.to_string()).unwrap_or_default(),
        login,
        key: public_key(app),
        policy: policy.unwrap_or_else(|| site.policy.to_toml()),
        version: site.policy_version,
        problem,
    };
    Ok(drawn(status, &page))
}

fn public_key(app: &App) -> Option<String> {
    let key = app.settings.seal.public();
    key.inspect_err(|fault| tracing::error!(%fault, "the signing key cannot be used")).ok()
}

async fn change(app: &App, who: &Who, command: Command) -> Shown {
    match app.desk.ask(Wish::Site { by: who.by(), command }).await {
        Ok(_) => Ok(Redirect::to("/settings").into_response()),
        Err(DeskError::Refused(refusal)) => page(app, who, Some(refusal), None).await,
        Err(fault) => Err(fault.into()),
    }
}

pub(crate) fn administrator(who: &Who) -> Result<(), Wrong> {
    if who.is_administrator() {
        return Ok(());
    }
    let words = "Ask one of your administrators.";
    Err(Refusal::new(refusal::Kind::Permission, "Only an administrator changes this.", words).into())
}

#[derive(Deserialize)]
pub(crate) struct PersonForm {
    name: String,
    #[serde(default)]
    email: String,
    role: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    active: Option<String>,
    /// Who takes over what they have, when they are to sign in no more.
    #[serde(default)]
    to: String,
    #[serde(default)]
    skills: String,
    #[serde(default)]
    tier: String,
}

pub(crate) async fn add_person(State(app): State<App>, who: Who, Form(form): Form<PersonForm>) -> Shown {
    administrator(&who)?;
    let hash = match password_hash(&form.password) {
        Ok(hash) => hash,
        Err(refusal) => return page(&app, &who, Some(refusal), None).await,
    };
    let id: AgentId = Minter::new(2).mint(app.desk.clock.now());
    let role: Role = form.role.parse()?;
    let command = Command::AddAgent { id, name: form.name, email: form.email, role };
    let mut batch = app.desk.store.batch();
    batch.password(id, &hash);
    app.desk.store.commit(batch).await?;
    change(&app, &who, command).await
}

pub(crate) async fn change_person(
    State(app): State<App>,
    who: Who,
    Path(id): Path<i64>,
    Form(form): Form<PersonForm>,
) -> Shown {
    administrator(&who)?;
    let id = AgentId(id);
    let active = form.active.is_some();
    let mut batch = app.desk.store.batch();
    if !form.password.is_empty() {
        match password_hash(&form.password) {
            Ok(hash) => batch.password(id, &hash),
            Err(refusal) => return page(&app, &who, Some(refusal), None).await,
        }
        if let Some(agent) = app.desk.site().agents.get(&id) {
            batch.sign_in_failures(&agent.email, warmline_store::SignInFailures::default());
        }
    }
    if !active || !form.password.is_empty() {
        batch.end_sessions_of(id);
    }
    let role: Role = form.role.parse()?;
    let (skills, tier) = match read_skills(&form.skills).and_then(|skills| Ok((skills, tier(&form.tier)?))) {
        Ok(read) => read,
        Err(refusal) => return page(&app, &who, Some(refusal), None).await,
    };
    let leaves = !active && app.desk.site().agents.get(&id).is_some_and(|a| a.active);
    let command = Command::ChangeAgent { id, name: form.name, role, active: active || leaves };
    let shown = change(&app, &who, command).await?;
    // Only once the change itself was not refused.
    if !shown.status().is_redirection() {
        return Ok(shown);
    }
    if leaves && let Some(shown) = leave(&app, &who, id, &form.to).await? {
        return Ok(shown);
    }
    app.desk.store.commit(batch).await?;
    change(&app, &who, Command::Qualify { id, skills, tier }).await
}

/// They sign in no more. `Some`: what they have is still theirs, and the page asks who takes it.
async fn leave(app: &App, who: &Who, id: AgentId, to: &str) -> Result<Option<axum::response::Response>, Wrong> {
    let to = to.parse().ok().map(AgentId);
    match app.desk.ask(Wish::Leaves { by: who.by(), agent: id, to }).await {
        Ok(_) => Ok(None),
        Err(DeskError::Refused(refusal)) => {
            let asked = Asked { problem: Some(refusal), leaving: Some(id), ..Asked::default() };
            settings_page(app, who, asked).await.map(Some)
        }
        Err(fault) => Err(fault.into()),
    }
}

#[derive(Deserialize)]
pub(crate) struct PasswordForm {
    password: String,
}

/// One's own password; other sessions of oneself end.
pub(crate) async fn change_password(State(app): State<App>, who: Who, Form(form): Form<PasswordForm>) -> Shown {
    let hash = match password_hash(&form.password) {
        Ok(hash) => hash,
        Err(refusal) => return page(&app, &who, Some(refusal), None).await,
    };
    let mut batch = app.desk.store.batch();
    batch.password(who.id, &hash);
    batch.end_sessions_of(who.id);
    app.desk.store.commit(batch).await?;
    crate::session::signed_in(&app, who.id, "").await
}

#[derive(Deserialize)]
pub(crate) struct QueueForm {
    name: String,
}

pub(crate) async fn open_queue(State(app): State<App>, who: Who, Form(form): Form<QueueForm>) -> Shown {
    let id: QueueId = Minter::new(2).mint(app.desk.clock.now());
    change(&app, &who, Command::OpenQueue { id, name: form.name }).await
}

#[derive(Deserialize)]
pub(crate) struct PolicyForm {
    policy: String,
}

pub(crate) async fn change_policy(State(app): State<App>, who: Who, Form(form): Form<PolicyForm>) -> Shown {
    let toml = form.policy.replace("\r\n", "\n");
    let command = Command::ChangePolicy { toml: toml.clone() };
    match app.desk.ask(Wish::Site { by: who.by(), command }).await {
        Ok(_) => Ok(Redirect::to("/settings").into_response()),
        Err(DeskError::Refused(refusal)) => page(&app, &who, Some(refusal), Some(toml)).await,
        Err(fault) => Err(fault.into()),
    }
}

#[derive(Template)]
#[template(path = "mailbox.html")]
struct MailboxPage {
    frame: Frame,
    id: i64,
    known: bool,
    mailbox: MailboxForm,
    /// Empty password fields keep what is stored.
    stored: bool,
    queues: Vec<(i64, String, bool)>,
    tested: Vec<Tested>,
    problem: Option<Refusal>,
    listen: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct MailboxPageForm {
    queue: String,
    #[serde(flatten)]
    mailbox: MailboxForm,
}

impl MailboxPageForm {
    fn queue(&self) -> QueueId {
        QueueId(self.queue.parse().unwrap_or(0))
    }
}

async fn mailbox_page(
    app: &App,
    who: &Who,
    id: MailboxId,
    form: MailboxPageForm,
    tested: Vec<Tested>,
    problem: Option<Refusal>,
) -> Shown {
    let site = app.desk.site();
    let queue = form.queue();
    let status = problem.as_ref().map_or(StatusCode::OK, status_of);
    let known = site.mailboxes.contains_key(&id);
    let page = MailboxPage {
        frame: Frame::new(app, who).await?,
        id: id.0,
        known,
        mailbox: form.mailbox,
        stored: known,
        queues: site.queues.values().map(|q| (q.id.0, q.name.clone(), q.id == queue)).collect(),
        tested,
        problem,
        listen: app.settings.smtp_listen.clone(),
    };
    Ok(drawn(status, &page))
}

pub(crate) async fn new_mailbox(State(app): State<App>, who: Who) -> Shown {
    administrator(&who)?;
    let id: MailboxId = Minter::new(2).mint(app.desk.clock.now());
    let mailbox = MailboxForm { incoming: "listen".into(), outgoing: "smtp".into(), ..MailboxForm::default() };
    mailbox_page(&app, &who, id, MailboxPageForm { mailbox, ..MailboxPageForm::default() }, vec![], None).await
}

pub(crate) async fn show_mailbox(State(app): State<App>, who: Who, Path(id): Path<i64>) -> Shown {
    administrator(&who)?;
    let site = app.desk.site();
    let mailbox = site.mailboxes.get(&MailboxId(id)).ok_or(Wrong::Missing)?;
    let form = MailboxPageForm { queue: mailbox.queue.to_string(), mailbox: MailboxForm::of(mailbox) };
    mailbox_page(&app, &who, MailboxId(id), form, vec![], None).await
}

pub(crate) async fn test_mailbox(
    State(app): State<App>,
    who: Who,
    Path(id): Path<i64>,
    Form(form): Form<MailboxPageForm>,
) -> Shown {
    administrator(&who)?;
    let secrets = form.mailbox.secrets(&app, MailboxId(id)).await?;
    let tested = form.mailbox.test(&app, secrets).await;
    mailbox_page(&app, &who, MailboxId(id), form, tested, None).await
}

pub(crate) async fn connect_mailbox(
    State(app): State<App>,
    who: Who,
    Path(id): Path<i64>,
    Form(form): Form<MailboxPageForm>,
) -> Shown {
    administrator(&who)?;
    let id = MailboxId(id);
    let secrets = form.mailbox.secrets(&app, id).await?;
    let outcome = match form.mailbox.mailbox(id, form.queue()) {
        Ok(mailbox) => app.desk.ask(Wish::ConnectMailbox { by: who.by(), mailbox, secrets }).await,
        Err(refusal) => Err(DeskError::Refused(refusal)),
    };
    match outcome {
        Ok(_) => Ok(Redirect::to("/settings").into_response()),
        Err(DeskError::Refused(refusal)) => mailbox_page(&app, &who, id, form, vec![], Some(refusal)).await,
        Err(fault) => Err(fault.into()),
    }
}

pub(crate) async fn disconnect_mailbox(State(app): State<App>, who: Who, Path(id): Path<i64>) -> Shown {
    change(&app, &who, Command::DisconnectMailbox { id: MailboxId(id) }).await
}

#[derive(Deserialize)]
pub(crate) struct LineForm {
    number: String,
    #[serde(default)]
    queue: i64,
}

/// Calls to a number of ours go to a queue.
pub(crate) async fn map_line(State(app): State<App>, who: Who, Form(form): Form<LineForm>) -> Shown {
    change(&app, &who, Command::MapLine { number: form.number, queue: QueueId(form.queue) }).await
}

pub(crate) async fn unmap_line(State(app): State<App>, who: Who, Form(form): Form<LineForm>) -> Shown {
    change(&app, &who, Command::UnmapLine { number: form.number }).await
}

/// A name and a password for one's desk phone; the password is made here and shown once.
pub(crate) async fn phone_login(State(app): State<App>, who: Who) -> Shown {
    let logins = app.desk.store.phone_logins().await?;
    let own = logins.iter().find(|(_, agent, _)| *agent == who.id).map(|(user, _, _)| user.clone());
    let highest = logins.iter().filter_map(|(user, _, _)| user.parse::<u32>().ok()).max().unwrap_or(100);
    let user = own.unwrap_or_else(|| (highest + 1).to_string());
    let mut bytes = [0; 9];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    let password = hex::encode(bytes);
    let mut batch = app.desk.store.batch();
    batch.phone_login(who.id, &user, &warmline_phone::ha1(&user, &app.settings.phone_realm, &password));
    app.desk.store.commit(batch).await?;
    warmline_desk::telephony::refresh_logins(&app.desk).await?;
    settings_page(&app, &who, Asked { login: Some((user, password)), ..Asked::default() }).await
}
