CREATE TABLE measure_day (            -- raw measures: how often, and the sum; agent 0 is nobody in particular
  site BIGINT NOT NULL, day BIGINT NOT NULL,  -- 20261123, in the zone of the business hours
  measure TEXT NOT NULL,              -- a key of the catalogue; key/30 is a bucket of seconds
  queue BIGINT NOT NULL, agent BIGINT NOT NULL, n BIGINT NOT NULL, sum BIGINT NOT NULL,
  PRIMARY KEY (site, day, measure, queue, agent));

CREATE TABLE measure_ticket (         -- the tickets behind a figure, where they can be looked at
  site BIGINT NOT NULL, measure TEXT NOT NULL, day BIGINT NOT NULL, ticket BIGINT NOT NULL,
  PRIMARY KEY (site, measure, day, ticket));

CREATE TABLE measure_catalogue (      -- which catalogue the rows were counted by
  site BIGINT NOT NULL, version TEXT NOT NULL,
  PRIMARY KEY (site));

CREATE TABLE message_ground (         -- what an answer stands on: inside, never part of the message
  site BIGINT NOT NULL, message BIGINT NOT NULL, ticket BIGINT NOT NULL, content TEXT NOT NULL,
  PRIMARY KEY (site, message));

CREATE TABLE ground_ref (             -- which answers stand on the same link or past ticket
  site BIGINT NOT NULL, ref TEXT NOT NULL, ticket BIGINT NOT NULL, message BIGINT NOT NULL,
  PRIMARY KEY (site, ref, message));
