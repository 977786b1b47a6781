//! The head of a Markdown file: `name: value` lines between two lines of three hyphens.

/// The names with their values, and the text below.
pub(crate) struct Parted<'a> {
    pub(crate) head: Vec<(&'a str, &'a str)>,
    pub(crate) body: &'a str,
}

/// Reads a file with line feeds only; says in words what is wrong with it.
pub(crate) fn read(file: &str) -> Result<Parted<'_>, String> {
    let rest = file.strip_prefix("---\n").ok_or("it begins with a line of three hyphens")?;
    let (head, body) = rest.split_once("\n---\n").ok_or("a second line of three hyphens ends its head")?;
    let mut pairs = Vec::new();
    for line in head.lines().filter(|l| !l.trim().is_empty()) {
        let (name, value) = line.split_once(':').ok_or_else(|| format!("“{line}” is not a name and a value"))?;
        pairs.push((name.trim(), value.trim()));
    }
    Ok(Parted { head: pairs, body })
}
