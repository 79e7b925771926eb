-- The works of records that :source does not know by its own name any more, as run :run has asked it, and that it has not sent in
-- any other record on :on either, each with the names its records bear or have borne, as JSON, and where the source said it lies.
SELECT r.work, (SELECT json_group_array(json_array(i.scheme, i.value))
                FROM (SELECT DISTINCT i.scheme, i.value FROM record m JOIN identifier i ON i.record = m.id
                      WHERE m.work = r.work ORDER BY i.scheme, i.value) i) AS identifiers,
       (SELECT w.url FROM work w WHERE w.id = r.work AND w.origin ->> 'url' = :source) AS url
FROM unanswered u
JOIN record r ON r.source = u.source AND r.source_id = u.value
WHERE u.run = :run AND u.source = :source AND u.answer = 'absent' AND r.work IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM record s WHERE s.work = r.work AND s.source = :source AND s.last_seen >= :on)
GROUP BY r.work ORDER BY r.work
