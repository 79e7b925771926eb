-- In how many works each of these stems occurs, and how many works there are (by their highest number). Of the most common stems
-- that is known from when it was last counted: reading them costs as much as they are common.
SELECT j.value AS stem, ifnull(
    (SELECT c.works FROM common_stem c WHERE c.stem = j.value), (SELECT t.doc FROM work_term t WHERE t.term = j.value)
) AS n, (SELECT max(id) FROM work) AS works
FROM json_each(:stems) j
WHERE n IS NOT NULL
