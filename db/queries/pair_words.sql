-- In how many works each of the stems in :stems (JSON list) occurs, and how many works there are (by their highest number). One
-- that more than a fifth of the works have, and more than a few, tells nothing and is left out.
SELECT t.term AS stem, t.doc AS n, m.works
FROM (SELECT max(id) AS works FROM work) m JOIN json_each(:stems) j JOIN work_term t ON t.term = j.value
WHERE t.doc <= max(50, m.works / 5)
