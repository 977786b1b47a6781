//! Somebody signs in no more: what they have goes to a colleague in the same step, so that no customer is left with
//! somebody who is gone.

use super::{Event, Site};
use crate::limits::HELD_AT_ONCE;
use crate::{AgentId, Refusal};

/// What somebody has who is to leave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Tickets that are not solved.
    pub tickets: usize,
    /// Open promises, also on tickets of others.
    pub promises: usize,
    /// Time kept in their calendar for what was promised.
    pub follow_ups: usize,
}

impl Held {
    pub fn is_nothing(&self) -> bool {
        *self == Held::default()
    }
}

/// “2 tickets, 1 promise and 3 follow-ups”.
impl std::fmt::Display for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let all = [(self.tickets, "ticket"), (self.promises, "promise"), (self.follow_ups, "follow-up")];
        let some: Vec<String> = all
            .into_iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, what)| format!("{n} {what}{}", if n == 1 { "" } else { "s" }))
            .collect();
        match some.split_last() {
            Some((last, [])) => write!(f, "{last}"),
            Some((last, others)) => write!(f, "{} and {last}", others.join(", ")),
            None => write!(f, "nothing"),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Leaving {
    pub id: AgentId,
    /// Who takes over what they have.
    pub to: Option<AgentId>,
    pub held: Held,
}

pub(super) fn decide(site: &Site, Leaving { id, to, held }: Leaving) -> Result<Vec<Event>, Refusal> {
    let agent = site.agents.get(&id).ok_or_else(|| Refusal::missing("agent"))?;
    if !agent.active {
        return Ok(vec![]);
    }
    if held.tickets >= HELD_AT_ONCE || held.promises >= HELD_AT_ONCE {
        return Err(Refusal::state(
            format!("{} has more than {HELD_AT_ONCE} tickets or promises, too many to hand over at once.", agent.name),
            "Give some of them to others first.",
        ));
    }
    let takes = to.filter(|to| *to != id).and_then(|to| site.agents.get(&to)).is_some_and(|a| a.active);
    if !held.is_nothing() && !takes {
        return Err(Refusal::state(
            format!("{} has {held}, and nobody would look after them.", agent.name),
            "Choose who takes them over.",
        ));
    }
    super::change_agent(site, id, &agent.name.clone(), agent.role, false)
}

#[cfg(test)]
mod tests {
    use super::super::{Agent, Command, Role, decide, evolve};
    use super::*;
    use crate::{By, refusal};

    const ADA: AgentId = AgentId(1);
    const BEN: AgentId = AgentId(2);
    const CY: AgentId = AgentId(3);

    fn site() -> Site {
        let agent = |id, name: &str, role| Agent::new(id, name.into(), format!("{name}@example.com"), role);
        let people = [
            agent(ADA, "Ada", Role::Administrator),
            agent(BEN, "Ben", Role::Agent),
            Agent { active: false, ..agent(CY, "Cy", Role::Agent) },
        ];
        Site { agents: people.into_iter().map(|a| (a.id, a)).collect(), ..Site::default() }
    }

    fn leaves(id: AgentId, to: Option<AgentId>, held: Held) -> Command {
        Command::Leaves(Leaving { id, to, held })
    }

    #[test]
    fn what_somebody_has_goes_to_a_colleague_who_is_here() {
        let held = Held { tickets: 2, promises: 1, follow_ups: 3 };
        let why = |to| decide(&site(), By::Agent(ADA), leaves(BEN, to, held.clone())).unwrap_err().why;
        assert_eq!(why(None), "Ben has 2 tickets, 1 promise and 3 follow-ups, and nobody would look after them.");
        assert_eq!((why(Some(BEN)), why(Some(CY))), (why(None), why(None)));
        let events = decide(&site(), By::Agent(ADA), leaves(BEN, Some(ADA), held)).unwrap();
        assert!(!events.iter().fold(site(), evolve).agents[&BEN].active);
        assert!(decide(&site(), By::Agent(ADA), leaves(BEN, None, Held::default())).is_ok(), "nothing to take over");
        assert_eq!(decide(&site(), By::Agent(ADA), leaves(CY, None, Held::default())), Ok(vec![]));
    }

    #[test]
    fn nobody_is_switched_off_past_it() {
        let off = Command::ChangeAgent { id: BEN, name: "Ben".into(), role: Role::Agent, active: false };
        assert!(decide(&site(), By::Agent(ADA), off).unwrap_err().why.contains("handed over"));
        let agent = decide(&site(), By::Agent(BEN), leaves(BEN, None, Held::default())).unwrap_err();
        assert_eq!(agent.kind, refusal::Kind::Permission);
        let last = decide(&site(), By::Agent(ADA), leaves(ADA, Some(BEN), Held::default())).unwrap_err();
        assert!(last.why.contains("only administrator"));
        let many = Held { tickets: HELD_AT_ONCE, ..Held::default() };
        assert!(decide(&site(), By::Agent(ADA), leaves(BEN, Some(ADA), many)).unwrap_err().why.contains("too many"));
    }
}
