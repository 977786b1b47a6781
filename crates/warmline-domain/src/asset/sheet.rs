//! The register as a sheet: a header first, then an asset a line.
//!
//! Everything is read before anything is kept, and what cannot be read is named with its line.

use super::{Asset, Criticality};
use crate::csv::{self, Record, wrong};
use crate::limits::SHEET_ROWS;
use crate::{AssetId, Refusal};

/// In this order when written; in any order when read. Only the name is needed.
const COLUMNS: [&str; 6] = ["name", "kind", "place", "organisation", "criticality", "in use"];

/// The assets of a sheet; their identifiers are given by whoever keeps them.
pub fn read(text: &str) -> Result<Vec<Asset>, Refusal> {
    let mut rows = csv::read(text)?.into_iter();
    let header = rows.next().ok_or_else(|| wrong(1, "there is nothing in this sheet"))?.cells;
    let places = columns(&header)?;
    let mut assets = Vec::new();
    for Record { line, cells: fields } in rows {
        if fields.len() > header.len() {
            return Err(wrong(line, &format!("it has {} fields, the header has {}", fields.len(), header.len())));
        }
        let field = |column: usize| {
            places[column].and_then(|at| fields.get(at)).map_or(String::new(), |f: &String| f.trim().to_owned())
        };
        assets.push(asset(line, field)?);
    }
    if assets.len() > SHEET_ROWS {
        return Err(wrong(SHEET_ROWS + 2, &format!("a sheet can have {SHEET_ROWS} assets; split it")));
    }
    let mut seen = std::collections::BTreeSet::new();
    for (at, asset) in assets.iter().enumerate() {
        if !seen.insert((asset.name.to_lowercase(), asset.organisation.to_lowercase())) {
            return Err(wrong(at + 2, &format!("{} of {} is there twice", asset.name, asset.organisation)));
        }
    }
    Ok(assets)
}

fn asset(line: usize, field: impl Fn(usize) -> String) -> Result<Asset, Refusal> {
    if field(0).is_empty() {
        return Err(wrong(line, "the name is missing"));
    }
    let criticality = match field(4).as_str() {
        "" => Criticality::Ordinary,
        word => word.parse().map_err(|r: Refusal| wrong(line, &format!("{} {}", r.why, r.way)))?,
    };
    let retired = match field(5).to_lowercase().as_str() {
        "" | "yes" => false,
        "no" => true,
        other => return Err(wrong(line, &format!("“{other}” does not say whether it is in use: yes or no"))),
    };
    let asset = Asset {
        id: AssetId(0),
        name: field(0),
        kind: field(1),
        place: field(2),
        organisation: field(3),
        criticality,
        retired,
    };
    super::checked(asset).map_err(|r| wrong(line, r.why.trim_end_matches('.')))
}

/// Where each of our columns stands in the sheet.
fn columns(header: &[String]) -> Result<[Option<usize>; COLUMNS.len()], Refusal> {
    let tidy = |name: &String| name.trim().to_lowercase();
    if let Some(unknown) = header.iter().find(|name| !COLUMNS.contains(&tidy(name).as_str())) {
        return Err(wrong(1, &format!("“{unknown}” is no column of the register: {}", COLUMNS.join(", "))));
    }
    let places = COLUMNS.map(|column| header.iter().position(|name| tidy(name) == column));
    if places[0].is_none() {
        return Err(wrong(1, "there is no column “name”"));
    }
    Ok(places)
}

pub fn write<'a>(assets: impl Iterator<Item = &'a Asset>) -> String {
    let mut text = csv::line(COLUMNS);
    for asset in assets {
        let in_use = if asset.retired { "no" } else { "yes" };
        let Asset { name, kind, place, organisation, criticality, .. } = asset;
        text.push_str(&csv::line([name, kind, place, organisation, criticality.word(), in_use]));
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_sheet_is_read_as_spreadsheets_write_them() {
        let sheet =
            "\u{feff}Organisation;Name;Criticality\r\n\r\nBrightwell;\"Press \"\"2\"\"; east\";Critical\r\n;Router;\n";
        let assets = read(sheet).unwrap();
        assert_eq!(assets[0].name, "Press \"2\"; east");
        assert_eq!((assets[0].criticality, assets[1].criticality), (Criticality::Critical, Criticality::Ordinary));
        assert!(assets[1].organisation.is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_line() {
        let why = |sheet: &str| read(sheet).unwrap_err().why;
        assert_eq!(why("name,kind\nPress,press\n,router\n"), "Line 3: the name is missing.");
        assert!(why("name,colour\n").starts_with("Line 1: “colour” is no column"));
        assert!(why("kind\npress\n").contains("no column “name”"));
        assert!(why("name,criticality\nPress,very\n").starts_with("Line 2: “very” does not say"));
        assert!(why("name,organisation\nPress,B\npress,b\n").contains("is there twice"));
        assert!(why("name\nPress,2\n").contains("it has 2 fields"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(names in prop::collection::btree_map("[a-zA-Z\"][a-z ,;\"=+]{0,12}[a-z\"]", "[a-zA-Z,;\" ]{0,8}", 0..8)) {
            let assets: Vec<Asset> = names.into_iter().map(|(name, place)| Asset {
                id: AssetId(0), name, kind: String::new(), place, organisation: String::new(), criticality: Criticality::Important, retired: false,
            }).map(|a| super::super::checked(a).unwrap()).collect();
            let mut seen = std::collections::BTreeSet::new();
            let assets: Vec<Asset> = assets.into_iter().filter(|a| seen.insert(a.name.to_lowercase())).collect();
            prop_assert_eq!(read(&write(assets.iter())).unwrap(), assets);
        }
    }
}
