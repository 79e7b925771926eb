-- Every identifier of a work by the record that bears it.
SELECT i.record AS number, r.source || ':' || r.source_id AS record, i.scheme, i.value, i.alias, i.first_seen AS "on"
FROM record r JOIN identifier i ON i.record = r.id WHERE r.work = :work ORDER BY i.scheme, i.value, r.id
