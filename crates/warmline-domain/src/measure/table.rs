//! The catalogue of measures, practice by practice. A line: practice, key, unit, whose; name and definition; what counts.

use super::{Measure, OnCall, OnTicket, Source, Unit, Whose, one, seconds};
use crate::floor::Event as Floor;
use crate::floor::call::{Ending, State, Step};
use crate::floor::chat::{End, Pressed, Step as Chat};
use crate::ticket::appeal::Event as Appeal;
use crate::ticket::articles::{Event as Article, How};
use crate::ticket::charge::Event as Charge;
use crate::ticket::click::{About, Event as Click};
use crate::ticket::drop_everything::Event as Drop;
use crate::ticket::effort::Event as Effort;
use crate::ticket::hand_up::Event as HandUp;
use crate::ticket::honesty::{self, GroundKind};
use crate::ticket::ladder::Rung;
use crate::ticket::record::{Agreement, Event as Record, completeness};
use crate::ticket::referral::{self, Event as Referral};
use crate::ticket::targets::Event as Target;
use crate::ticket::{Event, Kind, Stage, attempts, other_ways};

const NO_PER: Option<&'static str> = None;

macro_rules! measures {
    ($($practice:literal $key:literal $unit:ident $whose:ident $(per $per:literal)? $(opens $opens:literal)?
        $name:literal: $definition:literal => $source:ident $(|$it:pat_param| $count:expr)?;)*) => {
        /// Every measure there is, in the order pages show them.
        pub static MEASURES: &[Measure] = &[$(Measure {
            key: $key,
            practice: $practice,
            name: $name,
            definition: $definition,
            unit: Unit::$unit,
            whose: Whose::$whose,
            per: { let per = NO_PER; $(let _ = per; let per = Some($per);)? per },
            opens: { let opens = false; $(let _ = opens; let opens = $opens;)? opens },
            from: measures!(@$source $(|$it| $count)?),
        }),*];
    };
    (@call |$it:pat_param| $count:expr) => { Source::Call({ fn count($it: &OnCall<'_>) -> Option<i64> { $count } count }) };
    (@floor |$it:pat_param| $count:expr) => { Source::Floor({ fn count($it: &Floor) -> Option<i64> { $count } count }) };
    (@ticket |$it:pat_param| $count:expr) => { Source::Ticket({ fn count($it: &OnTicket<'_>) -> Option<i64> { $count } count }) };
    (@desk) => { Source::Desk };
}

measures! {
    1 "p1.holds" Count Agents per "p7.answered" "Holds": "Callers put on hold, those on the way to somebody else too." => call |c| one(c.held_from_now().is_some());
    1 "p1.asked" Count Agents per "p1.holds" "Asked first": "Holds that the caller agreed to before they began." => call |c| one(c.held_from_now()?.asked);
    1 "p1.abrupt" Count Agents per "p1.holds" opens true "Abrupt": "Holds that began without asking." => call |c| one(!c.held_from_now()?.asked);
    1 "p1.refused" Count Desk "Did not want to wait": "Callers who were asked to hold and would rather not." => call |c| one(matches!(c.step, Step::HoldRefused));
    1 "p1.promised" Seconds Agents "Promised": "How long callers were told a hold would be, as last said." => call |c| c.held_until_now().map(|h| seconds(h.since, h.until));
    1 "p1.real" Seconds Agents "Real": "How long the same holds were." => call |c| c.held_until_now().map(|h| seconds(h.since, c.at));
    1 "p1.overran" Count Agents per "p1.holds" opens true "Ran over": "Holds that passed the promised time." => call |c| one(matches!(c.step, Step::HoldOverran { times: 1 }));
    1 "p1.lost" Count Desk per "p1.holds" opens true "Lost on hold": "Callers who hung up or vanished while they held." => call |c| one(c.caller_gone() && c.held_until_now().is_some());
    1 "p1.chat_asked" Count Agents "Asked in chats": "Times a customer in a chat was asked for minutes." => ticket |t| one(matches!(t.chat()?, Chat::AskedToWait { .. }));
    1 "p1.chat_over" Count Agents per "p1.chat_asked" opens true "Ran over in chats": "Times the minutes asked for in a chat were passed." => ticket |t| one(matches!(t.chat()?, Chat::Back { over: 1.. }));

    2 "p2.transfers" Count Agents per "p7.answered" "Transfers": "Callers put through to somebody else, or about to be." => call |c| one(matches!(c.step, Step::Consulted { .. } | Step::SentBlind { .. }));
    2 "p2.warm" Count Agents per "p2.transfers" "Warm": "Transfers in which somebody was spoken to before the caller was." => call |c| one(matches!(c.step, Step::Consulted { .. }));
    2 "p2.blind" Count Agents per "p2.transfers" opens true "Blind": "Transfers straight through, with a reason." => call |c| one(matches!(c.step, Step::SentBlind { .. }));
    2 "p2.agreed" Count Agents per "p2.warm" "Agreed": "Warm transfers that the caller had agreed to." => call |c| one(matches!(c.step, Step::Consulted { agreed: true, .. }));
    2 "p2.complete" Count Agents per "p2.warm" "Brief complete": "Warm transfers with the problem, what was tried and the mood." => call |c| one(matches!(c.step, Step::Consulted { complete: true, .. }));
    2 "p2.introduced" Count Agents per "p2.warm" "Introduced": "Warm transfers that the agent left after bringing the two together." => call |c| one(matches!(c.step, Step::Completed { introduced: true, .. }));
    2 "p2.answer" Seconds Desk "Time to answer": "From asking a colleague in until they answered." => call |c| match c.step { Step::ConsultAnswered { seconds } => Some(*seconds), _ => None };
    2 "p2.untaken" Count Desk per "p2.warm" "Not taken": "Warm transfers that nobody took; the caller went back to their agent." => call |c| one(matches!(c.step, Step::ConsultEnded { .. }));
    2 "p2.again" Count Desk per "p7.answered" opens true "Put through again": "Callers who were put through a second time on the same call." => call |c| one(matches!(c.step, Step::Consulted { .. } | Step::SentBlind { .. }) && c.before?.transfers == 1);
    2 "p2.chat_asked" Count Agents "Asked in to chats": "Times a customer in a chat was asked whether a colleague may come in." => ticket |t| one(matches!(t.chat()?, Chat::Proposed { .. }));
    2 "p2.chat_joined" Count Agents per "p2.chat_asked" "Came in": "Colleagues who read the brief and came in." => ticket |t| one(matches!(t.chat()?, Chat::Joined { .. }));
    2 "p2.lost" Count Desk per "p2.transfers" opens true "Lost in transfer": "Callers who were gone while they were put through. The goal is none." => call |c| one(c.caller_gone() && c.between());

    3 "p3.talks" Count Desk "Talks heard": "Talks long enough to say how somebody listened." => call |c| one(matches!(c.step, Step::Heard { .. }));
    3 "p3.share" Mean Desk "Talk share": "The agent’s part of what was said, in percent; the mean of the talks. It ranks nobody." => call |c| match c.step { Step::Heard { heard, .. } => Some(i64::from(heard.share())), _ => None };
    3 "p3.interruptions" Mean Desk "Interruptions": "Times in a talk that an agent began while the caller had the floor; the mean of the talks." => call |c| match c.step { Step::Heard { heard, .. } => Some(i64::from(heard.interruptions)), _ => None };

    4 "p4.hard" Count Desk opens true "Hard calls": "Calls marked as abusive, once each." => call |c| one(matches!(c.step, Step::MarkedHard { .. }) && !c.before?.hard);
    4 "p4.warned" Count Desk per "p4.hard" "Warned": "Hard calls in which the caller was warned." => call |c| one(matches!(c.step, Step::Warned) && !c.before?.warned);
    4 "p4.ended" Count Desk per "p4.hard" opens true "Ended by us": "Hard calls that one of us ended." => call |c| one(matches!(c.step, Step::Ended { by: Some(_), .. }) && c.before?.hard);
    4 "p4.helped" Count Desk per "p4.hard" "Taken over": "Calls that a supervisor took over." => call |c| one(matches!(c.step, Step::TookOver { .. }));

    5 "p5.breaks" Count Desk "Recovery breaks": "Breaks out of every queue. Counts, never names." => floor |e| one(matches!(e, Floor::RecoveryBegan { .. }));

    6 "p6.kept" Count Desk per "p7.answered" "Recordings": "Calls of which something was recorded." => ticket |t| one(matches!(t.event, Event::RecordingKept { .. }));
    6 "p6.objected" Count Desk "Objected": "Callers who did not want to be recorded." => call |c| one(matches!(c.step, Step::RecordingRefused) && !c.before?.objected);
    6 "p6.listened" Count Desk opens true "Listened to": "Times that somebody listened to a recording." => ticket |t| one(matches!(t.event, Event::Listened { .. }));
    6 "p6.deleted" Count Desk "Deleted": "Recordings deleted because their time was over, or as the caller wished." => ticket |t| one(matches!(t.event, Event::RecordingDeleted { .. }));

    7 "p7.arrived" Count Desk "Calls in": "Calls that came in." => call |c| one(matches!(c.step, Step::Arrived { .. }));
    7 "p7.answered" Count Agents "Calls answered": "Talks that began: calls in that an agent took, and calls out that were answered." => call |c| one(matches!(c.step, Step::Answered { .. }));
    7 "p7.wait" Seconds Desk "Wait": "From the start of waiting until an agent answered; calls in only." => call |c| match c.step { Step::Answered { seconds, .. } if !c.is_ours() => Some(*seconds), _ => None };
    7 "p7.abandoned" Count Desk per "p7.arrived" opens true "Gave up": "Callers who were gone while they waited." => call |c| one(c.caller_gone() && c.before?.waiting().is_some());
    7 "p7.turned" Count Desk per "p7.arrived" "Turned away": "Callers who were told that we are closed or full, and what they can do." => call |c| one(matches!(c.step, Step::TurnedAway { .. }));
    7 "p7.kept" Count Desk per "p7.arrived" "Kept their place": "Callers who hung up and were owed a call when it was their turn." => call |c| one(matches!(c.step, Step::CallbackAsked { promised: None }));
    7 "p7.promised" Count Desk per "p7.arrived" "Calls promised": "Callers who were promised a call within a window." => call |c| one(matches!(c.step, Step::CallbackAsked { promised: Some(_) }));
    7 "p7.dropped" Count Desk "Settled otherwise": "Calls owed that were taken off the list with a reason." => floor |e| one(matches!(e, Floor::CallbackDropped { .. }));

    8 "p8.help" Seconds Desk "Time to first help": "From opening a ticket until the first step was tried, around the clock." => ticket |t| match t.event { Event::Record(Record::Tried { .. }) if t.before?.record.tried == 0 => Some(seconds(t.before?.opened_at, t.at)), _ => None };
    8 "p8.work" Seconds Desk "Work": "Time somebody was at work on a ticket until it was solved." => ticket |t| match t.event { Event::Record(Record::Solved { spent, .. }) => Some(spent + t.before?.effort.earlier), _ => None };
    8 "p8.asked" Count Desk opens true "Time was over": "Clocks that ran out without a solution." => ticket |t| one(matches!(t.event, Event::Effort(Effort::Asked)));
    8 "p8.carried" Count Desk per "p8.asked" opens true "Carried on": "Clocks begun anew with a reason." => ticket |t| one(matches!(t.event, Event::Effort(Effort::CarriedOn { .. })));
    8 "p8.up" Count Agents opens true "Handed up": "Tickets offered to another tier or colleague." => ticket |t| one(matches!(t.event, Event::HandUp(HandUp::Offered { .. })));
    8 "p8.in-time" Count Agents per "p8.up" "In time": "Handed up before the clock had run out." => ticket |t| match t.event { Event::HandUp(HandUp::Offered { spent, ask_after, .. }) => one(spent <= ask_after), _ => None };
    8 "p8.late" Count Agents per "p8.up" opens true "Late": "Handed up after the clock had run out." => ticket |t| match t.event { Event::HandUp(HandUp::Offered { spent, ask_after, .. }) => one(spent > ask_after), _ => None };
    8 "p8.early" Count Agents per "p8.up" opens true "Without the ladder": "Handed up before a step, a search or a question." => ticket |t| match t.event { Event::HandUp(HandUp::Offered { climbed, .. }) => one(climbed.is_empty()), _ => None };
    8 "p8.runbook" Count Desk per "p26.solved" "Solved by the runbook": "The runbook was the last rung that was used." => ticket |t| t.solved_on(Rung::Runbook);
    8 "p8.search" Count Desk per "p26.solved" "Solved by searching": "A search was the last rung that was used." => ticket |t| t.solved_on(Rung::Search);
    8 "p8.colleague" Count Desk per "p26.solved" "Solved by a colleague": "A question to colleagues was the last rung that was used." => ticket |t| t.solved_on(Rung::Colleague);
    8 "p8.tier" Count Desk per "p26.solved" "Solved by the next tier": "Handing it up was the last rung that was used." => ticket |t| t.solved_on(Rung::NextTier);
    8 "p8.articles" Count Desk "Articles opened": "Articles that were opened on a ticket, once each version." => ticket |t| one(matches!(t.event, Event::Articles(Article::Looked { .. })));

    9 "p9.accepted" Count Agents per "p8.up" "Accepted": "Tickets handed up that somebody took." => ticket |t| one(matches!(t.event, Event::HandUp(HandUp::Accepted { .. })));
    9 "p9.returned" Count Agents per "p8.up" opens true "Returned": "Sent back with what was missing." => ticket |t| one(matches!(t.event, Event::HandUp(HandUp::Returned { .. })));
    9 "p9.late" Count Desk per "p8.up" opens true "Not accepted in time": "Nobody had accepted it when the time for that was over." => ticket |t| one(matches!(t.event, Event::HandUp(HandUp::Late)));
    9 "p9.told" Count Agents per "p8.up" "Customer told": "An answer went out after it was handed up." => ticket |t| one(t.before?.untold && matches!(t.event, Event::MessageWritten { kind: Kind::Answer, .. }));

    10 "p10.targets" Count Desk "Targets": "Targets that ended, in the open hours of their queue: picked up, answered, solved." => ticket |t| one(matches!(t.event, Event::Targets(Target::TargetEnded { .. })));
    10 "p10.met" Count Desk per "p10.targets" "In time": "Targets that ended before they were due." => ticket |t| one(matches!(t.event, Event::Targets(Target::TargetEnded { late: 0, .. })));
    10 "p10.late" Count Desk per "p10.targets" opens true "Late": "Targets that ended after they were due." => ticket |t| one(matches!(t.event, Event::Targets(Target::TargetEnded { late: 1.., .. })));
    10 "p10.late_by" Seconds Desk "Late by": "Open time by which late targets were missed." => ticket |t| match t.event { Event::Targets(Target::TargetEnded { late: late @ 1.., .. }) => Some(i64::from(*late) * 60), _ => None };
    10 "p10.asked" Count Desk opens true "Drop everything": "Times that somebody was asked to drop everything for a ticket." => ticket |t| one(matches!(t.event, Event::DropEverything(Drop::EverythingAsked(_))));
    10 "p10.dropped" Count Desk per "p10.asked" opens true "Dropped": "Of these, everything was dropped." => ticket |t| one(matches!(t.event, Event::DropEverything(Drop::EverythingDropped { .. })));

    11 "p11.complete" Mean Desk "Record": "How much of the record was there when it was solved, in percent; the mean." => ticket |t| match t.event { Event::Record(Record::Solved { .. }) => t.before.map(|b| completeness(b, t.at)).map(|(filled, of)| (filled * 100 / of) as i64), _ => None };
    11 "p11.steps" Mean Desk "Steps": "Steps on the record when it was solved; the mean." => ticket |t| match t.event { Event::Record(Record::Solved { .. }) => Some(i64::from(t.before?.record.tried)), _ => None };
    11 "p11.agreed" Count Desk per "p26.solved" "Customer agreed": "Solved tickets whose customer wrote or said so." => ticket |t| one(matches!(t.event, Event::Record(Record::Solved { agreed: Some(Agreement::Wrote | Agreement::Said), .. } | Record::Agreed { .. })));
    11 "p11.clicked" Count Desk per "p26.solved" "By their click": "Customers who clicked that it is solved." => ticket |t| one(matches!(t.event, Event::Click(Click::Answered { about: About::Solution, yes: true, .. })));
    11 "p11.not-yet" Count Desk per "p26.solved" opens true "Not yet": "Customers who clicked that it is not solved yet." => ticket |t| one(matches!(t.event, Event::Click(Click::Answered { about: About::Solution, yes: false, .. })));
    11 "p11.unasked" Count Agents per "p26.solved" opens true "Not asked": "Solved tickets whose customer was not asked, with a reason." => ticket |t| one(matches!(t.event, Event::Record(Record::Solved { agreed: Some(Agreement::NotAsked(_)), .. })));

    12 "p12.called" Count Agents "Calls out": "Calls to customers, those owed too." => call |c| one(matches!(c.step, Step::Called { .. }));
    12 "p12.spoke" Count Agents per "p12.called" "Spoke": "Calls out that somebody answered." => call |c| one(matches!(c.step, Step::Answered { .. }) && c.is_ours());
    12 "p12.busy" Count Desk per "p12.called" "Busy": "Calls out to a busy line." => call |c| one(matches!(c.step, Step::NotReached { how: Ending::Busy }));
    12 "p12.unanswered" Count Desk per "p12.called" "No answer": "Calls out that nobody took." => call |c| one(matches!(c.step, Step::NotReached { how: Ending::NoAnswer }));
    12 "p12.unreached" Count Desk per "p12.called" "Not reached": "Calls out that were declined or failed on the way." => call |c| one(matches!(c.step, Step::NotReached { how } if !matches!(how, Ending::Busy | Ending::NoAnswer)));
    12 "p12.messages" Count Desk "Messages left": "Callers who spoke on the machine." => call |c| one(matches!(c.step, Step::MessageLeft { .. }) && matches!(c.before?.state, State::Leaving { .. }));
    12 "p12.sent" Count Desk "Mails sent": "Mails of ours that a server took." => ticket |t| one(matches!(t.event, Event::Sent { .. }));
    12 "p12.delivered" Count Desk per "p12.sent" "Delivered": "Of these, those that the last server said had arrived." => ticket |t| one(matches!(t.event, Event::Delivered { .. }));
    12 "p12.bounced" Count Desk per "p12.sent" opens true "Came back": "Mails that came back: the customer has not heard from us." => ticket |t| one(matches!(t.event, Event::Bounced { .. }));
    12 "p12.failed" Count Desk opens true "Given up": "Mails that no server took." => ticket |t| one(matches!(t.event, Event::Failed { .. }));
    12 "p12.received" Count Desk "Messages in": "Messages of customers and of those we asked." => ticket |t| one(matches!(t.event, Event::MessageReceived { automatic: false, .. }));

    12 "p12.by-hand" Count Agents "Written down": "Attempts the desk could not see, written down by hand." => ticket |t| one(matches!(t.event, Event::Attempts(attempts::Event::Noted { .. })));
    12 "p12.unreachable" Count Desk opens true "Not to be reached": "Customers given up for now, after the policy’s tries." => ticket |t| one(matches!(t.event, Event::Attempts(attempts::Event::Unreachable { .. })));
    12 "p12.trails" Count Desk opens true "Trails exported": "Signed exports of what happened." => ticket |t| one(matches!(t.event, Event::Trail(_)));

    13 "p13.looks" Count Agents "Quick looks": "Tickets marked as somebody else’s work; a quick look for who helps began." => ticket |t| one(matches!(t.event, Event::Referral(Referral::Looked { .. })));
    13 "p13.looking" Seconds Desk "Looking": "From the start of a quick look until somebody who helps was chosen." => ticket |t| t.found_first().map(|(looked, _)| looked);
    13 "p13.in-time" Count Agents per "p13.looks" "Within its time": "Quick looks that found somebody inside the time for it." => ticket |t| t.found_first().and_then(|(looked, budget)| one(looked <= budget));
    13 "p13.given" Count Agents per "p13.looks" "Pointed on": "Customers who were told who helps, in a message or on the phone." => ticket |t| one(matches!(t.event, Event::Referral(Referral::Given { .. })));
    13 "p13.closed" Count Agents per "p13.looks" opens true "Out of scope": "Tickets closed because somebody else helps." => ticket |t| one(matches!(t.event, Event::Referral(Referral::Closed)));
    13 "p13.ours" Count Desk per "p13.looks" "Ours after all": "Quick looks that found that we can help." => ticket |t| one(matches!(t.event, Event::Referral(Referral::Ours)));
    13 "p13.back" Count Desk per "p13.closed" opens true "Came back": "Out of scope, and open again: the pointer did not help, or not alone." => ticket |t| one(t.becomes(Stage::Open)?.referrals.last()?.standing == referral::Standing::Closed);

    14 "p14.quoted" Count Agents "Looked up": "Requests looked up that cost extra or are not done here." => ticket |t| one(matches!(t.event, Event::Charge(Charge::Quoted { .. })));
    14 "p14.offered" Count Agents per "p14.quoted" "Price said": "Prices that customers were told, in a message or on the phone." => ticket |t| one(matches!(t.event, Event::Charge(Charge::Offered { .. })));
    14 "p14.agreed" Count Agents per "p14.offered" "Agreed": "Prices that customers agreed to." => ticket |t| one(matches!(t.event, Event::Charge(Charge::Agreed { .. })));
    14 "p14.clicked" Count Desk per "p14.agreed" "By their click": "Prices that customers agreed to with the button behind the link." => ticket |t| one(matches!(t.event, Event::Click(Click::Answered { about: About::Price(_), yes: true, .. })));
    14 "p14.excepted" Count Desk per "p14.quoted" opens true "Exceptions": "Exceptions made with a reason. None of them is a rule." => ticket |t| one(matches!(t.event, Event::Charge(Charge::Excepted { .. })));
    14 "p14.dropped" Count Desk per "p14.quoted" opens true "Dropped": "Requests the customer did not want for the price, or that were not needed." => ticket |t| one(matches!(t.event, Event::Charge(Charge::Dropped { .. })));
    14 "p14.complaints" Count Desk opens true "Complaints": "Complaints about charges passed to the managers." => ticket |t| one(matches!(t.event, Event::Charge(Charge::ComplaintPassed { .. })));

    15 "p15.asked" Count Desk opens true "Asked for a manager": "Times that a customer asked for a manager." => ticket |t| one(matches!(t.event, Event::Appeal(Appeal::Begun { .. })));
    15 "p15.front" Count Desk per "p15.asked" "Settled by the front line": "Settled without a manager." => ticket |t| one(matches!(t.event, Event::Appeal(Appeal::Settled { by_manager: false, .. })));
    15 "p15.passed" Count Desk per "p15.asked" "Passed on": "Requests that went to a supervisor, once each." => ticket |t| one(matches!(t.event, Event::Appeal(Appeal::Asked { .. })) && t.appeal()?.asked_at.is_none());
    15 "p15.time" Seconds Desk "Time to a manager": "From asking the supervisors until one had it, around the clock." => ticket |t| match t.event { Event::Appeal(Appeal::Taken { .. }) if t.appeal()?.taken_at.is_none() => Some(seconds(t.appeal()?.asked_at?, t.at)), _ => None };
    15 "p15.in-time" Count Desk per "p15.passed" "In time": "Taken before the time the customer was told." => ticket |t| one(matches!(t.event, Event::Appeal(Appeal::Taken { .. })) && t.appeal()?.taken_at.is_none() && t.appeal()?.due? >= t.at);
    15 "p15.next" Count Desk opens true "Went to the next": "Requests that nobody took in time, so that the next supervisor was asked." => ticket |t| one(matches!(t.event, Event::Appeal(Appeal::PassedOn { pass_at: Some(_), .. })));
    15 "p15.late" Count Desk per "p15.passed" opens true "Late": "Requests that nobody had taken at the time the customer was told." => ticket |t| one(matches!(t.event, Event::Appeal(Appeal::Late)));

    16 "p16.made" Count Agents "Promises made": "Promises that went on the record." => ticket |t| one(matches!(t.event, Event::PromiseMade { .. }));
    16 "p16.done" Count Agents "Done": "Promises that were kept, in time or late." => ticket |t| one(matches!(t.event, Event::PromiseKept { .. }));
    16 "p16.kept" Count Agents per "p16.done" "Kept": "Kept in time, at the first date." => ticket |t| one(t.kept()?.is_first() && t.kept()?.due >= t.at);
    16 "p16.moved" Count Agents per "p16.done" "Moved with notice": "Kept in time, at a date the customer was told of before." => ticket |t| one(!t.kept()?.is_first() && t.kept()?.due >= t.at);
    16 "p16.late" Count Agents per "p16.done" opens true "Late": "Kept after its time." => ticket |t| one(t.kept()?.due < t.at);
    16 "p16.broken" Count Agents per "p16.made" opens true "Broken": "Promises whose time passed. They are owed all the same." => ticket |t| one(matches!(t.event, Event::PromiseBroken { .. }));
    16 "p16.early" Count Agents per "p16.made" opens true "Sooner than safe": "Promised for a date before the one that held for eight of ten like it, with a reason." => ticket |t| one(matches!(t.event, Event::PromiseMade { due, known: Some(known), .. } if *due < known.safe));
    16 "p16.handed" Count Agents "Handed over": "Promises that went to somebody else, at leave and the end of a shift too." => ticket |t| one(matches!(t.event, Event::PromiseHandedOver { .. }));
    16 "p16.let-go" Count Agents "Let go": "Promises the customer did not need any more." => ticket |t| one(matches!(t.event, Event::PromiseLetGo { .. }));

    17 "p17.grounded" Count Agents per "p26.answers" "Say what they stand on": "Answers that name a link, an article, a past ticket, a measured fact or a belief." => ticket |t| one(matches!(t.event, Event::Honesty(honesty::Event::StandsOn { .. })));
    17 "p17.belief" Count Agents per "p17.grounded" "Belief only": "Answers that stand on their author’s belief alone, and say so." => ticket |t| match t.event { Event::Honesty(honesty::Event::StandsOn { kinds, .. }) => one(*kinds == [GroundKind::Belief]), _ => None };
    17 "p17.find-out" Count Agents per "p26.answers" "I’ll find out": "Answers that said so instead of guessing." => ticket |t| match t.event { Event::PhrasesUsed { phrases, .. } => one(phrases.iter().any(|p| p == "not-known/find-out")), _ => None };
    17 "p17.corrected" Count Agents opens true "Corrected": "Answers put right by their author’s desk. Good practice, never a fault." => ticket |t| one(matches!(t.event, Event::Honesty(honesty::Event::Corrected { .. })));
    17 "p17.changed" Count Desk opens true "Article changed after": "Times that a ticket was told: an article its customer was given says something else now." => ticket |t| one(matches!(t.event, Event::Articles(Article::Changed { .. })));
    17 "p17.followed" Count Desk per "p17.changed" "Corrected after that": "Corrections of answers that had given such an article." => ticket |t| match t.event { Event::Honesty(honesty::Event::Corrected { message, .. }) => one(t.before?.articles.to_decide().any(|g| g.message == *message)), _ => None };
    17 "p17.held" Count Desk per "p17.changed" "Still right": "Times that somebody looked, and what the customer was told holds all the same." => ticket |t| one(matches!(t.event, Event::Articles(Article::Held { .. })));

    18 "p18.notes" Count Desk "Notes": "Entries that stay inside." => ticket |t| one(matches!(t.event, Event::NoteWritten { .. }));
    18 "p18.shown" Count Desk per "p18.notes" opens true "Shown on purpose": "Notes whose words were shown to a customer, with a reason." => ticket |t| one(matches!(t.event, Event::Honesty(honesty::Event::NoteShown { .. })));
    18 "p18.previews" Count Desk "Previews": "Times a text was looked at as the customer will see it." => desk;
    18 "p18.stopped" Count Desk "Leaks stopped": "Answers that were not sent because something internal stood in them." => desk;

    20 "p20.overruled" Count Desk per "p26.answers" opens true "Sent all the same": "Answers that went out with a reason although a rule would have stopped them." => ticket |t| one(matches!(t.event, Event::WordsOverridden { .. }));
    21 "p21.phrases" Count Desk per "p26.answers" "With a phrase": "Answers with a phrase of the library in them." => ticket |t| one(matches!(t.event, Event::PhrasesUsed { .. }));
    22 "p22.sheets" Count Desk opens true "Sheets": "Instructions that were printed." => ticket |t| one(matches!(t.event, Event::OtherWays(other_ways::Event::SheetMade { .. })));
    22 "p22.faxes" Count Desk opens true "Faxes": "Instructions that went to a fax machine." => ticket |t| one(matches!(t.event, Event::OtherWays(other_ways::Event::Faxed { .. })));
    22 "p22.remote" Count Desk opens true "Remote sessions": "Remote sessions that were offered." => ticket |t| one(matches!(t.event, Event::OtherWays(other_ways::Event::RemoteOffered)));
    22 "p22.calls" Count Desk opens true "Calls back": "Calls back that were promised instead of an answer." => ticket |t| one(matches!(t.event, Event::OtherWays(other_ways::Event::CallbackOffered { .. })));
    23 "p23.numbers" Count Desk "Numbers given": "Tickets opened; each has its number at once." => ticket |t| one(matches!(t.event, Event::Opened { .. }));
    23 "p23.mailed" Count Desk per "p23.numbers" "Number mailed": "Acknowledgements that say the number." => ticket |t| one(matches!(t.event, Event::MessageWritten { kind: Kind::Acknowledgement, .. }));

    25 "p25.mentioned" Count Agents per "p26.answers" "Articles mentioned": "Links to articles in answers." => ticket |t| one(matches!(t.event, Event::Articles(Article::Given { how: How::Mentioned, .. })));
    25 "p25.used" Count Desk per "p25.mentioned" "Came by the link": "Times that an article was opened by a link of an answer. Programs that look at mails may be among them." => desk;
    25 "p25.read" Count Desk "Articles read": "Times that somebody outside opened an article, however they came." => desk;

    26 "p26.answers" Count Agents "Answers": "Answers written to customers, those taken back too." => ticket |t| one(matches!(t.event, Event::MessageWritten { kind: Kind::Answer, .. }));
    26 "p26.chats" Count Desk "Chats": "Customers who came into the chat while somebody was here." => ticket |t| one(matches!(t.chat()?, Chat::Came { .. }));
    26 "p26.taken" Count Agents "Chats taken": "Chats that somebody took." => ticket |t| one(matches!(t.chat()?, Chat::Taken { .. }));
    26 "p26.waited" Seconds Agents "Waited in the chat": "From coming into the chat, or back into line, until somebody took it." => ticket |t| match t.chat()? { Chat::Taken { waited, .. } => Some(*waited), _ => None };
    26 "p26.unanswered" Count Desk per "p26.chats" opens true "Waited for a word": "Times a line, or a promised time, went by long enough to be pointed out." => ticket |t| one(matches!(t.chat()?, Chat::Pressing { who: Pressed::Agent }));
    26 "p26.alone" Count Desk per "p26.chats" opens true "Ended without us": "Chats that ended because nobody had room or the page was closed." => ticket |t| one(matches!(t.chat()?, Chat::Ended { how: End::NobodyFree | End::Gone, .. }));
    26 "p26.first" Seconds Desk "First answer": "From opening a ticket until its first answer was written, around the clock." => ticket |t| Some(seconds(t.answers_first()?.opened_at, t.at));
    26 "p26.solved" Count Agents "Solved": "Times that a ticket was solved." => ticket |t| one(t.becomes(Stage::Solved).is_some());
    26 "p26.solving" Seconds Desk "Time to solve": "From opening a ticket until it was solved, around the clock." => ticket |t| Some(seconds(t.becomes(Stage::Solved)?.opened_at, t.at));
    26 "p26.reopened" Count Desk per "p26.solved" opens true "Open again": "Solved or closed tickets that had to be opened again." => ticket |t| one(t.becomes(Stage::Open).is_some_and(|t| matches!(t.stage, Stage::Solved | Stage::Closed)));
}
