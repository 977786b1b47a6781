//! Digest authentication of phones (RFC 7616 with MD5, which is what phones speak). Nonces are ours: they carry their
//! time and a mark that only we can make. The counter is hexadecimal and has to rise for each client's own nonce.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use md5::{Digest as _, Md5};
use subtle::ConstantTimeEq;

/// A nonce may be used for so long; then the phone is told to take a new one.
const NONCE_SECONDS: u64 = 300;
const COUNTERS: usize = 50_000;

pub(crate) struct Digest {
    realm: String,
    secret: [u8; 32],
    /// The last counter of each nonce and client nonce.
    counters: HashMap<(String, String), (u64, u64)>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Checked {
    Yes {
        user: String,
    },
    /// Ask (again); `stale` when only the nonce was old.
    Challenge {
        stale: bool,
    },
    Wrong {
        user: String,
    },
}

impl Digest {
    pub(crate) fn new(realm: &str) -> Self {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).expect("the operating system gives random bytes");
        Digest { realm: realm.to_owned(), secret, counters: HashMap::new() }
    }

    pub(crate) fn challenge(&self, stale: bool) -> String {
        let nonce = self.nonce(now());
        let stale = if stale { ", stale=true" } else { "" };
        format!("Digest realm=\"{}\", nonce=\"{nonce}\", algorithm=MD5, qop=\"auth\"{stale}", self.realm)
    }

    fn nonce(&self, seconds: u64) -> String {
        let mut random = [0; 8];
        getrandom::fill(&mut random).expect("the operating system gives random bytes");
        let open = format!("{seconds:x}.{}", hex::encode(random));
        format!("{open}.{}", self.mark(&open))
    }

    fn mark(&self, open: &str) -> String {
        md5(&[&hex::encode(self.secret), open])
    }

    /// Checks the parameters of an Authorization header. `ha1` looks a user's secret up.
    pub(crate) fn check(
        &mut self,
        method: &str,
        parameters: &HashMap<String, String>,
        ha1: impl Fn(&str) -> Option<String>,
    ) -> Checked {
        self.check_at(now(), method, parameters, ha1)
    }

    fn check_at(
        &mut self,
        at: u64,
        method: &str,
        parameters: &HashMap<String, String>,
        ha1: impl Fn(&str) -> Option<String>,
    ) -> Checked {
        let get = |name: &str| parameters.get(name).map_or("", String::as_str);
        let nonce = get("nonce");
        let Some((open, mark)) = nonce.rsplit_once('.') else { return Checked::Challenge { stale: false } };
        let ours: bool = self.mark(open).as_bytes().ct_eq(mark.as_bytes()).into();
        let made = open.split('.').next().and_then(|t| u64::from_str_radix(t, 16).ok());
        let (true, Some(made)) = (ours, made) else { return Checked::Challenge { stale: false } };
        let user = get("username").to_owned();
        let Some(ha1) = ha1(&user) else { return Checked::Wrong { user } };
        let ha2 = md5(&[method, get("uri")]);
        let (qop, nc, cnonce) = (get("qop"), get("nc"), get("cnonce"));
        let expected = match qop {
            "auth" => md5(&[&ha1, nonce, nc, cnonce, qop, &ha2]),
            "" => md5(&[&ha1, nonce, &ha2]),
            _ => return Checked::Wrong { user },
        };
        let given = get("response").to_ascii_lowercase();
        if !bool::from(expected.as_bytes().ct_eq(given.as_bytes())) {
            return Checked::Wrong { user };
        }
        if at.saturating_sub(made) > NONCE_SECONDS {
            return Checked::Challenge { stale: true };
        }
        let count = if qop.is_empty() { Some(1) } else { u64::from_str_radix(nc, 16).ok() };
        match count {
            Some(count) if self.counts_up(at, nonce, cnonce, count) => Checked::Yes { user },
            Some(_) => Checked::Challenge { stale: true },
            None => Checked::Wrong { user },
        }
    }

