SELECT * FROM freshness ORDER BY source
