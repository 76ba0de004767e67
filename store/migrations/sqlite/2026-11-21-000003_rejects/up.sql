-- Where a reject stands among the rows of its log: how many are before it, and the header over it.
ALTER TABLE rejects ADD COLUMN row_no BIGINT NOT NULL DEFAULT 0;
ALTER TABLE rejects ADD COLUMN layout_id BIGINT;
-- The line that stands for it under that header, if that is not its own bytes.
ALTER TABLE rejects ADD COLUMN text BLOB;
