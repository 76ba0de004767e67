CREATE TABLE datasets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    "name" TEXT NOT NULL UNIQUE,
    "created_at" BIGINT NOT NULL
);

-- One log: what stands behind its first n_bytes, whose BLAKE3 hash is given, is what has not been imported yet.
CREATE TABLE sources (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    "dataset_id" BIGINT NOT NULL,
    "name" TEXT NOT NULL,
    "n_bytes" BIGINT NOT NULL,
    "hash" BLOB NOT NULL,
    "n_blocks" BIGINT NOT NULL,
    "n_rows" BIGINT NOT NULL,
    "n_rejected" BIGINT NOT NULL,
    min_ts BIGINT,
    max_ts BIGINT,
    "state" BIGINT NOT NULL,
    "has_tail" BIGINT NOT NULL,
    "imported_at" BIGINT NOT NULL,
    FOREIGN KEY (dataset_id) REFERENCES datasets (id)
);

-- The header lines over rows, with default separators and markers.
CREATE TABLE layouts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT,
    "header" TEXT NOT NULL
);

-- Rows under one header, next to each other.
CREATE TABLE blocks (
    "source_id" BIGINT NOT NULL,
    "block_no" BIGINT NOT NULL,
    "layout_id" BIGINT NOT NULL,
    "kind" BIGINT NOT NULL,
    "first_row" BIGINT NOT NULL,
    "n_rows" BIGINT NOT NULL,
    min_ts BIGINT,
    max_ts BIGINT,
    PRIMARY KEY (source_id, block_no),
    FOREIGN KEY (source_id) REFERENCES sources (id),
    FOREIGN KEY (layout_id) REFERENCES layouts (id)
);

CREATE TABLE rejects (
    "source_id" BIGINT NOT NULL,
    "byte" BIGINT NOT NULL,
    "line" BIGINT NOT NULL,
    "reason" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "raw" BLOB NOT NULL,
    PRIMARY KEY (source_id, byte),
    FOREIGN KEY (source_id) REFERENCES sources (id)
);

-- The id of a row is the number of its source times 2^36, plus the number of the row in it. Counts above 2^63 stand as negative numbers.
CREATE TABLE conn (
    id INTEGER PRIMARY KEY,
    "ts" BIGINT,
    "uid" TEXT,
    "id_orig_h" BLOB,
    "id_orig_p" BIGINT,
    "id_resp_h" BLOB,
    "id_resp_p" BIGINT,
    "proto" TEXT,
    "service" TEXT,
    "duration" BIGINT,
    "orig_bytes" BIGINT,
    "resp_bytes" BIGINT,
    "conn_state" TEXT,
    "local_orig" BIGINT,
    "local_resp" BIGINT,
    "missed_bytes" BIGINT,
    "history" TEXT,
    "orig_pkts" BIGINT,
    "orig_ip_bytes" BIGINT,
    "resp_pkts" BIGINT,
    "resp_ip_bytes" BIGINT,
    "tunnel_parents" TEXT,
    "ip_proto" BIGINT,
    extra TEXT
);

CREATE TABLE http (
    id INTEGER PRIMARY KEY,
    "ts" BIGINT,
    "uid" TEXT,
    "id_orig_h" BLOB,
    "id_orig_p" BIGINT,
    "id_resp_h" BLOB,
    "id_resp_p" BIGINT,
    "trans_depth" BIGINT,
    "method" TEXT,
    "host" TEXT,
    "uri" TEXT,
    "referrer" TEXT,
    "version" TEXT,
    "user_agent" TEXT,
    "origin" TEXT,
    "request_body_len" BIGINT,
    "response_body_len" BIGINT,
    "status_code" BIGINT,
    "status_msg" TEXT,
    "info_code" BIGINT,
    "info_msg" TEXT,
    "tags" TEXT,
    "username" TEXT,
    "password" TEXT,
    "proxied" TEXT,
    "orig_fuids" TEXT,
    "orig_filenames" TEXT,
    "orig_mime_types" TEXT,
    "resp_fuids" TEXT,
    "resp_filenames" TEXT,
    "resp_mime_types" TEXT,
    extra TEXT
);

-- Rows of all other logs, as text.
CREATE TABLE records (
    id INTEGER PRIMARY KEY,
    "ts" BIGINT,
    "uid" TEXT,
    cells TEXT
);

CREATE TABLE labels (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    "dataset_id" BIGINT NOT NULL,
    "uid" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "author" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    FOREIGN KEY (dataset_id) REFERENCES datasets (id)
);

CREATE TABLE feature_runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    dataset_id BIGINT,
    "spec" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "started_at" BIGINT NOT NULL,
    "duration" BIGINT NOT NULL,
    "n_rows" BIGINT NOT NULL,
    "summary" TEXT NOT NULL,
    FOREIGN KEY (dataset_id) REFERENCES datasets (id)
);

CREATE TABLE models (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    "kind" TEXT NOT NULL,
    "format_version" BIGINT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "summary" TEXT NOT NULL,
    "bytes" BLOB NOT NULL
);

CREATE TABLE suppressions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    "kind" TEXT NOT NULL,
    "rule" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "author" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    expires_at BIGINT
);

CREATE INDEX sources_dataset_id ON sources (dataset_id);

CREATE INDEX labels_uid ON labels (dataset_id, uid);
