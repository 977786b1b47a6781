//! The page of the policy for whoever runs a desk: what stands in `policy.rs`, with the defaults it has.

use std::collections::BTreeMap;
use std::path::Path;

use warmline_domain::Policy;

const HEAD: &str = "# The policy

What the desk works by, changed in the product under Settings → Policy and in force at once, for everybody. It is TOML;
what is left out keeps its default, what is unknown or out of range is refused with its line. Each event keeps the version
of the policy it was decided under.

This page is made from `crates/warmline-domain/src/policy.rs` by `cargo xtask docs`.
";

/// Where the policy is told of, field by field; sections may have files of their own beside it.
pub(crate) const SOURCE: &str = "crates/warmline-domain/src/policy.rs";

pub(crate) fn source(root: &Path) -> std::io::Result<String> {
    let mut files = vec![root.join(SOURCE)];
    for file in std::fs::read_dir(root.join(SOURCE).with_extension(""))? {
        files.push(file?.path());
    }
    files.sort();
    files.iter().map(std::fs::read_to_string).collect()
}

/// A struct of the source: what it is, and its fields with theirs.
#[derive(Default)]
struct Section {
    about: String,
    /// Name, type, what it means.
    fields: Vec<(String, String, String)>,
}

pub(crate) fn page(source: &str) -> String {
    let sections = sections(source);
    let defaults = Policy::default().to_toml();
    let mut page = HEAD.to_owned();
    for (name, kind, _) in &sections["Policy"].fields {
        let section = &sections[kind.rsplit("::").next().unwrap_or(kind)];
        page.push_str(&format!("\n## [{name}]\n\n"));
        if !section.about.is_empty() {
            page.push_str(&format!("{}\n\n", section.about));
        }
        for (field, _, about) in &section.fields {
            let about = if about.is_empty() { String::new() } else { format!(": {about}") };
            page.push_str(&format!("* `{field}`{about}\n"));
        }
        page.push_str(&format!("\n```toml\n{}\n```\n", default_of(&defaults, name)));
    }
    page
}

/// The lines of a section as the product shows them, tables within it, too.
fn default_of(defaults: &str, name: &str) -> String {
    let mut inside = false;
    let lines = defaults.lines().filter(|line| {
        if line.starts_with('[') {
            inside = *line == format!("[{name}]") || line.starts_with(&format!("[{name}."));
        }
        inside
    });
    lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

fn sections(source: &str) -> BTreeMap<String, Section> {
    let mut sections: BTreeMap<String, Section> = BTreeMap::new();
    let (mut about, mut open): (Vec<&str>, Option<String>) = (vec![], None);
    for line in source.lines().map(str::trim) {
        if let Some(words) = line.strip_prefix("///") {
            about.push(words.trim());
        } else if let Some(name) = line.strip_prefix("pub struct ").and_then(|l| l.strip_suffix(" {")) {
            sections.insert(name.into(), Section { about: about.join(" "), fields: vec![] });
            open = Some(name.into());
            about.clear();
        } else if let (Some(name), Some((field, kind))) =
            (&open, line.strip_prefix("pub ").and_then(|l| l.trim_end_matches(',').split_once(": ")))
        {
            let section = sections.get_mut(name).expect("it was opened");
            section.fields.push((field.into(), kind.into(), about.join(" ")));
            about.clear();
        } else if !line.starts_with("#[") {
            about.clear();
            if line == "}" {
                open = None;
            }
        }
    }
    sections
}
