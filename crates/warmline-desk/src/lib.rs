//! The desk: takes what is ready, decides, commits once, and only then lets it have consequences.
//!
//! *A command comes in; the domain decides; the desk saves what happened in one transaction and only then lets it have
//! consequences; everyone who may know is told that something changed and looks again.*
//!
//! [`Core::step`] is that sentence. [`Desk`] runs it in a loop; `warmline-sim` runs it in virtual time. Around it are
//! the tasks that turn the world into wishes and news, and orders into deeds: mail in (`smtp_in`, `imap`), mail out
//! (`outbox`), time (`timers`).

pub mod announce;
mod answers;
mod articles;
mod attention;
pub mod blobs;
mod calendars;
mod calls;
pub mod chats;
pub mod checkpoints;
pub mod clicks;
mod core;
mod customers;
pub mod edge;
pub mod elsewhere;
pub mod forecasts;
pub mod ics;
pub mod imap;
mod leaving;
pub mod metrics;
mod other_ways;
pub mod outbox;
mod phrases;
pub mod promises;
pub mod reading;
mod receive;
mod recordings;
mod runbooks;
mod said;
pub mod seal;
pub mod smtp_in;
pub mod smtp_out;
mod stakes;
pub mod telephony;
mod timers;
mod wish;
pub mod words;

pub use crate::core::{Core, Stepped};
pub use crate::receive::Incoming;
pub use crate::recordings::Recordings;
pub use crate::wish::{
    CalendarWish, CallArrival, ChatArrival, ChatLine, DeskError, Draft, FloorWish, Opening, Outcome, Wish,
};

use std::sync::{Arc, RwLock};

use tokio::sync::{mpsc, oneshot};
use warmline_domain::floor::Floor;
use warmline_domain::site::Site;
use warmline_store::Store;

use crate::announce::Announcer;
use crate::blobs::Blobs;
use crate::edge::Clock;
use crate::metrics::Metrics;

/// Wishes that may wait for the loop. Beyond it, whoever asks waits: back-pressure instead of memory.
const WAITING: usize = 1024;
/// Wishes decided and committed together at most.
const BATCH: usize = 256;

type Asked = (Wish, oneshot::Sender<Result<Outcome, DeskError>>);

/// The running desk. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    wishes: mpsc::Sender<Asked>,
    pub store: Store,
    pub blobs: Blobs,
    pub clock: Clock,
    pub announcer: Announcer,
    pub metrics: Arc<Metrics>,
    /// The voice engine, once it runs.
    pub telephone: Arc<telephony::Telephone>,
    /// The etiquette engine.
    pub words: Arc<words::Words>,
    /// How long work takes.
    pub forecasts: Arc<forecasts::Forecasts>,
    view: Arc<RwLock<View>>,
    /// Told when there may be something to send or a timer may have moved.
    pub(crate) work: Arc<tokio::sync::Notify>,
}

/// What everybody reads and only the loop writes.
#[derive(Clone, Default)]
struct View {
    site: Arc<Site>,
    floor: Arc<Floor>,
}

impl Desk {
    /// Loads the desk and starts its loop, its timers and its outbox.
    pub async fn start(
        store: Store,
        blobs: Blobs,
        recordings: Recordings,
        clock: Clock,
        node: u16,
    ) -> Result<(Desk, Stop), DeskError> {
        let mut core = Core::load(store.clone(), edge::Edge::system(node), recordings).await?;
        core.step(vec![Wish::Floor(FloorWish::News(warmline_domain::floor::Report::Restarted))], clock.now()).await;
        let (wishes, asked) = mpsc::channel(WAITING);
        let desk = Desk {
            wishes,
            store,
            blobs,
            clock,
            announcer: Announcer::default(),
            metrics: Arc::new(Metrics::default()),
            telephone: Arc::default(),
            words: core.words(),
            forecasts: core.forecasts(),
            view: Arc::default(),
            work: Arc::default(),
        };
        desk.show(&core);
        let (stop, stopping) = tokio::sync::watch::channel(false);
        // On a thread of its own: deciding and committing never wait behind pages, nor pages behind them.
        let (stop_loop, loop_stopping) = tokio::sync::watch::channel(false);
        let (looping, runtime) = (run(desk.clone(), core, asked, loop_stopping), tokio::runtime::Handle::current());
        let loop_task = tokio::task::spawn_blocking(move || runtime.block_on(looping));
        let timers = tokio::spawn(timers::run(desk.clone(), stopping.clone()));
        Ok((desk, Stop { stop, stopping, workers: vec![timers], stop_loop, loop_task }))
    }

