-- What a browser holds that chats, by digest: it finds its chat again after a reload, and its ticket when it comes back.

CREATE TABLE chat_visitor (
  site BIGINT NOT NULL, secret BLOB NOT NULL,
  chat BIGINT NOT NULL, ticket BIGINT NOT NULL,
  began BIGINT NOT NULL,
  PRIMARY KEY (site, secret));
CREATE INDEX chat_visitor_began ON chat_visitor (site, began);
