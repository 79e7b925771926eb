-- Of the works in :works (JSON list), whether each is retracted; without those of which no source says.
SELECT w.id AS work, w.is_retracted FROM json_each(:works) j JOIN work w ON w.id = j.value WHERE w.is_retracted IS NOT NULL
