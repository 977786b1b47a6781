//! Checkpoints of the journal's heads, and the texts a trail is made of.

use jiff::Timestamp;
use warmline_domain::TicketId;
use warmline_domain::journal::{Checkpoint, Head, Stream};
use warmline_domain::trail::{Text, TextKind};

use crate::Store;
use crate::batch::{Batch, Fault};
use crate::replay::{Disagreement, Verdict};
use crate::value::{Row, Value};

/// A checkpoint as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    pub number: i64,
    pub at: Timestamp,
    /// Of [`Checkpoint::digest`]; what was signed.
    pub digest: [u8; 32],
    pub key: Vec<u8>,
    pub signature: Vec<u8>,
}

/// Heads listed by one checkpoint at most: one commit stays short.
const HEADS: i64 = 5_000;

impl Batch {
    pub fn checkpoint(&mut self, checkpoint: &Checkpoint, key: &[u8], signature: &[u8]) {
        let digest = checkpoint.digest();
        self.write(
            "INSERT INTO checkpoint (site, number, at, digest, public_key, signature) VALUES ($1, $2, $3, $4, $5, $6)",
            vec![
                self.site.into(),
                checkpoint.number.into(),
                checkpoint.at.into(),
                digest.into(),
                key.into(),
                signature.into(),
            ],
        );
        for (stream, head) in &checkpoint.heads {
            let (kind, id) = stream.key();
            self.write(
                "INSERT INTO checkpoint_head (site, kind, id, seq, number, hash) VALUES ($1, $2, $3, $4, $5, $6)",
                vec![
                    self.site.into(),
                    kind.into(),
                    id.into(),
                    head.seq.into(),
                    checkpoint.number.into(),
                    head.hash.into(),
                ],
            );
        }
    }
}

impl Store {
    pub async fn last_checkpoint(&self) -> Result<Option<SignedCheckpoint>, Fault> {
        let row = self
            .one(
                "SELECT number, at, digest, public_key, signature FROM checkpoint WHERE site = $1
                 ORDER BY number DESC LIMIT 1",
                vec![self.site.into()],
            )
            .await?;
        Ok(row.map(checkpoint_of))
    }

    /// All of them, oldest first.
    pub async fn checkpoints(&self) -> Result<Vec<SignedCheckpoint>, Fault> {
        let rows = self
            .query(
                "SELECT number, at, digest, public_key, signature FROM checkpoint WHERE site = $1 ORDER BY number",
                vec![self.site.into()],
            )
            .await?;
        Ok(rows.into_iter().map(checkpoint_of).collect())
    }

