//! Where a byte stands, in lines and columns.

/// The starts of the lines of a text.
pub(crate) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

/// What a column counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Characters,
    Utf8,
    Utf16,
}

impl<'a> Lines<'a> {
    pub(crate) fn of(text: &'a str) -> Lines<'a> {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Lines { text, starts }
    }

    /// Line and column, from 0.
    pub(crate) fn at(&self, byte: usize, unit: Unit) -> (usize, usize) {
        let line = self.starts.partition_point(|s| *s <= byte) - 1;
        let before = &self.text[self.starts[line]..byte];
        let column = match unit {
            Unit::Characters => before.chars().count(),
            Unit::Utf8 => before.len(),
            Unit::Utf16 => before.encode_utf16().count(),
        };
        (line, column)
    }

    /// The byte of a place; the nearest one when there is none such.
    pub(crate) fn byte(&self, line: usize, column: usize, unit: Unit) -> usize {
        let Some(start) = self.starts.get(line).copied() else { return self.text.len() };
        let end = self.starts.get(line + 1).map_or(self.text.len(), |next| next - 1);
        let mut counted = 0;
        for (at, c) in self.text[start..end].char_indices() {
            if counted >= column {
                return start + at;
            }
            counted += match unit {
                Unit::Characters => 1,
                Unit::Utf8 => c.len_utf8(),
                Unit::Utf16 => c.len_utf16(),
            };
        }
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_go_there_and_back() {
        let text = "über\n😀 calm down\r\n\nend";
        let lines = Lines::of(text);
        let calm = text.find("calm").unwrap();
        assert_eq!(lines.at(calm, Unit::Characters), (1, 2));
        assert_eq!(lines.at(calm, Unit::Utf8), (1, 5));
        assert_eq!(lines.at(calm, Unit::Utf16), (1, 3));
        for unit in [Unit::Characters, Unit::Utf8, Unit::Utf16] {
            for (byte, _) in text.char_indices() {
                let (line, column) = lines.at(byte, unit);
                assert_eq!(lines.byte(line, column, unit), byte, "{unit:?}");
            }
        }
        assert_eq!(lines.byte(99, 0, Unit::Utf16), text.len());
    }
}
