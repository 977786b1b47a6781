-- Every row belongs to a site, and the site is in each key. Times are Unix milliseconds, UTC.
-- Identifiers are made by Warmline: 63 bits, ordered by time. Tables of long rows have a rowid: a row of a WITHOUT ROWID
-- table spills to a page of its own beyond a quarter of a page.

CREATE TABLE aggregate (              -- the site itself and its floor
  site BIGINT NOT NULL, kind BIGINT NOT NULL, id BIGINT NOT NULL,
  seq BIGINT NOT NULL, hash BLOB NOT NULL, state TEXT NOT NULL,
  PRIMARY KEY (site, kind, id)) WITHOUT ROWID;

CREATE TABLE journal (
  site BIGINT NOT NULL, kind BIGINT NOT NULL, id BIGINT NOT NULL, seq BIGINT NOT NULL,
  at BIGINT NOT NULL, actor TEXT NOT NULL, policy BIGINT NOT NULL, body TEXT NOT NULL, hash BLOB NOT NULL,
  PRIMARY KEY (site, kind, id, seq)) WITHOUT ROWID;

CREATE TABLE customer (
  site BIGINT NOT NULL, id BIGINT NOT NULL, name TEXT NOT NULL,
  organisation TEXT NOT NULL,         -- empty: none
  seq BIGINT NOT NULL, hash BLOB NOT NULL, state TEXT NOT NULL,
  PRIMARY KEY (site, id)) WITHOUT ROWID;

CREATE INDEX customer_name ON customer (site, name);
CREATE INDEX customer_organisation ON customer (site, organisation) WHERE organisation <> '';

CREATE TABLE customer_address (
  site BIGINT NOT NULL, address TEXT NOT NULL, customer BIGINT NOT NULL,
  PRIMARY KEY (site, address)) WITHOUT ROWID;

CREATE INDEX customer_address_of ON customer_address (site, customer);

CREATE TABLE ticket (
  site BIGINT NOT NULL, id BIGINT NOT NULL, number BIGINT NOT NULL, customer BIGINT NOT NULL, queue BIGINT NOT NULL,
  stage BIGINT NOT NULL,              -- 0 ours, 1 waiting, 2 solved, 3 closed
  assignee BIGINT NOT NULL,           -- 0 nobody
  class BIGINT NOT NULL, since BIGINT NOT NULL,
  attention BIGINT NOT NULL,          -- 1 the customer has not heard from us, 2 held mail or an open question
  subject TEXT NOT NULL,
  first_subject TEXT NOT NULL,        -- what its mails are called, if it was renamed
  seq BIGINT NOT NULL, hash BLOB NOT NULL, state TEXT NOT NULL,
  PRIMARY KEY (site, id)) WITHOUT ROWID;
CREATE UNIQUE INDEX ticket_number ON ticket (site, number);
CREATE INDEX ticket_list ON ticket (site, stage, assignee, class, since, id);
CREATE INDEX ticket_stage ON ticket (site, stage, class, since, id);
CREATE INDEX ticket_customer ON ticket (site, customer, id);
CREATE INDEX ticket_attention ON ticket (site, attention, since, id) WHERE attention > 0;

CREATE TABLE ticket_tag (
  site BIGINT NOT NULL, tag TEXT NOT NULL, ticket BIGINT NOT NULL,
  PRIMARY KEY (site, tag, ticket)) WITHOUT ROWID;

CREATE TABLE message (                -- what the customer sees
  id INTEGER PRIMARY KEY, site BIGINT NOT NULL, ticket BIGINT NOT NULL, at BIGINT NOT NULL,
  actor TEXT NOT NULL,                -- who: the journal's form
  kind TEXT NOT NULL,                 -- received, held, turned_away, answer, acknowledgement; forward, third_party
  note_on_arrival TEXT NOT NULL,      -- why it was placed here; or "automatic"
  delivery TEXT NOT NULL,             -- what became of ours; empty for theirs
  why TEXT NOT NULL,                  -- what the mail server said
  content TEXT NOT NULL,
  inbound BLOB);                       -- the raw mail it came in
CREATE INDEX message_of_ticket ON message (site, ticket, id);

CREATE TABLE note (                   -- what only insiders see
  id INTEGER PRIMARY KEY, site BIGINT NOT NULL, ticket BIGINT NOT NULL, at BIGINT NOT NULL,
  actor TEXT NOT NULL, content TEXT NOT NULL);
CREATE INDEX note_of_ticket ON note (site, ticket, id);

CREATE TABLE mail_ref (               -- Message-IDs seen on tickets; ref is half a SHA-256
  site BIGINT NOT NULL, ref BLOB NOT NULL, ticket BIGINT NOT NULL,
  ours BIGINT NOT NULL, message BIGINT NOT NULL,
  PRIMARY KEY (site, ref, ticket)) WITHOUT ROWID;

CREATE TABLE inbound (                -- every mail that was taken, with its raw bytes and what became of it
  site BIGINT NOT NULL, identity BLOB NOT NULL, at BIGINT NOT NULL,
  outcome TEXT NOT NULL, why TEXT NOT NULL, sender TEXT NOT NULL, subject TEXT NOT NULL,
  ticket BIGINT NOT NULL, bytes BIGINT NOT NULL,
  again BIGINT NOT NULL,              -- how often the same mail came once more
  raw BLOB,                           -- deflated; NULL when the bytes lie in the blob store
  PRIMARY KEY (site, identity));
