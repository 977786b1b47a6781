CREATE TABLE record (                 -- what was written down about a ticket, for whoever takes over
  site BIGINT NOT NULL, id BIGINT NOT NULL, ticket BIGINT NOT NULL,
  kind TEXT NOT NULL,                 -- problem, environment, tried, state, next, solution; found, question, ask, missing
  at BIGINT NOT NULL, actor TEXT NOT NULL, text TEXT NOT NULL,
  PRIMARY KEY (site, id));
CREATE INDEX record_of_ticket ON record (site, ticket, id);

CREATE TABLE at_work (                -- who works on which ticket now
  site BIGINT NOT NULL, agent BIGINT NOT NULL, ticket BIGINT NOT NULL,
  PRIMARY KEY (site, agent, ticket));
CREATE INDEX at_work_on ON at_work (site, ticket);

CREATE TABLE question (               -- what colleagues are asked and have not answered
  site BIGINT NOT NULL, agent BIGINT NOT NULL, id BIGINT NOT NULL, ticket BIGINT NOT NULL,
  PRIMARY KEY (site, agent, id));
CREATE INDEX question_of_ticket ON question (site, ticket);

CREATE TABLE offer (                  -- handed up, and nobody has accepted it yet
  site BIGINT NOT NULL, ticket BIGINT NOT NULL, entry BIGINT NOT NULL,
  tier BIGINT NOT NULL, agent BIGINT NOT NULL, accept_by BIGINT NOT NULL,
  PRIMARY KEY (site, ticket));
CREATE INDEX offer_to ON offer (site, accept_by);
