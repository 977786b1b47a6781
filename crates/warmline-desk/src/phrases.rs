//! Phrases of the house: written, replaced, taken away; read by the engine before they are kept.

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
        self.batch.phrase(head, id, after.as_ref(), &events, by, self.now, policy);
        self.announce(crate::announce::Topic::Site);
        Ok(Outcome::Done)
    }

    /// What would be stopped in an answer is no phrase.
    fn reads_well(&self, phrase: &Phrase) -> Result<(), Refusal> {
        let engine = self.core.words().engine(&self.site.value.wording);
        for (language, text) in &phrase.texts {
            let context = Context {
                channel: Channel::Phrase,
                language: Some(Language::of(language)),
                inside: reading::inside(&self.site.value, None),
                ..Context::default()
            };
            let verdict = engine.check(text, &context);
            if let Some(found) = verdict.findings.iter().find(|f| f.level == Level::Block) {
                return Err(Refusal::input(
                    format!("“{}” does not go into a phrase. {}", &text[found.span.clone()], found.say),
                    "Say it in other words and save again. Your text is kept.",
                ));
            }
        }
        Ok(())
    }
}
