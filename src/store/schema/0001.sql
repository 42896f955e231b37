-- Numbers that belong to the database as a whole. `next_object` is the lowest object id never given out; `next_slot`,
-- there once a token was deleted, is above the slots of all that were.
CREATE TABLE counter (
    name TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counter VALUES ('next_object', 1);

-- What tells the root key that the database was made with. Twice, so that a changed byte is told from another key.
CREATE TABLE root_key (
    copy INTEGER NOT NULL PRIMARY KEY,
    identity BLOB NOT NULL
) STRICT;

-- Tokens. The header is sealed for (id, slot, version).
CREATE TABLE token (
    slot INTEGER NOT NULL PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    header BLOB NOT NULL
) STRICT;

-- Objects. The record is sealed for (token's id, id, version, private). `tags` are eight bytes each, ascending: what
-- must be in the table `tag`.
CREATE TABLE object (
    id INTEGER NOT NULL PRIMARY KEY,
    token INTEGER NOT NULL,
    private INTEGER NOT NULL,
    version INTEGER NOT NULL,
    tags BLOB NOT NULL,
    record BLOB NOT NULL
) STRICT;
CREATE INDEX object_of_token ON object (token);

-- The search index.
CREATE TABLE tag (
    tag INTEGER NOT NULL,
    object INTEGER NOT NULL,
    PRIMARY KEY (tag, object)
) STRICT, WITHOUT ROWID;

-- The same once more: a search asks both, so that a byte changed in one of them hides nothing.
CREATE TABLE tag_copy (
    tag INTEGER NOT NULL,
    object INTEGER NOT NULL,
    PRIMARY KEY (tag, object)
) STRICT, WITHOUT ROWID;