    fn counts_up(&mut self, at: u64, nonce: &str, cnonce: &str, count: u64) -> bool {
        if self.counters.len() > COUNTERS {
            self.counters.retain(|_, (_, used)| at.saturating_sub(*used) <= NONCE_SECONDS);
        }
        let last = self.counters.entry((nonce.to_owned(), cnonce.to_owned())).or_insert((0, at));
        let up = count > last.0;
        if up {
            *last = (count, at);
        }
        up
    }
}

/// What is kept of a password: the MD5 of `user:realm:password`.
pub fn ha1(user: &str, realm: &str, password: &str) -> String {
    md5(&[user, realm, password])
}

fn md5(parts: &[&str]) -> String {
    hex::encode(Md5::digest(parts.join(":")))
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 2617 §3.5.
    #[test]
    fn the_response_is_that_of_the_standard() {
        let ha1 = ha1("Mufasa", "testrealm@host.com", "Circle Of Life");
        assert_eq!(ha1, "939e7578ed9e3c518a452acee763bce9");
        let ha2 = md5(&["GET", "/dir/index.html"]);
        let response = md5(&[&ha1, "dcd98b7102dd2f0e8b11d0f600bfb0c093", "00000001", "0a4f113b", "auth", &ha2]);
        assert_eq!(response, "6629fae49393a05397450978507c4ef1");
    }

    struct Client {
        nonce: String,
        cnonce: &'static str,
    }

    impl Client {
        fn says(&self, nc: &str, password: &str) -> HashMap<String, String> {
            let ha2 = md5(&["REGISTER", "sip:desk"]);
            let response = md5(&[&ha1("101", "desk", password), &self.nonce, nc, self.cnonce, "auth", &ha2]);
            [
                ("username", "101"),
                ("uri", "sip:desk"),
                ("nonce", &self.nonce),
                ("nc", nc),
                ("cnonce", self.cnonce),
                ("qop", "auth"),
                ("response", &response),
            ]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into()
        }
    }

    fn known(user: &str) -> Option<String> {
        (user == "101").then(|| ha1("101", "desk", "secret"))
    }

    #[test]
    fn the_counter_is_hexadecimal_and_rises() {
        let mut digest = Digest::new("desk");
        let client = Client { nonce: digest.nonce(1000), cnonce: "c" };
        let yes = Checked::Yes { user: "101".into() };
        for nc in ["00000001", "00000009", "0000000a", "00000010", "000000ff", "00000100", "ffffffff"] {
            assert_eq!(digest.check_at(1000, "REGISTER", &client.says(nc, "secret"), known), yes, "{nc}");
        }
        let again = digest.check_at(1000, "REGISTER", &client.says("00000100", "secret"), known);
        assert_eq!(again, Checked::Challenge { stale: true }, "a request seen before");
        let other = Client { nonce: client.nonce.clone(), cnonce: "another phone" };
        assert_eq!(digest.check_at(1000, "REGISTER", &other.says("00000001", "secret"), known), yes);
        let late = digest.check_at(1301, "REGISTER", &other.says("00000002", "secret"), known);
        assert_eq!(late, Checked::Challenge { stale: true });
    }

    #[test]
    fn nothing_else_gets_in() {
        let mut digest = Digest::new("desk");
        let client = Client { nonce: digest.nonce(1000), cnonce: "c" };
        let wrong = Checked::Wrong { user: "101".into() };
        assert_eq!(digest.check_at(1000, "REGISTER", &client.says("00000001", "guess"), known), wrong);
        assert_eq!(digest.check_at(1000, "INVITE", &client.says("00000001", "secret"), known), wrong, "another method");
        let made_up = Client { nonce: "3e8.00.00".into(), cnonce: "c" };
        let challenge = Checked::Challenge { stale: false };
        assert_eq!(digest.check_at(1000, "REGISTER", &made_up.says("00000001", "secret"), known), challenge);
        assert_eq!(digest.check_at(1000, "REGISTER", &HashMap::new(), known), challenge);
    }
}
