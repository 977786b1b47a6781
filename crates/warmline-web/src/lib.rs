//! Pages: the desk in the browser. Server-rendered, made quicker by a little script, usable by keyboard alone.
//!
//! Each feature is one file of small functions, one per route, with its template. A page is drawn from the store and
//! the desk's view; a form becomes a wish; a refusal becomes a sentence on the page, with what was typed kept.
//! Live updates say only *what* changed (`live`); the page fetches itself again with the ordinary permissions.

mod answers;
mod drafts;
mod files;
mod floor;
mod forms;
mod health;
mod live;
mod mail_log;
mod mailbox_form;
mod page;
mod search;
mod security;
mod session;
mod settings;
mod setup;
mod tickets;
mod timeline;
mod work;

pub use session::password_hash;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use warmline_desk::Desk;
use warmline_desk::imap::Fetcher;

/// What the pages need to know beside the desk.
#[derive(Clone)]
pub struct Settings {
    /// Times are shown in this zone.
    pub zone: jiff::tz::TimeZone,
    /// Cookies only over HTTPS.
    pub secure_cookies: bool,
    /// Needed on the first-run page by whoever does not sit at the machine.
    pub setup_code: String,
    /// PEM certificates of authorities to trust besides the public ones.
    pub authorities: Arc<Vec<u8>>,
    pub fetcher: Fetcher,
    /// Where mail for the desk can be delivered, for the first-run page.
    pub smtp_listen: String,
}

#[derive(Clone)]
pub struct App {
    pub desk: Desk,
    pub settings: Arc<Settings>,
}

/// The whole site. Routes are nouns: solving a ticket is creating a solution.
pub fn router(desk: Desk, settings: Settings) -> Router {
    let app = App { desk, settings: Arc::new(settings) };
    Router::new()
        .route("/", get(tickets::home))
        .route("/setup", get(setup::show).post(setup::create))
        .route("/setup/test", post(setup::test))
        .route("/sign-in", get(session::show).post(session::create))
        .route("/sign-out", post(session::destroy))
        .route("/tickets", get(tickets::list).post(tickets::create))
        .route("/tickets/new", get(tickets::new))
        .route("/tickets/{number}", get(tickets::show))
        .route("/tickets/{number}/answers", post(answers::create))
        .route("/tickets/{number}/notes", post(answers::create_note))
        .route("/tickets/{number}/preview", post(answers::preview))
        .route("/tickets/{number}/draft", post(drafts::keep))
        .route("/tickets/{number}/draft/files", post(drafts::attach).layer(files::upload_limit()))
        .route("/tickets/{number}/draft/files/{index}/removal", post(drafts::detach))
        .route("/tickets/{number}/assignment", post(work::assign))
        .route("/tickets/{number}/tags", post(work::tag))
        .route("/tickets/{number}/tags/{tag}/removal", post(work::untag))
        .route("/tickets/{number}/priority", post(work::prioritise))
        .route("/tickets/{number}/subject", post(work::rename))
        .route("/tickets/{number}/queue", post(work::move_to))
        .route("/tickets/{number}/solution", post(work::solve))
        .route("/tickets/{number}/reopening", post(work::reopen))
        .route("/tickets/{number}/rest", post(work::park))
        .route("/tickets/{number}/settlement", post(work::settle))
        .route("/tickets/{number}/split", post(work::split))
        .route("/messages/{id}/withdrawal", post(answers::withdraw))
        .route("/messages/{id}/another-try", post(answers::send_again))
        .route("/messages/{id}/admission", post(work::let_in))
        .route("/messages/{id}/rejection", post(work::turn_away))
        .route("/messages/{id}/html", get(files::html))
        .route("/messages/{id}/parts/{index}", get(files::inline_part))
        .route("/messages/{id}/attachments/{index}", get(files::attachment))
        .route("/messages/{id}/raw", get(files::raw))
        .route("/search", get(search::show))
        .route("/mail", get(mail_log::show))
        .route("/mail/{identity}/raw", get(mail_log::raw))
        .route("/floor", get(floor::show))
        .route("/presence", post(floor::set))
        .route("/settings", get(settings::show))
        .route("/settings/people", post(settings::add_person))
        .route("/settings/people/{id}", post(settings::change_person))
        .route("/settings/queues", post(settings::open_queue))
        .route("/settings/mailboxes/new", get(settings::new_mailbox))
        .route("/settings/mailboxes/{id}", get(settings::show_mailbox).post(settings::connect_mailbox))
        .route("/settings/mailboxes/{id}/test", post(settings::test_mailbox))
        .route("/settings/mailboxes/{id}/removal", post(settings::disconnect_mailbox))
        .route("/settings/policy", post(settings::change_policy))
        .route("/settings/password", post(settings::change_password))
        .route("/changes", get(live::changes))
        .route("/assets/{file}", get(files::asset))
        .route("/healthz", get(health::health))
        .route("/metrics", get(health::metrics))
        .fallback(page::not_found)
        .layer(from_fn_with_state(app.clone(), security::guard))
        .layer(from_fn(page::say_in_words))
        .with_state(app)
}

/// Serves the pages until `stopped` ends. Live connections are dropped then: they come back by themselves.
pub async fn serve(
    listener: tokio::net::TcpListener,
    router: Router,
    stopped: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (close, mut closing) = tokio::sync::watch::channel(false);
    let service = router.into_make_service_with_connect_info::<std::net::SocketAddr>();
    let graceful = axum::serve(listener, service).with_graceful_shutdown(async move {
        stopped.await;
        // The other end of this channel lives as long as this function.
        let _ = close.send(true);
    });
    tokio::select! {
        served = graceful => served,
        () = async {
            let _ = closing.wait_for(|c| *c).await;
            tokio::time::sleep(GRACE).await;
        } => Ok(()),
    }
}

/// How long pages that are being drawn may take to finish when the desk stops.
const GRACE: std::time::Duration = std::time::Duration::from_secs(2);
