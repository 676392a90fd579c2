-- Entries that a moderator has hidden: `npm run guestbook`. The index gives visitors a page without reading hidden ones.
-- MySQL changes a table at once or not at all. A run that dies between this and its note comes here again, so it asks first.
SET @there = (SELECT COUNT(*) FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'entries' AND column_name = 'hidden_at');
SET @statement = IF(@there, 'DO 0', 'ALTER TABLE entries ADD COLUMN hidden_at DATETIME(3), ADD KEY entries_visible (hidden_at, id)');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;
