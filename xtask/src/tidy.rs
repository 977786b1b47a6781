//! Tidy, as a test: arrows between packages only go down, files stay small, names name something.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What each package may use of ours; the table in ARCHITECTURE.md.
const USES: &[(&str, &[&str])] = &[
    ("warmline-domain", &[]),
    ("warmline-mail", &[]),
    ("warmline-etiquette", &[]),
    ("warmline-paper", &[]),
    ("warmline-spelling", &["warmline-etiquette"]),
    ("warmline-store", &["warmline-domain"]),
    ("warmline-phone", &[]),
    ("warmline-desk", &["warmline-domain", "warmline-etiquette", "warmline-mail", "warmline-phone", "warmline-store"]),
    (
        "warmline-web",
        &[
            "warmline-domain",
            "warmline-etiquette",
            "warmline-spelling",
            "warmline-mail",
            "warmline-paper",
            "warmline-phone",
            "warmline-store",
            "warmline-desk",
        ],
    ),
    (
        "warmline-sim",
        &[
            "warmline-domain",
            "warmline-etiquette",
            "warmline-mail",
            "warmline-phone",
            "warmline-store",
            "warmline-desk",
        ],
    ),
    (
        "warmline",
        &[
            "warmline-domain",
            "warmline-etiquette",
            "warmline-spelling",
            "warmline-mail",
            "warmline-phone",
            "warmline-store",
            "warmline-desk",
            "warmline-web",
            "warmline-sim",
        ],
    ),
];
const PURE: &[&str] = &["warmline-domain", "warmline-etiquette", "warmline-mail", "warmline-paper"];
const LINES: usize = 600;

fn root() -> PathBuf {
    // Asked for when it runs: a target folder may be shared between checkouts.
    let here = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    Path::new(&here).parent().unwrap().to_owned()
}

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let skipped = ["target", "node_modules", ".git", "dist", "data", ".demo"];
        if path.is_dir() && !skipped.iter().any(|s| path.ends_with(s)) {
            files(&path, ending, found);
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push(path);
        }
    }
}

#[test]
fn arrows_between_packages_only_go_down() {
    let allowed: BTreeMap<&str, &[&str]> = USES.iter().copied().collect();
    for entry in std::fs::read_dir(root().join("crates")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let manifest = std::fs::read_to_string(path.join("Cargo.toml")).unwrap();
        assert!(manifest.contains(&format!("name = \"{name}\"")), "folder and package are called alike: {name}");
        let may = allowed.get(name.as_str()).unwrap_or_else(|| panic!("{name} has no line in the table of packages"));
        let plain = manifest.split("[dev-dependencies]").next().unwrap();
        for line in plain.lines().filter(|l| l.starts_with("warmline")) {
            let used = line.split([' ', '=', '.']).next().unwrap();
            assert!(may.contains(&used), "{name} must not use {used}");
        }
    }
}

#[test]
fn pure_packages_have_their_fence() {
    for name in PURE {
        let fence = std::fs::read_to_string(root().join("crates").join(name).join("clippy.toml")).unwrap();
        for banned in ["SystemTime::now", "Instant::now", "HashMap", "TcpStream", "fs::read"] {
            assert!(fence.contains(banned), "{name}/clippy.toml does not ban {banned}");
        }
    }
}

#[test]
fn files_stay_small_and_their_names_name_something() {
    let mut found = Vec::new();
    files(&root(), "rs", &mut found);
    assert!(found.len() > 40);
    for path in &found {
        let lines = std::fs::read_to_string(path).unwrap().lines().count();
        assert!(lines <= LINES, "{} has {lines} lines", path.display());
        let stem = path.file_stem().unwrap().to_str().unwrap();
        assert!(!["utils", "util", "common", "helpers", "misc", "manager"].contains(&stem), "{}", path.display());
    }
}

#[test]
fn every_dependency_is_justified_in_a_line() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let told = std::fs::read_to_string(root().join("docs/dependencies.md")).unwrap();
    let ours = manifest.split("[workspace.dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    for name in
        ours.lines().filter_map(|l| l.split(" = ").next()).filter(|n| !n.is_empty() && !n.starts_with("warmline"))
    {
        assert!(told.contains(&format!("| `{name}` |")), "docs/dependencies.md has no line for {name}");
    }
}

#[test]
fn the_rules_are_documented_as_they_are() {
    let packs = warmline_etiquette::shipped::packs(&[]).unwrap();
    let written = std::fs::read_to_string(root().join("docs/rules.md")).unwrap_or_default();
    let is = warmline_etiquette::docs::markdown(packs.iter());
    assert!(written == is, "docs/rules.md is behind: cargo xtask docs");
}

#[test]
fn the_policy_is_documented_as_it_is() {
    let written = std::fs::read_to_string(root().join("docs/operate/policy.md")).unwrap_or_default();
    let source = crate::policy::source(&root()).unwrap();
    assert!(written == crate::policy::page(&source), "docs/operate/policy.md is behind: cargo xtask docs");
}
