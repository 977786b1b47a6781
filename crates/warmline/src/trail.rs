//! The trail from the command line: exporting one, checking a file, sealing where the journal stands.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use warmline_desk::edge::Edge;
use warmline_desk::seal::Seal;
use warmline_desk::{Core, Outcome, Recordings, Wish, checkpoints};
use warmline_domain::journal::Stream;
use warmline_domain::ticket::Command;
use warmline_domain::ticket::trail::Form;
use warmline_domain::trail::{Chapter, Checked, Trail};
use warmline_domain::{By, TicketId, TicketNumber};
use warmline_store::Store;
use warmline_web::trail::file::{Opened, open};
use warmline_web::trail::{About, Export, Kind};

use crate::config::Config;
use crate::console::CONSOLE_NODE;
use crate::serve::existing_store;

#[derive(Subcommand)]
pub(crate) enum TrailCommand {
    /// Write the signed trail of a ticket into a file.
    Export {
        number: String,
        /// pdf, html or json.
        #[arg(long, default_value = "pdf")]
        form: String,
        /// With notes and reasons, for people inside.
        #[arg(long)]
        inside: bool,
        /// Where to write it; without it, into this folder under its own name.
        #[arg(long)]
        to: Option<PathBuf>,
    },
    /// Say who signed a trail and whether anything was changed since.
    Verify {
        file: PathBuf,
        /// The key it must be signed with: 64 digits, or the file that holds them.
        #[arg(long)]
        key: Option<String>,
        /// The configuration of the desk it came from: hold it against that database and key, too.
        #[arg(long)]
        config: Option<PathBuf>,
    },
    /// Print the public half of this desk’s key.
    Key,
    /// Seal where every stream of the journal stands now; the desk does it daily.
    Checkpoint,
}

pub(crate) async fn run(config: &Config, command: TrailCommand) -> Result<(), String> {
    match command {
        TrailCommand::Export { number, form, inside, to } => export(config, &number, &form, inside, to).await,
        TrailCommand::Verify { file, key, config } => verify(&file, key, config).await,
        TrailCommand::Key => {
            existing_store(config).await?;
            println!("{}", Seal::at(&config.folder).public().map_err(|f| f.to_string())?);
            Ok(())
        }
        TrailCommand::Checkpoint => {
            let store = existing_store(config).await?;
            let (seal, now) = (Seal::at(&config.folder), Timestamp::now());
            let now = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
            let sealed = checkpoints::write(&store, &seal, now).await.map_err(|f| f.to_string())?;
            println!("{sealed} streams moved since the last checkpoint; where they stand is sealed.");
            Ok(())
        }
    }
}

async fn export(config: &Config, number: &str, form: &str, inside: bool, to: Option<PathBuf>) -> Result<(), String> {
    let kind = Kind::of(form).ok_or_else(|| format!("“{form}” is no form of a trail. Use pdf, html or json."))?;
    let number: TicketNumber = number.parse().map_err(|_| format!("“{number}” is not a ticket number."))?;
    let store = existing_store(config).await?;
    let found = store.ticket_by_number(number).await.map_err(|f| f.to_string())?;
    let ticket = found.ok_or_else(|| format!("There is no ticket {number}."))?;
    let site = store.load_site().await.map_err(|f| f.to_string())?.value;
    let (seal, zone) = (Seal::at(&config.folder), config.zone()?);
    let made_with = Export { store: &store, site: &site, seal: &seal, zone: &zone, now: Timestamp::now() };
    let form = if inside { Form::Inside } else { Form::Outside };
    let made = made_with.file(About::Ticket(ticket), form, kind).await;
    let (name, bytes) = made.map_err(|f| f.to_string())?;
    let path = to.unwrap_or_else(|| name.into());
    std::fs::write(&path, bytes).map_err(|e| format!("{}: {e}", path.display()))?;
    println!("Written to {}.", path.display());
    told(&store, ticket, form).await
}

/// That it was exported stands on the ticket. After the file: what is being looked into is read as it was found.
async fn told(store: &Store, ticket: TicketId, form: Form) -> Result<(), String> {
    let edge = Edge::system(CONSOLE_NODE);
    let mut core = Core::load(store.clone(), edge, Recordings::default()).await.map_err(|e| e.to_string())?;
    let wish = Wish::Ticket { by: By::Console, ticket, command: Command::Export { form } };
    let stepped = core.step(vec![wish], Timestamp::now()).await;
    let outcome = stepped.outcomes.into_iter().next().unwrap_or(Ok(Outcome::Done));
    outcome.map(drop).map_err(|e| format!("The file is written, but the ticket does not say so: {e}"))
}

