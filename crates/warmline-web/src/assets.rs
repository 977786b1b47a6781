//! The register of assets: looked up by everybody, kept by supervisors; a sheet goes out and comes in.

use askama::Template;
use axum::Form;
use axum::extract::{Multipart, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use warmline_desk::{DeskError, Outcome, Wish};
use warmline_domain::asset::{Asset, Criticality, sheet};
use warmline_domain::id::Minter;
use warmline_domain::site::Role;
use warmline_domain::ticket::{Command, stakes};
use warmline_domain::{AssetId, Refusal};

use crate::App;
use crate::forms::percent;
use crate::on::OnTicket;
use crate::page::{Frame, Shown, Wrong, drawn, status_of};
use crate::referrals::{Choosable, choosable};
use crate::session::Who;
use crate::tickets::fresh_node;

/// Rows of the register on a page, assets offered on a ticket, tickets shown with an asset.
const ROWS: usize = 50;
const OFFERED: usize = 12;
const TICKETS: usize = 10;
/// Assets taken over in one step: the desk does other things between two of them.
const AT_ONCE: usize = 250;

#[derive(Template)]
#[template(path = "assets.html")]
struct AssetsPage {
    frame: Frame,
    q: String,
    told: String,
    rows: Vec<Asset>,
    more: Option<String>,
    /// The one that is open, or a new one.
    open: Option<Asset>,
    fresh: bool,
    /// Tickets about it: number, subject, stage.
    tickets: Vec<(String, String, &'static str)>,
    keeps: bool,
    problem: Option<Refusal>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    q: String,
    after: Option<i64>,
    /// The identifier of an asset, or `new`.
    open: String,
    told: String,
}

pub(crate) async fn show(State(app): State<App>, who: Who, Query(asked): Query<Asked>) -> Shown {
    let open = match asked.open.as_str() {
        "" => None,
        "new" => Some(blank(&app)),
        id => {
            let id = AssetId(id.parse().map_err(|_| Wrong::Missing)?);
            Some(app.desk.store.asset(id).await?.ok_or(Wrong::Missing)?.value)
        }
    };
    page(&app, &who, asked, open, None).await
}

fn blank(app: &App) -> Asset {
    Asset {
        id: Minter::new(fresh_node()).mint(app.desk.clock.now()),
        name: String::new(),
        kind: String::new(),
        place: String::new(),
        organisation: String::new(),
        criticality: Criticality::Ordinary,
        retired: false,
    }
}

async fn page(app: &App, who: &Who, asked: Asked, open: Option<Asset>, problem: Option<Refusal>) -> Shown {
    let store = &app.desk.store;
    let found = store.assets(&asked.q, asked.after.map(AssetId), ROWS).await?;
    let about = match &open {
        Some(asset) => store.tickets_about(asset.id, TICKETS).await?,
        None => vec![],
    };
    let fresh = match &open {
        Some(asset) => store.asset(asset.id).await?.is_none(),
        None => false,
    };
    let subject = |t: &warmline_domain::ticket::Ticket| t.subject.open().cloned().unwrap_or_default();
    let page = AssetsPage {
        frame: Frame::new(app, who).await?,
        more: found.next.map(|id| format!("/settings/assets?q={}&after={id}", percent(&asked.q))),
        rows: found.rows,
        tickets: about.iter().map(|t| (t.number.to_string(), subject(t), t.stage.word())).collect(),
        keeps: who.role >= Role::Supervisor,
        q: asked.q,
        told: asked.told,
        open,
        fresh,
        problem,
    };
    Ok(drawn(page.problem.as_ref().map_or(StatusCode::OK, status_of), &page))
}

#[derive(Debug, Deserialize)]
pub(crate) struct AssetForm {
    id: i64,
    name: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    place: String,
    #[serde(default)]
    organisation: String,
    criticality: String,
    #[serde(default)]
    retired: Option<String>,
}

pub(crate) async fn keep(State(app): State<App>, who: Who, Form(form): Form<AssetForm>) -> Shown {
    let asset = Asset {
        id: AssetId(form.id),
        name: form.name,
        kind: form.kind,
        place: form.place,
        organisation: form.organisation,
        criticality: form.criticality.parse()?,
        retired: form.retired.is_some(),
    };
    match app.desk.ask(Wish::Asset { by: who.by(), asset: asset.clone() }).await {
        Ok(_) => Ok(Redirect::to(&format!("/settings/assets?q={}", percent(&asset.name))).into_response()),
        Err(DeskError::Refused(refusal)) => page(&app, &who, Asked::default(), Some(asset), Some(refusal)).await,
        Err(fault) => Err(fault.into()),
    }
}

/// The whole register as comma-separated values.
pub(crate) async fn export(State(app): State<App>, _who: Who) -> Result<Response, Wrong> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let page = app.desk.store.assets("", after, 1000).await?;
        all.extend(page.rows);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(crate::page::sheet("assets", sheet::write(all.iter())))
}

/// Takes a sheet over, chosen as a file or pasted. All of it is read before the first asset is kept; sent again, it
/// changes nothing.
pub(crate) async fn import(State(app): State<App>, who: Who, mut form: Multipart) -> Shown {
    let mut text = String::new();
    while let Ok(Some(field)) = form.next_field().await {
        let read = field.bytes().await.map_err(|_| unreadable())?;
        let read = String::from_utf8(read.to_vec()).map_err(|_| unreadable())?;
        if !read.trim().is_empty() {
            text = read;
        }
    }
    let rows = match sheet::read(&text) {
        Ok(rows) => rows,
        Err(refusal) => return page(&app, &who, Asked::default(), None, Some(refusal)).await,
    };
    let (all, mut new, mut other) = (rows.len(), 0, 0);
    for some in rows.chunks(AT_ONCE) {
        match app.desk.ask(Wish::TakeOver { by: who.by(), rows: some.to_vec() }).await {
            Ok(Outcome::TakenOver { added, changed }) => (new, other) = (new + added, other + changed),
            Ok(_) => {}
            Err(DeskError::Refused(refusal)) => return page(&app, &who, Asked::default(), None, Some(refusal)).await,
            Err(fault) => return Err(fault.into()),
        }
    }
    let told = format!("{new} new, {other} changed, {} were here already.", all - new - other);
    Ok(Redirect::to(&format!("/settings/assets?told={}", percent(&told))).into_response())
}

fn unreadable() -> Refusal {
    Refusal::input(
        "This file is not a sheet in UTF-8.",
        "Nothing was taken in. Save it as comma-separated values (CSV UTF-8) and send it again.",
    )
}

#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    q: String,
}

