//! The words of files instead of a desk's: `warmline lint` and `warmline lsp`.

pub(crate) mod lint;
pub(crate) mod lsp;
mod place;
mod report;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use warmline_etiquette::{Channel, Context, Engine, Finding, Language, Person, Promise, READ_BYTES, shipped};
use warmline_spelling::{Dialect, Speller, Vocabulary};

/// What reads: the shipped rules, the house's own, and spelling if it is wanted.
pub(crate) struct Words {
    engine: Engine,
    speller: Option<Speller>,
    now: jiff::Zoned,
}

/// A text with what is known of it.
pub(crate) struct Draft {
    pub(crate) text: String,
    pub(crate) context: Context,
    /// Names on it: no slips.
    pub(crate) names: Vec<String>,
}

pub(crate) struct Read {
    pub(crate) language: Language,
    pub(crate) findings: Vec<Finding>,
    pub(crate) promises: Vec<Promise>,
}

impl Words {
    /// With the house's own rules from `folder/en/*.toml` and `folder/de/*.toml` (or `folder/*.toml`, English).
    pub(crate) fn new(own: Option<&Path>, zone: jiff::tz::TimeZone) -> Result<Words, String> {
        let own = own.map_or(Ok(vec![]), own_rules)?;
        let packs = shipped::packs(&own).map_err(|mistake| mistake.to_string())?;
        let engine = Engine::new(packs, BTreeMap::new());
        prove(&engine, &own)?;
        Ok(Words { engine, speller: None, now: jiff::Timestamp::now().to_zoned(zone) })
    }

    /// Also spelling; German if its dictionary is there.
    pub(crate) fn with_spelling(&mut self, german: &Path, vocabulary: &Vocabulary) -> Option<String> {
        let plain = || Speller::new(vocabulary.clone(), Dialect::Either);
        let (speller, missing) = match plain().with_german(german) {
            Ok(speller) => (speller, None),
            Err(why) => (plain(), Some(why)),
        };
        self.speller = Some(speller);
        missing
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Everything but what only a desk can know: whether a promise is on its record.
    pub(crate) fn read(&mut self, draft: &Draft) -> Read {
        let language = draft.context.language.unwrap_or_else(|| Language::guess(&draft.text));
        let context = Context { now: Some(self.now.clone()), language: Some(language), ..draft.context.clone() };
        let verdict = self.engine.check(&draft.text, &context);
        let mut findings = verdict.findings;
        findings.retain(|f| f.rule != "promise.no-record");
        if let Some(speller) = &mut self.speller {
            findings.extend(speller.check(&draft.text, language, &Vocabulary::of(&draft.names)));
        }
        findings.sort_by_key(|f| (f.span.start, f.span.end));
        Read { language, findings, promises: verdict.promises }
    }
}

/// A draft from the bytes of a file, by the ending of its name: a mail, Markdown, or plain text.
pub(crate) fn draft(path: &Path, bytes: Vec<u8>, channel: Option<Channel>) -> Result<Draft, String> {
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    if ending == "eml" {
        return mail(&bytes, channel);
    }
    let text = String::from_utf8(bytes).map_err(|e| {
        format!("is not UTF-8 (byte {} is wrong). Save it as UTF-8 and try again.", e.utf8_error().valid_up_to() + 1)
    })?;
    if text.len() > READ_BYTES {
        return Err(format!("has {} bytes; at most {READ_BYTES} are read at once. Split it.", text.len()));
    }
    let markdown = ["md", "markdown"].contains(&ending.as_str());
    let usual = if markdown { Channel::Article } else { Channel::Mail };
    let text = if markdown { without_front_matter(&text) } else { text };
    let context = Context { channel: channel.unwrap_or(usual), ..Context::default() };
    Ok(Draft { text, context, names: vec![] })
}

fn mail(bytes: &[u8], channel: Option<Channel>) -> Result<Draft, String> {
    let mail = warmline_mail::read(bytes).map_err(|why| format!("is no mail: {}", why.0))?;
    if mail.text.len() > READ_BYTES {
        return Err(format!("has {} bytes of text; at most {READ_BYTES} are read at once.", mail.text.len()));
    }
    let customer = mail.to.first().map_or_else(Person::default, |to| Person {
        name: to.name.clone(),
        addresses: vec![to.address.clone()],
        phones: vec![],
    });
    let people = mail.from.iter().chain(&mail.to).chain(&mail.cc);
    let names = people.map(|p| p.name.clone()).collect();
    let context = Context {
        channel: channel.unwrap_or(Channel::Mail),
        customer,
        author: mail.from.map(|f| f.name).unwrap_or_default(),
        attachments: mail.parts.len(),
        first: mail.refers_to.is_empty(),
        ..Context::default()
    };
    Ok(Draft { text: mail.text, context, names })
}

/// Front matter as blanks: places stay what they are.
fn without_front_matter(text: &str) -> String {
    let Some(rest) = text.strip_prefix("---\n") else { return text.to_owned() };
    let Some(end) = rest.find("\n---\n").map(|at| at + 4 + "\n---\n".len()) else { return text.to_owned() };
    let blank: String = text[..end].bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }).collect();
    blank + &text[end..]
}

type OwnRules = Vec<(Language, String, String)>;

fn own_rules(folder: &Path) -> Result<OwnRules, String> {
    let mut own = vec![];
    for (language, folder) in [
        (Language::English, folder.join("en")),
        (Language::German, folder.join("de")),
        (Language::English, folder.into()),
    ] {
        for path in rule_files(&folder)? {
            let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            own.push((language, path.display().to_string(), text));
        }
    }
    if own.is_empty() {
        return Err(format!("{}: there are no rules (*.toml, en/*.toml, de/*.toml) in it.", folder.display()));
    }
    Ok(own)
}

fn rule_files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(vec![]),
        Err(e) => return Err(format!("{}: {e}. Name a folder of rule files.", folder.display())),
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "toml"));
    paths.sort();
    Ok(paths)
}

/// A file whose examples fail is refused, with the line.
fn prove(engine: &Engine, own: &OwnRules) -> Result<(), String> {
    for pack in engine.packs() {
        for rule in pack.rules.iter().filter(|r| own.iter().any(|(_, name, _)| *name == r.file)) {
            let wrong = shipped::prove(engine, std::iter::once(rule), pack.language);
            if let Some(first) = wrong.first() {
                let text = own.iter().find(|(_, name, _)| *name == rule.file).map_or("", |(.., text)| text);
                let line = text.find(&rule.source.id).map_or(1, |at| text[..at].matches('\n').count() + 1);
                return Err(format!("{}, line {line}: {first}", rule.file));
            }
        }
    }
    Ok(())
}
