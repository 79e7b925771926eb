-- Those of :works (JSON list) that the FTS5 query :match finds, by the title alone if it says so.
SELECT rowid AS work FROM work_text WHERE work_text MATCH :match AND rowid IN (SELECT value FROM json_each(:works))
