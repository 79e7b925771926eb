-- The stem of each word, by its place; a word that is cut into several is left out.
SELECT doc AS place, min(term) AS stem FROM temp.related_stem GROUP BY doc HAVING count(*) = 1
