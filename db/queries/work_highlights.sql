-- Titled statements that go with a work.
SELECT position, title, text, source FROM highlight WHERE work = :work ORDER BY position
