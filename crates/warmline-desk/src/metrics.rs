//! What the desk counts about itself, in the Prometheus text form.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

type ByWord = Family<Vec<(&'static str, String)>, Counter>;

#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    wishes: Counter,
    step_seconds: Histogram,
    mails_in: ByWord,
    mails_out: ByWord,
    pub requests: ByWord,
    pub smtp_connections: Gauge,
    pub pages_open: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let metrics = Metrics {
            registry: Registry::with_prefix("warmline"),
            wishes: Counter::default(),
            step_seconds: Histogram::new(exponential_buckets(0.0002, 2.0, 14)),
            mails_in: Family::default(),
            mails_out: Family::default(),
            requests: Family::default(),
            smtp_connections: Gauge::default(),
            pages_open: Gauge::default(),
        };
        metrics.registered()
    }
}

impl Metrics {
    fn registered(mut self) -> Self {
        let r = &mut self.registry;
        r.register("wishes", "Wishes and news decided by the desk loop", self.wishes.clone());
        r.register_with_unit("step", "Time to decide and commit what waited", Unit::Seconds, self.step_seconds.clone());
        r.register("mails_in", "Mails taken, by what became of them", self.mails_in.clone());
        r.register("mails_out", "Tries to send, by how they ended", self.mails_out.clone());
        r.register("requests", "Page requests, by status class", self.requests.clone());
        r.register("smtp_connections", "Open connections to the mail listener", self.smtp_connections.clone());
        r.register("pages_open", "Pages with a live connection", self.pages_open.clone());
        self
    }

    pub fn step(&self, wishes: usize, took: Duration) {
        self.wishes.inc_by(wishes as u64);
        self.step_seconds.observe(took.as_secs_f64());
    }

    pub fn mail_in(&self, outcome: &str) {
        self.mails_in.get_or_create(&vec![("outcome", outcome.to_owned())]).inc();
    }

    pub fn mail_out(&self, outcome: &str) {
        self.mails_out.get_or_create(&vec![("outcome", outcome.to_owned())]).inc();
    }

    /// OpenMetrics text.
    pub fn text(&self) -> String {
        let mut out = String::new();
        prometheus_client::encoding::text::encode(&mut out, &self.registry).expect("writing to memory");
        out
    }
}
