//! Passwords, sessions and the lock on guessing.

use jiff::Timestamp;
use warmline_domain::AgentId;

use crate::Store;
use crate::batch::{Batch, Fault};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignInFailures {
    pub failures: i64,
    pub until: Option<Timestamp>,
}

impl Batch {
    /// `hash` is a PHC string (argon2id).
    pub fn password(&mut self, agent: AgentId, hash: &str) {
        self.write(
            "INSERT INTO credential (site, agent, password) VALUES ($1, $2, $3)
             ON CONFLICT (site, agent) DO UPDATE SET password = excluded.password",
            vec![self.site.into(), agent.0.into(), hash.into()],
        );
    }

    /// What a desk phone of the agent registers with.
    pub fn phone_login(&mut self, agent: AgentId, username: &str, ha1: &str) {
        self.write(
            "INSERT INTO phone_login (site, agent, username, ha1) VALUES ($1, $2, $3, $4)
             ON CONFLICT (site, agent) DO UPDATE SET username = excluded.username, ha1 = excluded.ha1",
            vec![self.site.into(), agent.0.into(), username.into(), ha1.into()],
        );
    }

    /// `token` is the digest of what the browser holds.
    pub fn start_session(&mut self, token: &[u8], agent: AgentId, at: Timestamp, expires: Timestamp) {
        self.write(
            "INSERT INTO session (site, token, agent, at, expires) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (site, token) DO UPDATE SET expires = excluded.expires",
            vec![self.site.into(), token.into(), agent.0.into(), at.into(), expires.into()],
        );
        self.write("DELETE FROM session WHERE site = $1 AND expires < $2", vec![self.site.into(), at.into()]);
    }

    pub fn end_session(&mut self, token: &[u8]) {
        self.write("DELETE FROM session WHERE site = $1 AND token = $2", vec![self.site.into(), token.into()]);
    }

    pub fn end_sessions_of(&mut self, agent: AgentId) {
        self.write("DELETE FROM session WHERE site = $1 AND agent = $2", vec![self.site.into(), agent.0.into()]);
    }

    pub fn sign_in_failures(&mut self, account: &str, failures: SignInFailures) {
        let until = failures.until.map_or(0, Timestamp::as_millisecond);
        self.write(
            "INSERT INTO sign_in_failure (site, account, failures, until) VALUES ($1, $2, $3, $4)
             ON CONFLICT (site, account) DO UPDATE SET failures = excluded.failures, until = excluded.until",
            vec![self.site.into(), account.into(), failures.failures.into(), until.into()],
        );
    }
}

impl Store {
    /// Username, agent and HA1 of every desk phone.
    pub async fn phone_logins(&self) -> Result<Vec<(String, AgentId, String)>, Fault> {
        let rows =
            self.query("SELECT username, agent, ha1 FROM phone_login WHERE site = $1", vec![self.site.into()]).await?;
        Ok(rows.into_iter().map(|mut row| (row.text(0), AgentId(row.int(1)), row.text(2))).collect())
    }

    pub async fn password(&self, agent: AgentId) -> Result<Option<String>, Fault> {
        let row = self
            .one(
                "SELECT password FROM credential WHERE site = $1 AND agent = $2",
                vec![self.site.into(), agent.0.into()],
            )
            .await?;
        Ok(row.map(|mut row| row.text(0)))
    }

    /// Who the session belongs to and when it ends.
    pub async fn session(&self, token: &[u8]) -> Result<Option<(AgentId, Timestamp)>, Fault> {
        let row = self
            .one(
                "SELECT agent, expires FROM session WHERE site = $1 AND token = $2",
                vec![self.site.into(), token.into()],
            )
            .await?;
        Ok(row.map(|row| (AgentId(row.int(0)), row.time(1))))
    }

    pub async fn sign_in_failures(&self, account: &str) -> Result<SignInFailures, Fault> {
        let row = self
            .one(
                "SELECT failures, until FROM sign_in_failure WHERE site = $1 AND account = $2",
                vec![self.site.into(), account.into()],
            )
            .await?;
        Ok(row.map_or_else(SignInFailures::default, |row| SignInFailures {
            failures: row.int(0),
            until: (row.int(1) != 0).then(|| row.time(1)),
        }))
    }
}