/// For the ticket: those of the customer's organisation first, then all that fit.
pub(crate) async fn find(on: OnTicket, Query(typed): Query<Typed>) -> Result<Response, Wrong> {
    let store = &on.app.desk.store;
    let ticket = store.ticket(on.id).await?.ok_or(Wrong::Missing)?.value;
    let customer = store.customer(ticket.customer).await?;
    let organisation = customer.and_then(|c| c.value.organisation?.open().cloned()).unwrap_or_default();
    let typed = typed.q.to_lowercase();
    let fits = |a: &Asset| {
        let text = format!("{} {} {}", a.name, a.kind, a.place).to_lowercase();
        typed.split_whitespace().all(|w| text.contains(w))
    };
    let mut found = store.assets_of(&organisation, ROWS).await?;
    found.retain(fits);
    let others = store.assets(&typed, None, ROWS).await?.rows;
    found.extend(others.into_iter().filter(|a| !a.retired));
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|a| seen.insert(a.id));
    let about = |a: &Asset| {
        let parts = [a.criticality.word(), &a.kind, &a.place, &a.organisation];
        parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" · ")
    };
    let choice = |a: &Asset| Choosable { value: a.id.to_string(), title: a.name.clone(), text: about(a) };
    Ok(choosable(&found.iter().take(OFFERED).map(choice).collect::<Vec<_>>()))
}

#[derive(Deserialize)]
pub(crate) struct LinkForm {
    /// Empty: none any more.
    #[serde(default)]
    asset: String,
}

pub(crate) async fn link(on: OnTicket, Form(form): Form<LinkForm>) -> Shown {
    if form.asset.is_empty() {
        return on.command(Command::Stakes(stakes::Command::Unlink)).await;
    }
    let asset = AssetId(form.asset.parse().map_err(|_| Wrong::Missing)?);
    on.ask(Wish::LinkAsset { by: on.who.by(), ticket: on.id, asset }).await
}

/// What stands on the ticket: the asset, and a few of the customer's to choose from.
pub(crate) struct StakesPane {
    pub(crate) asset: Option<stakes::AtStake>,
    pub(crate) ranked: bool,
    pub(crate) offered: Vec<(AssetId, String)>,
}

pub(crate) async fn stakes_pane(app: &App, stakes: &stakes::Stakes, organisation: &str) -> Result<StakesPane, Wrong> {
    let offered = match stakes.asset {
        Some(_) => vec![],
        None => app.desk.store.assets_of(organisation, 3).await?,
    };
    let offered = offered.into_iter().map(|a| (a.id, a.name)).collect();
    Ok(StakesPane { asset: stakes.asset.clone(), ranked: stakes.ranked, offered })
}

/// What happened, in words.
pub(crate) fn sentence(event: &stakes::Event, who: &str) -> String {
    match event {
        stakes::Event::AssetLinked(asset) => {
            format!("{who} said that it is about {}, {}", asset.named(), asset.criticality.word())
        }
        stakes::Event::AssetUnlinked => format!("{who} took the asset off"),
        stakes::Event::RankCounts { counts: true } => "Who asks counts here: the policy names this customer".into(),
        stakes::Event::PlanCounts { plan } if plan.is_empty() => "Its targets go by no plan any more".into(),
        stakes::Event::PlanCounts { plan } => format!("Its targets go by the plan {plan}"),
        stakes::Event::RankCounts { counts: false } => "Who asks does not count any more".into(),
    }
}
