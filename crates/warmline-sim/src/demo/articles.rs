//! The library of the demo, an answer that mentioned one of its articles, and what became of it when that changed.

use jiff::{SignedDuration, Timestamp};
use warmline_desk::Wish;
use warmline_domain::article::{self, Command, Writing};
use warmline_domain::id::Minter;
use warmline_domain::ticket::{Reading, Then, articles};
use warmline_domain::{By, ticket};

use super::{INES, Past, RAVI, draft};
use crate::scripts::HISTORY;

const ARTICLES: [(&str, &str); 11] = [
    ("another-user", include_str!("articles/another-user.md")),
    ("before-you-call", include_str!("articles/before-you-call.md")),
    ("cannot-sign-in", include_str!("articles/cannot-sign-in.md")),
    ("firmware-update-fails", include_str!("articles/firmware-update-fails.md")),
    ("ink-pressure-low", include_str!("articles/ink-pressure-low.md")),
    ("invoice-shows-yesterday", include_str!("articles/invoice-shows-yesterday.md")),
    ("label-printer-offline", include_str!("articles/label-printer-offline.md")),
    ("labels-cut-off", include_str!("articles/labels-cut-off.md")),
    ("prices-of-repairs", include_str!("articles/prices-of-repairs.md")),
    ("pump-sensor-batches", include_str!("articles/pump-sensor-batches.md")),
    ("tintendruck", include_str!("articles/tintendruck.md")),
];

/// Whose matter an article was sent for, that changed since.
const TOLD: &str = "Label printer";
const SENT: &str = "labels-cut-off";
const SENT_TITLE: &str = "Labels are cut off at the edge";

impl Past {
    /// After the tickets are there.
    pub(super) async fn articles(&mut self, now: Timestamp) -> Result<(), String> {
        let begun = now - SignedDuration::from_hours(24 * 30);
        // Of its own: the minter of the past only goes forward, and is past that time by now.
        let mut minter = Minter::new(904);
        for (key, file) in ARTICLES {
            let id = minter.mint(begun);
            self.write(begun, Writing { id, ..writing(key, file, 0, "")? }).await?;
        }
        self.mentioned(now, &mut minter).await?;
        let file = ARTICLES.iter().find(|(key, _)| *key == SENT).map_or("", |(_, file)| file);
        let what = "Printers of this year measure after three blinks; after two they stop.";
        let newer = file.replace("blinks twice", "blinks three times");
        let changed =
            Writing { id: minter.mint(now - SignedDuration::from_mins(5)), ..writing(SENT, &newer, 1, what)? };
        self.write(now - SignedDuration::from_mins(4), changed).await?;
        for (article, times, by_link) in [(SENT, 14, 3), ("cannot-sign-in", 41, 9), ("ink-pressure-low", 6, 2)] {
            let mut batch = self.store.batch();
            (0..times).for_each(|n| batch.article_viewed(article, n < by_link));
            self.store.commit(batch).await.map_err(|e| e.to_string())?;
        }
        Ok(())
    }

    async fn write(&mut self, at: Timestamp, writing: Writing) -> Result<(), String> {
        let command = Command::Write(Box::new(writing));
        self.ask(at, Wish::Article { by: By::Agent(INES), command }).await
    }

    /// Ravi looks it up and sends it.
    async fn mentioned(&mut self, now: Timestamp, minter: &mut Minter) -> Result<(), String> {
        let Some(ticket) = self.called(TOLD).await? else { return Ok(()) };
        let Some(script) = HISTORY.iter().find(|s| s.subject.starts_with(TOLD)) else { return Ok(()) };
        let at = now - SignedDuration::from_mins(9);
        let look = articles::Command::Look { article: SENT.into(), title: SENT_TITLE.into(), version: 1 };
        let by = By::Agent(RAVI);
        self.ask(at, Wish::Ticket { by, ticket, command: ticket::Command::Articles(look) }).await?;
        let text = format!(
            "Hello {},\n\na new roll is often the reason: the printer has to measure it once. The steps are here: \
             [{SENT_TITLE}](https://help.lumenloom.example.com/help/{SENT}?from=answer)\n\nPlease write to me how the \
             next label looks.\n\nRavi",
            script.name.split(' ').next().unwrap_or_default()
        );
        let seen = self.core_seen(ticket).await?;
        let draft = draft(minter.mint(at), seen, script, &text, Then::Keep);
        self.ask(at, Wish::Answer { by, ticket, answer: Box::new(draft) }).await?;
        self.everything_left(at + SignedDuration::from_secs(20)).await
    }
}

fn writing(key: &str, file: &str, seen: u32, what: &str) -> Result<Writing, String> {
    Ok(Writing {
        id: warmline_domain::ArticleId(0),
        key: key.into(),
        seen,
        written: article::parse(key, file)?,
        what: what.into(),
        same_sense: false,
        reading: Reading::default(),
    })
}
