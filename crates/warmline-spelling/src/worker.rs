//! A thread of its own for spelling: it loads when it is first asked, and nobody waits for it at the start.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use warmline_etiquette::{Finding, Language};

use crate::{Dialect, Speller, Vocabulary};

/// Texts that wait; whoever comes when it is full is told so and asks again with the next pause.
const WAITING: usize = 32;

#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub vocabulary: Vocabulary,
    pub dialect: Dialect,
    /// The folder of the German dictionary; without it there is no German.
    pub german: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not asked yet: takes no memory.
    Asleep,
    Loading,
    Ready,
    Off,
}

type Answer = Box<dyn FnOnce(Vec<Finding>) + Send>;

struct Job {
    text: String,
    language: Language,
    names: Vocabulary,
    answer: Answer,
}

/// Can be shared; asks are answered one after another.
pub struct Worker {
    settings: Option<Settings>,
    jobs: Mutex<Option<SyncSender<Job>>>,
    state: Arc<AtomicU8>,
}

impl Worker {
    pub fn new(settings: Settings) -> Worker {
        Worker { settings: Some(settings), jobs: Mutex::new(None), state: Arc::new(AtomicU8::new(ASLEEP)) }
    }

    /// One that finds nothing and loads nothing.
    pub fn off() -> Worker {
        Worker { settings: None, jobs: Mutex::new(None), state: Arc::new(AtomicU8::new(OFF)) }
    }

    pub fn state(&self) -> State {
        match self.state.load(Ordering::Acquire) {
            ASLEEP => State::Asleep,
            LOADING => State::Loading,
            READY => State::Ready,
            _ => State::Off,
        }
    }

    /// Loads in the background; does nothing when it is loaded, or off.
    pub fn wake(&self) {
        self.send(None);
    }

    /// Looks at a text and gives what it found to `answer`, on the worker's thread. Answers with nothing at once when
    /// it is off or too many wait already.
    pub fn ask(
        &self,
        text: String,
        language: Language,
        names: Vocabulary,
        answer: impl FnOnce(Vec<Finding>) + Send + 'static,
    ) {
        self.send(Some(Job { text, language, names, answer: Box::new(answer) }));
    }

    fn send(&self, job: Option<Job>) {
        let Some(settings) = &self.settings else {
            return job.into_iter().for_each(|j| (j.answer)(vec![]));
        };
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = jobs.get_or_insert_with(|| start(settings.clone(), self.state.clone()));
        let Some(job) = job else { return };
        match sender.try_send(job) {
            Ok(()) => {}
            Err(TrySendError::Full(job)) => (job.answer)(vec![]),
            Err(TrySendError::Disconnected(job)) => {
                // The thread fell over: the next ask starts another.
                *jobs = None;
                (job.answer)(vec![]);
            }
        }
    }
}

const ASLEEP: u8 = 0;
const LOADING: u8 = 1;
const READY: u8 = 2;
const OFF: u8 = 3;

fn start(settings: Settings, state: Arc<AtomicU8>) -> SyncSender<Job> {
    let (sender, jobs) = sync_channel(WAITING);
    state.store(LOADING, Ordering::Release);
    let thread = std::thread::Builder::new().name("spelling".into());
    // Without a thread the channel is closed, and every ask is answered with nothing.
    let _ = thread.spawn(move || work(&settings, &state, &jobs));
    sender
}

fn work(settings: &Settings, state: &AtomicU8, jobs: &Receiver<Job>) {
    let plain = || Speller::new(settings.vocabulary.clone(), settings.dialect);
    let mut speller = match &settings.german {
        // Whoever configures it is told at the start; here English goes on without it.
        Some(folder) => plain().with_german(folder).unwrap_or_else(|_| plain()),
        None => plain(),
    };
    speller.warm_up();
    state.store(READY, Ordering::Release);
    while let Ok(job) = jobs.recv() {
        (job.answer)(speller.check(&job.text, job.language, &job.names));
    }
}