    /// Asks for something and waits until it is committed or refused.
    pub async fn ask(&self, wish: Wish) -> Result<Outcome, DeskError> {
        let (answer, answered) = oneshot::channel();
        self.wishes.send((wish, answer)).await.map_err(|_| DeskError::stopped())?;
        answered.await.map_err(|_| DeskError::stopped())?
    }

    pub fn site(&self) -> Arc<Site> {
        self.view.read().map(|v| v.site.clone()).unwrap_or_default()
    }

    pub fn floor(&self) -> Arc<Floor> {
        self.view.read().map(|v| v.floor.clone()).unwrap_or_default()
    }

    fn show(&self, core: &Core) {
        if let Ok(mut view) = self.view.write() {
            *view = View { site: core.site(), floor: core.floor() };
        }
    }
}

/// Stops the desk in two steps: first whoever brings work or carries it out, then the loop itself, so that what a mail
/// server said last is still kept.
pub struct Stop {
    stop: tokio::sync::watch::Sender<bool>,
    stopping: tokio::sync::watch::Receiver<bool>,
    workers: Vec<tokio::task::JoinHandle<()>>,
    stop_loop: tokio::sync::watch::Sender<bool>,
    loop_task: tokio::task::JoinHandle<()>,
}

/// How long a mail that is on its way may take when the desk stops.
const LAST_WORK: std::time::Duration = std::time::Duration::from_secs(35);

impl Stop {
    /// For tasks that end with the desk.
    pub fn signal(&self) -> tokio::sync::watch::Receiver<bool> {
        self.stopping.clone()
    }

    /// A task that ends with the desk, and that the desk waits for.
    pub fn wait_for(&mut self, worker: tokio::task::JoinHandle<()>) {
        self.workers.push(worker);
    }

    pub async fn stop(self) {
        // Nobody listening any more is a stopped desk too.
        let _ = self.stop.send(true);
        for worker in self.workers {
            if tokio::time::timeout(LAST_WORK, worker).await.is_err() {
                tracing::warn!("a task did not end in time");
            }
        }
        let _ = self.stop_loop.send(true);
        if let Err(error) = self.loop_task.await {
            tracing::error!(%error, "the desk loop ended badly");
        }
    }
}

/// Ends when it is told to stop.
pub async fn stopped(stopping: &mut tokio::sync::watch::Receiver<bool>) {
    // The sender only goes when the desk does.
    let _ = stopping.wait_for(|stop| *stop).await;
}

/// A bug in the loop ends the process: whoever supervises it starts it again from what was committed.
struct EndOnPanic;

impl Drop for EndOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!("the desk loop broke; ending so that it can be started again");
            std::process::exit(70);
        }
    }
}

async fn run(
    desk: Desk,
    mut core: Core,
    mut asked: mpsc::Receiver<Asked>,
    mut stopping: tokio::sync::watch::Receiver<bool>,
) {
    let _end = EndOnPanic;
    let mut waiting = Vec::with_capacity(BATCH);
    loop {
        tokio::select! {
            taken = asked.recv_many(&mut waiting, BATCH) => if taken == 0 { return },
            () = stopped(&mut stopping) => {
                asked.close();
                if asked.recv_many(&mut waiting, BATCH).await == 0 { return }
            }
        }
        let (wishes, answers): (Vec<_>, Vec<_>) = waiting.drain(..).unzip();
        let begun = std::time::Instant::now();
        let Stepped { outcomes, topics, orders } = core.step(wishes, desk.clock.now()).await;
        desk.metrics.step(outcomes.len(), begun.elapsed());
        desk.show(&core);
        telephony::order(&desk, orders);
        desk.announcer.announce(topics);
        desk.work.notify_waiters();
        for (answer, outcome) in answers.into_iter().zip(outcomes) {
            // Whoever asked may have gone; what was committed stands.
            let _ = answer.send(outcome);
        }
    }
}
