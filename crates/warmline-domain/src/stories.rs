//! Stories as text: a line says who does what and when, the line after it what comes of it. One check runs them all.

use serde::Serialize;

/// Runs every story of a folder; `told` makes the teller of one, who answers each line with what came of it.
pub(crate) fn all_hold<T: FnMut(&str) -> String>(folder: &str, told: impl Fn() -> T) {
    let folder = format!("{}/stories/{folder}", env!("CARGO_MANIFEST_DIR"));
    let mut stories = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        holds(&path.display().to_string(), &std::fs::read_to_string(&path).unwrap(), told());
        stories += 1;
    }
    assert!(stories >= 5, "the stories are gone");
}

fn holds(name: &str, text: &str, mut does: impl FnMut(&str) -> String) {
    let mut came: Option<(usize, String)> = None;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(expected) = line.strip_prefix("->") {
            let (at_line, came) = came.take().unwrap_or_else(|| panic!("{name}:{}: nothing came before", number + 1));
            assert_eq!(came, expected.trim(), "{name}:{}", at_line + 1);
        } else {
            assert!(came.is_none(), "{name}:{}: the line before says not what comes of it", number + 1);
            came = Some((number, does(line)));
        }
    }
    assert!(came.is_none(), "{name}: the last line says not what comes of it");
}

/// How an event is called in the journal.
pub(crate) fn name_of(value: &impl Serialize) -> String {
    match serde_json::to_value(value).unwrap() {
        serde_json::Value::String(name) => name,
        serde_json::Value::Object(map) => map.keys().next().cloned().unwrap_or_default(),
        other => other.to_string(),
    }
}
