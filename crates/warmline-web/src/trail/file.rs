//! Signed files, and checking them. Each ends with a signature over every byte before it, so that a change anywhere
//! shows; a page and a PDF carry the record they were made from, which is signed by itself too.
//!
//! | form | its last bytes                                   | the record in it                        |
//! |------|--------------------------------------------------|-----------------------------------------|
//! | JSON | `,"signature":"…"}` and a line end               | is the file                             |
//! | HTML | `<!--warmline-signature:…-->` and a line end     | the data address of the link to it      |
//! | PDF  | `%warmline-signature:…` and a line end           | an attached file, as it is              |

use serde::{Deserialize, Serialize};
use warmline_desk::seal::{SIGNATURE, Seal, Sealing, signed_by};
use warmline_domain::trail::{Checked, Trail, check};
use warmline_store::Fault;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Json,
    Html,
    Pdf,
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::Pdf, Kind::Html, Kind::Json];

    pub fn of(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|k| k.ending() == word)
    }
    pub fn ending(self) -> &'static str {
        match self {
            Kind::Json => "json",
            Kind::Html => "html",
            Kind::Pdf => "pdf",
        }
    }
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Kind::Json => "application/json",
            Kind::Html => "text/html; charset=utf-8",
            Kind::Pdf => "application/pdf",
        }
    }
    /// What stands around the signature at the end.
    fn tail(self) -> (&'static str, &'static str) {
        match self {
            Kind::Json => (",\"signature\":\"", "\"}\n"),
            Kind::Html => ("<!--warmline-signature:", "-->\n"),
            Kind::Pdf => ("%warmline-signature:", "\n"),
        }
    }
    fn begins(self) -> &'static str {
        match self {
            Kind::Json => RECORD,
            Kind::Html => "<!doctype html>",
            Kind::Pdf => "%PDF-",
        }
    }
}

/// How a record begins. Quotes inside texts are escaped, so this stands nowhere else in a file.
const RECORD: &str = "{\"trail\":{\"warmline_trail\":";
/// With its quote: in texts on the page it is escaped.
const LINKED: &str = "href=\"data:application/json;base64,";

#[derive(Serialize)]
struct Unsigned<'a> {
    trail: &'a Trail,
    key: &'a str,
}

#[derive(Deserialize)]
struct Record {
    trail: Trail,
    key: String,
}

/// The signed record.
pub(super) fn json(trail: &Trail, seal: &Seal) -> Result<Vec<u8>, Fault> {
    let key = seal.public()?;
    let mut bytes = serde_json::to_vec(&Unsigned { trail, key: &key }).map_err(|e| Fault(e.to_string()))?;
    // The closing bracket comes after the signature.
    bytes.pop();
    self::seal(Kind::Json, bytes, seal)
}

/// The file with its signature at the end.
pub(super) fn seal(kind: Kind, mut bytes: Vec<u8>, seal: &Seal) -> Result<Vec<u8>, Fault> {
    if kind != Kind::Json && bytes.last() != Some(&b'\n') {
        bytes.push(b'\n');
    }
    let signature = hex::encode(seal.sign(Sealing::Trail, &bytes)?);
    let (before, after) = kind.tail();
    bytes.extend(format!("{before}{signature}{after}").into_bytes());
    Ok(bytes)
}

/// What a file says, once its signatures were found right.
#[derive(Debug)]
pub struct Opened {
    pub kind: Kind,
    pub trail: Trail,
    /// Whose key signed it, in hex.
    pub key: String,
    pub checked: Checked,
}

/// Reads a file and checks its signatures, its chains and its texts. What is wrong with the file as such is an error.
pub fn open(bytes: &[u8]) -> Result<Opened, String> {
    let begins = |kind: &Kind| bytes.starts_with(kind.begins().as_bytes());
    let kind = Kind::ALL.into_iter().find(begins).ok_or("This is not a trail that Warmline made.")?;
    let (signed, signature) = split(kind, bytes).ok_or(
        "The signature at its end is missing or was changed, so nothing in it can be trusted. Ask for the file again.",
    )?;
    let record = match kind {
        Kind::Json => bytes.to_vec(),
        Kind::Html => linked(bytes).ok_or("The record is missing from this page.")?,
        Kind::Pdf => attached(bytes).ok_or("The record is missing from this PDF.")?,
    };
    let Record { trail, key } = serde_json::from_slice(&record)
        .map_err(|e| format!("The record cannot be read ({e}); the file was changed or is damaged."))?;
    let (inner, inner_signature) = split(Kind::Json, &record).ok_or("The record in it has lost its signature.")?;
    if !signed_by(&key, Sealing::Trail, signed, &signature) || !signed_by(&key, Sealing::Trail, inner, &inner_signature)
    {
        return Err("The signature does not fit: the file was changed after it was made, or is damaged.".into());
    }
    let checked = check(&trail);
    Ok(Opened { kind, trail, key, checked })
}

/// What was signed, and the signature.
fn split(kind: Kind, bytes: &[u8]) -> Option<(&[u8], Vec<u8>)> {
    let (before, after) = kind.tail();
    let rest = bytes.strip_suffix(after.as_bytes())?;
    let (rest, digits) = rest.split_at_checked(rest.len().checked_sub(2 * SIGNATURE)?)?;
    let signature = hex::decode(digits).ok()?;
    // One way to write it, so that no byte of the end can be changed either.
    (hex::encode(&signature).as_bytes() == digits).then_some(())?;
    Some((rest.strip_suffix(before.as_bytes())?, signature))
}

fn linked(page: &[u8]) -> Option<Vec<u8>> {
    let page = std::str::from_utf8(page).ok()?;
    let mut found = page.split(LINKED).skip(1);
    let coded = found.next()?.split('"').next()?;
    found.next().is_none().then(|| unbase64(coded))?
}

fn attached(pdf: &[u8]) -> Option<Vec<u8>> {
    let start = find(pdf, RECORD.as_bytes(), 0)?;
    let (before, after) = Kind::Json.tail();
    let tail = find(pdf, before.as_bytes(), start)?;
    let end = tail + before.len() + 2 * SIGNATURE + after.len();
    pdf.get(start..end).map(<[u8]>::to_vec)
}

fn find(bytes: &[u8], what: &[u8], from: usize) -> Option<usize> {
    bytes.get(from..)?.windows(what.len()).position(|w| w == what).map(|at| at + from)
}

fn unbase64(text: &str) -> Option<Vec<u8>> {
    let value = |b: u8| match b {
        b'A'..=b'Z' => Some(b - b'A'),
        b'a'..=b'z' => Some(b - b'a' + 26),
        b'0'..=b'9' => Some(b - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut have) = (0u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        bits = bits << 6 | u32::from(value(byte)?);
        have += 6;
        if have >= 8 {
            have -= 8;
            out.push((bits >> have & 255) as u8);
        }
    }
    Some(out)
}
