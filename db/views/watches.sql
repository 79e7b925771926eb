-- One row a watch: what it stands for, how many works it has caught, and when they were last seen.
SELECT
    x.id AS watch,
    x.kind,
    x.value,
    x.label,
    x.added_on,
    (SELECT count(DISTINCT r.work) FROM watch_record wr JOIN record r ON r.id = wr.record WHERE wr.watch = x.id) AS works,
    (SELECT max(r.last_seen) FROM watch_record wr JOIN record r ON r.id = wr.record WHERE wr.watch = x.id) AS last_seen
FROM watch x
