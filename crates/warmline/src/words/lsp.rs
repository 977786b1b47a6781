//! `warmline lsp`: the same findings in an editor, by the Language Server Protocol 3.17 on standard input and output.

use std::collections::BTreeMap;
use std::path::PathBuf;

use lsp_server::{Connection, ErrorCode, Message, Notification, Request, Response};
use serde_json::{Value, json};
use warmline_etiquette::{Channel, Context, Finding, Level};

use super::lint::{Machine, channel};
use super::place::{Lines, Unit};
use super::{Draft, Words};

/// Open documents; an editor with more has lost count.
const DOCUMENTS: usize = 200;

/// Tell findings in an editor: a language server on standard input and output.
#[derive(clap::Args)]
pub(crate) struct Lsp {
    /// A folder of rules of your own.
    #[arg(long)]
    rules: Option<PathBuf>,
    /// mail, chat, article, phrase or call.
    #[arg(long, default_value = "article")]
    channel: String,
    /// Also look for spelling and common slips.
    #[arg(long)]
    spelling: bool,
}

pub(crate) fn lsp(wanted: &Lsp, machine: Machine) -> Result<(), String> {
    let channel = channel(Some(&wanted.channel))?.unwrap_or_default();
    let mut words = Words::new(wanted.rules.as_deref(), machine.zone)?;
    if wanted.spelling {
        words.with_spelling(&machine.german, &warmline_spelling::Vocabulary::default());
    }
    let (connection, threads) = Connection::stdio();
    let (id, asked) = connection.initialize_start().map_err(|e| e.to_string())?;
    let unit = encoding(&asked);
    let told = json!({
        "capabilities": {
            "positionEncoding": if unit == Unit::Utf8 { "utf-8" } else { "utf-16" },
            "textDocumentSync": { "openClose": true, "change": 1 },
            "hoverProvider": true,
            "codeActionProvider": { "codeActionKinds": ["quickfix"] },
        },
        "serverInfo": { "name": "warmline", "version": env!("CARGO_PKG_VERSION") },
    });
    connection.initialize_finish(id, told).map_err(|e| e.to_string())?;
    let mut server = Server { connection, words, channel, unit, documents: BTreeMap::new() };
    server.serve()?;
    // The writer ends when the last sender does.
    drop(server);
    threads.join().map_err(|e| e.to_string())
}

/// UTF-8 when the editor speaks it, else what every editor must speak.
fn encoding(asked: &Value) -> Unit {
    let offered = asked["capabilities"]["general"]["positionEncodings"].as_array();
    if offered.is_some_and(|o| o.iter().any(|e| e == "utf-8")) { Unit::Utf8 } else { Unit::Utf16 }
}

struct Server {
    connection: Connection,
    words: Words,
    channel: Channel,
    unit: Unit,
    documents: BTreeMap<String, Document>,
}

struct Document {
    text: String,
    findings: Vec<Finding>,
}

impl Server {
    fn serve(&mut self) -> Result<(), String> {
        while let Ok(message) = self.connection.receiver.recv() {
            match message {
                Message::Request(request) => {
                    if self.connection.handle_shutdown(&request).map_err(|e| e.to_string())? {
                        return Ok(());
                    }
                    let response = self.answer(&request);
                    self.send(Message::Response(response))?;
                }
                Message::Notification(news) => self.take(&news)?,
                Message::Response(_) => {}
            }
        }
        Ok(())
    }

    fn send(&self, message: Message) -> Result<(), String> {
        self.connection.sender.send(message).map_err(|_| "The editor is gone.".to_owned())
    }

    fn take(&mut self, news: &Notification) -> Result<(), String> {
        let document = &news.params["textDocument"];
        let Some(uri) = document["uri"].as_str() else { return Ok(()) };
        match news.method.as_str() {
            "textDocument/didOpen" => self.read(uri, document["text"].as_str(), &document["version"]),
            // The whole text each time: the last change is it.
            "textDocument/didChange" => {
                let last = news.params["contentChanges"].as_array().and_then(|c| c.last());
                self.read(uri, last.and_then(|c| c["text"].as_str()), &document["version"])
            }
            "textDocument/didClose" => {
                self.documents.remove(uri);
                self.publish(uri, &json!([]), &Value::Null)
            }
            _ => Ok(()),
        }
    }

