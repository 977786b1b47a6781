CREATE TABLE ticket_course (          -- how long tickets took: what safe dates stand on
  site BIGINT NOT NULL, ticket BIGINT NOT NULL, queue BIGINT NOT NULL, topic TEXT NOT NULL,
  opened_at BIGINT NOT NULL, solved_at BIGINT NOT NULL, -- 0: open
  PRIMARY KEY (site, ticket));
CREATE INDEX ticket_course_opened ON ticket_course (site, opened_at);

-- Tickets from before; what the journal says of them is all there is.
INSERT INTO ticket_course (site, ticket, queue, topic, opened_at, solved_at)
SELECT t.site, t.id, t.queue, '', (SELECT min(j.at) FROM journal j WHERE j.site = t.site AND j.kind = 4 AND j.id = t.id),
       CASE WHEN t.stage < 2 THEN 0 ELSE coalesce((SELECT max(j.at) FROM journal j WHERE j.site = t.site AND j.kind = 4
            AND j.id = t.id AND j.body LIKE '{"stage_changed":{"stage":"solved"%'), 0) END
FROM ticket t;

ALTER TABLE promise ADD COLUMN kind TEXT NOT NULL DEFAULT 'word'; -- word, finish
CREATE INDEX promise_owner ON promise (site, owner, due) WHERE settled_at = 0;

CREATE TABLE calendar_feed (          -- the secret address of an agent's calendar, as a digest
  site BIGINT NOT NULL, agent BIGINT NOT NULL, digest BYTEA NOT NULL,
  PRIMARY KEY (site, agent));
CREATE UNIQUE INDEX calendar_feed_digest ON calendar_feed (site, digest);

CREATE TABLE calendar_source (        -- a calendar elsewhere that is read from time to time; its address is a secret, too
  site BIGINT NOT NULL, agent BIGINT NOT NULL, url TEXT NOT NULL,
  read_at BIGINT NOT NULL, error TEXT NOT NULL,
  PRIMARY KEY (site, agent));
