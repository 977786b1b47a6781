//! What became of the findings of each rule, which ones an agent has put aside, and which phrases were used.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use warmline_domain::wording::RuleCount;
use warmline_domain::{AgentId, CustomerId, MessageId, TicketId};

use crate::Store;
use crate::batch::{Batch, Fault};

/// How often a phrase was sent, and how the tickets it was sent on stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PhraseUse {
    pub uses: i64,
    /// Of the tickets it was used on, solved or closed.
    pub solved: i64,
}

impl Batch {
    pub fn rule_counted(&mut self, rule: &str, add: RuleCount) {
        let RuleCount { shown, taken, dismissed, wrong, overridden } = add;
        self.write(
            "INSERT INTO rule_count (site, rule, shown, taken, dismissed, wrong, overridden)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (site, rule) DO UPDATE SET
               shown = rule_count.shown + excluded.shown, taken = rule_count.taken + excluded.taken,
               dismissed = rule_count.dismissed + excluded.dismissed, wrong = rule_count.wrong + excluded.wrong,
               overridden = rule_count.overridden + excluded.overridden",
            vec![
                self.site.into(),
                rule.into(),
                shown.into(),
                taken.into(),
                dismissed.into(),
                wrong.into(),
                overridden.into(),
            ],
        );
    }

    pub fn ignore_rule(&mut self, agent: AgentId, rule: &str) {
        self.write(
            "INSERT INTO rule_ignored (site, agent, rule) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            vec![self.site.into(), agent.0.into(), rule.into()],
        );
    }

    pub fn heed_rules(&mut self, agent: AgentId) {
        self.write("DELETE FROM rule_ignored WHERE site = $1 AND agent = $2", vec![self.site.into(), agent.0.into()]);
    }

    pub fn heed_rule(&mut self, agent: AgentId, rule: &str) {
        self.write(
            "DELETE FROM rule_ignored WHERE site = $1 AND agent = $2 AND rule = $3",
            vec![self.site.into(), agent.0.into(), rule.into()],
        );
    }

    pub fn phrase_used(&mut self, phrase: &str, message: MessageId, ticket: TicketId, at: Timestamp) {
        self.write(
            "INSERT INTO phrase_use (site, phrase, message, ticket, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            vec![self.site.into(), phrase.into(), message.0.into(), ticket.0.into(), at.into()],
        );
    }
}

impl Store {
    pub async fn rule_counts(&self) -> Result<BTreeMap<String, RuleCount>, Fault> {
        let rows = self
            .query(
                "SELECT rule, shown, taken, dismissed, wrong, overridden FROM rule_count WHERE site = $1",
                vec![self.site.into()],
            )
            .await?;
        let count = |row: &crate::Row| RuleCount {
            shown: row.int(1),
            taken: row.int(2),
            dismissed: row.int(3),
            wrong: row.int(4),
            overridden: row.int(5),
        };
        Ok(rows.into_iter().map(|mut row| (row.text(0), count(&row))).collect())
    }

    pub async fn ignored_rules(&self, agent: AgentId) -> Result<BTreeSet<String>, Fault> {
        let rows = self
            .query(
                "SELECT rule FROM rule_ignored WHERE site = $1 AND agent = $2",
                vec![self.site.into(), agent.0.into()],
            )
            .await?;
        Ok(rows.into_iter().map(|mut row| row.text(0)).collect())
    }

    pub async fn phrase_uses(&self) -> Result<BTreeMap<String, PhraseUse>, Fault> {
        let rows = self
            .query(
                "SELECT u.phrase, count(*), sum(CASE WHEN t.stage >= 2 THEN 1 ELSE 0 END)
                 FROM phrase_use u JOIN ticket t ON t.site = u.site AND t.id = u.ticket
                 WHERE u.site = $1 GROUP BY u.phrase",
                vec![self.site.into()],
            )
            .await?;
        Ok(rows.into_iter().map(|mut row| (row.text(0), PhraseUse { uses: row.int(1), solved: row.int(2) })).collect())
    }

    /// A customer of exactly this name, other than `but`.
    pub async fn customer_named(&self, name: &str, but: CustomerId) -> Result<Option<CustomerId>, Fault> {
        let row = self
            .one(
                "SELECT id FROM customer WHERE site = $1 AND name = $2 AND id <> $3 LIMIT 1",
                vec![self.site.into(), name.into(), but.0.into()],
            )
            .await?;
        Ok(row.map(|row| CustomerId(row.int(0))))
    }

    /// The newest answers of ours, newest first: what a new rule is tried on.
    pub async fn newest_answers(&self, limit: usize) -> Result<Vec<(MessageId, TicketId, String)>, Fault> {
        let rows = self
            .query(
                "SELECT id, ticket, content FROM message WHERE site = $1 AND kind = 'answer' ORDER BY id DESC LIMIT $2",
                vec![self.site.into(), (limit as i64).into()],
            )
            .await?;
        rows.into_iter()
            .map(|mut row| {
                let content: warmline_domain::ticket::Message = crate::load::parse("message", &row.text(2))?;
                Ok((MessageId(row.int(0)), TicketId(row.int(1)), content.text))
            })
            .collect()
    }
}
