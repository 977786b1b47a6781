//! Large bytes beside the database: raw mails over 64 kB by their identity, attachments we send by their SHA-256.
//! A folder by default. What is put is durable when `put` returns, so that it may be named in a commit.

use std::path::Path as FilePath;
use std::sync::Arc;

use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};
use warmline_store::{Fault, Inbound, Store};

#[derive(Clone, Debug)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
}

impl Blobs {
    /// A folder, made if it is not there.
    pub fn folder(path: &FilePath) -> Result<Self, Fault> {
        std::fs::create_dir_all(path)
            .map_err(|e| Fault(format!("The folder {} cannot be made: {e}.", path.display())))?;
        let folder = object_store::local::LocalFileSystem::new_with_prefix(path)
            .map_err(|e| Fault(format!("The folder {} cannot be used: {e}.", path.display())))?;
        Ok(Blobs { store: Arc::new(folder.with_fsync(true)) })
    }

    /// In memory, for worlds that end with the process.
    pub fn memory() -> Self {
        Blobs { store: Arc::new(object_store::memory::InMemory::new()) }
    }

    pub async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), Fault> {
        // Names follow from the content or from the mail's identity: what is there stays as it is.
        let once = PutOptions::from(PutMode::Create);
        match self.store.put_opts(&path(name), PutPayload::from(bytes), once).await {
            Ok(_) | Err(object_store::Error::AlreadyExists { .. }) => Ok(()),
            Err(e) => Err(Fault(format!("A file could not be kept: {e}."))),
        }
    }

    pub async fn get(&self, name: &str) -> Result<Vec<u8>, Fault> {
        let failed = |e| Fault(format!("A file could not be read: {e}."));
        Ok(self.store.get(&path(name)).await.map_err(failed)?.bytes().await.map_err(failed)?.to_vec())
    }
}

/// Two letters of folder keep folders small: a million files in one are slow to list and to copy.
fn path(name: &str) -> Path {
    Path::from(format!("{}/{name}", name.get(..2).unwrap_or("xx")))
}

/// The raw bytes of a mail, wherever they lie.
pub async fn raw_mail(store: &Store, blobs: &Blobs, identity: &[u8]) -> Result<Option<(Inbound, Vec<u8>)>, Fault> {
    let Some(inbound) = store.inbound(identity).await? else { return Ok(None) };
    let raw = match &inbound.raw {
        Some(deflated) => inflate(deflated)?,
        None => blobs.get(&hex::encode(identity)).await?,
    };
    Ok(Some((inbound, raw)))
}

fn inflate(deflated: &[u8]) -> Result<Vec<u8>, Fault> {
    use std::io::Read;
    let mut raw = Vec::with_capacity(deflated.len() * 3);
    let limit = crate::receive::INLINE_BYTES as u64 + 1;
    flate2::read::DeflateDecoder::new(deflated)
        .take(limit)
        .read_to_end(&mut raw)
        .map_err(|e| Fault(format!("A kept mail cannot be unpacked: {e}.")))?;
    Ok(raw)
}
