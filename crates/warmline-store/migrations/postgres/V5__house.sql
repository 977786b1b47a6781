-- What was not our job, what costs extra, and who asked for a manager. Rows follow from the ticket's state; n counts
-- them on a ticket. 0 in a time: not yet.

CREATE TABLE referral (
  site BIGINT NOT NULL, ticket BIGINT NOT NULL, n BIGINT NOT NULL, since BIGINT NOT NULL, standing TEXT NOT NULL,
  budget BIGINT NOT NULL, looked BIGINT NOT NULL,   -- seconds; -1: still looking
  pointer BIGINT NOT NULL,                          -- 0: a found link, or nothing yet
  name TEXT NOT NULL,
  PRIMARY KEY (site, ticket, n));
CREATE INDEX referral_pointer ON referral (site, pointer) WHERE pointer > 0;
CREATE INDEX referral_since ON referral (site, since);

CREATE TABLE charge (
  site BIGINT NOT NULL, ticket BIGINT NOT NULL, n BIGINT NOT NULL, entry BIGINT NOT NULL, standing TEXT NOT NULL,
  minor BIGINT NOT NULL, currency TEXT NOT NULL,    -- -1: not done here
  excepted_at BIGINT NOT NULL, waived BIGINT NOT NULL,
  PRIMARY KEY (site, ticket, n));
CREATE INDEX charge_excepted ON charge (site, excepted_at) WHERE excepted_at > 0;

CREATE TABLE charge_complaint (
  site BIGINT NOT NULL, ticket BIGINT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (site, ticket));

CREATE TABLE appeal (                               -- somebody asked for a manager
  site BIGINT NOT NULL, ticket BIGINT NOT NULL, n BIGINT NOT NULL, since BIGINT NOT NULL, standing TEXT NOT NULL,
  asked_at BIGINT NOT NULL, owner BIGINT NOT NULL, due BIGINT NOT NULL, taken_at BIGINT NOT NULL, late BIGINT NOT NULL,
  PRIMARY KEY (site, ticket, n));
CREATE INDEX appeal_since ON appeal (site, since);
CREATE INDEX appeal_open ON appeal (site, due) WHERE standing IN ('trying', 'asked', 'taken', 'returned');
