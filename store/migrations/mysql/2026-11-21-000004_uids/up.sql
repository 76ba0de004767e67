-- The same characters as in the tables of rows, whose index on uid a comparison can use only then.
ALTER TABLE labels MODIFY uid VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL;
UPDATE findings SET uid = NULL WHERE uid <> CONVERT(uid USING ascii);
ALTER TABLE findings MODIFY uid LONGTEXT CHARACTER SET ascii COLLATE ascii_bin;
