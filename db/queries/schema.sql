-- What has changed in the form of what sources send: retyped, unknown and missing fields.
SELECT source, kind, path, records, first_seen, last_seen FROM drift
ORDER BY last_seen DESC, source, kind, path LIMIT :limit
