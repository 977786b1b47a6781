//! Articles of the house: read before they are published; who was given one hears when it says something else; what an
//! answer brings with it.

use std::collections::BTreeMap;

use warmline_domain::article::{self, Article, Command, Writing};
use warmline_domain::journal::Stream;
use warmline_domain::limits::ARTICLE_TOLD;
use warmline_domain::ticket::articles::{Brought, How};
use warmline_domain::ticket::honesty::Ground;
use warmline_domain::ticket::{self, Report};
use warmline_domain::{ArticleId, By, Refusal};
use warmline_store::Fault;

use crate::announce::Topic;
use crate::core::Unit;
use crate::reading;
use crate::wish::{DeskError, Outcome};

impl Unit<'_> {
    pub(crate) async fn article_wish(&mut self, by: By, mut command: Command) -> Result<Outcome, DeskError> {
        let (fresh, key) = match &mut command {
            Command::Write(writing) => {
                self.plausible(writing.id.0)?;
                writing.reading = self.article_reading(by, writing).await?;
                (writing.id, writing.key.clone())
            }
            Command::Remove { key } => (ArticleId(0), key.clone()),
        };
        let before = self.core.store.articles().await?.into_iter().find(|(_, a)| a.value.key == key);
        let known = before.as_ref().map(|(_, a)| &a.value);
        let events = article::decide(&self.site.value, by, known, command)?;
        if events.is_empty() {
            return Ok(Outcome::Done);
        }
        let after = events.iter().fold(known.cloned(), article::evolve);
        let (id, head) = match before {
            Some((id, a)) => (id, a.head),
            // It may have been taken away before, and its form come again.
            None => (fresh, self.core.store.article_head(fresh).await?),
        };
        let policy = self.site.value.policy_version;
        self.batch.of_library(Stream::Article(id.0), head, after.as_ref(), &events, by, self.now, policy);
        if let Some(article) = &after {
            self.batch.index_article(id, article);
        }
        for change in events.iter().filter_map(article::change) {
            for ticket in self.core.store.tickets_given(&change.article, ARTICLE_TOLD).await? {
                self.news(ticket, Report::ArticleChanged(change.clone())).await?;
            }
        }
        self.announce(Topic::Site);
        Ok(Outcome::Done)
    }

    /// What the page said while it was typed counts for nothing; it is read here again.
    async fn article_reading(&self, by: By, writing: &Writing) -> Result<ticket::Reading, Fault> {
        let site = &self.site.value;
        let text = reading::article_text(&writing.written);
        let language = &writing.written.language;
        let context = reading::article_context(&self.core.store, site, by.agent(), language, &text).await?;
        let verdict = self.core.words().engine(&site.wording).check(&text, &context);
        Ok(reading::reading(&verdict, &writing.reading.reason))
    }

    /// The grounds with their articles as they are now, and the articles that go with the text.
    pub(crate) async fn with_articles(
        &self,
        text: &str,
        grounds: &[Ground],
    ) -> Result<(Vec<Ground>, Vec<Brought>), DeskError> {
        let all = self.core.store.articles().await?;
        let library: BTreeMap<&str, &Article> = all.iter().map(|(_, a)| (a.value.key.as_str(), &a.value)).collect();
        let mut brought: BTreeMap<&str, How> = BTreeMap::new();
        for article in library.values().filter(|a| a.is_public() && article::quotes(&a.written.text, text)) {
            brought.insert(&article.key, How::Quoted);
        }
        let mentioned = article::mentioned(text);
        for key in mentioned.iter().filter_map(|key| library.get_key_value(key)).map(|(key, _)| *key) {
            brought.insert(key, How::Mentioned);
        }
        let mut stands_on = Vec::with_capacity(grounds.len());
        for ground in grounds {
            let Ground::Article(key, _) = ground else {
                stands_on.push(ground.clone());
                continue;
            };
            let Some(article) = library.get(key.as_str()).filter(|a| a.is_current()) else {
                return Err(Refusal::input(
                    format!("There is no published article “{key}” to stand on."),
                    "Choose one from the list, or say what else it stands on. Your text is kept.",
                )
                .into());
            };
            stands_on.push(Ground::Article(key.clone(), article.version));
            brought.entry(&article.key).or_insert(How::StoodOn);
        }
        let of = |(key, how): (&str, How)| {
            let article = library.get(key)?;
            let title = article.written.title.clone();
            Some(Brought { article: key.to_owned(), title, version: article.version, how })
        };
        Ok((stands_on, brought.into_iter().filter_map(of).collect()))
    }
}
