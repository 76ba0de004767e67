CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    params TEXT NOT NULL,
    seed BIGINT NOT NULL,
    version TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    duration BIGINT NOT NULL,
    n_records BIGINT NOT NULL,
    summary TEXT NOT NULL
);

CREATE TABLE findings (
    run_id BIGINT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    rank BIGINT NOT NULL,
    uid TEXT,
    kind TEXT NOT NULL,
    score DOUBLE NOT NULL,
    reason TEXT NOT NULL,
    evidence TEXT NOT NULL,
    PRIMARY KEY (run_id, rank)
) WITHOUT ROWID;

CREATE INDEX findings_uid ON findings (uid) WHERE uid IS NOT NULL;
