//! Comma-separated values (RFC 4180), as spreadsheet programs write and read them.

/// A cell that begins like a formula is run by spreadsheet programs; an apostrophe before it makes it text.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

pub fn line(cells: &[&str]) -> String {
    let cell = |text: &&str| {
        let guard = if text.starts_with(FORMULA) { "'" } else { "" };
        if text.contains([',', '"', '\n', '\r']) {
            format!("\"{guard}{}\"", text.replace('"', "\"\""))
        } else {
            format!("{guard}{text}")
        }
    };
    let mut line = cells.iter().map(cell).collect::<Vec<_>>().join(",");
    line.push_str("\r\n");
    line
}

/// The lines of a file, cells apart by commas, or by semicolons as some countries' spreadsheets write them. Empty
/// lines are left out.
pub fn read(text: &str) -> Vec<Vec<String>> {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    let comma = if first.matches(';').count() > first.matches(',').count() { ';' } else { ',' };
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if cell.is_empty() => quoted = true,
            c if c == comma && !quoted => row.push(plain(std::mem::take(&mut cell))),
            '\n' if !quoted => {
                row.push(plain(std::mem::take(&mut cell)));
                rows.push(std::mem::take(&mut row));
            }
            '\r' if !quoted => {}
            c => cell.push(c),
        }
    }
    row.push(plain(cell));
    rows.push(row);
    rows.retain(|row| row.iter().any(|cell| !cell.trim().is_empty()));
    rows
}

fn plain(cell: String) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(FORMULA) => rest.to_owned(),
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_and_formulas_are_text() {
        let cells = ["+15550100", "a, \"b\"\nc", "", "plain"];
        let written = line(&cells);
        assert!(written.starts_with("'+1555"));
        assert_eq!(read(&written), [cells.map(str::to_owned).to_vec()]);
        assert_eq!(read("\u{feff}name;phone\r\nx;1\r\n\r\n"), [["name", "phone"], ["x", "1"]]);
    }
}
