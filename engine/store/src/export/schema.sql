-- The runs of a Windlass workspace, for anyone's own queries. PRAGMA user_version says the version of this schema.
-- Hashes are lower-case hexadecimal digits. Times are milliseconds since 1970-01-01 UTC (`_unix_ms`), milliseconds since the
-- run began (`at_ms`), or durations (`took_`). A run, a step and a key together name one item in one step.

CREATE TABLE runs (
    run TEXT PRIMARY KEY,       -- its name
    graph TEXT,                 -- path of the graph file
    began_unix_ms INTEGER,
    windlass TEXT,              -- version of the program
    host TEXT,
    pid INTEGER,
    folder TEXT,                -- the current folder of the call
    args TEXT,                  -- what was typed behind `windlass`, a JSON list without secrets
    seed TEXT,                  -- root of all randomness, a whole number that may not fit into 64 bits with a sign
    stand TEXT NOT NULL,        -- goes_on, killed, or how it ended: finished, waiting, interrupted, stopped, ...
    took_ms INTEGER,            -- of the last process that worked on it
    lost_bytes INTEGER NOT NULL -- of its journal, because they are damaged
) WITHOUT ROWID;

-- The steps of each run, with what became of their items in the last process that worked on it.
CREATE TABLE steps (
    run TEXT NOT NULL REFERENCES runs,
    step TEXT NOT NULL,         -- its name, `outer/inner` inside used graphs
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    admitted INTEGER NOT NULL,
    emitted INTEGER NOT NULL,
    skipped INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    handled INTEGER NOT NULL,   -- of the failed ones
    recalled INTEGER NOT NULL,  -- found and not computed
    recomputed INTEGER NOT NULL,
    busy_ms REAL NOT NULL,
    PRIMARY KEY (run, step)
) WITHOUT ROWID;

-- What became of each item that the journal tells of; light steps are told in sums alone.
CREATE TABLE items (
    run TEXT NOT NULL REFERENCES runs,
    step TEXT NOT NULL,
    key TEXT NOT NULL,          -- place in the tree of splits, like `3/0`
    name TEXT NOT NULL,         -- stable name
    fate TEXT NOT NULL,         -- emitted, skipped, failed
    cause TEXT,                 -- why it was skipped or failed; of several, the outermost comes first, one a line
    attempts INTEGER,           -- of a failed one
    took_ms REAL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (run, step, key)
) WITHOUT ROWID;

-- Firings whose results are remembered.
CREATE TABLE firings (
    run TEXT NOT NULL REFERENCES runs,
    step TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,  -- hash of all that it depended on
    took_us INTEGER NOT NULL,   -- when it was computed
    came TEXT NOT NULL,         -- gave, failed
    PRIMARY KEY (run, step, key)
) WITHOUT ROWID;

-- What came on the inputs of these firings.
CREATE TABLE inputs (
    run TEXT NOT NULL REFERENCES runs,
    step TEXT NOT NULL,
    key TEXT NOT NULL,
    port TEXT NOT NULL,
    value TEXT NOT NULL,        -- hash that stands for the value
    PRIMARY KEY (run, step, key, port)
) WITHOUT ROWID;

-- What these firings gave, and what splits found: there, the key is that of the child.
CREATE TABLE outputs (
    run TEXT NOT NULL REFERENCES runs,
    step TEXT NOT NULL,
    key TEXT NOT NULL,
    port TEXT NOT NULL,
    value TEXT,                 -- hash that stands for the value; none where it was skipped
    type TEXT,
    size_bytes INTEGER,         -- in memory
    artifact TEXT,              -- hash of its kept bytes; none where it is computed again when needed
    skipped TEXT,               -- why there is none
    PRIMARY KEY (run, step, key, port)
) WITHOUT ROWID;

-- Values that are kept.
CREATE TABLE artifacts (
    artifact TEXT PRIMARY KEY,  -- hash of the bytes
    size_bytes INTEGER NOT NULL,
    place TEXT NOT NULL         -- record, pack, file
) WITHOUT ROWID;

-- Files that sources found and that sinks put in place.
CREATE TABLE files (
    run TEXT NOT NULL REFERENCES runs,
    step TEXT NOT NULL,
    key TEXT NOT NULL,
    path TEXT NOT NULL,
    was TEXT NOT NULL,          -- found, written
    content TEXT,               -- hash of a written one
    size_bytes INTEGER NOT NULL,
    PRIMARY KEY (run, step, key, path)
) WITHOUT ROWID;

CREATE INDEX outputs_by_value ON outputs (value);
CREATE INDEX inputs_by_value ON inputs (value);
CREATE INDEX files_by_content ON files (content);

-- Which value came from which, by which firing.
CREATE VIEW lineage AS
    SELECT outputs.value, outputs.run, outputs.step, outputs.key, outputs.port, inputs.port AS input, inputs.value AS came_from
    FROM outputs JOIN inputs USING (run, step, key)
    WHERE outputs.value IS NOT NULL;
