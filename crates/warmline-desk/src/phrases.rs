//! Phrases of the house: written, replaced, taken away; read by the engine before they are kept.

use warmline_domain::journal::Stream;
use warmline_domain::phrase::{self, Command, Phrase};
use warmline_domain::{By, PhraseId, Refusal};
use warmline_etiquette::{Channel, Context, Language, Level};

use crate::core::Unit;
use crate::reading;
use crate::wish::{DeskError, Outcome};

impl Unit<'_> {
    pub(crate) async fn phrase_wish(&mut self, by: By, command: Command) -> Result<Outcome, DeskError> {
        let key = match &command {
            Command::Write { id, key, .. } => {
                self.plausible(id.0)?;
                key.clone()
            }
            Command::Remove { key } => key.clone(),
        };
        let own = self.core.store.phrases().await?;
        let before = own.into_iter().find(|(_, p)| p.value.key == key);
        let known = before.as_ref().map(|(_, p)| &p.value);
        let fresh = match &command {
            Command::Write { id, .. } => *id,
            Command::Remove { .. } => PhraseId(0),
        };
        let events = phrase::decide(&self.site.value, by, known, command)?;
        if events.is_empty() {
            return Ok(Outcome::Done);
        }
        let after = events.iter().fold(known.cloned(), phrase::evolve);
        if let Some(phrase) = &after {
            self.reads_well(phrase)?;
        }
        let (id, head) = before.map_or((fresh, Default::default()), |(id, p)| (id, p.head));
        let policy = self.site.value.policy_version;
        self.batch.of_library(Stream::Phrase(id.0), head, after.as_ref(), &events, by, self.now, policy);
        self.announce(crate::announce::Topic::Site);
        Ok(Outcome::Done)
    }

    fn reads_well(&self, phrase: &Phrase) -> Result<(), Refusal> {
        phrase.texts.iter().try_for_each(|(language, text)| self.may_be_kept(text, Some(Language::of(language))))
    }

    /// What would be stopped in an answer is kept for no answer to come: not in a phrase, not in an automatic mail.
    pub(crate) fn may_be_kept(&self, text: &str, language: Option<Language>) -> Result<(), Refusal> {
        let inside = reading::inside(&self.site.value, None);
        let context = Context { channel: Channel::Phrase, language, inside, ..Context::default() };
        let verdict = self.core.words().engine(&self.site.value.wording).check(text, &context);
        match verdict.findings.iter().find(|f| f.level == Level::Block) {
            None => Ok(()),
            Some(found) => Err(Refusal::input(
                format!("“{}” cannot stand in what goes out. {}", &text[found.span.clone()], found.say),
                "Say it in other words and save again. Your text is kept.",
            )),
        }
    }
}
