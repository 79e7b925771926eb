-- How much the database holds.
SELECT
    (SELECT count(*) FROM work) AS works,
    (SELECT count(*) FROM record WHERE first_seen IS NOT NULL) AS records,
    (SELECT count(*) FROM record WHERE first_seen IS NULL) AS named_only,
    (SELECT count(*) FROM citation) AS citations,
    (SELECT count(*) FROM observation) AS observations,
    (SELECT count(*) FROM quarantine) AS quarantined,
    (SELECT count(*) FROM doubts) AS doubts,
    (SELECT count(*) FROM watch) AS watches