async fn verify(file: &Path, key: Option<String>, config: Option<PathBuf>) -> Result<(), String> {
    let bytes = std::fs::read(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let Opened { kind, trail, key: signed_with, mut checked } = open(&bytes)?;
    tell(&trail, kind, &signed_with);
    if let Some(key) = key {
        known_key(&read_key(&key)?, &signed_with, &mut checked);
    }
    if let Some(path) = config {
        let config = Config::load(&path)?;
        let store = existing_store(&config).await?;
        let ours = Seal::at(&config.folder).public().map_err(|f| f.to_string())?;
        known_key(&ours, &signed_with, &mut checked);
        for chapter in &trail.tickets {
            against_the_desk(&store, chapter, &mut checked).await?;
        }
    }
    for wrong in &checked.wrong {
        println!("! {wrong}");
    }
    if !checked.wrong.is_empty() {
        let count = checked.wrong.len();
        return Err(if count == 1 { "One thing is wrong.".into() } else { format!("{count} things are wrong.") });
    }
    let withheld = match checked.withheld {
        0 => String::new(),
        n => format!(", {n} of them withheld as inside"),
    };
    println!("Nothing was changed: {} entries{withheld}, {} texts, every chain whole.", checked.entries, checked.texts);
    Ok(())
}

fn tell(trail: &Trail, kind: Kind, key: &str) {
    let zone = TimeZone::get(&trail.zone).unwrap_or(TimeZone::UTC);
    let made = trail.made_at.to_zoned(zone).strftime("%-d %b %Y, %H:%M:%S").to_string();
    println!("The trail of {}, as {}, {} form.", trail.about, kind.ending().to_uppercase(), trail.form.word());
    println!("Signed by {} on {made} ({}).", trail.company, trail.zone);
    println!("The key is {key}.");
}

/// Digits as they are, or the file they stand in.
fn read_key(given: &str) -> Result<String, String> {
    let digits = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
    let is_key = |text: &str| text.len() == 64 && text.chars().all(|c| c.is_ascii_hexdigit());
    let key = digits(given);
    if is_key(&key) {
        return Ok(key);
    }
    let read = std::fs::read_to_string(given).map_err(|e| format!("--key {given}: it is no key and no file ({e})."))?;
    let key = digits(&read);
    if is_key(&key) { Ok(key) } else { Err(format!("--key {given}: the file holds no key of 64 digits.")) }
}

fn known_key(expected: &str, signed_with: &str, checked: &mut Checked) {
    if expected == signed_with {
        println!("That is the key you trust.");
    } else {
        checked.wrong.push(format!("It is signed with another key than {expected}; anybody can have made it."));
    }
}

/// What is in the file is still in the database, entry by entry and text by text.
async fn against_the_desk(store: &Store, chapter: &Chapter, checked: &mut Checked) -> Result<(), String> {
    let number = &chapter.number;
    let live = store.journal(Stream::Ticket(chapter.ticket)).await.map_err(|f| f.to_string())?;
    for line in &chapter.entries {
        let same = live.iter().find(|e| e.seq == line.seq).map(|e| hex_of(&e.hash) == line.hash);
        let wrong = match same {
            Some(true) => continue,
            Some(false) => "is another one in the database",
            None => "is gone from the database",
        };
        checked.wrong.push(format!("Entry {} of {number} {wrong}.", line.seq));
    }
    let texts = store.texts(warmline_domain::TicketId(chapter.ticket)).await.map_err(|f| f.to_string())?;
    for text in &chapter.texts {
        if !texts.iter().any(|t| (t.kind, t.id) == (text.kind, text.id) && t.json == text.json) {
            checked.wrong.push(format!("A {} of {number} reads differently in the database.", text.kind.word()));
        }
    }
    let newer = live.len().saturating_sub(chapter.entries.len());
    if newer > 0 {
        println!("{number} has {newer} newer entries on the desk.");
    }
    Ok(())
}

fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The signatures of the checkpoints that the database holds; what they list is checked by the replay.
pub(crate) async fn check_signatures(store: &Store, config: &Config) -> Result<Vec<String>, String> {
    use warmline_desk::seal::{Sealing, signed_by};
    let checkpoints = store.checkpoints().await.map_err(|f| f.to_string())?;
    if checkpoints.is_empty() {
        println!("No checkpoint was sealed yet.");
        return Ok(vec![]);
    }
    let key = Seal::at(&config.folder).public().map_err(|f| f.to_string())?;
    let mut wrong = Vec::new();
    for checkpoint in &checkpoints {
        let (number, day) = (checkpoint.number, checkpoint.at.strftime("%-d %b %Y"));
        if hex_of(&checkpoint.key) != key {
            wrong.push(format!("checkpoint {number} of {day} is signed with another key than this desk’s"));
        } else if !signed_by(&key, Sealing::Checkpoint, &checkpoint.digest, &checkpoint.signature) {
            wrong.push(format!("the signature of checkpoint {number} of {day} does not fit"));
        }
    }
    let last = checkpoints.last().map_or(String::new(), |c| c.at.strftime("%-d %b %Y, %H:%M UTC").to_string());
    println!("{} checkpoints, the last of {last}.", checkpoints.len());
    Ok(wrong)
}
