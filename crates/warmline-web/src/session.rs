//! Signing in: argon2id, sessions in the database by digest, and a wait after too many wrong passwords.

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use askama::Template;
use axum::Form;
use axum::extract::{FromRequestParts, OptionalFromRequestParts, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::SignedDuration;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use warmline_desk::{DeskError, FloorWish, Wish};
use warmline_domain::customer::normal_address;
use warmline_domain::site::Role;
use warmline_domain::{AgentId, By, floor};
use warmline_store::SignInFailures;

use crate::App;
use crate::page::{Shown, Wrong, draw, drawn};
use crate::security::Nonce;

const COOKIE: &str = "warmline";
/// Longer passwords are refused before they are hashed.
const PASSWORD_BYTES: usize = 1024;
pub(crate) const PASSWORD_LEAST: usize = 10;

/// The agent who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    pub(crate) id: AgentId,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) nonce: String,
    token: Vec<u8>,
}

impl Who {
    pub(crate) fn by(&self) -> By {
        By::Agent(self.id)
    }
    pub(crate) fn is_administrator(&self) -> bool {
        self.role == Role::Administrator
    }
}

impl FromRequestParts<App> for Who {
    type Rejection = Wrong;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Wrong> {
        who(parts, app).await?.ok_or_else(|| Wrong::SignIn(wanted(parts)))
    }
}

impl OptionalFromRequestParts<App> for Who {
    type Rejection = Wrong;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Wrong> {
        who(parts, app).await
    }
}

async fn who(parts: &Parts, app: &App) -> Result<Option<Who>, Wrong> {
    let Some(secret) = cookie(parts) else { return Ok(None) };
    let token = Sha256::digest(secret).to_vec();
    let Some((id, expires)) = app.desk.store.session(&token).await? else { return Ok(None) };
    let now = app.desk.clock.now();
    if expires < now {
        return Ok(None);
    }
    let site = app.desk.site();
    let Some(agent) = site.agents.get(&id).filter(|a| a.active) else { return Ok(None) };
    // A session in use goes on; written at most every half of its length.
    let length = SignedDuration::from_hours(i64::from(site.policy.sign_in.session_hours));
    if expires.duration_since(now) < length / 2 {
        let mut batch = app.desk.store.batch();
        batch.start_session(&token, id, now, now + length);
        // On a full disk the session ends when it would have; reading goes on.
        if let Err(error) = app.desk.store.commit(batch).await {
            tracing::warn!(%error, "a session could not be made longer");
        }
    }
    let nonce = parts.extensions.get::<Nonce>().map(|n| n.0.clone()).unwrap_or_default();
    Ok(Some(Who { id, name: agent.name.clone(), role: agent.role, nonce, token }))
}

/// The page somebody asked for; a form that was sent is not sent again.
fn wanted(parts: &Parts) -> String {
    let path = parts.uri.path_and_query().map_or("", |p| p.as_str());
    let home = matches!(path, "/" | "/tickets");
    if parts.method == Method::GET && !home { local(path).to_owned() } else { String::new() }
}

/// Longer addresses are nobody's bookmark.
const ADDRESS_BYTES: usize = 500;

/// A page of this desk; empty for an address that leads anywhere else. Browsers read a backslash as a slash.
fn local(path: &str) -> &str {
    let leads_here = path.starts_with('/') && !path.starts_with("//") && path.len() <= ADDRESS_BYTES;
    let plain = path.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    if leads_here && plain && !path.starts_with("/sign-") { path } else { "" }
}

fn cookie(parts: &Parts) -> Option<&str> {
    let all = parts.headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    all.flat_map(|line| line.split(';')).find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE && value.len() == 64).then_some(value)
    })
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn<'a> {
    company: &'a str,
    email: &'a str,
    problem: &'a str,
    /// Where they wanted to go.
    to: &'a str,
    assets: &'static str,
}

#[derive(Default, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    to: String,
}

pub(crate) async fn show(State(app): State<App>, who: Option<Who>, Query(wanted): Query<Wanted>) -> Shown {
    let site = app.desk.site();
    if site.is_new() {
        return Ok(Redirect::to("/setup").into_response());
    }
    if who.is_some() {
        return Ok(Redirect::to(or_home(&wanted.to)).into_response());
    }
    draw(&SignIn {
        company: &site.company,
        email: "",
        problem: "",
        to: local(&wanted.to),
        assets: crate::files::VERSION,
    })
}

#[derive(Deserialize)]
pub(crate) struct SignInForm {
    email: String,
    password: String,
    #[serde(default)]
    to: String,
}

