-- How much a finding asks to be looked at, what became of it, and the two ends it is about.
ALTER TABLE findings ADD COLUMN severity BIGINT NOT NULL DEFAULT 0;
ALTER TABLE findings ADD COLUMN status BIGINT NOT NULL DEFAULT 0;
ALTER TABLE findings ADD COLUMN orig TEXT;
ALTER TABLE findings ADD COLUMN resp TEXT;
CREATE INDEX findings_severity ON findings (severity, run_id, rank);
