//! The letters: DejaVu Sans Condensed, of which a file carries only those it uses.

use std::collections::BTreeMap;

use subsetter::GlyphRemapper;
use ttf_parser::{Face as Parsed, GlyphId};

pub(crate) struct Face {
    data: &'static [u8],
    parsed: Parsed<'static>,
    pub(crate) name: &'static str,
    kept: GlyphRemapper,
    /// The character each kept letter was first set for, so that text can be copied and searched.
    says: BTreeMap<u16, char>,
    widths: BTreeMap<u16, f32>,
}

/// What the file says of a face. Lengths are in thousandths of the height of its letters.
pub(crate) struct Used {
    pub(crate) name: &'static str,
    pub(crate) data: Vec<u8>,
    pub(crate) says: BTreeMap<u16, char>,
    pub(crate) widths: Vec<f32>,
    pub(crate) ascent: f32,
    pub(crate) descent: f32,
    pub(crate) capitals: f32,
    pub(crate) bounds: [f32; 4],
    pub(crate) bold: bool,
}

impl Face {
    pub(crate) fn regular() -> Face {
        Face::of(dejavu::sans_condensed::regular(), "DejaVuSansCondensed")
    }
    pub(crate) fn bold() -> Face {
        Face::of(dejavu::sans_condensed::bold(), "DejaVuSansCondensed-Bold")
    }

    fn of(data: &'static [u8], name: &'static str) -> Face {
        let parsed = Parsed::parse(data, 0).expect("the face that is built in can be read");
        Face { data, parsed, name, kept: GlyphRemapper::new(), says: BTreeMap::new(), widths: BTreeMap::new() }
    }

    fn glyph(&self, c: char) -> GlyphId {
        let known = |c: char| self.parsed.glyph_index(c);
        // The replacement character says that a letter is missing; nothing would not.
        known(c).or_else(|| known('\u{fffd}')).unwrap_or(GlyphId(0))
    }

    fn thousandths(&self, units: f32) -> f32 {
        units * 1000.0 / f32::from(self.parsed.units_per_em())
    }

    /// In thousandths of the height of the letters.
    pub(crate) fn width(&self, text: &str) -> f32 {
        let advance = |c: char| f32::from(self.parsed.glyph_hor_advance(self.glyph(c)).unwrap_or(0));
        self.thousandths(text.chars().map(advance).sum())
    }

    /// The letters as the file will number them, two bytes each.
    pub(crate) fn set(&mut self, text: &str) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(text.len() * 2);
        for c in text.chars() {
            let glyph = self.glyph(c);
            let kept = self.kept.remap(glyph.0);
            let advance = f32::from(self.parsed.glyph_hor_advance(glyph).unwrap_or(0));
            self.widths.insert(kept, self.thousandths(advance));
            self.says.entry(kept).or_insert(c);
            bytes.extend(kept.to_be_bytes());
        }
        bytes
    }

    pub(crate) fn used(self) -> Used {
        let bounds = self.parsed.global_bounding_box();
        let bounds = [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max].map(|n| self.thousandths(f32::from(n)));
        let last = self.widths.keys().next_back().copied().unwrap_or(0);
        Used {
            name: self.name,
            // The whole face would be as right, only larger.
            data: subsetter::subset(self.data, 0, &self.kept).unwrap_or_else(|_| self.data.to_vec()),
            widths: (0..=last).map(|glyph| self.widths.get(&glyph).copied().unwrap_or(0.0)).collect(),
            ascent: self.thousandths(f32::from(self.parsed.ascender())),
            descent: self.thousandths(f32::from(self.parsed.descender())),
            capitals: self.thousandths(f32::from(self.parsed.capital_height().unwrap_or(1400))),
            bounds,
            bold: self.name.ends_with("Bold"),
            says: self.says,
        }
    }
}
