-- The works of each cohort in :keys, a JSON list of [kind, number, first year, last year]; kind venue, or topic as in cohort_keys.
SELECT j.key, w.id AS work
FROM json_each(:keys) j
CROSS JOIN work w ON w.venue = j.value ->> 1 AND w.year BETWEEN j.value ->> 2 AND j.value ->> 3
WHERE j.value ->> 0 = 'venue'
UNION ALL
SELECT j.key, w.id
FROM json_each(:keys) j
CROSS JOIN work_subject x ON x.subject = j.value ->> 1
CROSS JOIN work w ON w.id = x.work AND w.year BETWEEN j.value ->> 2 AND j.value ->> 3
WHERE j.value ->> 0 = 'topic' AND x.subject = (
    SELECT b.subject FROM work_subject b JOIN subject t ON t.id = b.subject
    WHERE b.work = w.id AND t.scheme IN ('topic', 'concept') ORDER BY t.scheme = 'concept', b.score DESC, b.subject LIMIT 1)
ORDER BY 1, 2
