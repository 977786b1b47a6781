//! Sets of labelled texts: JSON lines, plain or gzip'd.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde_json::Value;

/// Which half an item is in: a bit of a mix of its id (FNV-1a, then SplitMix64), so that
/// neighbours, which are of one topic, are dealt to both.
pub(crate) fn half(id: &str) -> &'static str {
    let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    if crate::figures::Chance(hash).bits() & 1 == 0 { "dev" } else { "test" }
}

/// The items of a set; nothing when the folder does not have it.
pub(crate) fn read(folder: &Path, name: &str) -> Result<Vec<Value>, String> {
    let plain = folder.join(format!("{name}.jsonl"));
    let packed = folder.join(format!("{name}.jsonl.gz"));
    let (path, reader): (_, Box<dyn Read>) = match (std::fs::File::open(&plain), std::fs::File::open(&packed)) {
        (Ok(file), _) => (plain, Box::new(file)),
        (_, Ok(file)) => (packed, Box::new(flate2::read::GzDecoder::new(file))),
        _ => return Ok(vec![]),
    };
    let wrong = |line: usize, e: &dyn std::fmt::Display| format!("{}:{}: {e}", path.display(), line + 1);
    let lines = BufReader::new(reader).lines().enumerate();
    lines.map(|(n, line)| serde_json::from_str(&line.map_err(|e| wrong(n, &e))?).map_err(|e| wrong(n, &e))).collect()
}

pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

pub(crate) fn texts(value: &Value, key: &str) -> Vec<String> {
    let list = value[key].as_array().map_or(&[][..], Vec::as_slice);
    list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[][..], Vec::as_slice)
}

pub(crate) fn overlap(a: &std::ops::Range<usize>, b: &std::ops::Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}
