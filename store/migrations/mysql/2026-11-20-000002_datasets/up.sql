-- MariaDB commits after each statement, so each must stand being run again.
CREATE TABLE IF NOT EXISTS datasets (
    id BIGINT AUTO_INCREMENT PRIMARY KEY,
    `name` VARCHAR(191) NOT NULL UNIQUE,
    `created_at` BIGINT NOT NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- One log: what stands behind its first n_bytes, whose BLAKE3 hash is given, is what has not been imported yet.
CREATE TABLE IF NOT EXISTS sources (
    id BIGINT AUTO_INCREMENT PRIMARY KEY,
    `dataset_id` BIGINT NOT NULL,
    `name` LONGTEXT NOT NULL,
    `n_bytes` BIGINT NOT NULL,
    `hash` VARBINARY(32) NOT NULL,
    `n_blocks` BIGINT NOT NULL,
    `n_rows` BIGINT NOT NULL,
    `n_rejected` BIGINT NOT NULL,
    min_ts BIGINT,
    max_ts BIGINT,
    `state` BIGINT NOT NULL,
    `has_tail` BIGINT NOT NULL,
    `imported_at` BIGINT NOT NULL,
    FOREIGN KEY (dataset_id) REFERENCES datasets (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The header lines over rows, with default separators and markers.
CREATE TABLE IF NOT EXISTS layouts (
    id BIGINT AUTO_INCREMENT PRIMARY KEY,
    path LONGTEXT,
    `header` LONGTEXT NOT NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Rows under one header, next to each other.
CREATE TABLE IF NOT EXISTS blocks (
    `source_id` BIGINT NOT NULL,
    `block_no` BIGINT NOT NULL,
    `layout_id` BIGINT NOT NULL,
    `kind` BIGINT NOT NULL,
    `first_row` BIGINT NOT NULL,
    `n_rows` BIGINT NOT NULL,
    min_ts BIGINT,
    max_ts BIGINT,
    PRIMARY KEY (source_id, block_no),
    FOREIGN KEY (source_id) REFERENCES sources (id),
    FOREIGN KEY (layout_id) REFERENCES layouts (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS rejects (
    `source_id` BIGINT NOT NULL,
    `byte` BIGINT NOT NULL,
    `line` BIGINT NOT NULL,
    `reason` LONGTEXT NOT NULL,
    `message` LONGTEXT NOT NULL,
    `raw` LONGBLOB NOT NULL,
    PRIMARY KEY (source_id, byte),
    FOREIGN KEY (source_id) REFERENCES sources (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The id of a row is the number of its source times 2^36, plus the number of the row in it. Counts above 2^63 stand as negative numbers.
CREATE TABLE IF NOT EXISTS conn (
    id BIGINT PRIMARY KEY,
    `ts` BIGINT,
    `uid` LONGTEXT,
    `id_orig_h` VARBINARY(16),
    `id_orig_p` BIGINT,
    `id_resp_h` VARBINARY(16),
    `id_resp_p` BIGINT,
    `proto` LONGTEXT,
    `service` LONGTEXT,
    `duration` BIGINT,
    `orig_bytes` BIGINT,
    `resp_bytes` BIGINT,
    `conn_state` LONGTEXT,
    `local_orig` BIGINT,
    `local_resp` BIGINT,
    `missed_bytes` BIGINT,
    `history` LONGTEXT,
    `orig_pkts` BIGINT,
    `orig_ip_bytes` BIGINT,
    `resp_pkts` BIGINT,
    `resp_ip_bytes` BIGINT,
    `tunnel_parents` LONGTEXT,
    `ip_proto` BIGINT,
    extra LONGTEXT
) ENGINE = InnoDB CHARACTER SET ascii COLLATE ascii_bin;

CREATE TABLE IF NOT EXISTS http (
    id BIGINT PRIMARY KEY,
    `ts` BIGINT,
    `uid` LONGTEXT,
    `id_orig_h` VARBINARY(16),
    `id_orig_p` BIGINT,
    `id_resp_h` VARBINARY(16),
    `id_resp_p` BIGINT,
    `trans_depth` BIGINT,
    `method` LONGTEXT,
    `host` LONGTEXT,
    `uri` LONGTEXT,
    `referrer` LONGTEXT,
    `version` LONGTEXT,
    `user_agent` LONGTEXT,
    `origin` LONGTEXT,
    `request_body_len` BIGINT,
    `response_body_len` BIGINT,
    `status_code` BIGINT,
    `status_msg` LONGTEXT,
    `info_code` BIGINT,
    `info_msg` LONGTEXT,
    `tags` LONGTEXT,
    `username` LONGTEXT,
    `password` LONGTEXT,
    `proxied` LONGTEXT,
    `orig_fuids` LONGTEXT,
    `orig_filenames` LONGTEXT,
    `orig_mime_types` LONGTEXT,
    `resp_fuids` LONGTEXT,
    `resp_filenames` LONGTEXT,
    `resp_mime_types` LONGTEXT,
    extra LONGTEXT
) ENGINE = InnoDB CHARACTER SET ascii COLLATE ascii_bin;

-- Rows of all other logs, as text.
CREATE TABLE IF NOT EXISTS records (
    id BIGINT PRIMARY KEY,
    `ts` BIGINT,
    `uid` LONGTEXT,
    cells LONGTEXT
) ENGINE = InnoDB CHARACTER SET ascii COLLATE ascii_bin;

CREATE TABLE IF NOT EXISTS labels (
    id BIGINT AUTO_INCREMENT PRIMARY KEY,
    `dataset_id` BIGINT NOT NULL,
    `uid` VARCHAR(191) NOT NULL,
    `label` VARCHAR(191) NOT NULL,
    `author` LONGTEXT NOT NULL,
    `source` LONGTEXT NOT NULL,
    `created_at` BIGINT NOT NULL,
    KEY labels_uid (dataset_id, uid),
    FOREIGN KEY (dataset_id) REFERENCES datasets (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS feature_runs (
    id BIGINT AUTO_INCREMENT PRIMARY KEY,
    dataset_id BIGINT,
    `spec` LONGTEXT NOT NULL,
    `version` LONGTEXT NOT NULL,
    `started_at` BIGINT NOT NULL,
    `duration` BIGINT NOT NULL,
    `n_rows` BIGINT NOT NULL,
    `summary` LONGTEXT NOT NULL,
    FOREIGN KEY (dataset_id) REFERENCES datasets (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS models (
    id BIGINT AUTO_INCREMENT PRIMARY KEY,
    `kind` LONGTEXT NOT NULL,
    `format_version` BIGINT NOT NULL,
    `created_at` BIGINT NOT NULL,
    `summary` LONGTEXT NOT NULL,
    `bytes` LONGBLOB NOT NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS suppressions (
    id BIGINT AUTO_INCREMENT PRIMARY KEY,
    `kind` LONGTEXT NOT NULL,
    `rule` LONGTEXT NOT NULL,
    `reason` LONGTEXT NOT NULL,
    `author` LONGTEXT NOT NULL,
    `created_at` BIGINT NOT NULL,
    expires_at BIGINT
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
