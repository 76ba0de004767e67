-- MariaDB commits after each statement, so each must stand being run again.
CREATE TABLE IF NOT EXISTS runs (
    id BIGINT AUTO_INCREMENT PRIMARY KEY,
    kind LONGTEXT NOT NULL,
    params LONGTEXT NOT NULL,
    seed BIGINT NOT NULL,
    version LONGTEXT NOT NULL,
    started_at BIGINT NOT NULL,
    duration BIGINT NOT NULL,
    n_records BIGINT NOT NULL,
    summary LONGTEXT NOT NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS findings (
    run_id BIGINT NOT NULL,
    `rank` BIGINT NOT NULL,
    uid LONGTEXT,
    kind LONGTEXT NOT NULL,
    score DOUBLE NOT NULL,
    reason LONGTEXT NOT NULL,
    evidence LONGTEXT NOT NULL,
    PRIMARY KEY (run_id, `rank`),
    KEY findings_uid (uid(32)),
    FOREIGN KEY (run_id) REFERENCES runs (id) ON DELETE CASCADE
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
