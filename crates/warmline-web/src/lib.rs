//! Pages: the desk in the browser. Server-rendered, made quicker by a little script, usable by keyboard alone.
//!
//! Each feature is one file of small functions, one per route, with its template. A page is drawn from the store and
//! the desk's view; a form becomes a wish; a refusal becomes a sentence on the page, with what was typed kept.
//! Live updates say only *what* changed (`live`); the page fetches itself again with the ordinary permissions.

mod answers;
mod appeals;
mod articles;
mod aside;
mod assets;
mod attempts;
mod automatic;
mod calendar;
mod calls;
mod catalogue;
mod charges;
mod chats;
mod drafts;
mod drop_everything;
mod effort;
mod files;
mod floor;
mod forms;
mod hand_up;
mod health;
mod honesty;
mod ladder;
mod letters;
mod library;
mod live;
mod mail_log;
mod mailbox_form;
mod measures;
mod on;
mod other_ways;
mod page;
mod phrases;
mod promises;
mod queues;
mod record;
mod referrals;
mod runbooks;
mod search;
mod security;
mod session;
mod settings;
mod setup;
mod targets;
mod tickets;
mod timeline;
mod tone;
pub mod trail;
mod wording;
mod words;
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
    /// Asked for on the first-run page; printed at the start.
    pub setup_code: String,
    /// PEM certificates of authorities to trust besides the public ones.
    pub authorities: Arc<Vec<u8>>,
    pub fetcher: Fetcher,
    /// Where mail for the desk can be delivered, for the first-run page.
    pub smtp_listen: String,
    /// Where recordings of calls lie.
    pub recordings: std::path::PathBuf,
    /// The realm that desk phones sign in to.
    pub phone_realm: String,
    /// Spelling and common slips, on a thread of its own.
    pub spelling: Arc<warmline_spelling::Worker>,
    /// Signs what is exported.
    pub seal: warmline_desk::seal::Seal,
}

#[derive(Clone)]
pub struct App {
    pub desk: Desk,
    pub settings: Arc<Settings>,
    pub(crate) views: Arc<articles::shelf::Views>,
    pub(crate) said: Arc<calls::bar::Said>,
    pub(crate) listenings: Arc<calls::recording::Listenings>,
}

/// Who may fetch a path: people who are signed in, or anybody at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    Inside,
    /// Nothing written inside may ever be in an answer of such a path; the leak test walks them all.
    Outside,
}

/// Every path is listed with its audience; there is no other way to add one.
macro_rules! routes {
    ($($audience:ident $path:literal => $handler:expr;)*) => {
        /// All paths of the site, for the leak test.
        pub const ROUTES: &[(&str, Audience)] = &[$(($path, Audience::$audience)),*];

        fn paths() -> Router<App> {
            Router::new()$(.route($path, $handler))*
        }
    };
}

