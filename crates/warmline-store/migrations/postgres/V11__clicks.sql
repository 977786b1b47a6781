CREATE TABLE ask_link (               -- the line with the link of an answer that asks, until the mail has left
  site BIGINT NOT NULL, message BIGINT NOT NULL, line TEXT NOT NULL,
  PRIMARY KEY (site, message));
