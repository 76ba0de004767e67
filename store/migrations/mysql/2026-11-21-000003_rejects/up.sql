-- Where a reject stands among the rows of its log (how many are before it), the header over it, and the line that
-- stands for it under that header, if that is not its own bytes.
ALTER TABLE rejects
    ADD COLUMN row_no BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN layout_id BIGINT,
    ADD COLUMN `text` LONGBLOB;