pub(crate) async fn create(State(app): State<App>, Form(form): Form<SignInForm>) -> Shown {
    let site = app.desk.site();
    let now = app.desk.clock.now();
    let account = normal_address(&form.email);
    let refuse = |status, problem: &str| {
        let (company, email, to) = (&site.company, &form.email, local(&form.to));
        let page = SignIn { company, email, problem, to, assets: crate::files::VERSION };
        Ok(drawn(status, &page))
    };
    // One at a time: guesses sent together are counted one by one, and hashing takes 19 MiB.
    let _turn = TURN.lock().await;
    let failures = app.desk.store.sign_in_failures(&account).await?;
    if let Some(until) = failures.until.filter(|until| *until > now) {
        let minutes = until.duration_since(now).as_mins() + 1;
        let words = format!(
            "There were too many wrong passwords for this address. Wait {minutes} minutes, or ask an administrator to set a new one."
        );
        return refuse(StatusCode::TOO_MANY_REQUESTS, &words);
    }
    let agent = site.agent_by_email(&account).filter(|a| a.active).map(|a| a.id);
    let stored = match agent {
        Some(id) => app.desk.store.password(id).await?,
        None => None,
    };
    let right = verified(form.password, stored).await;
    let mut batch = app.desk.store.batch();
    let (Some(id), true) = (agent, right) else {
        // Only addresses somebody could have are counted, so that nobody fills the table.
        let counted = warmline_domain::customer::is_address(&account);
        let count = failures.failures + 1;
        let locks = count >= i64::from(site.policy.sign_in.attempts);
        let wait = SignedDuration::from_mins(i64::from(site.policy.sign_in.wait_minutes));
        let next = if locks {
            SignInFailures { failures: 0, until: Some(now + wait) }
        } else {
            SignInFailures { failures: count, until: None }
        };
        if counted {
            batch.sign_in_failures(&account, next);
            app.desk.store.commit(batch).await?;
        }
        return refuse(
            StatusCode::UNAUTHORIZED,
            "Address and password do not belong together. Check both; capital letters count in the password.",
        );
    };
    if failures != SignInFailures::default() {
        batch.sign_in_failures(&account, SignInFailures::default());
        app.desk.store.commit(batch).await?;
    }
    signed_in(&app, id, &form.to).await
}

fn or_home(to: &str) -> &str {
    match local(to) {
        "" => "/",
        path => path,
    }
}

/// Starts a session and sends the agent where they wanted to go, or to the desk.
pub(crate) async fn signed_in(app: &App, id: AgentId, to: &str) -> Shown {
    let now = app.desk.clock.now();
    let hours = i64::from(app.desk.site().policy.sign_in.session_hours);
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).expect("the operating system gives random bytes");
    let secret = hex::encode(secret);
    let mut batch = app.desk.store.batch();
    batch.start_session(&Sha256::digest(&secret), id, now, now + SignedDuration::from_hours(hours));
    app.desk.store.commit(batch).await?;
    app.desk.ask(Wish::Floor(FloorWish::Wish(By::Agent(id), floor::Command::SignIn(id)))).await?;
    Ok(with_cookie(app, &secret, 400 * 24 * 3600, Redirect::to(or_home(to)).into_response()))
}

pub(crate) async fn destroy(State(app): State<App>, who: Who, headers: HeaderMap) -> Shown {
    let sign_out = Wish::Floor(FloorWish::Wish(who.by(), floor::Command::SignOut(who.id)));
    if let Err(DeskError::Refused(refusal)) = app.desk.ask(sign_out).await {
        app.said.say(who.id, Some(refusal), app.desk.clock.now());
        return Ok(Redirect::to(&crate::calls::back(&headers)).into_response());
    }
    let mut batch = app.desk.store.batch();
    batch.end_session(&who.token);
    app.desk.store.commit(batch).await?;
    Ok(with_cookie(&app, "", 0, Redirect::to("/sign-in").into_response()))
}

fn with_cookie(app: &App, value: &str, age: i64, mut response: Response) -> Response {
    let secure = if app.settings.secure_cookies { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}");
    let cookie = HeaderValue::from_str(&cookie).expect("hex and plain characters");
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    response
}

/// The PHC string of a password: argon2id with the parameters OWASP names (19 MiB, two passes).
pub fn password_hash(password: &str) -> Result<String, warmline_domain::Refusal> {
    if password.chars().count() < PASSWORD_LEAST || password.len() > PASSWORD_BYTES {
        return Err(warmline_domain::Refusal::input(
            format!("A password needs {PASSWORD_LEAST} characters or more."),
            "Four unrelated words make a good one.",
        ));
    }
    let hash = Argon2::default().hash_password(password.as_bytes()).map_err(|e| {
        warmline_domain::Refusal::input(format!("This password cannot be used: {e}."), "Choose another one.")
    })?;
    Ok(hash.to_string())
}

static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
static NOBODY: std::sync::OnceLock<String> = std::sync::OnceLock::new();

/// Takes the same time whether the account exists or not. Off the page workers: it is meant to be slow.
async fn verified(password: String, stored: Option<String>) -> bool {
    let check = move || {
        let nobody = NOBODY.get_or_init(|| password_hash("nobody has this password").unwrap_or_default());
        let hash = stored.as_deref().unwrap_or(nobody);
        password.len() <= PASSWORD_BYTES
            && Argon2::default().verify_password(password.as_bytes(), hash).is_ok()
            && stored.is_some()
    };
    tokio::task::spawn_blocking(check).await.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn only_pages_of_this_desk_are_gone_to() {
        for path in ["/tickets/K7M-29Q?view=mine", "/measures", "/messages/12/html"] {
            assert_eq!(local(path), path);
        }
        for path in [
            "//evil.example.com",
            "/\\evil.example.com",
            "https://evil.example.com",
            "",
            "tickets",
            "/a b",
            "/sign-in?to=/x",
        ] {
            assert_eq!(local(path), "", "{path}");
        }
    }
}
