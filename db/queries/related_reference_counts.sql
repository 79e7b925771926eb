-- How many references each of these works has, by the source that lists most; counted up to :most.
SELECT j.value AS work, max((SELECT count(*) FROM (SELECT 1 FROM citation c WHERE c.citing = r.id LIMIT :most))) AS n
FROM json_each(:works) j JOIN record r ON r.work = j.value
GROUP BY j.value
