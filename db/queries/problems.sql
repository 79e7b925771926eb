SELECT * FROM problems ORDER BY "on" DESC, kind, source, subject LIMIT :limit
