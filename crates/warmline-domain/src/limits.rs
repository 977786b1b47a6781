//! How much of anything the desk takes, each with its reason.

/// A subject longer than this is cut for show; mail headers fold well before.
pub const SUBJECT_CHARS: usize = 250;
/// One message or note. A book chapter; more belongs into an attachment.
pub const TEXT_BYTES: usize = 512 * 1024;
/// Recipients of one answer: a team, not a mailing.
pub const RECIPIENTS: usize = 50;
/// Tags on a ticket: beyond this nobody reads them.
pub const TAGS: usize = 20;
pub const TAG_CHARS: usize = 40;
/// RFC 5321 §4.5.3.1: 64 octets local part, 255 domain.
pub const ADDRESS_BYTES: usize = 320;
pub const NAME_CHARS: usize = 120;
/// Attachments on one message. Mail programs give up long before.
pub const ATTACHMENTS: usize = 100;
/// All attachments of one answer together: what most mail servers take.
pub const ATTACHMENT_BYTES: usize = 25 * 1024 * 1024;
/// A written reason: a sentence or two.
pub const REASON_CHARS: usize = 500;
/// Chats at once: three for each of a hundred and fifty agents, and a line.
pub const CHATS: usize = 600;
/// One line of a chat; longer words are a mail.
pub const CHAT_LINE_BYTES: usize = 8 * 1024;
/// Lines one customer writes in one chat: an hour, every ten seconds.
pub const CHAT_LINES: i64 = 400;
/// Answers that may wait for sending on one ticket at once.
pub const PENDING_ANSWERS: usize = 20;
/// People who take part in one ticket; more is a mailing list. The ticket is loaded with them each time.
pub const PARTICIPANTS: usize = 300;
/// Nobody should be promised a longer wait on the line; a call back is kinder.
pub const HOLD_MINUTES: u32 = 15;
/// A page stays open for a day; an identifier from further ahead is no clock's.
pub const ID_AHEAD_SECONDS: i64 = 60;
/// A promise in a sentence.
pub const PROMISE_CHARS: usize = 500;
/// Open promises on one ticket: more is a project.
pub const PROMISES: usize = 20;
/// Words of the house, names of machines: what the leak check looks for, and how long each may be.
pub const INSIDE_WORDS: usize = 5_000;
/// A file of rules for wording; the largest shipped one has a fifth of it.
pub const RULES_BYTES: usize = 128 * 1024;
pub const RULE_FILES: usize = 50;
/// Phrases counted for one message.
pub const PHRASES_USED: usize = 20;
/// One phrase, in one language.
pub const PHRASE_CHARS: usize = 4_000;
/// Assets of one sheet: one import is one list of a large customer.
pub const SHEET_ROWS: usize = 20_000;
/// A target of a queue, in open minutes: a quarter of a year of office hours.
pub const TARGET_MINUTES: u32 = 60 * 24 * 90;
/// So long somebody may be asked to drop everything: a shift.
pub const DROP_MINUTES: u32 = 480;
/// Customers whose rank counts, where the policy lets it.
pub const RANKED: usize = 500;
/// What one answer can stand on, and how long a fact may be: a sentence.
pub const GROUNDS: usize = 6;
pub const GROUND_CHARS: usize = 300;
/// Notes of one ticket that were shown: beyond this the record itself is what the customer wants.
pub const NOTES_SHOWN: usize = 20;
/// Openings of one day: a morning, an afternoon, an evening, and room.
pub const OPENINGS_A_DAY: usize = 6;
/// Days with hours of their own: ten years of holidays.
pub const HOLIDAYS: usize = 200;
/// Callers who wait in one queue at once: more than any trunk carries.
pub const QUEUE_ROOM: u32 = 20_000;
pub const OVERFLOW_MINUTES: u32 = 120;
/// Skills of one agent, or asked for by one queue.
pub const SKILLS: usize = 20;
pub const SKILL_CHARS: usize = 40;
/// One entry of a record: a few sentences.
pub const RECORD_CHARS: usize = 2_000;
/// Steps tried on one ticket; beyond this nobody reads them.
pub const STEPS_TRIED: usize = 200;
/// A question to colleagues, or what a receiver is to do.
pub const QUESTION_CHARS: usize = 1_000;
/// Open questions of one ticket, and how many are asked at once: a question to everybody is answered by nobody.
pub const QUESTIONS: usize = 5;
pub const COLLEAGUES_ASKED: usize = 8;
/// What browsers and servers agree on for the address of a page.
pub const LINK_CHARS: usize = 2_000;
/// One runbook: two screens of steps.
pub const RUNBOOK_BYTES: usize = 32 * 1024;
pub const RUNBOOK_STEPS: usize = 100;
/// One article: four screens. Longer ones are not read to their end.
pub const ARTICLE_BYTES: usize = 32 * 1024;
/// Topics of one article.
pub const TOPICS: usize = 12;
/// Articles that the answers of one ticket gave, and those that were looked at for it.
pub const ARTICLES_GIVEN: usize = 60;
pub const ARTICLES_LOOKED: usize = 60;
/// Tickets that are told of one change of an article, the newest first: more would keep the desk from its work.
pub const ARTICLE_TOLD: usize = 1_000;
/// Links that answers of one ticket asked with.
pub const ASKS: usize = 40;
/// What a customer writes beside a no: a few sentences; for more they reply.
pub const CLICK_WORDS: usize = 1_000;
/// Clicks taken in a minute.
pub const CLICKS_A_MINUTE: u32 = 300;
/// What a visitor may search for.
pub const VISITOR_QUERY_CHARS: usize = 100;
/// Readings counted in a minute; beyond that pages are shown and not counted.
pub const VIEWS_A_MINUTE: u32 = 600;
/// Minutes of work after which a clock may ask.
pub const EFFORT_MINUTES: u32 = 480;
/// Entries of one calendar, of its owner and from elsewhere each: years of a busy one.
pub const CALENDAR_ENTRIES: usize = 1_000;
/// The longest leave; and how far a repeated entry is followed at once.
pub const CALENDAR_DAYS: i64 = 400;
/// Tickets, and promises, handed over in one step when somebody leaves.
pub const HELD_AT_ONCE: usize = 500;
/// A calendar as a file: ten thousand meetings.
pub const CALENDAR_BYTES: usize = 2 * 1024 * 1024;
/// Entries of the directory of referrals: all of it is in memory and looked through while somebody types.
pub const POINTERS: usize = 2_000;
/// Times one ticket can be pointed elsewhere, or a manager asked for on it: beyond this somebody should talk.
pub const REFERRALS: usize = 20;
pub const APPEALS: usize = 20;
/// Prices looked up on one ticket.
pub const CHARGES: usize = 30;
/// What a support desk does, plans it sells, and organisations that have one.
pub const ENTRIES: usize = 1_000;
pub const PLANS: usize = 12;
pub const ORGANISATIONS: usize = 20_000;
/// Tries a ticket remembers since its customer was last heard: any policy asks for fewer.
pub const TRIES_KEPT: usize = 50;
/// An attempt is written down while somebody still knows of it.
pub const ATTEMPT_PAST_DAYS: i64 = 30;
