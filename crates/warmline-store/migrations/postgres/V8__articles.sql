-- Articles themselves are aggregates (kind 25). Rows follow from the tickets' states.

CREATE TABLE article_given (          -- which answers gave which article, and what became of that
  site BIGINT NOT NULL, ticket BIGINT NOT NULL, n BIGINT NOT NULL, article TEXT NOT NULL, message BIGINT NOT NULL,
  version BIGINT NOT NULL, how TEXT NOT NULL,   -- mentioned, quoted, stood_on
  standing TEXT NOT NULL,             -- given, changed, holds, corrected, taken_back
  PRIMARY KEY (site, ticket, n));
CREATE INDEX article_given_of ON article_given (site, article, message);

CREATE TABLE article_view (           -- how often it was opened from outside
  site BIGINT NOT NULL, article TEXT NOT NULL, by_link BIGINT NOT NULL,  -- 1: by the link of an answer
  n BIGINT NOT NULL,
  PRIMARY KEY (site, article, by_link));

CREATE TABLE search_article (id BIGINT PRIMARY KEY, doc TSVECTOR NOT NULL);
CREATE INDEX search_article_doc ON search_article USING GIN (doc);