CREATE INDEX inbound_time ON inbound (site, at);

CREATE TABLE promise (                -- a word given to a customer
  site BIGINT NOT NULL, id BIGINT NOT NULL, ticket BIGINT NOT NULL, owner BIGINT NOT NULL, what TEXT NOT NULL,
  made_at BIGINT NOT NULL, first_due BIGINT NOT NULL, due BIGINT NOT NULL,
  standing TEXT NOT NULL,             -- made, at_risk, alerted, broken; kept, let_go
  moves BIGINT NOT NULL, broken BIGINT NOT NULL,
  settled_at BIGINT NOT NULL,         -- 0: open
  PRIMARY KEY (site, id));
CREATE INDEX promise_ticket ON promise (site, ticket);
CREATE INDEX promise_open ON promise (site, due) WHERE settled_at = 0;
CREATE INDEX promise_settled ON promise (site, settled_at) WHERE settled_at > 0;

CREATE TABLE rule_count (             -- what became of the findings of a rule for wording
  site BIGINT NOT NULL, rule TEXT NOT NULL,
  shown BIGINT NOT NULL, taken BIGINT NOT NULL, dismissed BIGINT NOT NULL, wrong BIGINT NOT NULL, overridden BIGINT NOT NULL,
  PRIMARY KEY (site, rule));

CREATE TABLE rule_ignored (           -- findings an agent does not want to see
  site BIGINT NOT NULL, agent BIGINT NOT NULL, rule TEXT NOT NULL,
  PRIMARY KEY (site, agent, rule));

CREATE TABLE phrase_use (
  site BIGINT NOT NULL, phrase TEXT NOT NULL, message BIGINT NOT NULL, ticket BIGINT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (site, phrase, message));

CREATE TABLE outbox (                 -- messages that are to leave
  site BIGINT NOT NULL, message BIGINT NOT NULL, ticket BIGINT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (site, message)) WITHOUT ROWID;
CREATE INDEX outbox_at ON outbox (at);

CREATE TABLE timer (
  site BIGINT NOT NULL, kind BIGINT NOT NULL, id BIGINT NOT NULL, due_at BIGINT NOT NULL,
  PRIMARY KEY (site, kind, id)) WITHOUT ROWID;
CREATE INDEX timer_due ON timer (due_at);

CREATE TABLE draft (
  site BIGINT NOT NULL, agent BIGINT NOT NULL, ticket BIGINT NOT NULL,
  kind TEXT NOT NULL,                 -- answer, note
  at BIGINT NOT NULL, content TEXT NOT NULL,
  PRIMARY KEY (site, agent, ticket, kind)) WITHOUT ROWID;

CREATE TABLE credential (
  site BIGINT NOT NULL, agent BIGINT NOT NULL, password TEXT NOT NULL,
  PRIMARY KEY (site, agent)) WITHOUT ROWID;

CREATE TABLE phone_login (             -- what a desk phone registers with; ha1 is the MD5 of user:realm:password
  site BIGINT NOT NULL, agent BIGINT NOT NULL, username TEXT NOT NULL, ha1 TEXT NOT NULL,
  PRIMARY KEY (site, agent)) WITHOUT ROWID;

CREATE TABLE session (
  site BIGINT NOT NULL, token BLOB NOT NULL, agent BIGINT NOT NULL, at BIGINT NOT NULL, expires BIGINT NOT NULL,
  PRIMARY KEY (site, token)) WITHOUT ROWID;

CREATE TABLE sign_in_failure (
  site BIGINT NOT NULL, account TEXT NOT NULL, failures BIGINT NOT NULL, until BIGINT NOT NULL,
  PRIMARY KEY (site, account)) WITHOUT ROWID;

CREATE TABLE mailbox_secret (
  site BIGINT NOT NULL, mailbox BIGINT NOT NULL, fetch_password TEXT NOT NULL, submit_password TEXT NOT NULL,
  PRIMARY KEY (site, mailbox)) WITHOUT ROWID;

CREATE TABLE mailbox_state (          -- how far fetching has come, and how it goes
  site BIGINT NOT NULL, mailbox BIGINT NOT NULL, uid_validity BIGINT NOT NULL, last_uid BIGINT NOT NULL,
  succeeded_at BIGINT NOT NULL, failed_at BIGINT NOT NULL, error TEXT NOT NULL,
  PRIMARY KEY (site, mailbox)) WITHOUT ROWID;

CREATE TABLE automatic_mail (         -- the circuit breaker's count
  site BIGINT NOT NULL, address TEXT NOT NULL, day BIGINT NOT NULL, sent BIGINT NOT NULL,
  PRIMARY KEY (site, address, day)) WITHOUT ROWID;

CREATE TABLE counter (
  site BIGINT NOT NULL, name TEXT NOT NULL, n BIGINT NOT NULL,
  PRIMARY KEY (site, name)) WITHOUT ROWID;

CREATE VIRTUAL TABLE search_message USING fts5(text, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE search_note USING fts5(text, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2');
