//! The service catalogue, under Settings: requests with what they cost each plan, plans, and who has which.

use std::collections::BTreeMap;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use jiff::SignedDuration;
use serde::Deserialize;
use warmline_desk::{DeskError, Wish};
use warmline_domain::id::Minter;
use warmline_domain::money::Money;
use warmline_domain::site::catalogue::{Channel, Command, Entry, Terms, Why, Written};
use warmline_domain::site::{Command as SiteCommand, Role};
use warmline_domain::{Refusal, RequestId};
use warmline_store::ChargeCounts;

use crate::App;
use crate::page::{Frame, Shown, Wrong, drawn, status_of};
use crate::session::Who;
use crate::tickets::fresh_node;

/// Exceptions are counted over so many days.
const DAYS: i64 = 30;
const LANGUAGES: [(&str, &str); 2] = [("en", "English"), ("de", "Deutsch")];
const TERMS: [&str; 3] = ["included", "extra cost", "not done here"];

#[derive(Template)]
#[template(path = "catalogue.html")]
struct CataloguePage {
    frame: Frame,
    rows: Vec<Row>,
    counts: ChargeCounts,
    plans: String,
    plan_list: Vec<String>,
    /// Names of organisations with their plan, or none.
    organisations: Vec<(String, String)>,
    open: Option<Open>,
    days: i64,
    complaints_to: String,
    changes: bool,
    problem: Option<Refusal>,
}

struct Row {
    id: RequestId,
    name: String,
    about: String,
    /// `basic: 49.00 EUR`.
    terms: Vec<String>,
    reason: String,
    exceptions: i64,
    /// So many that it has become the rule.
    worn: bool,
}

struct Open {
    id: RequestId,
    written: Written,
    /// Field name, label, text.
    reasons: Vec<(String, String, String)>,
    insteads: Vec<(String, String, String)>,
    /// Plan, terms, price.
    plans: Vec<(String, String, String)>,
    known: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// An identifier, or `new`.
    open: String,
}

pub(crate) async fn show(State(app): State<App>, who: Who, Query(asked): Query<Asked>) -> Shown {
    let site = app.desk.site();
    let open = match asked.open.as_str() {
        "" => None,
        "new" => {
            let id = Minter::new(fresh_node()).mint(app.desk.clock.now());
            let otherwise = (TERMS[0].to_owned(), String::new());
            Some((id, Written { otherwise, currency: currency(&site.catalogue.entries), ..Written::default() }))
        }
        id => {
            let id = RequestId(id.parse().map_err(|_| Wrong::Missing)?);
            Some((id, written(site.catalogue.entries.get(&id).ok_or(Wrong::Missing)?)))
        }
    };
    page(&app, &who, open, None).await
}

/// The one that is used here already.
fn currency(entries: &BTreeMap<RequestId, Entry>) -> String {
    let prices = entries.values().find_map(|e| price_of(e).map(|p| p.currency.clone()));
    prices.unwrap_or_else(|| "EUR".into())
}

fn price_of(entry: &Entry) -> Option<&Money> {
    std::iter::once(&entry.otherwise).chain(entry.plans.values()).find_map(Terms::price)
}

fn written(entry: &Entry) -> Written {
    let price = |t: &Terms| t.price().map(Money::amount).unwrap_or_default();
    let of = price_of(entry);
    let most = of.map(|p| Money { minor: entry.exception.up_to, ..p.clone() }.amount());
    Written {
        name: entry.name.clone(),
        about: entry.about.clone(),
        otherwise: (entry.otherwise.word().into(), price(&entry.otherwise)),
        plans: entry.plans.iter().map(|(plan, t)| (plan.clone(), t.word().into(), price(t))).collect(),
        currency: of.map_or_else(|| "EUR".into(), |p| p.currency.clone()),
        why: entry.why.word().into(),
        reason: entry.reason.clone(),
        instead: entry.instead.clone(),
        minutes: if entry.minutes == 0 { String::new() } else { entry.minutes.to_string() },
        channel: entry.channel.word().into(),
        exception_by: entry.exception.by.word().into(),
        exception_up_to: most.unwrap_or_default(),
    }
}

