-- How much a finding asks to be looked at, what became of it, and the two ends it is about.
ALTER TABLE findings
    ADD COLUMN severity BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN status BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN orig LONGTEXT,
    ADD COLUMN resp LONGTEXT,
    ADD KEY findings_severity (severity, run_id, `rank`);
