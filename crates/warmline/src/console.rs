//! People who work here, from the command line of the machine.

use std::io::Read;

use jiff::Timestamp;
use warmline_desk::edge::Edge;
use warmline_desk::{Core, Recordings, Wish};
use warmline_domain::site::{Command, Role};
use warmline_domain::{AgentId, By};
use warmline_store::SignInFailures;

use crate::config::Config;
use crate::serve::existing_store;

/// Identifiers made here never meet those of a running desk.
pub(crate) const CONSOLE_NODE: u16 = 1023;

/// A running desk keeps its view of who works here; it looks again when its own next change of the site collides with
/// this one, or at its next start.
pub(crate) async fn add(config: &Config, email: &str, name: &str, role: &str) -> Result<(), String> {
    let role: Role = role.parse().map_err(|r: warmline_domain::Refusal| r.to_string())?;
    let hash = warmline_web::password_hash(&read_password()?).map_err(|r| r.to_string())?;
    let store = existing_store(config).await?;
    let mut edge = Edge::system(CONSOLE_NODE);
    let now = Timestamp::now();
    let id: AgentId = edge.mint(now);
    let mut core = Core::load(store.clone(), edge, Recordings::default()).await.map_err(|e| e.to_string())?;
    let mut batch = store.batch();
    batch.password(id, &hash);
    store.commit(batch).await.map_err(|e| e.to_string())?;
    let command = Command::AddAgent { id, name: name.into(), email: email.into(), role };
    let stepped = core.step(vec![Wish::Site { by: By::Console, command }], now).await;
    stepped.outcomes.into_iter().next().unwrap_or(Ok(warmline_desk::Outcome::Done)).map_err(|e| e.to_string())?;
    println!("{name} can sign in with {email} as {}. A running desk knows after a restart.", role.word());
    Ok(())
}

pub(crate) async fn password(config: &Config, email: &str) -> Result<(), String> {
    let hash = warmline_web::password_hash(&read_password()?).map_err(|r| r.to_string())?;
    let store = existing_store(config).await?;
    let site = store.load_site().await.map_err(|f| f.to_string())?.value;
    let agent =
        site.agent_by_email(email).ok_or_else(|| format!("Nobody signs in with {email}. See “warmline user list”."))?;
    let mut batch = store.batch();
    batch.password(agent.id, &hash);
    batch.end_sessions_of(agent.id);
    batch.sign_in_failures(&agent.email, SignInFailures::default());
    store.commit(batch).await.map_err(|e| e.to_string())?;
    println!("{} has a new password; their sessions have ended.", agent.name);
    Ok(())
}

pub(crate) async fn list(config: &Config) -> Result<(), String> {
    let site = existing_store(config).await?.load_site().await.map_err(|f| f.to_string())?.value;
    for agent in site.agents.values() {
        let active = if agent.active { "" } else { ", may not sign in" };
        println!("{}  {} ({}{active})", agent.email, agent.name, agent.role.word());
    }
    Ok(())
}

fn read_password() -> Result<String, String> {
    if std::io::IsTerminal::is_terminal(&std::io::stdin()) {
        eprintln!("Password (then Enter and Ctrl+D):");
    }
    let mut text = String::new();
    std::io::stdin().take(4096).read_to_string(&mut text).map_err(|e| e.to_string())?;
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}
