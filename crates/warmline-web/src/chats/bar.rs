//! Chats in the bar of every page: who would like to chat, whom one is asked in to, and who waits too long.

use warmline_domain::floor::chat::{Chat, Pressed, State};
use warmline_domain::site::Role;

use crate::App;
use crate::page::Wrong;
use crate::session::Who;

/// A chat as the bar shows it.
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) number: String,
    pub(crate) who: String,
    pub(crate) subject: String,
    pub(crate) queue: String,
    pub(crate) kind: Kind,
    /// Since when their line has no answer, or they wait; milliseconds since 1970.
    pub(crate) since: Option<i64>,
    pub(crate) late: bool,
    /// For who is asked in: who asks, and the brief.
    pub(crate) from: String,
    pub(crate) brief: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Offered,
    AskedIn,
    Mine,
    /// For supervisors.
    Alarm,
}

pub(crate) async fn rows(app: &App, who: &Who) -> Result<Vec<Row>, Wrong> {
    let floor = app.desk.floor();
    let mut rows = Vec::new();
    for chat in floor.chats.values() {
        if let Some(kind) = kind(chat, who) {
            rows.push(row(app, chat, kind).await?);
        }
    }
    rows.sort_by_key(|row| row.kind == Kind::Mine);
    Ok(rows)
}

fn kind(chat: &Chat, who: &Who) -> Option<Kind> {
    match &chat.state {
        State::Offered { agent, .. } if *agent == who.id => Some(Kind::Offered),
        State::BringingIn { colleague, .. } if *colleague == who.id => Some(Kind::AskedIn),
        _ if chat.agents().any(|agent| agent == who.id) => Some(Kind::Mine),
        _ if who.role >= Role::Supervisor && (chat.hard || chat.pressed == Pressed::Supervisors) => Some(Kind::Alarm),
        _ => None,
    }
}

async fn row(app: &App, chat: &Chat, kind: Kind) -> Result<Row, Wrong> {
    let site = app.desk.site();
    let customer = app.desk.store.customer(chat.customer).await?;
    let ticket = app.desk.store.ticket(chat.ticket).await?.map(|t| t.value);
    let agent = chat.owner().and_then(|id| site.agents.get(&id)).map(|a| a.name.clone()).unwrap_or_default();
    let brief = match &chat.state {
        State::BringingIn { brief, .. } => brief.open().cloned().unwrap_or_default(),
        _ => warmline_domain::floor::Brief::default(),
    };
    let since = match &chat.state {
        State::Offered { place, .. } => Some(place.since),
        _ => chat.unanswered_since,
    };
    Ok(Row {
        id: chat.id.0,
        number: ticket.as_ref().map(|t| t.number.to_string()).unwrap_or_default(),
        subject: ticket.and_then(|t| t.subject.open().cloned()).unwrap_or_default(),
        who: customer.and_then(|c| c.value.name.open().cloned()).unwrap_or_else(|| "Somebody".into()),
        queue: site.queues.get(&chat.queue).map(|q| q.name.clone()).unwrap_or_default(),
        kind,
        since: since.map(jiff::Timestamp::as_millisecond),
        late: chat.pressed != Pressed::Nobody,
        from: agent,
        brief: [brief.problem, brief.tried, brief.mood]
            .into_iter()
            .filter(|t| !t.is_empty())
            .collect::<Vec<_>>()
            .join(" · "),
    })
}
