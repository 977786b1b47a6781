-- Places in the list, dates that press, assets, and who is asked to drop everything.

ALTER TABLE ticket ADD COLUMN place BIGINT NOT NULL DEFAULT 0;     -- since when it waits, less what is at stake
ALTER TABLE ticket ADD COLUMN pressing BIGINT NOT NULL DEFAULT 0;  -- its earliest date at risk or past; 0 none
ALTER TABLE ticket ADD COLUMN asset BIGINT NOT NULL DEFAULT 0;     -- 0 none
ALTER TABLE ticket ADD COLUMN asked BIGINT NOT NULL DEFAULT 0;     -- who is asked to drop everything for it; 0 nobody

-- A class was 4 less impact and urgency; from now on that, and promises at risk, count as hours waited.
UPDATE ticket SET place = since WHERE stage <> 0;
UPDATE ticket SET place = since - 28800000 * (4 - class + (
  SELECT coalesce(max(CASE p.standing WHEN 'at_risk' THEN 2 WHEN 'alerted' THEN 4 WHEN 'broken' THEN 6 ELSE 0 END), 0)
  FROM promise p WHERE p.site = ticket.site AND p.ticket = ticket.id AND p.settled_at = 0)) WHERE stage = 0;
UPDATE ticket SET class = 1 WHERE stage = 0 AND class > 0;
UPDATE ticket SET pressing = (
  SELECT coalesce(min(p.due), 0) FROM promise p
  WHERE p.site = ticket.site AND p.ticket = ticket.id AND p.settled_at = 0 AND p.standing <> 'made');
INSERT INTO counter (site, name, n) SELECT site, 'pressing', count(*) FROM ticket WHERE pressing > 0 GROUP BY site;

DROP INDEX ticket_list;
DROP INDEX ticket_stage;
CREATE INDEX ticket_list ON ticket (site, stage, assignee, class, place, id);
CREATE INDEX ticket_stage ON ticket (site, stage, class, place, id);
CREATE INDEX ticket_pressing ON ticket (site, pressing, id) WHERE pressing > 0;
CREATE INDEX ticket_asset ON ticket (site, asset, id) WHERE asset > 0;
CREATE INDEX ticket_asked ON ticket (site, asked, id) WHERE asked > 0;

CREATE TABLE asset (
  site BIGINT NOT NULL, id BIGINT NOT NULL,
  words TEXT NOT NULL,                -- all of it in small letters, the name first: lists go by it, and are searched
  twin TEXT NOT NULL,                 -- name and organisation in small letters: two of them are one asset
  organisation TEXT NOT NULL, criticality BIGINT NOT NULL, retired BIGINT NOT NULL,
  seq BIGINT NOT NULL, hash BYTEA NOT NULL, state TEXT NOT NULL,
  PRIMARY KEY (site, id));
CREATE INDEX asset_words ON asset (site, words, id);
CREATE INDEX asset_twin ON asset (site, twin);
CREATE INDEX asset_organisation ON asset (site, organisation, criticality, words) WHERE organisation <> '';
