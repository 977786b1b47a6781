//! `warmline lint`: what the desk would say about a file.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use warmline_etiquette::{Channel, Language, Level, docs};
use warmline_spelling::Vocabulary;

use super::report::{self, Checked};
use super::{Words, draft};

/// A mail with attachments may be as large as the listener takes; more is nobody's draft.
const FILE_BYTES: u64 = 30 * 1024 * 1024;
/// Folders in folders; what lies deeper is not text of a desk.
const DEPTH: usize = 12;
const ENDINGS: [&str; 4] = ["txt", "md", "markdown", "eml"];

/// Read files as the desk reads what is about to be sent.
///
/// Text, Markdown (.md) and mails (.eml: their text), whole folders, or standard input (-).
/// Ends with 0 when all is well, 1 when something was found, 2 when something could not be read.
#[derive(clap::Args)]
pub(crate) struct Lint {
    /// Files and folders; - is standard input.
    files: Vec<PathBuf>,
    /// en or de; guessed from the text without it.
    #[arg(long)]
    language: Option<String>,
    /// mail, chat, article, phrase or call. Markdown is an article and anything else a mail without it.
    #[arg(long)]
    channel: Option<String>,
    /// A folder of rules of your own: *.toml and en/*.toml (English), de/*.toml (German).
    #[arg(long)]
    rules: Option<PathBuf>,
    /// Tell only findings at or above this: coach, warn or block.
    #[arg(long, default_value = "coach")]
    level: String,
    /// End with 1 from this level on.
    #[arg(long, default_value = "warn")]
    fail_on: String,
    /// human, json or sarif (2.1.0).
    #[arg(long, default_value = "human")]
    format: String,
    /// Also tell the promises, with their times.
    #[arg(long)]
    promises: bool,
    /// Also look for spelling and common slips; takes a second to start.
    #[arg(long)]
    spelling: bool,
    /// A file of words that are right: names, products.
    #[arg(long)]
    vocabulary: Option<PathBuf>,
    /// Tell what a rule is, with its examples, and end.
    #[arg(long)]
    explain: Option<String>,
    /// Write the documentation of all rules in Markdown, and end.
    #[arg(long)]
    docs: bool,
}

/// Where the German dictionary lies, and which zone promises are read in.
pub(crate) struct Machine {
    pub(crate) german: PathBuf,
    pub(crate) zone: jiff::tz::TimeZone,
}

/// The exit code; what went wrong is told already.
pub(crate) fn lint(wanted: &Lint, machine: Machine) -> u8 {
    match run(wanted, machine) {
        Ok(code) => code,
        Err(why) => {
            eprintln!("{why}");
            2
        }
    }
}

fn run(wanted: &Lint, machine: Machine) -> Result<u8, String> {
    let mut words = Words::new(wanted.rules.as_deref(), machine.zone)?;
    if wanted.docs {
        return print(&docs::markdown(words.engine().packs())).map(|()| 0);
    }
    if let Some(id) = &wanted.explain {
        return explain(&words, id).map(|()| 0);
    }
    let (level, fail_on) = (level(&wanted.level)?, level(&wanted.fail_on)?);
    let form = report::Form::of(&wanted.format)?;
    let language = language(wanted.language.as_deref())?;
    let channel = channel(wanted.channel.as_deref())?;
    let paths = paths(&wanted.files)?;
    let mut unread = 0;
    if wanted.spelling {
        let missing = words.with_spelling(&machine.german, &vocabulary(wanted.vocabulary.as_deref())?);
        missing.into_iter().for_each(|why| eprintln!("{why} German is read without spelling."));
    }
    let mut checked = vec![];
    for path in paths {
        match bytes(&path).and_then(|b| draft(&path, b, channel)) {
            Ok(mut draft) => {
                draft.context.language = language;
                let mut read = words.read(&draft);
                read.findings.retain(|f| f.level >= level);
                checked.push(Checked { path, channel: draft.context.channel, text: draft.text, read });
            }
            Err(why) => {
                unread += 1;
                eprintln!("{}: {why}", path.display());
            }
        }
    }
    print(&report::tell(form, &checked, words.engine(), wanted.promises))?;
    let worst = checked.iter().flat_map(|c| &c.read.findings).map(|f| f.level).max();
    Ok(if unread > 0 { 2 } else { u8::from(worst.is_some_and(|w| w >= fail_on)) })
}

/// A reader that goes away early (`| head`) is no error.
fn print(text: &str) -> Result<(), String> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(format!("The report cannot be written: {e}")),
        _ => Ok(()),
    }
}

fn explain(words: &Words, id: &str) -> Result<(), String> {
    let rules: Vec<_> = words.engine().packs().flat_map(|p| &p.rules).collect();
    if let Some(rule) = rules.iter().find(|r| r.source.id == id) {
        return print(&docs::explain(rule));
    }
    let topic = id.split('.').next().unwrap_or_default();
    let near: Vec<&str> =
        rules.iter().map(|r| r.source.id.as_str()).filter(|r| r.split('.').next() == Some(topic)).collect();
    let hint = if near.is_empty() {
        "warmline lint --docs tells all.".into()
    } else {
        format!("There are {}.", near.join(", "))
    };
    Err(format!("There is no rule {id}. {hint}"))
}

fn level(word: &str) -> Result<Level, String> {
    Level::of(word).ok_or_else(|| format!("“{word}” is no level. Levels are coach, warn and block."))
}

fn language(code: Option<&str>) -> Result<Option<Language>, String> {
    let Some(code) = code else { return Ok(None) };
    match Language::of(code) {
        Language::Other => Err(format!("There are no rules for “{code}”. Languages are en and de.")),
        language => Ok(Some(language)),
    }
}

pub(crate) fn channel(word: Option<&str>) -> Result<Option<Channel>, String> {
    let Some(word) = word else { return Ok(None) };
    let known = || Channel::ALL.map(Channel::word).join(", ");
    Channel::of(word).map(Some).ok_or_else(|| format!("“{word}” is no channel. Channels are {}.", known()))
}

fn vocabulary(path: Option<&Path>) -> Result<Vocabulary, String> {
    let Some(path) = path else { return Ok(Vocabulary::default()) };
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(Vocabulary::of(text.lines()))
}

/// What to read: the files named, and the texts in the folders named.
fn paths(named: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    if named.is_empty() {
        return Err("Name files or folders to read, or - for standard input.".into());
    }
    let mut paths = vec![];
    for path in named {
        if path.is_dir() {
            let before = paths.len();
            walk(path, DEPTH, &mut paths)?;
            if paths.len() == before {
                return Err(format!("{}: there are no texts ({}) in it.", path.display(), ENDINGS.join(", ")));
            }
        } else {
            paths.push(path.clone());
        }
    }
    Ok(paths)
}

fn walk(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>) -> Result<(), String> {
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut found: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    found.sort();
    for path in found {
        let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        let text = path.extension().is_some_and(|e| ENDINGS.contains(&&*e.to_string_lossy().to_lowercase()));
        if path.is_dir() && !path.is_symlink() && !hidden && depth > 0 {
            walk(&path, depth - 1, paths)?;
        } else if path.is_file() && text && !hidden {
            paths.push(path);
        }
    }
    Ok(())
}

fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = vec![];
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(FILE_BYTES + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|f| f.take(FILE_BYTES + 1).read_to_end(&mut bytes))
    };
    read.map_err(|e| format!("cannot be read: {e}"))?;
    if bytes.len() as u64 > FILE_BYTES {
        return Err(format!("is larger than {} MB and not read.", FILE_BYTES / 1024 / 1024));
    }
    Ok(bytes)
}
