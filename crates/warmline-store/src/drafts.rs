//! Drafts: kept on the server as typing pauses, one per agent, ticket and kind.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use warmline_domain::ticket::Attachment;
use warmline_domain::{AgentId, TicketId};

use crate::Store;
use crate::batch::{Batch, Fault};
use crate::load::parse;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    pub text: String,
    #[serde(default)]
    pub to: String,
    #[serde(default)]
    pub cc: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// What it will promise: a line each, `2026-11-24T17:00 what`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub promises: String,
    /// Keys of the phrases in it, separated by spaces.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub phrases: String,
    /// Why it is to go out although the rules for wording say otherwise.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// What goes beside it and is no part of it.
    #[serde(default, skip_serializing_if = "DraftBeside::is_empty")]
    pub beside: DraftBeside,
}

/// As the form of an answer carries it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DraftBeside {
    /// What it stands on, a line each: `link https://…`.
    pub grounds: String,
    /// The message it puts right; 0: none.
    pub corrects: i64,
    /// The note whose words it shows; 0: none.
    pub shows: i64,
    pub shows_why: String,
}

impl DraftBeside {
    pub fn is_empty(&self) -> bool {
        *self == DraftBeside::default()
    }
}

impl Batch {
    /// `kind` is `answer` or `note`. An empty draft is taken away.
    pub fn draft(&mut self, agent: AgentId, ticket: TicketId, kind: &'static str, at: Timestamp, draft: &Draft) {
        if draft.text.trim().is_empty() && draft.attachments.is_empty() {
            self.write(
                "DELETE FROM draft WHERE site = $1 AND agent = $2 AND ticket = $3 AND kind = $4",
                vec![self.site.into(), agent.0.into(), ticket.0.into(), kind.into()],
            );
            return;
        }
        let content = serde_json::to_string(draft).expect("a draft is plain text");
        self.write(
            "INSERT INTO draft (site, agent, ticket, kind, at, content) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (site, agent, ticket, kind) DO UPDATE SET at = excluded.at, content = excluded.content",
            vec![self.site.into(), agent.0.into(), ticket.0.into(), kind.into(), at.into(), content.into()],
        );
    }
}

impl Store {
    pub async fn draft(
        &self,
        agent: AgentId,
        ticket: TicketId,
        kind: &'static str,
    ) -> Result<Option<(Timestamp, Draft)>, Fault> {
        let row = self
            .one(
                "SELECT at, content FROM draft WHERE site = $1 AND agent = $2 AND ticket = $3 AND kind = $4",
                vec![self.site.into(), agent.0.into(), ticket.0.into(), kind.into()],
            )
            .await?;
        row.map(|mut row| Ok((row.time(0), parse("draft", &row.text(1))?))).transpose()
    }
}