async fn page(app: &App, who: &Who, open: Option<(RequestId, Written)>, problem: Option<Refusal>) -> Shown {
    let (site, now) = (app.desk.site(), app.desk.clock.now());
    let catalogue = &site.catalogue;
    let exceptions = app.desk.store.exceptions(now - SignedDuration::from_hours(24 * DAYS)).await?;
    let worn_at = i64::from(site.policy.charges.exceptions_a_month);
    let row = |e: &Entry| {
        let said = |plan: &str, t: &Terms| match t.price() {
            Some(price) => format!("{plan}: {price}"),
            None => format!("{plan}: {}", t.word()),
        };
        let exceptions = exceptions.get(&e.id).copied().unwrap_or(0);
        Row {
            id: e.id,
            name: e.name.clone(),
            about: e.about.clone(),
            terms: std::iter::once(said("without a plan", &e.otherwise))
                .chain(e.plans.iter().map(|(p, t)| said(p, t)))
                .collect(),
            reason: e.reason("en").to_owned(),
            exceptions,
            worn: exceptions >= worn_at,
        }
    };
    let mut rows: Vec<Row> = catalogue.entries.values().map(row).collect();
    rows.sort_by_key(|r| (!r.worn, r.name.to_lowercase()));
    let organisations = app.desk.store.organisations().await?;
    let plan = |name: &String| catalogue.plan_of(name).unwrap_or_default().to_owned();
    let known: Vec<String> = catalogue.plans.iter().cloned().collect();
    let status = problem.as_ref().map_or(StatusCode::OK, status_of);
    let page = CataloguePage {
        frame: Frame::new(app, who).await?,
        rows,
        counts: app.desk.store.charge_counts().await?,
        plans: known.join("\n"),
        open: open.map(|(id, w)| opened(id, w, &known, catalogue.entries.contains_key(&id))),
        plan_list: known,
        organisations: organisations.into_iter().map(|name| (name.clone(), plan(&name))).collect(),
        days: DAYS,
        complaints_to: site.policy.charges.complaints_to.clone(),
        changes: who.role >= Role::Supervisor,
        problem,
    };
    Ok(drawn(status, &page))
}

fn opened(id: RequestId, written: Written, plans: &[String], known: bool) -> Open {
    let texts = |field: &str, of: &BTreeMap<String, String>| -> Vec<(String, String, String)> {
        let text = |language: &str| of.get(language).cloned().unwrap_or_default();
        LANGUAGES.iter().map(|(l, name)| (format!("{field}-{l}"), (*name).to_owned(), text(l))).collect()
    };
    let of_plan = |plan: &String| {
        let found = written.plans.iter().find(|(p, _, _)| p == plan);
        found.cloned().unwrap_or_else(|| (plan.clone(), String::new(), String::new()))
    };
    Open {
        id,
        reasons: texts("reason", &written.reason),
        insteads: texts("instead", &written.instead),
        plans: plans.iter().map(of_plan).collect(),
        written,
        known,
    }
}

async fn ask(app: &App, who: &Who, command: Command) -> Result<Option<Refusal>, Wrong> {
    match app.desk.ask(Wish::Site { by: who.by(), command: SiteCommand::Catalogue(command) }).await {
        Ok(_) => Ok(None),
        Err(DeskError::Refused(refusal)) => Ok(Some(refusal)),
        Err(fault) => Err(fault.into()),
    }
}

async fn changed(app: &App, who: &Who, command: Command, open: Option<(RequestId, Written)>) -> Shown {
    match ask(app, who, command).await? {
        None => Ok(Redirect::to("/settings/catalogue").into_response()),
        Some(refusal) => page(app, who, open, Some(refusal)).await,
    }
}

/// Fields: `id`, those of [`Written`], `reason-en`, `instead-de`, and `terms-PLAN` with `price-PLAN`.
pub(crate) async fn keep(State(app): State<App>, who: Who, Form(form): Form<BTreeMap<String, String>>) -> Shown {
    let field = |name: &str| form.get(name).cloned().unwrap_or_default();
    let id = RequestId(field("id").parse().map_err(|_| Wrong::Missing)?);
    let texts = |of: &str| -> BTreeMap<String, String> {
        LANGUAGES.iter().map(|(l, _)| ((*l).to_owned(), field(&format!("{of}-{l}")))).collect()
    };
    let plans = form.keys().filter_map(|k| k.strip_prefix("terms-")).filter(|p| !p.is_empty());
    let written = Written {
        name: field("name"),
        about: field("about"),
        otherwise: (field("terms"), field("price")),
        plans: plans.map(|p| (p.to_owned(), field(&format!("terms-{p}")), field(&format!("price-{p}")))).collect(),
        currency: field("currency"),
        why: field("why"),
        reason: texts("reason"),
        instead: texts("instead"),
        minutes: field("minutes"),
        channel: field("channel"),
        exception_by: field("exception_by"),
        exception_up_to: field("exception_up_to"),
    };
    let command = Command::Keep { id, written: Box::new(written.clone()) };
    changed(&app, &who, command, Some((id, written))).await
}

pub(crate) async fn remove(State(app): State<App>, who: Who, Path(id): Path<i64>) -> Shown {
    changed(&app, &who, Command::Remove { id: RequestId(id) }, None).await
}

#[derive(Deserialize)]
pub(crate) struct PlansForm {
    plans: String,
}

pub(crate) async fn set_plans(State(app): State<App>, who: Who, Form(form): Form<PlansForm>) -> Shown {
    let plans = form.plans.lines().map(str::to_owned).collect();
    changed(&app, &who, Command::SetPlans { plans }, None).await
}

#[derive(Deserialize)]
pub(crate) struct AssignForm {
    organisation: String,
    plan: String,
}

pub(crate) async fn assign(State(app): State<App>, who: Who, Form(form): Form<AssignForm>) -> Shown {
    changed(&app, &who, Command::Assign { organisation: form.organisation, plan: form.plan }, None).await
}
