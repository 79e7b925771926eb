-- Of these works, in their order: the identifiers of each as JSON, and the day its record of a source was last seen.
SELECT w.value AS work,
       (SELECT json_group_array(json_array(i.scheme, i.value))
        FROM (SELECT DISTINCT i.scheme, i.value FROM record m JOIN identifier i ON i.record = m.id
              WHERE m.work = w.value AND NOT i.alias AND m.successor IS NULL ORDER BY i.scheme, i.value) i) AS identifiers,
       (SELECT max(r.last_seen) FROM record r WHERE r.work = w.value AND r.source = :source) AS last_seen
FROM json_each(:works) w
ORDER BY w.key
