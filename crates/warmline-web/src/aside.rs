//! Rules for wording that somebody put aside for themselves (“never for me”), to be heeded again.

use std::collections::BTreeSet;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;

use crate::App;
use crate::page::{Frame, Shown, Wrong, draw};
use crate::session::Who;

#[derive(Template)]
#[template(path = "aside.html")]
struct AsidePage {
    frame: Frame,
    /// Its name, and what it says.
    rules: Vec<(String, String)>,
}

pub(crate) async fn show(State(app): State<App>, who: Who) -> Shown {
    let ignored = app.desk.store.ignored_rules(who.id).await?;
    draw(&AsidePage { frame: Frame::new(&app, &who).await?, rules: said(&app, ignored) })
}

/// A rule that is in no file any more is named by its identifier alone.
fn said(app: &App, rules: BTreeSet<String>) -> Vec<(String, String)> {
    let engine = app.desk.words.engine(&app.desk.site().wording);
    let say =
        |id: &str| engine.packs().flat_map(|p| &p.rules).find(|r| r.source.id == id).map(|r| r.source.say.clone());
    rules.into_iter().map(|id| (id.clone(), say(&id).unwrap_or_default())).collect()
}

#[derive(Deserialize)]
pub(crate) struct HeedForm {
    /// Empty: all of them.
    #[serde(default)]
    rule: String,
}

pub(crate) async fn heed(State(app): State<App>, who: Who, Form(form): Form<HeedForm>) -> Shown {
    let mut batch = app.desk.store.batch();
    match form.rule.as_str() {
        "" => batch.heed_rules(who.id),
        rule => batch.heed_rule(who.id, rule),
    }
    app.desk.store.commit(batch).await.map_err(Wrong::from)?;
    Ok(Redirect::to("/settings/aside").into_response())
}
