-- In how many works each of the stems in :stems (JSON list) occurs, and how many works there are (by their highest number).
SELECT t.term AS stem, t.doc AS n, (SELECT max(id) FROM work) AS works FROM json_each(:stems) j JOIN work_term t ON t.term = j.value
