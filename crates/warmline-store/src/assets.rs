//! The register of assets as rows: listed and searched by key, written with its journal.

use jiff::Timestamp;
use warmline_domain::asset::{Asset, Event};
use warmline_domain::journal::{Head, Stream};
use warmline_domain::ticket::Ticket;
use warmline_domain::{AgentId, AssetId, By, TicketId, TicketNumber};

use crate::Store;
use crate::batch::{Batch, Fault};
use crate::load::{Loaded, parse, ticket_of};
use crate::value::{Row, Value};

/// What happened to an asset, and what it is now.
pub struct AssetChange<'a> {
    pub before: Head,
    pub after: &'a Asset,
    pub events: &'a [Event],
    pub by: By,
    pub at: Timestamp,
    pub policy: i64,
}

/// A page of the register.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    pub rows: Vec<Asset>,
    /// The last row, when there are more.
    pub next: Option<AssetId>,
}

/// Words of a search that are heeded.
const WORDS: usize = 3;

fn words(asset: &Asset) -> String {
    format!("{} {} {} {}", asset.name, asset.kind, asset.place, asset.organisation).to_lowercase()
}

fn twin(name: &str, organisation: &str) -> String {
    format!("{name}\n{organisation}").to_lowercase()
}

/// The columns lists go by.
pub(crate) fn columns(asset: &Asset) -> (String, String, String, i64, i64) {
    let twin = twin(&asset.name, &asset.organisation);
    let organisation = asset.organisation.to_lowercase();
    (words(asset), twin, organisation, asset.criticality as i64, i64::from(asset.retired))
}

impl Batch {
    /// Returns where the asset's stream stands afterwards.
    pub fn asset(&mut self, change: &AssetChange<'_>) -> Head {
        let AssetChange { before, after, events, by, at, policy } = change;
        let head = self.journal(Stream::Asset(after.id.0), *before, *at, *by, *policy, events);
        let (words, twin, organisation, criticality, retired) = columns(after);
        let state = serde_json::to_string(after).expect("states are plain values");
        self.write(
            "INSERT INTO asset (site, id, words, twin, organisation, criticality, retired, seq, hash, state)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             ON CONFLICT (site, id) DO UPDATE SET words = excluded.words, twin = excluded.twin,
               organisation = excluded.organisation, criticality = excluded.criticality, retired = excluded.retired,
               seq = excluded.seq, hash = excluded.hash, state = excluded.state",
            vec![
                self.site.into(),
                after.id.0.into(),
                words.into(),
                twin.into(),
                organisation.into(),
                criticality.into(),
                retired.into(),
                head.seq.into(),
                head.hash.into(),
                state.into(),
            ],
        );
        head
    }
}

fn loaded(mut row: Row) -> Result<Loaded<Asset>, Fault> {
    let head = Head { seq: row.int(0), hash: row.hash(1) };
    Ok(Loaded { value: parse("asset", &row.text(2))?, head })
}

/// `%word%` for the first words of a search, with what LIKE would take for a pattern marked.
fn patterns(search: &str) -> [String; WORDS] {
    let mut patterns: [String; WORDS] = std::array::from_fn(|_| "%".to_owned());
    for (pattern, word) in patterns.iter_mut().zip(search.split_whitespace()) {
        let plain = word.to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
        *pattern = format!("%{plain}%");
    }
    patterns
}

impl Store {
    pub async fn asset(&self, id: AssetId) -> Result<Option<Loaded<Asset>>, Fault> {
        let sql = "SELECT seq, hash, state FROM asset WHERE site = $1 AND id = $2";
        self.one(sql, vec![self.site.into(), id.0.into()]).await?.map(loaded).transpose()
    }

    /// The asset of this name at this organisation, however it is written.
    pub async fn asset_named(&self, name: &str, organisation: &str) -> Result<Option<Loaded<Asset>>, Fault> {
        let sql = "SELECT seq, hash, state FROM asset WHERE site = $1 AND twin = $2 ORDER BY id LIMIT 1";
        self.one(sql, vec![self.site.into(), twin(name, organisation).into()]).await?.map(loaded).transpose()
    }

    /// Assets with these words anywhere in them, by name; those out of use are there, too.
    pub async fn assets(&self, search: &str, after: Option<AssetId>, limit: usize) -> Result<Assets, Fault> {
        let from = match after {
            Some(id) => self.asset(id).await?.map(|a| (words(&a.value), id.0)),
            None => None,
        };
        let (from_words, from_id) = from.unwrap_or((String::new(), i64::MIN));
        let [one, two, three] = patterns(search);
        let mut values: Vec<Value> = vec![self.site.into(), from_words.into(), from_id.into()];
        values.extend([one, two, three].map(Value::from));
        values.push((limit as i64 + 1).into());
        let rows = self
            .query(
                "SELECT seq, hash, state FROM asset WHERE site = $1 AND (words, id) > ($2, $3)
                 AND words LIKE $4 ESCAPE '!' AND words LIKE $5 ESCAPE '!' AND words LIKE $6 ESCAPE '!'
                 ORDER BY words, id LIMIT $7",
                values,
            )
            .await?;
        let more = rows.len() > limit;
        let rows: Result<Vec<Asset>, Fault> = rows.into_iter().take(limit).map(|r| Ok(loaded(r)?.value)).collect();
        let rows = rows?;
        let next = rows.last().filter(|_| more).map(|a| a.id);
        Ok(Assets { rows, next })
    }

    /// Those of an organisation that are in use, the critical first.
    pub async fn assets_of(&self, organisation: &str, limit: usize) -> Result<Vec<Asset>, Fault> {
        let rows = self
            .query(
                "SELECT seq, hash, state FROM asset WHERE site = $1 AND organisation = $2 AND organisation <> ''
                 AND retired = 0 ORDER BY criticality DESC, words LIMIT $3",
                vec![self.site.into(), organisation.to_lowercase().into(), (limit as i64).into()],
            )
            .await?;
        rows.into_iter().map(|r| Ok(loaded(r)?.value)).collect()
    }

    /// Tickets about an asset that are not closed, newest first.
    pub async fn tickets_about(&self, asset: AssetId, limit: usize) -> Result<Vec<Ticket>, Fault> {
        let rows = self
            .query(
                "SELECT seq, hash, subject, state, first_subject FROM ticket
                 WHERE site = $1 AND asset = $2 AND asset > 0 AND stage < 3 ORDER BY id DESC LIMIT $3",
                vec![self.site.into(), asset.0.into(), (limit as i64).into()],
            )
            .await?;
        rows.into_iter().map(|mut row| Ok(ticket_of(&mut row, 0)?.value)).collect()
    }

    /// The ticket this agent is asked to drop everything for, if there is one.
    pub async fn asked_to_drop(&self, agent: AgentId) -> Result<Option<(TicketId, TicketNumber, String)>, Fault> {
        let sql =
            "SELECT id, number, subject FROM ticket WHERE site = $1 AND asked = $2 AND asked > 0 ORDER BY id LIMIT 1";
        let row = self.one(sql, vec![self.site.into(), agent.0.into()]).await?;
        Ok(row.map(|mut row| (TicketId(row.int(0)), TicketNumber(row.int(1) as u64), row.text(2))))
    }
}
