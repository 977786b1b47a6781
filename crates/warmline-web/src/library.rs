//! A library of Markdown files taken along: exported as one text, each file under its name, and read back from it.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use warmline_desk::{DeskError, Wish};
use warmline_domain::Refusal;
use warmline_domain::id::Minter;

use crate::App;
use crate::page::Wrong;
use crate::tickets::fresh_node;

/// What is in a library.
pub(crate) struct Kind {
    /// One of them: "runbook".
    pub(crate) name: &'static str,
    pub(crate) example: &'static str,
    /// Says in words what is wrong with a file.
    pub(crate) read: fn(&str, &str) -> Result<(), String>,
}

#[derive(Deserialize)]
pub(crate) struct ImportForm {
    pub(crate) files: String,
}

/// The files under their keys as one text.
fn together<'a>(files: impl Iterator<Item = (&'a str, String)>) -> String {
    files.map(|(key, file)| format!("<!-- {key} -->\n{file}")).collect::<Vec<_>>().join("\n")
}

/// The files of an export, by the comment with the key before each.
fn parted(text: &str) -> Vec<(String, String)> {
    let text = text.replace("\r\n", "\n");
    let parts = text.split("<!-- ").skip(1).filter_map(|part| part.split_once(" -->\n"));
    parts.map(|(key, file)| (key.trim().to_owned(), format!("{}\n", file.trim()))).collect()
}

pub(crate) fn export<'a>(name: &str, files: impl Iterator<Item = (&'a str, String)>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/markdown; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.md\"")),
    ];
    (headers, together(files)).into_response()
}

/// Takes in what differs from what is here; all of it is read before the first is kept. Says what became of it.
pub(crate) async fn import(
    app: &App,
    kind: &Kind,
    text: &str,
    is_here: impl Fn(&str, &str) -> bool,
    wish: impl Fn(i64, String, String) -> Wish,
) -> Result<Result<String, Refusal>, Wrong> {
    let parts = parted(text);
    let Kind { name, example, read } = kind;
    if parts.is_empty() {
        let why = format!("There is no {name} in this text.");
        let way = format!("Paste an export: each {name} under a line like <!-- {example} -->.");
        return Ok(Err(Refusal::input(why, way)));
    }
    if let Some((key, why)) = parts.iter().find_map(|(key, file)| Some((key, read(key, file).err()?))) {
        let way = "Nothing was taken in. Correct it and try again.";
        return Ok(Err(Refusal::input(format!("{key}: {why}."), way)));
    }
    let all = parts.len();
    let fresh: Vec<_> = parts.into_iter().filter(|(key, file)| !is_here(key, file)).collect();
    let told = format!("{} taken over, {} were here already.", fresh.len(), all - fresh.len());
    let (mut minter, now) = (Minter::new(fresh_node()), app.desk.clock.now());
    for (key, file) in fresh {
        let id: warmline_domain::EntryId = minter.mint(now);
        match app.desk.ask(wish(id.0, key.clone(), file)).await {
            Ok(_) => {}
            Err(DeskError::Refused(r)) => {
                return Ok(Err(Refusal { why: format!("{key}: {} What stood before it was taken over.", r.why), ..r }));
            }
            Err(fault) => return Err(fault.into()),
        }
    }
    Ok(Ok(told))
}

#[cfg(test)]
mod tests {
    use warmline_domain::phrase::{self, library};

    use super::*;

    #[test]
    fn what_is_exported_is_read_back() {
        let all = library(std::iter::empty(), warmline_domain::AgentId(1));
        let back = parted(&together(all.iter().map(|p| (p.key.as_str(), p.to_file()))));
        assert_eq!(back.len(), all.len());
        for ((key, file), phrase) in back.iter().zip(&all) {
            assert_eq!((key, phrase::parse(key, file).as_ref()), (&phrase.key, Ok(phrase)));
        }
    }
}
