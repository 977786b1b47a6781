-- Where every stream of the journal stood on a day, signed: what is taken off the end of a stream is missed.

CREATE TABLE checkpoint (
  site BIGINT NOT NULL, number BIGINT NOT NULL, at BIGINT NOT NULL,
  digest BLOB NOT NULL,               -- SHA-256 over the digest before it and the heads it lists
  public_key BLOB NOT NULL, signature BLOB NOT NULL,
  PRIMARY KEY (site, number));

CREATE TABLE checkpoint_head (        -- streams that moved since the checkpoint before
  site BIGINT NOT NULL, kind BIGINT NOT NULL, id BIGINT NOT NULL, seq BIGINT NOT NULL,
  number BIGINT NOT NULL, hash BLOB NOT NULL,
  PRIMARY KEY (site, kind, id, seq)) WITHOUT ROWID;
CREATE INDEX checkpoint_head_of ON checkpoint_head (site, number);
