-- What each source said of a work's open access, licence, abstract and retraction, as known on :as_of, oldest first.
SELECT r.source, r.source_id, f.field, f.value, f.first_seen, min(f.last_seen, :as_of) AS last_seen, f.reason
FROM field_value f JOIN record r ON r.id = f.record
WHERE r.work = :work AND f.first_seen <= :as_of
ORDER BY f.field, r.source, r.id, f.first_seen