routes! {
    Outside "/" => get(tickets::home);
    Outside "/setup" => get(setup::show).post(setup::create);
    Outside "/setup/test" => post(setup::test);
    Outside "/sign-in" => get(session::show).post(session::create);
    Inside "/sign-out" => post(session::destroy);
    Inside "/tickets" => get(tickets::list).post(tickets::create);
    Inside "/tickets/new" => get(tickets::new);
    Inside "/tickets/{number}" => get(tickets::show);
    Inside "/tickets/{number}/answers" => post(answers::create);
    Inside "/tickets/{number}/forwards" => post(answers::forward);
    Inside "/tickets/{number}/chat" => post(chats::change);
    Inside "/tickets/{number}/chat/lines" => post(chats::say);
    Inside "/tickets/{number}/chat/typing" => post(chats::typing);
    Outside "/chat" => get(chats::visitors::show).post(chats::visitors::begin);
    Outside "/chat/anew" => get(chats::visitors::anew);
    Outside "/chat/lines" => post(chats::visitors::write);
    Outside "/chat/answer" => post(chats::visitors::answer);
    Outside "/chat/read" => post(chats::visitors::read);
    Outside "/chat/typing" => post(chats::visitors::typing);
    Outside "/chat/changes" => get(chats::visitors::changes);
    Inside "/tickets/{number}/notes" => post(answers::create_note);
    Inside "/tickets/{number}/reading" => post(words::read);
    Inside "/tickets/{number}/phrases" => get(phrases::find);
    Inside "/phrases" => get(phrases::show).post(phrases::write);
    Inside "/phrases/export" => get(phrases::export);
    Inside "/phrases/import" => post(phrases::import);
    Inside "/settings/aside" => get(aside::show).post(aside::heed);
    Inside "/settings/wording" => get(wording::show);
    Inside "/settings/wording/rules" => post(wording::switch);
    Inside "/settings/wording/inside" => post(wording::keep_inside);
    Inside "/settings/wording/files" => post(wording::write);
    Inside "/words/answers" => post(words::answer);
    Inside "/tickets/{number}/promises" => post(promises::create);
    Inside "/tickets/{number}/promises/{id}" => post(promises::change);
    Inside "/tickets/{number}/clock" => post(effort::change);
    Inside "/tickets/{number}/attention" => post(effort::attend);
    Inside "/tickets/{number}/topic" => post(ladder::classify);
    Inside "/tickets/{number}/steps" => post(ladder::tick);
    Inside "/tickets/{number}/search" => get(ladder::search);
    Inside "/tickets/{number}/links" => post(ladder::attach_link);
    Inside "/tickets/{number}/nearest" => get(ladder::nearest);
    Inside "/tickets/{number}/questions" => post(ladder::ask);
    Inside "/tickets/{number}/record" => post(record::keep);
    Inside "/tickets/{number}/hand-up" => post(hand_up::offer);
    Inside "/tickets/{number}/hand-up/answer" => post(hand_up::answer);
    Inside "/colleagues" => get(hand_up::colleagues);
    Inside "/colleagues/questions/{id}" => post(hand_up::reply);
    Inside "/runbooks" => get(runbooks::show).post(runbooks::write);
    Inside "/runbooks/export" => get(runbooks::export);
    Inside "/runbooks/import" => post(runbooks::import);
    Inside "/articles" => get(articles::list).post(articles::write);
    Inside "/articles/new" => get(articles::new);
    Inside "/articles/export" => get(articles::export);
    Inside "/articles/import" => post(articles::import);
    Inside "/articles/reading" => post(articles::read);
    Inside "/articles/preview" => post(articles::preview);
    Inside "/articles/{slug}" => get(articles::show);
    Inside "/articles/{slug}/edit" => get(articles::edit);
    Inside "/tickets/{number}/articles" => get(articles::beside::find).post(articles::beside::change);
    Outside "/help" => get(articles::shelf::list);
    Outside "/help/{slug}" => get(articles::shelf::show);
    Inside "/measures" => get(measures::show);
    Inside "/measures.csv" => get(measures::export);
    Inside "/measures/{measure}" => get(measures::tickets);
    Inside "/tickets/{number}/promises/{id}/receipt" => post(promises::receipt);
    Inside "/tickets/{number}/safe-dates" => get(promises::safe::show);
    Inside "/promises" => get(promises::ledger::show);
    Inside "/calendar" => get(calendar::show).post(calendar::put);
    Inside "/calendar/{id}/removal" => post(calendar::remove);
    Inside "/calendar/{id}/place" => post(calendar::move_to);
    Inside "/calendar/address" => get(calendar::without_address).post(calendar::address);
    Inside "/calendar/source" => post(calendar::source);
    Inside "/calendar/file" => post(calendar::import).layer(axum::extract::DefaultBodyLimit::max(warmline_domain::limits::CALENDAR_BYTES));
    Outside "/calendar/feed/{secret}" => get(calendar::feed::show);
    Inside "/promises/handover" => post(promises::ledger::hand_over);
    Inside "/promises/export" => get(promises::ledger::export);
    Inside "/referrals" => get(referrals::show).post(referrals::keep);
    Inside "/referrals/export" => get(referrals::export);
    Inside "/referrals/import" => post(referrals::import);
    Inside "/referrals/{id}" => post(referrals::confirm);
    Inside "/tickets/{number}/referral" => post(referrals::change);
    Inside "/tickets/{number}/referral/search" => get(referrals::find);
    Inside "/tickets/{number}/charges" => post(charges::change);
    Inside "/tickets/{number}/charges/search" => get(charges::find);
    Inside "/tickets/{number}/charges/complaint" => post(charges::complain);
    Inside "/settings/catalogue" => get(catalogue::show).post(catalogue::keep);
    Inside "/settings/catalogue/plans" => post(catalogue::set_plans);
    Inside "/settings/catalogue/organisations" => post(catalogue::assign);
    Inside "/settings/catalogue/{id}/removal" => post(catalogue::remove);
    Inside "/tickets/{number}/appeal" => post(appeals::change);
    Inside "/managers" => get(appeals::show);
    Inside "/tickets/{number}/preview" => post(answers::preview);
    Inside "/tickets/{number}/customer/organisation" => post(work::belongs);
    Inside "/tickets/{number}/customer/addresses" => post(work::add_address);
    Inside "/tickets/{number}/attempts" => post(attempts::note);
    Inside "/tickets/{number}/unreachable" => post(attempts::give_up);
    Inside "/tickets/{number}/sheet" => post(other_ways::sheet);
    Inside "/tickets/{number}/fax" => post(other_ways::fax);
    Inside "/tickets/{number}/remote" => post(other_ways::remote);
    Inside "/tickets/{number}/callback" => post(other_ways::callback);
    Inside "/tickets/{number}/trail" => post(trail::of_ticket);
    Inside "/tickets/{number}/customer/trail" => post(trail::of_customer);
    Inside "/tickets/{number}/calls" => post(calls::place);
    Inside "/tickets/{number}/recordings/{call}" => get(calls::recording::listen);
    Inside "/tickets/{number}/recordings/{call}/waveform" => get(calls::recording::waveform);
    Inside "/rehearsal" => get(calls::listening::rehearsal);
    Inside "/phone" => get(calls::softphone::connect);
    Inside "/calls/{id}/hold" => post(calls::hold);
    Inside "/calls/{id}/transfer" => post(calls::transfer);
    Inside "/calls/{id}/hard" => post(calls::hard);
    Inside "/calls/{id}/end" => post(calls::end);
    Inside "/callbacks/{id}/call" => post(calls::call_back);
    Inside "/callbacks/{id}/removal" => post(calls::drop_callback);
    Inside "/wrap-up" => post(calls::wrap_up);
    Inside "/recovery" => post(calls::recover);
    Outside "/call" => get(calls::visitors::show);
    Outside "/call/line" => get(calls::visitors::line);
    Inside "/tickets/{number}/draft" => post(drafts::keep);
    Inside "/tickets/{number}/draft/files" => post(drafts::attach).layer(files::upload_limit());
    Inside "/tickets/{number}/draft/files/{index}/removal" => post(drafts::detach);
    Inside "/tickets/{number}/assignment" => post(work::assign);
    Inside "/tickets/{number}/tags" => post(work::tag);
    Inside "/tickets/{number}/tags/{tag}/removal" => post(work::untag);
    Inside "/tickets/{number}/priority" => post(work::prioritise);
    Inside "/tickets/{number}/subject" => post(work::rename);
    Inside "/tickets/{number}/queue" => post(work::move_to);
    Inside "/tickets/{number}/solution" => post(record::solve);
    Inside "/tickets/{number}/reopening" => post(work::reopen);
    Inside "/tickets/{number}/rest" => post(work::park);
    Inside "/tickets/{number}/settlement" => post(work::settle);
    Inside "/tickets/{number}/split" => post(work::split);
    Inside "/messages/{id}/withdrawal" => post(answers::withdraw);
    Inside "/messages/{id}/correction" => post(honesty::correct);
    Inside "/notes/{id}/showing" => post(honesty::show_note);
    Inside "/tickets/{number}/draft/plain" => post(honesty::plain);
    Inside "/messages/{id}/another-try" => post(answers::send_again);
    Inside "/messages/{id}/admission" => post(work::let_in);
    Inside "/messages/{id}/rejection" => post(work::turn_away);
    Inside "/messages/{id}/sheet" => post(other_ways::sheet_of_answer);
    Inside "/messages/{id}/html" => get(files::html);
    Inside "/messages/{id}/attachments/{index}" => get(files::attachment);
    Inside "/messages/{id}/raw" => get(files::raw);
    Inside "/search" => get(search::show);
    Inside "/mail" => get(mail_log::show);
    Inside "/mail/{identity}/raw" => get(mail_log::raw);
    Inside "/floor" => get(floor::show);
    Inside "/presence" => post(floor::set);
    Inside "/settings" => get(settings::show);
    Inside "/settings/people" => post(settings::add_person);
    Inside "/settings/people/{id}" => post(settings::change_person);
    Inside "/settings/queues" => post(settings::open_queue);
    Inside "/settings/queues/{id}" => get(queues::show).post(queues::change);
    Inside "/settings/hours" => get(queues::show_hours).post(queues::set_hours);
    Inside "/settings/mailboxes/new" => get(settings::new_mailbox);
    Inside "/settings/mailboxes/{id}" => get(settings::show_mailbox).post(settings::connect_mailbox);
    Inside "/settings/mailboxes/{id}/test" => post(settings::test_mailbox);
    Inside "/settings/mailboxes/{id}/removal" => post(settings::disconnect_mailbox);
    Inside "/settings/lines" => post(settings::map_line);
    Inside "/settings/lines/removal" => post(settings::unmap_line);
    Inside "/settings/phone" => post(settings::phone_login);
    Inside "/settings/assets" => get(assets::show).post(assets::keep);
    Inside "/settings/assets/sheet" => get(assets::export).post(assets::import).layer(files::upload_limit());
    Inside "/settings/targets" => get(targets::show);
    Inside "/settings/targets/{id}" => post(targets::set);
    Inside "/tickets/{number}/assets" => get(assets::find);
    Inside "/tickets/{number}/asset" => post(assets::link);
    Inside "/tickets/{number}/everything" => post(drop_everything::change);
    Inside "/settings/policy" => post(settings::change_policy);
    Inside "/settings/automatic" => get(automatic::show);
    Inside "/settings/key" => get(trail::key);
    Inside "/settings/password" => post(settings::change_password);
    Inside "/changes" => get(live::changes);
    Outside "/assets/{file}" => get(files::asset);
    Outside "/healthz" => get(health::health);
    Outside "/metrics" => get(health::metrics);
}

/// The whole site. Routes are nouns: solving a ticket is creating a solution.
pub fn router(desk: Desk, settings: Settings) -> Router {
    let app = App {
        desk,
        settings: Arc::new(settings),
        views: Arc::default(),
        said: Arc::default(),
        listenings: Arc::default(),
    };
    paths()
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
    let graceful = axum::serve(listener, router).with_graceful_shutdown(async move {
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
