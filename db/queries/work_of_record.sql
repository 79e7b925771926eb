-- The work that a record is of; no row where it is not held, or in none.
SELECT r.work FROM record r WHERE r.source = :source AND r.source_id = :source_id AND r.work IS NOT NULL
