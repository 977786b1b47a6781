//! Scripted people in the chat: customers who come while you are available, and colleagues who come in when they are
//! asked. They watch the desk to know when it is their turn, as a person would read it.

use std::time::Duration;

use warmline_desk::{ChatArrival, ChatLine, Desk, FloorWish, Wish};
use warmline_domain::floor::chat::{Chat, Report, State, Wish as Wished};
use warmline_domain::floor::{self, Command, Presence};
use warmline_domain::id::Minter;
use warmline_domain::{AgentId, By, ChatId, MessageId, ticket};

struct Chatter {
    name: &'static str,
    address: &'static str,
    /// What they write, one line after each of yours.
    lines: &'static [&'static str],
}

const CHATTERS: &[Chatter] = &[
    Chatter {
        name: "Yuki Tanabe",
        address: "yuki@weaverslane.example.com",
        lines: &[
            "Hello, my table loom shows error 14 since this morning.",
            "I switched it off and on again, it comes back after a minute.",
            "Yes, the green light by the motor blinks three times.",
            "It works again, thank you. You explained it well.",
        ],
    },
    Chatter {
        name: "Tomas Berg",
        address: "tomas@northfjord.example.com",
        lines: &[
            "Hi! Can I change the delivery address of my order from last week?",
            "It should go to our workshop at 5 Harbour Lane instead.",
            "Perfect. When will it come, roughly?",
            "Thank you, that is all.",
        ],
    },
];

/// You were free for so long: somebody comes.
const FREE: u32 = 20;
const LOOK: Duration = Duration::from_secs(1);
/// Before somebody answers a line.
const WRITING: Duration = Duration::from_secs(7);
const READING: Duration = Duration::from_secs(4);

/// Customers come one after the other while `you` are available and on nothing else.
pub async fn customers(desk: Desk, you: AgentId) {
    let mut minter = Minter::new(901);
    let mut chatters = CHATTERS.iter().cycle();
    let mut free = 0;
    loop {
        tokio::time::sleep(LOOK).await;
        let floor = desk.floor();
        let at_ease = floor.presence(you) == Presence::Available
            && floor.call_of(you).is_none()
            && floor.chats.is_empty()
            && floor.seats.get(&you).is_some_and(|seat| seat.wrap_up.is_none());
        free = if at_ease { free + 1 } else { 0 };
        if free >= FREE
            && let Some(chatter) = chatters.next()
        {
            chats(&desk, &mut minter, chatter).await;
            free = 0;
        }
    }
}

async fn chats(desk: &Desk, minter: &mut Minter, chatter: &Chatter) {
    let mut lines = chatter.lines.iter();
    let Some(first) = lines.next() else { return };
    let (chat, message): (ChatId, MessageId) = (minter.mint(desk.clock.now()), minter.mint(desk.clock.now()));
    let arrival = ChatArrival {
        chat,
        message,
        name: chatter.name.to_owned(),
        address: chatter.address.to_owned(),
        text: (*first).to_owned(),
        secret: chat.0.to_be_bytes().to_vec(),
        before: None,
    };
    if desk.ask(Wish::ChatArrives(Box::new(arrival))).await.is_err() {
        return;
    }
    tell(desk, chat, Report::Seen).await;
    while let Some(now) = desk.floor().chats.get(&chat).cloned() {
        if now.asks() {
            tokio::time::sleep(READING).await;
            tell(desk, chat, Report::Answered { yes: true }).await;
        }
        let answered =
            now.unanswered_since.is_none() && matches!(now.state, State::Talking { .. } | State::Joined { .. });
        if answered {
            reads(desk, &now).await;
            tokio::time::sleep(WRITING).await;
            let Some(line) = lines.next() else { break };
            let message = minter.mint(desk.clock.now());
            let wish = Wish::ChatWrites { chat, message, text: (*line).to_owned() };
            if desk.ask(wish).await.is_err() {
                break;
            }
        }
        tokio::time::sleep(LOOK).await;
    }
    tell(desk, chat, Report::Left).await;
}

/// Their page has shown all there is.
async fn reads(desk: &Desk, chat: &Chat) {
    let Ok(Some(ticket)) = desk.store.ticket(chat.ticket).await else { return };
    let news = ticket::Report::ChatRead { lines: ticket.value.chats.unread.into_iter().collect() };
    say_if_it_fails(desk.ask(Wish::Delivery { ticket: chat.ticket, news }).await);
}

async fn tell(desk: &Desk, chat: ChatId, news: Report) {
    say_if_it_fails(desk.ask(Wish::Floor(FloorWish::News(floor::Report::Chat { chat, news }))).await);
}

fn say_if_it_fails<T>(asked: Result<T, warmline_desk::DeskError>) {
    if let Err(error) = asked {
        tracing::debug!(%error, "a scripted customer came too late");
    }
}

/// Colleagues leave what comes from the line to you, and come in when you ask them.
pub async fn colleagues(desk: Desk, who: &'static [AgentId]) {
    let mut minter = Minter::new(902);
    loop {
        tokio::time::sleep(LOOK).await;
        for chat in desk.floor().chats.values() {
            for agent in who {
                take_part(&desk, &mut minter, chat, *agent).await;
            }
        }
    }
}

async fn take_part(desk: &Desk, minter: &mut Minter, chat: &Chat, agent: AgentId) {
    let wish = match &chat.state {
        State::Offered { agent: asked, .. } if *asked == agent => Wished::Decline,
        State::BringingIn { colleague, .. } if *colleague == agent => Wished::Join,
        // Left with the customer: a word, and another after each of theirs.
        State::Talking { agent: with } if *with == agent && chat.unanswered_since.is_some() => {
            tokio::time::sleep(WRITING).await;
            let line = ChatLine {
                message: minter.mint(desk.clock.now()),
                text: "I have read everything, you need not explain it again. I look at it right now.".into(),
                promises: vec![],
                phrases: vec![],
                reason: "scripted".into(),
                zone: jiff::tz::TimeZone::system(),
                asks: None,
            };
            let line = Wish::ChatLine { by: By::Agent(agent), chat: chat.id, line: Box::new(line) };
            return say_if_it_fails(desk.ask(line).await);
        }
        _ => return,
    };
    tokio::time::sleep(READING).await;
    let command = Command::Chat { by: agent, chat: chat.id, wish };
    say_if_it_fails(desk.ask(Wish::Floor(FloorWish::Wish(By::Agent(agent), command))).await);
}
