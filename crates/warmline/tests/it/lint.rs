//! `warmline lint` as people and machines call it: planted mistakes of several kinds, on every way in.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const RUDE: &str = "Hi Dana,\n\nWe do not offer refunds.\n";
const PROMISE: &str = "Hi Dana,\n\nI'll call you tomorrow by five.\n";
const CALM: &str = "Hi Dana,\n\nthe lamp is on its way. Could you tell us when it is there?\n";

fn lint(folder: &Path, arguments: &[&str], input: Option<&str>) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_warmline"))
        .arg("lint")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.unwrap_or_default().as_bytes()).unwrap();
    drop(stdin);
    child.wait_with_output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn rules(output: &Output) -> Vec<String> {
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = told["files"].as_array().unwrap().iter().flat_map(|f| f["findings"].as_array().unwrap());
    findings.map(|f| f["rule"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn planted_mistakes_are_found_in_every_form_of_input() {
    let mail = "From: Ada <ada@desk.example.com>\r\nTo: Dana Whitfield <dana@example.com>\r\nSubject: Your lamp\r\n\
        Content-Type: text/plain; charset=utf-8\r\n\r\nHi Peter,\r\n\r\nI have attached the invoice. Best wishes, \
        {agent_name}\r\n";
    let page = "---\ntitle: We do not offer refunds\n---\n# Keys\n\n```\nWe do not offer refunds.\n```\n\nThe password \
        is Hunter-2255.\n";
    let folder = folder(&[("rude.txt", RUDE), ("a.eml", mail), ("page.md", page)]);
    for (name, expected) in [
        ("rude.txt", vec!["refusal.no-alternative"]),
        ("a.eml", vec!["wrong-name.greeting", "attachment.forgotten", "leftover.placeholder"]),
        ("page.md", vec!["leak.secret"]),
    ] {
        let output = lint(folder.path(), &[name, "--format", "json", "--level", "warn"], None);
        let mut found = rules(&output);
        found.dedup();
        for rule in &expected {
            assert!(found.iter().any(|f| f == rule), "{name}: {rule} is not among {found:?}; {}", err(&output));
        }
        assert_eq!(output.status.code(), Some(1), "{name}");
    }
    let page = lint(folder.path(), &["page.md", "--format", "json"], None);
    assert!(!rules(&page).iter().any(|r| r.starts_with("refusal")), "code and front matter are nobody's wording");
    let told: Value = serde_json::from_slice(&page.stdout).unwrap();
    assert_eq!(told["files"][0]["findings"][0]["line"], 10, "{told}");
    let piped = lint(folder.path(), &["-"], Some(RUDE));
    assert_eq!(piped.status.code(), Some(1));
    assert!(out(&piped).starts_with("standard input:3:1: warn refusal.no-alternative\n"), "{}", out(&piped));
}

#[test]
fn what_is_fine_ends_with_zero_and_levels_are_kept() {
    let folder = folder(&[("calm.txt", CALM), ("rude.txt", RUDE)]);
    let calm = lint(folder.path(), &["calm.txt"], None);
    assert_eq!(calm.status.code(), Some(0), "{}{}", out(&calm), err(&calm));
    assert_eq!(out(&calm), "1 read: 0 to block, 0 to warn of, 0 hints\n");
    let lenient = lint(folder.path(), &["rude.txt", "--fail-on", "block"], None);
    assert_eq!(lenient.status.code(), Some(0));
    assert!(out(&lenient).contains("refusal.no-alternative"));
    let quiet = lint(folder.path(), &["rude.txt", "--level", "block"], None);
    assert!(!out(&quiet).contains("refusal"));
    let both = lint(folder.path(), &["."], None);
    assert!(out(&both).ends_with("2 read: 0 to block, 1 to warn of, 0 hints\n"), "{}", out(&both));
}

#[test]
fn promises_are_told_with_their_times() {
    let folder = folder(&[("promise.txt", PROMISE)]);
    let output = lint(folder.path(), &["promise.txt", "--promises"], None);
    let told = out(&output);
    assert!(
        told.contains("promise, dated, by ") && told.contains(" 17:00\n    “I'll call you tomorrow by five”"),
        "{told}"
    );
    assert!(!told.contains("promise.no-record"), "whether it is on a record, only a desk knows: {told}");
}

#[test]
fn sarif_has_what_the_standard_asks_for() {
    let folder = folder(&[("my drafts/über.txt", RUDE)]);
    let output = lint(folder.path(), &["my drafts", "--format", "sarif"], None);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&told["version"], &told["runs"][0]["columnKind"]), (&"2.1.0".into(), &"unicodeCodePoints".into()));
    let run = &told["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert!(run["tool"]["driver"]["name"].is_string());
    let results = run["results"].as_array().unwrap();
    assert!(!results.is_empty());
    for result in results {
        let at = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[at]["id"], result["ruleId"]);
        assert!(["note", "warning", "error"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "my%20drafts/%C3%BCber.txt");
        assert!(place["region"]["startLine"].as_u64().unwrap() >= 1, "{place}");
        assert!(place["region"]["startColumn"].as_u64().unwrap() >= 1, "{place}");
    }
}

#[test]
fn what_cannot_be_read_is_named_and_ends_with_two() {
    let folder =
        folder(&[("calm.txt", CALM), ("big.txt", &"word ".repeat(40_000)), ("odd.eml", "no headers at all\n")]);
    std::fs::write(folder.path().join("latin.txt"), b"Gr\xfc\xdfe").unwrap();
    for (arguments, said) in [
        (&["gone.txt", "calm.txt"][..], "gone.txt: cannot be read"),
        (&["latin.txt"], "latin.txt: is not UTF-8 (byte 3 is wrong)"),
        (&["big.txt"], "at most 131072 are read at once"),
        (&["odd.eml"], "odd.eml: is no mail"),
        (&[], "Name files or folders"),
        (&["calm.txt", "--format", "xml"], "Formats are human, json and sarif"),
        (&["calm.txt", "--level", "loud"], "Levels are coach, warn and block"),
        (&["calm.txt", "--language", "fr"], "Languages are en and de"),
        (&["calm.txt", "--channel", "fax"], "Channels are mail, chat"),
        (&["calm.txt", "--rules", "nowhere"], "there are no rules"),
        (&["--explain", "refusal.nothing"], "There are refusal.no-alternative"),
    ] {
        let output = lint(folder.path(), arguments, None);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(err(&output).contains(said), "{arguments:?}: {}", err(&output));
    }
    let both = lint(folder.path(), &["gone.txt", "calm.txt"], None);
    assert!(out(&both).starts_with("1 read"), "the others are read all the same");
}

#[test]
fn rules_of_ones_own_are_proven_first() {
    let good = "[[rule]]\nid = \"house.gizmo\"\nlevel = \"warn\"\nsay = \"Say lamp.\"\nany = [\"gizmo\"]\nfix = [\"lamp\"]\n\
        fail = [\"Your gizmo is here.\"]\npass = [\"Your lamp is here.\"]\n";
    let wrong = good.replace("Your gizmo is here.", "Your lamp is there.");
    let broken = good.replace("any =", "anny =");
    let folder = folder(&[("good/en/house.toml", good), ("wrong/house.toml", &wrong), ("broken/house.toml", &broken)]);
    let run = |rules: &str| lint(folder.path(), &["-", "--rules", rules], Some("The gizmo is broken.\n"));
    assert!(
        out(&run("good")).contains("1:5: warn house.gizmo\n    “gizmo”\n    Say lamp. \n    → lamp"),
        "{}",
        out(&run("good"))
    );
    assert!(
        err(&run("wrong")).contains("wrong/house.toml, line 2: house.gizmo: “Your lamp is there.” should be found"),
        "{}",
        err(&run("wrong"))
    );
    assert!(err(&run("broken")).contains("broken/house.toml, line 5: unknown field `anny`"), "{}", err(&run("broken")));
    assert_eq!(run("wrong").status.code(), Some(2));
}

#[test]
fn a_rule_explains_itself_and_spelling_can_be_had() {
    let folder = folder(&[("words.txt", "Lumenloom\nlampps\n")]);
    let told = out(&lint(folder.path(), &["--explain", "refusal.no-alternative"], None));
    assert!(told.contains("refusal.no-alternative (warn)") && told.contains("We do not offer refunds."), "{told}");
    let text = "Your lampps is definately fixed, as far as we can see from here.\n";
    let plain = lint(folder.path(), &["-", "--spelling", "--format", "json", "--channel", "chat"], Some(text));
    let spelling = |o: &Output| rules(o).iter().filter(|r| *r == "spelling.word").count();
    assert_eq!(spelling(&plain), 2, "{}", out(&plain));
    let known = ["-", "--spelling", "--vocabulary", "words.txt", "--format", "json", "--channel", "chat"];
    assert_eq!(spelling(&lint(folder.path(), &known, Some(text))), 1);
}
