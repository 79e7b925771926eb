-- One row a watch: what it stands for, how many works it has caught, and when they were last seen. `sources` null: all that
-- are enabled; `cap`: works it may stand for; `in_settings`: it stands in the settings file.
SELECT
    x.id AS watch,
    x.kind,
    x.value,
    x.label,
    x.added_on,
    (SELECT count(DISTINCT r.work) FROM watch_record wr JOIN record r ON r.id = wr.record WHERE wr.watch = x.id) AS works,
    (SELECT max(r.last_seen) FROM watch_record wr JOIN record r ON r.id = wr.record WHERE wr.watch = x.id) AS last_seen,
    x.sources,
    x.depth,
    x.since,
    x.cap,
    x.listed AS in_settings
FROM watch x
