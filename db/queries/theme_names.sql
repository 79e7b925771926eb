-- What the source calls these records (JSON list).
SELECT r.id AS record, r.source, r.source_id FROM json_each(:records) j CROSS JOIN record r ON r.id = j.value
