-- What the works in :works (JSON list) can be compared by: their year, venue and first topic. The first topic is the one with the
-- highest score, of equal ones the one known longest; a concept, where a work was described before there were topics.
SELECT w.id AS work, w.year, w.venue, v.name AS venue_name, s.id AS topic, s.name AS topic_name
FROM json_each(:works) j
CROSS JOIN work w ON w.id = j.value
LEFT JOIN venue v ON v.id = w.venue
LEFT JOIN subject s ON s.id = (
    SELECT b.subject FROM work_subject b JOIN subject t ON t.id = b.subject
    WHERE b.work = w.id AND t.scheme IN ('topic', 'concept') ORDER BY t.scheme = 'concept', b.score DESC, b.subject LIMIT 1)
WHERE w.year IS NOT NULL
ORDER BY w.id
