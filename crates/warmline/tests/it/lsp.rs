//! `warmline lsp`, spoken to as an editor does.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

struct Editor {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    asked: u64,
}

impl Editor {
    fn open(capabilities: Value) -> (Editor, Value) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_warmline"))
            .args(["lsp", "--channel", "mail"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (to, from) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut editor = Editor { child, to, from, asked: 0 };
        let told = editor.ask("initialize", json!({ "capabilities": capabilities }));
        editor.tell("initialized", json!({}));
        (editor, told)
    }

    fn write(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.to, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        self.to.flush().unwrap();
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.write(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn read(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(self.from.read_line(&mut line).unwrap() > 0, "the server is gone");
            if let Some(n) = line.strip_prefix("Content-Length: ") {
                length = n.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut bytes = vec![0; length];
        self.from.read_exact(&mut bytes).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    /// The whole answer: `result` or `error`.
    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        self.write(&json!({ "jsonrpc": "2.0", "id": self.asked, "method": method, "params": params }));
        let answer = self.read();
        assert_eq!(answer["id"], self.asked);
        answer
    }

    fn diagnostics(&mut self) -> Value {
        let news = self.read();
        assert_eq!(news["method"], "textDocument/publishDiagnostics");
        news["params"].clone()
    }

    fn close(mut self) {
        assert_eq!(self.ask("shutdown", Value::Null)["result"], Value::Null);
        self.tell("exit", Value::Null);
        assert!(self.child.wait().unwrap().success());
    }
}

const URI: &str = "file:///drafts/answer.txt";

#[test]
fn an_editor_gets_findings_reasons_and_better_words() {
    let (mut editor, told) = Editor::open(json!({}));
    assert_eq!(told["result"]["capabilities"]["positionEncoding"], "utf-16");
    let text = "Hi Dana,\n\n😀 We do not offer refunds.\n";
    let document = json!({ "uri": URI, "languageId": "plaintext", "version": 1, "text": text });
    editor.tell("textDocument/didOpen", json!({ "textDocument": document }));
    let told = editor.diagnostics();
    let found = told["diagnostics"].as_array().unwrap();
    let refusal = found.iter().find(|d| d["code"] == "refusal.no-alternative").unwrap_or_else(|| panic!("{told}"));
    assert_eq!((&refusal["severity"], &refusal["source"]), (&json!(2), &json!("warmline")));
    assert_eq!(refusal["range"]["start"], json!({ "line": 2, "character": 3 }), "UTF-16: the smile counts two");

    let at = json!({ "textDocument": { "uri": URI }, "position": { "line": 2, "character": 6 } });
    let hover = editor.ask("textDocument/hover", at);
    let said = hover["result"]["contents"]["value"].as_str().unwrap();
    assert!(said.contains("What can they do instead?") && said.contains("refusal.no-alternative"), "{said}");

    let range = refusal["range"].clone();
    let asked = json!({ "textDocument": { "uri": URI }, "range": range, "context": { "diagnostics": [] } });
    let actions = editor.ask("textDocument/codeAction", asked);
    let edit = &actions["result"][0]["edit"]["changes"][URI][0];
    assert!(edit["newText"].as_str().unwrap().starts_with("What I can do instead"), "{actions}");
    assert_eq!(edit["range"]["start"]["line"], 2);

    let change = json!({
        "textDocument": { "uri": URI, "version": 2 },
        "contentChanges": [{ "text": "Hi Dana,\n\nWe do not offer refunds, but I can offer you a credit.\n" }],
    });
    editor.tell("textDocument/didChange", change);
    let told = editor.diagnostics();
    assert_eq!(told["version"], 2);
    assert!(!told.to_string().contains("refusal"), "{told}");

    let elsewhere = json!({ "textDocument": { "uri": URI }, "position": { "line": 90, "character": 7 } });
    assert_eq!(editor.ask("textDocument/hover", elsewhere)["result"], Value::Null);
    assert_eq!(editor.ask("textDocument/rename", json!({}))["error"]["code"], -32601);
    editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": URI } }));
    assert_eq!(editor.diagnostics()["diagnostics"], json!([]));
    editor.close();
}

#[test]
fn columns_are_counted_as_the_editor_wishes() {
    let (mut editor, told) = Editor::open(json!({ "general": { "positionEncodings": ["utf-8", "utf-16"] } }));
    assert_eq!(told["result"]["capabilities"]["positionEncoding"], "utf-8");
    let document =
        json!({ "uri": URI, "languageId": "plaintext", "version": 1, "text": "😀 We do not offer refunds." });
    editor.tell("textDocument/didOpen", json!({ "textDocument": document }));
    let told = editor.diagnostics();
    let starts: Vec<&Value> =
        told["diagnostics"].as_array().unwrap().iter().map(|d| &d["range"]["start"]["character"]).collect();
    assert!(starts.contains(&&json!(5)), "{told}");
    editor.close();
}