    fn read(&mut self, uri: &str, text: Option<&str>, version: &Value) -> Result<(), String> {
        let Some(text) = text else { return Ok(()) };
        if self.documents.len() >= DOCUMENTS && !self.documents.contains_key(uri) {
            return Ok(());
        }
        let context = Context { channel: self.channel, ..Context::default() };
        let draft = Draft { text: super::without_front_matter(text), context, names: vec![] };
        let findings = self.words.read(&draft).findings;
        let document = Document { text: text.to_owned(), findings };
        let told: Value = document.findings.iter().map(|f| self.diagnostic(f, &document.text)).collect();
        self.documents.insert(uri.to_owned(), document);
        self.publish(uri, &told, version)
    }

    fn publish(&self, uri: &str, diagnostics: &Value, version: &Value) -> Result<(), String> {
        let mut params = json!({ "uri": uri, "diagnostics": diagnostics });
        if version.is_i64() {
            params["version"] = version.clone();
        }
        let news = Notification { method: "textDocument/publishDiagnostics".into(), params };
        self.send(Message::Notification(news))
    }

    fn range(&self, text: &str, span: &std::ops::Range<usize>) -> Value {
        let lines = Lines::of(text);
        let place = |byte| {
            let (line, character) = lines.at(byte, self.unit);
            json!({ "line": line, "character": character })
        };
        json!({ "start": place(span.start), "end": place(span.end) })
    }

    fn diagnostic(&self, finding: &Finding, text: &str) -> Value {
        let severity = match finding.level {
            Level::Block => 1,
            Level::Warn => 2,
            Level::Coach => 3,
        };
        json!({
            "range": self.range(text, &finding.span), "severity": severity, "code": finding.rule,
            "source": "warmline", "message": finding.say,
        })
    }

    fn answer(&self, request: &Request) -> Response {
        let told = match request.method.as_str() {
            "textDocument/hover" => self.hover(&request.params),
            "textDocument/codeAction" => self.actions(&request.params),
            other => {
                let why = format!("{other} is not known here.");
                return Response::new_err(request.id.clone(), ErrorCode::MethodNotFound as i32, why);
            }
        };
        Response::new_ok(request.id.clone(), told)
    }

    /// What stands between two places of the editor: the document, and the findings there.
    fn found(&self, params: &Value, from: &Value, to: &Value) -> Option<(&Document, Vec<&Finding>)> {
        let document = self.documents.get(params["textDocument"]["uri"].as_str()?)?;
        let lines = Lines::of(&document.text);
        let byte = |place: &Value| -> Option<usize> {
            let number = |key: &str| usize::try_from(place[key].as_u64()?).ok();
            Some(lines.byte(number("line")?, number("character")?, self.unit))
        };
        let (from, to) = (byte(from)?, byte(to)?);
        let here = document.findings.iter().filter(|f| f.span.start <= to && f.span.end >= from).collect();
        Some((document, here))
    }

    fn hover(&self, params: &Value) -> Value {
        let Some((document, found)) = self.found(params, &params["position"], &params["position"]) else {
            return Value::Null;
        };
        let Some(finding) = found.first() else { return Value::Null };
        let mut told = format!("**{}** {}", finding.say, finding.why);
        for better in finding.fixes.iter().chain(&finding.instead).take(3) {
            told.push_str(&format!("\n- {better}"));
        }
        told.push_str(&format!("\n\n`{}` ({})", finding.rule, finding.level.word()));
        json!({
            "contents": { "kind": "markdown", "value": told },
            "range": self.range(&document.text, &finding.span),
        })
    }

    fn actions(&self, params: &Value) -> Value {
        let range = &params["range"];
        let Some((document, found)) = self.found(params, &range["start"], &range["end"]) else { return json!([]) };
        let uri = &params["textDocument"]["uri"];
        let mut actions = vec![];
        for finding in found {
            let places = finding.fixes.iter().map(|f| (f, &finding.span));
            let sentences = finding.instead.iter().map(|i| (i, &finding.sentence));
            for (number, (new, span)) in places.chain(sentences).enumerate() {
                let title = if new.is_empty() { "Leave it out".to_owned() } else { format!("Write “{new}”") };
                let edit = json!({ "range": self.range(&document.text, span), "newText": new });
                actions.push(json!({
                    "title": title, "kind": "quickfix", "isPreferred": number == 0 && finding.fixes.len() == 1,
                    "diagnostics": [self.diagnostic(finding, &document.text)],
                    "edit": { "changes": { uri.as_str().unwrap_or_default(): [edit] } },
                }));
            }
        }
        actions.into()
    }
}
