//! Looking after a desk: is everything in order, backup, restore.

use std::path::Path;
use std::time::Duration;

use warmline_store::{Store, Verdict, private_folder};

use crate::config::Config;
use crate::serve::existing_store;

pub(crate) async fn doctor(config: &Config, replay: bool) -> Result<(), String> {
    let store = existing_store(config).await?;
    store.ping().await.map_err(|f| f.to_string())?;
    println!("The database answers.");
    let site = store.load_site().await.map_err(|f| f.to_string())?;
    println!(
        "{} people, {} queues, {} mailboxes; policy version {}.",
        site.value.agents.len(),
        site.value.queues.len(),
        site.value.mailboxes.len(),
        site.value.policy_version
    );
    for mailbox in site.value.mailboxes.values() {
        let state = store.mailbox_state(mailbox.id).await.map_err(|f| f.to_string())?;
        if !state.error.is_empty() {
            println!("! {} cannot be fetched: {}", mailbox.address, state.error);
        }
        if mailbox.submit.is_none() {
            println!("! {} has no server for sending; answers wait.", mailbox.address);
        }
    }
    println!("{} messages wait to leave.", store.outbox_length().await.map_err(|f| f.to_string())?);
    if replay {
        let verdict = replayed(&store).await?;
        let signatures = crate::trail::check_signatures(&store, config).await?;
        for wrong in &verdict.disagreements {
            println!("! {}: {}", wrong.stream, wrong.what);
        }
        for wrong in &signatures {
            println!("! {wrong}");
        }
        let wrong = verdict.disagreements.len() + signatures.len();
        if wrong > 0 {
            return Err(format!("{wrong} things are not as the journal says."));
        }
        println!(
            "The journal agrees with the rows: {} entries in {} streams, every chain whole.",
            verdict.entries, verdict.streams
        );
    }
    Ok(())
}

/// How often a desk that goes on working is looked at before something counts as wrong.
const LOOKS: usize = 4;

/// Rows and journal are not read at one moment: what was written in between looks wrong once. What is wrong stays so.
async fn replayed(store: &Store) -> Result<Verdict, String> {
    let mut verdict = Verdict::default();
    for look in 0..LOOKS {
        if look > 0 {
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
        verdict = store.replay(|done| eprint!("\r{done} streams read")).await.map_err(|f| f.to_string())?;
        eprintln!();
        if verdict.disagreements.is_empty() {
            break;
        }
    }
    Ok(verdict)
}

/// The database first, then the files: every file the copied database names was there before it.
pub(crate) async fn backup(config: &Config, to: &Path) -> Result<(), String> {
    if to.exists() && to.read_dir().is_ok_and(|mut d| d.next().is_some()) {
        return Err(format!("{} is not empty. Name a new folder; nothing was written.", to.display()));
    }
    let store = existing_store(config).await?;
    private_folder(to).map_err(|f| f.to_string())?;
    store.backup(&to.join("warmline.db")).await.map_err(|f| f.to_string())?;
    let files = copy_folder(&config.blob_folder(), &to.join("files")).map_err(|e| format!("files: {e}"))?;
    copy_key(&config.folder, to)?;
    println!("Backed up to {} with {files} files.", to.display());
    Ok(())
}

pub(crate) fn restore(config: &Config, from: &Path) -> Result<(), String> {
    if config.database_file().exists() {
        return Err(format!(
            "{} holds a desk already; nothing was changed. Stop it and move it away, then restore.",
            config.folder.display()
        ));
    }
    for rest in ["warmline.db-wal", "warmline.db-shm"] {
        if config.folder.join(rest).exists() {
            return Err(format!(
                "{} holds {rest} of another desk; move it away, then restore.",
                config.folder.display()
            ));
        }
    }
    let database = from.join("warmline.db");
    if !database.exists() {
        return Err(format!("{} is no backup: it has no warmline.db.", from.display()));
    }
    private_folder(&config.folder).map_err(|f| f.to_string())?;
    let files = copy_folder(&from.join("files"), &config.blob_folder()).map_err(|e| format!("files: {e}"))?;
    copy_key(from, &config.folder)?;
    // The database comes last and under its name only when whole.
    let partial = config.folder.join("warmline.db.partial");
    std::fs::copy(&database, &partial)
        .and_then(|_| std::fs::File::open(&partial)?.sync_all())
        .and_then(|()| std::fs::rename(&partial, config.database_file()))
        .map_err(|e| format!("{}: {e}", database.display()))?;
    println!("Restored with {files} files. “warmline doctor --replay” checks it.");
    Ok(())
}

/// The key that signs: without it, what was sealed could not be known again.
fn copy_key(from: &Path, to: &Path) -> Result<(), String> {
    let key = from.join(warmline_desk::seal::FILE);
    if !key.exists() {
        return Ok(());
    }
    std::fs::copy(&key, to.join(warmline_desk::seal::FILE)).map(|_| ()).map_err(|e| format!("{}: {e}", key.display()))
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<usize> {
    if !from.exists() {
        return Ok(0);
    }
    std::fs::create_dir_all(to)?;
    let mut copied = 0;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copied += copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
            copied += 1;
        }
    }
    Ok(copied)
}
