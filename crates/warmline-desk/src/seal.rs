//! The site's key: signs trails and checkpoints (Ed25519, RFC 8032). Its secret half never leaves its file.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use warmline_store::Fault;

/// Bytes of a signature.
pub const SIGNATURE: usize = 64;
const SEED: usize = 32;
/// Beside the database, and in each backup.
pub const FILE: &str = "signing.key";

/// What is signed, so that no signature of one kind passes for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sealing {
    Trail,
    Checkpoint,
}

impl Sealing {
    fn begins(self) -> &'static [u8] {
        match self {
            Sealing::Trail => b"warmline trail\0",
            Sealing::Checkpoint => b"warmline checkpoint\0",
        }
    }

    fn with(self, bytes: &[u8]) -> Vec<u8> {
        [self.begins(), bytes].concat()
    }
}

/// The key of a desk, made when it is first needed. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Seal {
    path: PathBuf,
    pair: Arc<OnceLock<Ed25519KeyPair>>,
}

impl Seal {
    /// The key of the desk whose data lies in this folder.
    pub fn at(folder: &Path) -> Seal {
        Seal { path: folder.join(FILE), pair: Arc::default() }
    }

    /// The public half, as people compare it: 64 digits.
    pub fn public(&self) -> Result<String, Fault> {
        Ok(hex::encode(self.pair()?.public_key()))
    }

    pub fn sign(&self, what: Sealing, bytes: &[u8]) -> Result<Vec<u8>, Fault> {
        Ok(self.pair()?.sign(&what.with(bytes)).as_ref().to_vec())
    }

    fn pair(&self) -> Result<&Ed25519KeyPair, Fault> {
        if let Some(pair) = self.pair.get() {
            return Ok(pair);
        }
        let seed = match std::fs::read_to_string(&self.path) {
            Ok(text) => text.trim().to_owned(),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => self.make()?,
            Err(e) => return Err(self.fault(&e.to_string())),
        };
        let mut bytes = [0; SEED];
        hex::decode_to_slice(&seed, &mut bytes).map_err(|_| self.fault("it is not a key"))?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&bytes).map_err(|_| self.fault("it is not a key"))?;
        Ok(self.pair.get_or_init(|| pair))
    }

    /// Whole or not at all, and read by its owner only; whoever came first made it.
    fn make(&self) -> Result<String, Fault> {
        let mut seed = [0; SEED];
        getrandom::fill(&mut seed).map_err(|e| self.fault(&e.to_string()))?;
        let wrong = |e: std::io::Error| self.fault(&e.to_string());
        let draft = self.path.with_extension(format!("{}.new", std::process::id()));
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)
            .map_err(wrong)?;
        file.write_all(format!("{}\n", hex::encode(seed)).as_bytes()).and_then(|()| file.sync_all()).map_err(wrong)?;
        let linked = std::fs::hard_link(&draft, &self.path);
        std::fs::remove_file(&draft).map_err(wrong)?;
        match linked {
            Ok(()) => {}
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(wrong(e)),
        }
        std::fs::read_to_string(&self.path).map(|text| text.trim().to_owned()).map_err(wrong)
    }

    fn fault(&self, why: &str) -> Fault {
        Fault(format!("The signing key {} cannot be used: {why}.", self.path.display()))
    }
}

/// Whether this key signed these bytes. `key` in hex.
pub fn signed_by(key: &str, what: Sealing, bytes: &[u8], signature: &[u8]) -> bool {
    let Ok(key) = hex::decode(key) else { return false };
    UnparsedPublicKey::new(&ED25519, key).verify(&what.with(bytes), signature).is_ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_key_is_made_once_for_its_owner_and_no_signature_passes_for_another() {
        let folder = std::env::temp_dir().join(format!("warmline-seal-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let seal = Seal::at(&folder);
        let signature = seal.sign(Sealing::Trail, b"words").unwrap();
        let key = Seal::at(&folder).public().unwrap();
        assert_eq!(key, seal.public().unwrap(), "read again, the same");
        assert_eq!(std::fs::metadata(folder.join(FILE)).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(signed_by(&key, Sealing::Trail, b"words", &signature));
        assert!(!signed_by(&key, Sealing::Checkpoint, b"words", &signature));
        assert!(!signed_by(&key, Sealing::Trail, b"word", &signature));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
