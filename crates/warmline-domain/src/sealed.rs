//! Personal text that stands in a row as it is and in the journal only as a digest, so that erasing a person's text
//! leaves the chain of the journal whole.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// SHA-256 of the JSON of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Digest(Sha256::digest(bytes).into())
    }
    pub fn hex(&self) -> String {
        hex::encode(self.0)
    }
}

/// `T` with its digest. Serialises as the digest alone; what comes back from the journal is closed.
#[derive(Clone, Debug)]
pub struct Sealed<T> {
    digest: Digest,
    open: Option<T>,
}

impl<T: Serialize> Sealed<T> {
    pub fn new(value: T) -> Self {
        let json = serde_json::to_vec(&value).expect("plain values serialise");
        Sealed { digest: Digest::of_bytes(&json), open: Some(value) }
    }
}

impl<T> Sealed<T> {
    /// The text, unless it came from the journal.
    pub fn open(&self) -> Option<&T> {
        self.open.as_ref()
    }
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

/// Two sealed values are the same when their digests are: one of them may be closed.
impl<T> PartialEq for Sealed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}
impl<T> Eq for Sealed<T> {}

impl<T> Serialize for Sealed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.digest.hex())
    }
}

impl<'de, T> Deserialize<'de> for Sealed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut digest = [0; 32];
        hex::decode_to_slice(&text, &mut digest).map_err(serde::de::Error::custom)?;
        Ok(Sealed { digest: Digest(digest), open: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_journal_form_holds_no_text_and_still_compares() {
        let sealed = Sealed::new("Maria Okafor".to_owned());
        let json = serde_json::to_string(&sealed).unwrap();
        assert!(!json.contains("Maria"));
        let back: Sealed<String> = serde_json::from_str(&json).unwrap();
        assert_eq!(back, sealed);
        assert!(back.open().is_none());
        assert_ne!(back, Sealed::new("Maria Okafo".to_owned()));
    }
}
