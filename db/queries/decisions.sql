-- What people decided, the latest first.
SELECT * FROM decisions ORDER BY decision DESC LIMIT :limit
