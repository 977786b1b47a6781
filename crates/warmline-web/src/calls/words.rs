//! What happened on a call, in the sentences of a ticket's timeline.

use warmline_domain::AgentId;
use warmline_domain::floor::entrance::Turned;
use warmline_domain::floor::quality::{Grade, Quality};
use warmline_domain::floor::{Ending, Step, Target};
use warmline_domain::site::Site;

/// `who` is shown as the one who did it. `None`: nothing a reader needs.
pub(crate) fn sentence(step: &Step, who: &str, site: &Site) -> Option<String> {
    let name = |id: &AgentId| site.agents.get(id).map_or_else(|| "a former colleague".into(), |a| a.name.clone());
    let to = |target: &Target, found: &Option<AgentId>| match (target, found) {
        (Target::Queue(queue), found) => {
            let queue = site.queues.get(queue).map_or("another queue", |q| &q.name).to_owned();
            found.as_ref().map_or_else(|| queue.clone(), |agent| format!("{} in {queue}", name(agent)))
        }
        (Target::Agent(agent), _) => name(agent),
        (Target::Outside(number), _) => number.open().cloned().unwrap_or_else(|| "an outside number".into()),
    };
    Some(match step {
        Step::Arrived { .. } => "Called us".into(),
        Step::TurnedAway { why: Turned::Closed(_) } => "Heard that we are closed and when we open".into(),
        Step::TurnedAway { why: Turned::Full } => "Heard that every place in line is taken".into(),
        Step::MessageBegan { .. } => "Is leaving a message".into(),
        Step::MessageLeft { seconds, .. } => format!("Left a message of {}", span(*seconds)),
        Step::CallbackAsked { promised: None } => {
            "Kept their place in line and hung up; we call them in their turn".into()
        }
        Step::CallbackAsked { promised: Some(_) } => "Asked to be called when we are open; we promised it".into(),
        Step::Announced { position, range, .. } => {
            let wait = range.map(|r| format!(", and that it takes {}", r.in_words())).unwrap_or_default();
            format!("Heard that they are number {position}{wait}")
        }
        Step::PlaceTakenUp { .. } => "We owed them a call; they have their place back".into(),
        Step::Overflowed { to } => {
            let queue = site.queues.get(to).map_or("another queue", |q| &q.name);
            format!("Went on to {queue}: the line was too long")
        }
        Step::Called { agent, .. } => format!("{} calls the customer", name(agent)),
        Step::NotReached { how } => format!("Not reached: {}", ending(*how)),
        Step::NotPlaced { .. } => "The call was not placed: our own phone was not picked up".into(),
        Step::NotTaken { agent, how } => format!("It rang for {}: {}", name(agent), ending(*how)),
        Step::Answered { agent, seconds } => format!("{} answered after {}", name(agent), span(*seconds)),
        Step::HoldAsked { reason, minutes } => {
            format!("{who} asked to hold for {minutes} min: {reason}")
        }
        Step::HoldRefused => "The caller would rather not hold".into(),
        Step::Held { minutes, asked: true, .. } => format!("The caller agreed; on hold, {minutes} min promised"),
        Step::Held { asked: false, .. } => format!("{who} put the caller on hold without asking"),
        Step::HoldExtended { minutes } => format!("{who} asked for {minutes} more min"),
        Step::HoldOverran { times: 1 } => "The promised hold time has passed".into(),
        Step::HoldOverran { .. } => "Still on hold well past the promised time; the supervisor was alerted".into(),
        Step::Resumed { seconds } => format!("Back on the line after {}", span(*seconds)),
        Step::Consulted { target, agent, agreed, complete, reason, .. } => {
            let agreed = if *agreed { "the caller agreed" } else { "the caller was not asked" };
            let brief = if *complete { "" } else { "; the brief is not complete" };
            let because = if reason.trim().is_empty() { String::new() } else { format!(" ({reason})") };
            format!("{who} consults {}{because}: {agreed}{brief}", to(target, agent))
        }
        Step::ConsultAnswered { seconds } => format!("They answered after {}", span(*seconds)),
        Step::ConsultEnded { how } => format!("The consultation ended: {}; back to the caller", ending(*how)),
        Step::CameBack => format!("{who} went back to the caller"),
        Step::Introduced => format!("{who} introduced the caller; all three are on the line"),
        Step::Completed { introduced: true, .. } => format!("{who} left; the caller was handed over warmly"),
        Step::Completed { introduced: false, .. } => format!("{who} handed the caller over without introducing them"),
        Step::SentBlind { target, agent, reason } => {
            format!("{who} sent the caller straight to {}: {reason}", to(target, agent))
        }
        Step::OutsideAnswered => "The outside number answered".into(),
        Step::AgentLost { agent, .. } => format!("The line of {} was lost", name(agent)),
        Step::AgentBack { seconds } => format!("Back on the line after {}", span(*seconds)),
        Step::Requeued { .. } => "The caller is at the front of the queue again".into(),
        Step::CallerLost { how: Ending::HungUp } => "The caller hung up while waiting; they are owed a call".into(),
        Step::CallerLost { .. } => "The connection to the caller was lost; they are owed a call".into(),
        Step::Moved { .. } => format!("{who} moved the call to this ticket"),
        Step::MarkedHard { .. } => format!("{who} marked the call as abusive"),
        Step::Warned => format!("{who} gave the warning"),
        Step::Monitored { supervisor, mode } => format!("{} is on the call ({})", name(supervisor), mode.word()),
        Step::MonitorEnded { supervisor } => format!("{} left the call", name(supervisor)),
        Step::TookOver { supervisor } => format!("{} took the call over", name(supervisor)),
        Step::RecordingStarted => format!("{who} started the recording"),
        Step::RecordingPaused => "The recording was paused".into(),
        Step::RecordingResumed => "The recording goes on".into(),
        Step::RecordingRefused => "The caller does not want to be recorded".into(),
        Step::Ended { by, how, talked } => match by {
            Some(agent) => format!("{} ended the call after {}", name(agent), span(*talked)),
            None if *talked == 0 && *how == Ending::NoAnswer => "The caller chose nothing; we hung up".into(),
            None if *talked == 0 => "The caller hung up before anybody answered".into(),
            None if *how == Ending::HungUp => format!("The caller hung up after {}", span(*talked)),
            None => format!("The call ended after {}: {}", span(*talked), ending(*how)),
        },
        Step::LineQuality { agent, quality, .. } => {
            let whose = agent.as_ref().map_or_else(|| "the caller".into(), name);
            format!("The line of {whose} was {}", line_quality(quality))
        }
        // Those it is for see it drawn.
        Step::Heard { .. } => return None,
        Step::Offered { .. }
        | Step::AskedAround
        | Step::Stayed
        | Step::Parted
        | Step::AgentReady
        | Step::MonitorUp { .. }
        | Step::Rejoining => {
            return None;
        }
    })
}

fn line_quality(quality: &Quality) -> String {
    let grade = match quality.grade() {
        Grade::Good => "good",
        Grade::Fair => "fair",
        Grade::Poor => "poor",
    };
    let way = |lost: u32, jitter: u32| format!("{}.{} % lost, {jitter} ms jitter", lost / 10, lost % 10);
    let there =
        quality.lost_there.zip(quality.jitter_there).map(|(lost, jitter)| format!("; there {}", way(lost, jitter)));
    format!("{grade}: {}{}", way(quality.lost, quality.jitter), there.unwrap_or_default())
}

fn ending(how: Ending) -> &'static str {
    match how {
        Ending::HungUp => "hung up",
        Ending::Lost => "the line was lost",
        Ending::Busy => "busy",
        Ending::Declined => "declined",
        Ending::NoAnswer => "no answer",
        Ending::Failed => "could not be reached",
    }
}

pub(super) fn span(seconds: i64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        _ => format!("{}:{:02} min", seconds / 60, seconds % 60),
    }
}
