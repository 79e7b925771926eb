-- Citations by year as each source states them.
SELECT r.source, y.year, y.count FROM record r JOIN count_by_year y ON y.record = r.id
WHERE r.work = :work ORDER BY r.source, y.year
