//! Stories of one article: `minute who verb rest`. `ada` is an agent, `cy` a supervisor.
//!
//! `writes draft|published|retired [for=inside] [text=…] [seen=…] [same-sense] [leaking] [rude] [because …] [since …]`:
//! what changed stands after `since`, why its words stand after `because`.

use super::*;
use crate::AgentId;
use crate::site::Agent;
use crate::stories::name_of;
use crate::ticket::Block;

struct Story {
    site: Site,
    article: Option<Article>,
}

impl Story {
    fn new() -> Self {
        let mut site = Site { policy_version: 1, ..Site::default() };
        for (id, name, role) in [(1, "ada", Role::Agent), (3, "cy", Role::Supervisor)] {
            let agent = Agent::new(AgentId(id), name.into(), format!("{name}@example.com"), role);
            site.agents.insert(agent.id, agent);
        }
        Story { site, article: None }
    }

    fn does(&mut self, line: &str) -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        let by = match words[1] {
            "ada" => By::Agent(AgentId(1)),
            "cy" => By::Agent(AgentId(3)),
            _ => By::Stranger,
        };
        let command = match words[2] {
            "removes" => Command::Remove { key: "ink".into() },
            _ => Command::Write(Box::new(self.writing(line, &words[3..]))),
        };
        match decide(&self.site, by, self.article.as_ref(), command) {
            Err(refusal) => format!("refused={}", name_of(&refusal.kind)),
            Ok(events) => {
                self.article = events.iter().fold(self.article.take(), evolve);
                let told = |e: &Event| if change(e).is_some() { ", told" } else { "" };
                events.iter().map(|e| format!("{}{}", name_of(e), told(e))).collect::<Vec<_>>().join(", ")
            }
        }
    }

    fn writing(&self, line: &str, words: &[&str]) -> Writing {
        let said = |word: &str| words.contains(&word);
        let value = |name: &str| words.iter().find_map(|w| w.strip_prefix(name));
        let after = |mark: &str| line.split_once(mark).map_or("", |(_, rest)| rest).to_owned();
        let before = self.article.as_ref();
        let written = Written {
            title: value("title=").unwrap_or("Ink").into(),
            language: "en".into(),
            topics: vec![],
            audience: if said("for=inside") { Audience::Inside } else { Audience::Customers },
            state: State::ALL.into_iter().find(|s| said(s.word())).expect("a state"),
            review: value("review=").map(|d| d.parse().unwrap()),
            text: value("text=").unwrap_or("Turn-it.").into(),
        };
        let rude = Block { rule: "insult.person".into(), say: "This is an insult.".into() };
        Writing {
            id: ArticleId(7),
            key: value("key=").unwrap_or("ink").into(),
            seen: value("seen=").map_or(before.map_or(0, |b| b.version), |v| v.parse().unwrap()),
            written,
            what: after(" since "),
            same_sense: said("same-sense"),
            reading: Reading {
                leaks: if said("leaking") { vec!["This names a machine of ours.".into()] } else { vec![] },
                blocks: if said("rude") { vec![rude] } else { vec![] },
                reason: after(" because "),
            },
        }
    }
}

#[test]
fn every_story_of_an_article_holds() {
    crate::stories::all_hold("articles", || {
        let mut story = Story::new();
        move |line: &str| story.does(line)
    });
}
