//! Comma-separated values (RFC 4180), as spreadsheets write and read them. Every sheet of the desk goes through here.

use crate::Refusal;

/// A cell that begins like this is taken for a formula and run by spreadsheets; an apostrophe before it makes it text.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// One record with its line break; quotation marks only where they are needed.
pub fn line<C: AsRef<str>>(cells: impl IntoIterator<Item = C>) -> String {
    let cells: Vec<String> = cells.into_iter().map(|cell| written(cell.as_ref())).collect();
    cells.join(",") + "\r\n"
}

fn written(cell: &str) -> String {
    let guard = if is_guarded(cell) { "'" } else { "" };
    if cell.contains([',', ';', '"', '\n', '\r']) {
        format!("\"{guard}{}\"", cell.replace('"', "\"\""))
    } else {
        format!("{guard}{cell}")
    }
}

/// A formula, or one that somebody else guarded already, so that reading takes away only what writing has added. A
/// negative number is a number; a telephone number with its plus is not.
fn is_guarded(cell: &str) -> bool {
    let is_number = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit()) && rest.parse::<f64>().is_ok();
    cell.trim_start_matches('\'').starts_with(FORMULA) && !cell.strip_prefix('-').is_some_and(is_number)
}

/// A line of a sheet that says something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where it begins, counted from 1.
    pub line: usize,
    pub cells: Vec<String>,
}

/// The records of a sheet without its empty lines; cells apart by commas, or by semicolons as some countries’
/// spreadsheets write them.
pub fn read(text: &str) -> Result<Vec<Record>, Refusal> {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let comma = if first.matches(';').count() > first.matches(',').count() { ';' } else { ',' };
    let mut records = Vec::new();
    let (mut cells, mut cell, mut quote, mut line, mut begun) = (Vec::new(), String::new(), None, 1, 1);
    let mut letters = text.chars().chain(['\n']).peekable();
    while let Some(letter) = letters.next() {
        line += usize::from(letter == '\n');
        match letter {
            '"' if quote.is_some() && letters.peek() == Some(&'"') => cell.extend(letters.next()),
            '"' if quote.is_some() => quote = None,
            '"' if cell.trim().is_empty() => {
                cell.clear();
                quote = Some(line);
            }
            '\r' if quote.is_none() => {}
            '\n' if quote.is_none() => {
                cells.push(plain(std::mem::take(&mut cell)));
                let cells = std::mem::take(&mut cells);
                if cells.iter().any(|c: &String| !c.trim().is_empty()) {
                    records.push(Record { line: begun, cells });
                }
                begun = line;
            }
            other if other == comma && quote.is_none() => cells.push(plain(std::mem::take(&mut cell))),
            other => cell.push(other),
        }
    }
    match quote {
        Some(opened) => Err(wrong(opened, "a quotation mark is opened here and never closed")),
        None => Ok(records),
    }
}

fn plain(cell: String) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if is_guarded(rest) => rest.to_owned(),
        _ => cell,
    }
}

/// What cannot be read, named with its line.
pub fn wrong(line: usize, what: &str) -> Refusal {
    Refusal::input(
        format!("Line {line}: {}.", what.trim_end_matches('.')),
        "Nothing was taken in. Correct the line and send the sheet again.",
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cells(text: &str) -> Vec<Vec<String>> {
        read(text).unwrap().into_iter().map(|r| r.cells).collect()
    }

    #[test]
    fn only_what_needs_it_is_quoted_and_formulas_are_text() {
        assert_eq!(line(["plain", "say \"hello\", twice", ""]), "plain,\"say \"\"hello\"\", twice\",\r\n");
        assert_eq!(line(["=1+1", "+15550100", "@sum", "-a1", "\t=1"]), "'=1+1,'+15550100,'@sum,'-a1,'\t=1\r\n");
        assert_eq!(line(["-3", "-2.5", "–", "a;b"]), "-3,-2.5,–,\"a;b\"\r\n");
        assert_eq!(line(["\r=1"]), "\"'\r=1\"\r\n");
    }

    #[test]
    fn a_sheet_is_read_as_spreadsheets_write_it() {
        assert_eq!(cells("\u{feff}name;phone\r\nx;1\r\n\r\n;\r\n"), [["name", "phone"], ["x", "1"]]);
        assert_eq!(cells("a,b\n \"x, \"\"y\"\"\nz\",'=1+1"), [["a", "b"], ["x, \"y\"\nz", "=1+1"]]);
        assert_eq!(cells("'tis,'-3\n"), [["'tis", "'-3"]]);
        let lines: Vec<usize> = read("a\n\n\"b\nc\"\nd").unwrap().iter().map(|r| r.line).collect();
        assert_eq!(lines, [1, 3, 5]);
    }

    #[test]
    fn a_quotation_mark_left_open_is_named_with_its_line() {
        assert_eq!(
            read("a,b\n\nx,\"y\nz\n").unwrap_err().why,
            "Line 3: a quotation mark is opened here and never closed."
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(records in prop::collection::vec(prop::collection::vec("[-'=+@\t\r\n\";, 0-9a-c]{0,6}", 2..5), 1..5)) {
            // The header says what is between the cells.
            let text = line(["a", "b"]) + &records.iter().map(line).collect::<String>();
            let told: Vec<Vec<String>> = records.into_iter().filter(|r| r.iter().any(|c| !c.trim().is_empty())).collect();
            prop_assert_eq!(&cells(&text)[1..], &told[..]);
        }
        #[test]
        fn nothing_breaks_it(text in ".{0,200}") {
            let _ = read(&text);
        }
    }
}
