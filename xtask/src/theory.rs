//! What theory says of queues, to hold the floor's routing against: Erlang C (1917), Erlang A (Palm 1946; Garnett,
//! Mandelbaum, Reiman 2002), non-preemptive priorities with many agents (Cobham 1954; Kella and Yechiali 1985), and the
//! chain of agents who take breaks.

use crate::routing::{Case, Figures};

pub(crate) fn exact(case: &Case) -> Figures {
    let (lambda, mu, n) = (case.calls_per_hour / 3600.0, 1.0 / case.talk, case.agents);
    let load = lambda / mu;
    match (case.patience, case.breaks) {
        (Some(patience), _) => erlang_a(lambda, mu, n, 1.0 / patience),
        (None, Some((part, mean))) => with_breaks(lambda, mu, n, part, 1.0 / mean),
        (None, None) => {
            let waits = erlang_c(load, n);
            let rate = n as f64 * mu - lambda;
            let in_20 = (case.classes.len() == 1).then(|| 1.0 - waits * (-rate * 20.0).exp());
            let by_class = by_class(case, waits);
            Figures { waits, asa: waits / rate, in_20, abandon: None, by_class }
        }
    }
}

fn erlang_c(load: f64, n: usize) -> f64 {
    let mut b = 1.0;
    for i in 1..=n {
        b = load * b / (i as f64 + load * b);
    }
    b / (1.0 - load / n as f64 * (1.0 - b))
}

/// Mean waits with non-preemptive priorities: P(wait)/nμ over the room that this class and those before it leave.
fn by_class(case: &Case, waits: f64) -> [Option<f64>; 3] {
    let all = case.calls_per_hour / 3600.0 * case.talk / case.agents as f64;
    let up_to = |class: usize| case.classes.iter().take(class).sum::<f64>() * all;
    let mean = |k: usize| waits * case.talk / case.agents as f64 / ((1.0 - up_to(k)) * (1.0 - up_to(k + 1)));
    std::array::from_fn(|k| (case.classes.len() > 1 && k < case.classes.len()).then(|| mean(k)))
}

/// The chain of callers in the house and agents on a break, solved by sweeping over its balance equations. An agent may
/// take a break whoever waits.
fn with_breaks(lambda: f64, mu: f64, n: usize, part: f64, back: f64) -> Figures {
    const MOST: usize = 400;
    let mut p = vec![vec![1.0 / ((MOST + 1) * (n + 1)) as f64; n + 1]; MOST + 1];
    let busy = |k: usize, b: usize| k.min(n - b) as f64;
    for _ in 0..20_000 {
        let mut moved = 0.0f64;
        for k in 0..=MOST {
            for b in 0..=n {
                let mut come = if k > 0 { p[k - 1][b] * lambda } else { 0.0 };
                if k < MOST {
                    come += p[k + 1][b] * busy(k + 1, b) * mu * (1.0 - part);
                    come += if b > 0 { p[k + 1][b - 1] * busy(k + 1, b - 1) * mu * part } else { 0.0 };
                }
                come += if b < n { p[k][b + 1] * (b + 1) as f64 * back } else { 0.0 };
                let gone = if k < MOST { lambda } else { 0.0 } + busy(k, b) * mu + b as f64 * back;
                moved = moved.max((come / gone - p[k][b]).abs());
                p[k][b] = come / gone;
            }
        }
        let total: f64 = p.iter().flatten().sum();
        p.iter_mut().flatten().for_each(|x| *x /= total);
        if moved < 1e-14 {
            break;
        }
    }
    let states = || p.iter().enumerate().flat_map(|(k, row)| row.iter().enumerate().map(move |(b, x)| (k, n - b, *x)));
    let waits = states().filter(|(k, here, _)| k >= here).map(|(_, _, x)| x).sum();
    let queue: f64 = states().map(|(k, here, x)| k.saturating_sub(here) as f64 * x).sum();
    Figures { waits, asa: queue / lambda, ..Figures::default() }
}

/// The birth and death chain of M/M/n+M, cut where nobody is any more.
fn erlang_a(lambda: f64, mu: f64, n: usize, theta: f64) -> Figures {
    let most = n + 2000;
    let mut weights = vec![1.0f64];
    for k in 1..=most {
        let out = k.min(n) as f64 * mu + k.saturating_sub(n) as f64 * theta;
        let next = weights[k - 1] * lambda / out;
        weights.push(next);
    }
    let total: f64 = weights.iter().sum();
    let p: Vec<f64> = weights.iter().map(|w| w / total).collect();
    let waits: f64 = p[n..].iter().sum();
    let queue: f64 = p.iter().enumerate().skip(n).map(|(k, p)| (k - n) as f64 * p).sum();
    // Answered within 20 s by one who finds q waiting: q+1 departures, the caller not among the impatient. Integrated by
    // uniformisation over the states before them.
    let in_20 = p[..n].iter().sum::<f64>()
        + p[n..].iter().enumerate().map(|(q, p)| p * served_within(20.0, q, n as f64 * mu, theta)).sum::<f64>();
    let (in_20, abandon) = (Some(in_20), Some(theta * queue / lambda));
    Figures { waits, asa: queue / lambda, in_20, abandon, ..Figures::default() }
}

/// The chance that one with `q` before them is served within `t` and has not lost patience.
fn served_within(t: f64, q: usize, service: f64, theta: f64) -> f64 {
    if q > 400 {
        return 0.0;
    }
    // State j: j people before; leaves for j−1 at service + jθ, the caller gives up at θ; from 0, service serves.
    let top = service + (q as f64 + 1.0) * theta;
    let mut now = vec![0.0; q + 1];
    now[q] = 1.0;
    let (mut served, mut done) = (0.0, 0.0);
    let steps = (top * t + 10.0 * (top * t).sqrt() + 20.0) as usize;
    let mut weight = (-top * t).exp();
    for k in 0..=steps {
        done += weight * served;
        let mut next = vec![0.0; q + 1];
        for j in 0..=q {
            let forward = (service + j as f64 * theta) / top;
            let gives_up = theta / top;
            if j == 0 {
                served += now[0] * service / top;
                next[0] += now[0] * (1.0 - service / top - gives_up);
            } else {
                next[j - 1] += now[j] * forward;
                next[j] += now[j] * (1.0 - forward - gives_up);
            }
        }
        now = next;
        weight *= top * t / (k as f64 + 1.0);
    }
    done
}
