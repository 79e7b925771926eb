-- One row a decision of a person about identity: what, when, who, why, and whether it stands (undone_by is null). `works` and
-- `records` are those concerned; `review` is the question it answered, `undoes` the decision it took back.
SELECT
    d.id AS decision,
    d.kind,
    d.on_day AS "on",
    d.at,
    d.who,
    d.why,
    (SELECT group_concat(value, ',') FROM (SELECT j.value FROM json_each(d.works) j ORDER BY j.key)) AS works,
    (SELECT group_concat(name, ', ')
     FROM (SELECT r.source || ':' || r.source_id AS name FROM json_each(d.records) j JOIN record r ON r.id = j.value ORDER BY j.key))
        AS records,
    d.question AS review,
    d.undoes,
    d.undone_by
FROM decision d