    /// Streams that stand elsewhere than any checkpoint says; not all at once.
    pub async fn moved_heads(&self) -> Result<Vec<(Stream, Head)>, Fault> {
        let rows = self
            .query(
                "SELECT kind, id, seq, hash FROM (
                   SELECT 3 AS kind, id, seq, hash FROM customer WHERE site = $1
                   UNION ALL SELECT 4 AS kind, id, seq, hash FROM ticket WHERE site = $2
                   UNION ALL SELECT kind, id, seq, hash FROM aggregate WHERE site = $3) AS stands
                 WHERE seq > 0 AND NOT EXISTS (SELECT 1 FROM checkpoint_head c
                   WHERE c.site = $4 AND c.kind = stands.kind AND c.id = stands.id AND c.seq = stands.seq)
                 ORDER BY kind, id LIMIT $5",
                vec![self.site.into(), self.site.into(), self.site.into(), self.site.into(), HEADS.into()],
            )
            .await?;
        Ok(rows.into_iter().filter_map(head_of).collect())
    }

    async fn heads_of(&self, number: i64) -> Result<Vec<(Stream, Head)>, Fault> {
        let rows = self
            .query(
                "SELECT kind, id, seq, hash FROM checkpoint_head WHERE site = $1 AND number = $2 ORDER BY kind, id, seq",
                vec![self.site.into(), number.into()],
            )
            .await?;
        Ok(rows.into_iter().filter_map(head_of).collect())
    }

    /// Every head that was ever sealed still stands in the journal, and no checkpoint was changed.
    pub(crate) async fn check_checkpoints(&self, verdict: &mut Verdict) -> Result<(), Fault> {
        let mut before = None::<SignedCheckpoint>;
        for signed in self.checkpoints().await? {
            let mut wrong = |stream: Stream, what: String| verdict.disagreements.push(Disagreement { stream, what });
            let (number, day) = (signed.number, signed.at.strftime("%-d %b %Y"));
            let (last, digest) = before.as_ref().map_or((0, [0; 32]), |b| (b.number, b.digest));
            if number != last + 1 {
                wrong(Stream::Site, format!("checkpoint {} is missing", last + 1));
            }
            let heads = self.heads_of(number).await?;
            if (Checkpoint { number, at: signed.at, before: digest, heads }).digest() != signed.digest {
                wrong(Stream::Site, format!("checkpoint {number} of {day} was changed after it was signed"));
            }
            for (stream, head) in self.lost_heads(number).await? {
                let what = format!("entry {} stood in the checkpoint of {day} and is gone or changed", head.seq);
                wrong(stream, what);
            }
            before = Some(signed);
        }
        Ok(())
    }

    async fn lost_heads(&self, number: i64) -> Result<Vec<(Stream, Head)>, Fault> {
        let rows = self
            .query(
                "SELECT kind, id, seq, hash FROM checkpoint_head c WHERE site = $1 AND number = $2 AND NOT EXISTS
                 (SELECT 1 FROM journal j WHERE j.site = c.site AND j.kind = c.kind AND j.id = c.id AND j.seq = c.seq
                  AND j.hash = c.hash) ORDER BY kind, id, seq",
                vec![self.site.into(), number.into()],
            )
            .await?;
        Ok(rows.into_iter().filter_map(head_of).collect())
    }

    /// Every text of a ticket, byte for byte as it is stored: messages, notes, promises.
    pub async fn texts(&self, ticket: TicketId) -> Result<Vec<Text>, Fault> {
        let of: [(TextKind, &'static str); 5] = [
            (TextKind::Message, "SELECT id, content FROM message WHERE site = $1 AND ticket = $2 ORDER BY id"),
            (TextKind::Note, "SELECT id, content FROM note WHERE site = $1 AND ticket = $2 ORDER BY id"),
            (TextKind::Record, "SELECT id, text FROM record WHERE site = $1 AND ticket = $2 ORDER BY id"),
            (TextKind::Promise, "SELECT id, what FROM promise WHERE site = $1 AND ticket = $2 ORDER BY id"),
            (
                TextKind::Ground,
                "SELECT message, content FROM message_ground WHERE site = $1 AND ticket = $2 ORDER BY message",
            ),
        ];
        let mut texts = Vec::new();
        for (kind, sql) in of {
            for mut row in self.query(sql, vec![Value::Int(self.site), Value::Int(ticket.0)]).await? {
                let (id, text) = (row.int(0), row.text(1));
                // These are stored bare; their digest is of the JSON.
                let json = match kind {
                    TextKind::Promise | TextKind::Record => serde_json::to_string(&text).expect("a text serialises"),
                    TextKind::Message | TextKind::Note | TextKind::Ground => text,
                };
                texts.push(Text { kind, id, json });
            }
        }
        Ok(texts)
    }
}

fn checkpoint_of(mut row: Row) -> SignedCheckpoint {
    SignedCheckpoint {
        number: row.int(0),
        at: row.time(1),
        digest: row.hash(2),
        key: row.bytes(3).unwrap_or_default(),
        signature: row.bytes(4).unwrap_or_default(),
    }
}

fn head_of(mut row: Row) -> Option<(Stream, Head)> {
    Some((Stream::from_key(row.int(0), row.int(1))?, Head { seq: row.int(2), hash: row.hash(3) }))
}
