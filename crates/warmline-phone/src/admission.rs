//! Floods and scanners: each host has a bucket of requests that fills again; what finds it empty is dropped unread.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Requests a host may send at once, and per second after that.
const BURST: f64 = 60.0;
const PER_SECOND: f64 = 20.0;
/// Hosts remembered; with more, full buckets are forgotten first.
const HOSTS: usize = 10_000;
/// Wrong passwords from one host for one user before it must wait. Phones repeat themselves, so this is generous; the
/// user's other phones are not locked out.
const WRONG: u32 = 30;
const WAIT: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(crate) struct Admission {
    hosts: HashMap<IpAddr, (f64, Instant)>,
    wrong: HashMap<(IpAddr, String), (u32, Instant)>,
}

impl Admission {
    pub(crate) fn may_ask(&mut self, host: IpAddr, now: Instant) -> bool {
        if self.hosts.len() > HOSTS {
            self.hosts.retain(|_, (_, at)| now.duration_since(*at) < Duration::from_secs(10));
        }
        let (left, at) = self.hosts.entry(host).or_insert((BURST, now));
        *left = (*left + now.duration_since(*at).as_secs_f64() * PER_SECOND).min(BURST);
        *at = now;
        let may = *left >= 1.0;
        if may {
            *left -= 1.0;
        }
        may
    }

    pub(crate) fn may_try(&mut self, host: IpAddr, user: &str, now: Instant) -> bool {
        self.wrong.retain(|_, (_, since)| now.duration_since(*since) < WAIT);
        self.wrong.get(&(host, user.to_owned())).is_none_or(|(wrong, _)| *wrong < WRONG)
    }

    pub(crate) fn was_wrong(&mut self, host: IpAddr, user: &str, now: Instant) {
        if self.wrong.len() < HOSTS {
            self.wrong.entry((host, user.to_owned())).or_insert((0, now)).0 += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_dropped_and_others_are_not() {
        let (mut admission, now) = (Admission::default(), Instant::now());
        let (bad, good): (IpAddr, IpAddr) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let let_in = (0..1000).filter(|_| admission.may_ask(bad, now)).count();
        assert_eq!(let_in, 60);
        assert!(admission.may_ask(good, now));
        assert!(admission.may_ask(bad, now + Duration::from_secs(1)));
    }

    #[test]
    fn a_guesser_waits_and_the_phone_itself_does_not() {
        let (mut admission, now) = (Admission::default(), Instant::now());
        let (bad, phone): (IpAddr, IpAddr) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        for _ in 0..WRONG {
            assert!(admission.may_try(bad, "101", now));
            admission.was_wrong(bad, "101", now);
        }
        assert!(!admission.may_try(bad, "101", now));
        assert!(admission.may_try(phone, "101", now));
        assert!(admission.may_try(bad, "101", now + WAIT));
    }
}
