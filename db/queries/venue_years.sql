-- A venue's works by year, with the citations of those works (highest count of any source).
SELECT w.year, count(*) AS works, sum(w.citation_count) AS citations,
       round(avg(w.citation_count), 2) AS citations_per_work, max(w.citation_count) AS most_cited
FROM works w WHERE w.work IN (SELECT id FROM work WHERE venue = :venue)
GROUP BY w.year ORDER BY w.year DESC
