//! Shares with their intervals, and the table they stand in.

use std::collections::BTreeMap;
use std::fmt;

/// Right ones of all.
#[derive(Clone, Copy, Default)]
pub(crate) struct Share {
    pub(crate) of: u32,
    pub(crate) right: u32,
}

impl Share {
    pub(crate) fn count(&mut self, right: bool) {
        self.of += 1;
        self.right += u32::from(right);
    }

    pub(crate) fn value(self) -> f64 {
        if self.of == 0 { 0.0 } else { f64::from(self.right) / f64::from(self.of) }
    }

    /// Wilson's interval at 95 %.
    fn interval(self) -> (f64, f64) {
        const Z: f64 = 1.96;
        let (n, p) = (f64::from(self.of.max(1)), self.value());
        let middle = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
        let wide = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        ((middle - wide).max(0.0), (middle + wide).min(1.0))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = self.interval();
        write!(f, "{:.3} [{low:.3}–{high:.3}] of {}", self.value(), self.of)
    }
}

/// Precision and recall.
#[derive(Clone, Copy, Default)]
pub(crate) struct Found {
    pub(crate) precision: Share,
    pub(crate) recall: Share,
}

impl Found {
    pub(crate) fn f1(self) -> f64 {
        let (p, r) = (self.precision.value(), self.recall.value());
        if p + r == 0.0 { 0.0 } else { 2.0 * p * r / (p + r) }
    }
}

/// Rows in the order they came, a cell for each half.
pub(crate) struct Table {
    rows: Vec<(String, BTreeMap<&'static str, String>)>,
}

impl Table {
    pub(crate) fn new() -> Table {
        Table { rows: vec![] }
    }

    pub(crate) fn put(&mut self, row: &str, half: &'static str, cell: impl fmt::Display) {
        match self.rows.iter_mut().find(|(name, _)| name == row) {
            Some((_, cells)) => {
                cells.insert(half, cell.to_string());
            }
            None => self.rows.push((row.to_owned(), BTreeMap::from([(half, cell.to_string())]))),
        }
    }

    pub(crate) fn found(&mut self, row: &str, half: &'static str, found: Found) {
        self.put(&format!("{row}: precision"), half, found.precision);
        self.put(&format!("{row}: recall"), half, found.recall);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| measure | test | dev |\n| --- | --- | --- |")?;
        for (name, cells) in &self.rows {
            let cell = |half: &str| cells.get(half).map_or("", String::as_str);
            writeln!(f, "| {name} | {} | {} |", cell("test"), cell("dev"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_the_book() {
        let share = Share { of: 100, right: 90 };
        assert_eq!(share.to_string(), "0.900 [0.826–0.945] of 100");
        assert_eq!(Share { of: 10, right: 10 }.to_string(), "1.000 [0.722–1.000] of 10");
    }
}
