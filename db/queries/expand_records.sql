-- The records a source has of these works, in the works' order: the day the works it cites were last fetched, the day the list of
-- works citing it was last read to its end, how many that source counts.
SELECT r.source_id, r.cited_on, r.citing_on, s.count
FROM json_each(:works) w CROSS JOIN record r ON r.work = w.value AND r.source = :source AND r.first_seen IS NOT NULL
    LEFT JOIN standing s ON s.record = r.id
WHERE r.gone_on IS NULL AND r.successor IS NULL
ORDER BY w.key, r.id
