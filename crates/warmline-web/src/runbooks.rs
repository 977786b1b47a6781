//! Runbooks: read, written, imported and exported as the Markdown files they are.

use std::collections::BTreeSet;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use warmline_desk::{DeskError, Wish};
use warmline_domain::id::Minter;
use warmline_domain::runbook::{self, Command, Runbook};
use warmline_domain::site::Role;
use warmline_domain::{Refusal, RunbookId};

use crate::App;
use crate::forms::percent;
use crate::library::{self, ImportForm, Kind};
use crate::page::{Frame, Shown, Wrong, drawn, status_of};
use crate::session::Who;
use crate::tickets::fresh_node;

#[derive(Template)]
#[template(path = "runbooks.html")]
struct RunbooksPage {
    frame: Frame,
    rows: Vec<Row>,
    open: Option<Open>,
    writes: bool,
    told: String,
    problem: Option<Refusal>,
}

struct Row {
    key: String,
    title: String,
    topics: String,
    steps: usize,
    version: u32,
}

struct Open {
    id: RunbookId,
    key: String,
    file: String,
    known: bool,
}

const BLANK: &str = "---\ntitle: \ntopics: \nassets: \n---\nWhat to know before the first step.\n\n- [ ] First step\n  \
    How to do it.\n\n## If it still does not work\n\n- [ ] Second step\n";

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    key: String,
    told: String,
}

async fn all(app: &App) -> Result<Vec<Runbook>, Wrong> {
    let mut all: Vec<Runbook> = app.desk.store.runbooks().await?.into_iter().map(|(_, r)| r.value).collect();
    all.sort_by(|a, b| a.title.cmp(&b.title));
    Ok(all)
}

pub(crate) async fn show(State(app): State<App>, who: Who, Query(asked): Query<Asked>) -> Shown {
    let id = Minter::new(fresh_node()).mint(app.desk.clock.now());
    let open = match asked.key.as_str() {
        "" => None,
        "new" => Some(Open { id, key: String::new(), file: BLANK.into(), known: false }),
        key => {
            let runbook = all(&app).await?.into_iter().find(|r| r.key == key).ok_or(Wrong::Missing)?;
            Some(Open { id, key: runbook.key.clone(), file: runbook.to_file(), known: true })
        }
    };
    page(&app, &who, asked.told, open, None).await
}

async fn page(app: &App, who: &Who, told: String, open: Option<Open>, problem: Option<Refusal>) -> Shown {
    let row = |r: Runbook| Row {
        steps: r.steps().len(),
        topics: [r.topics.join(", "), r.assets.join(", ")]
            .into_iter()
            .filter(|t| !t.is_empty())
            .collect::<Vec<_>>()
            .join(" · "),
        key: r.key,
        title: r.title,
        version: r.version,
    };
    let status = problem.as_ref().map_or(axum::http::StatusCode::OK, status_of);
    let page = RunbooksPage {
        frame: Frame::new(app, who).await?,
        rows: all(app).await?.into_iter().map(row).collect(),
        open,
        writes: who.role >= Role::Supervisor,
        told,
        problem,
    };
    Ok(drawn(status, &page))
}

#[derive(Deserialize)]
pub(crate) struct WriteForm {
    id: i64,
    key: String,
    file: String,
    #[serde(default)]
    remove: Option<String>,
}

pub(crate) async fn write(State(app): State<App>, who: Who, Form(form): Form<WriteForm>) -> Shown {
    let (id, key) = (RunbookId(form.id), form.key.trim().to_lowercase());
    let command = match form.remove {
        Some(_) => Command::Remove { key: key.clone() },
        None => Command::Write { id, key: key.clone(), file: form.file.clone() },
    };
    match app.desk.ask(Wish::Runbook { by: who.by(), command }).await {
        Ok(_) => Ok(Redirect::to("/runbooks").into_response()),
        Err(DeskError::Refused(refusal)) => {
            page(&app, &who, String::new(), Some(Open { id, key, file: form.file, known: false }), Some(refusal)).await
        }
        Err(fault) => Err(fault.into()),
    }
}

/// All of them as one Markdown text: what [`import`] takes back.
pub(crate) async fn export(State(app): State<App>, _: Who) -> Result<Response, Wrong> {
    Ok(library::export("runbooks", all(&app).await?.iter().map(|r| (r.key.as_str(), r.to_file()))))
}

const KIND: Kind =
    Kind { name: "runbook", example: "printer-offline", read: |key, file| runbook::parse(key, file).map(|_| ()) };

pub(crate) async fn import(State(app): State<App>, who: Who, Form(form): Form<ImportForm>) -> Shown {
    let here: BTreeSet<(String, String)> = all(&app).await?.iter().map(|r| (r.key.clone(), r.to_file())).collect();
    let is_here = |key: &str, file: &str| here.contains(&(key.to_owned(), file.to_owned()));
    let wish = |id, key, file| Wish::Runbook { by: who.by(), command: Command::Write { id: RunbookId(id), key, file } };
    match library::import(&app, &KIND, &form.files, is_here, wish).await? {
        Ok(told) => Ok(Redirect::to(&format!("/runbooks?told={}", percent(&told))).into_response()),
        Err(refusal) => page(&app, &who, String::new(), None, Some(refusal)).await,
    }
}
