-- How many works there are, by their highest number.
SELECT ifnull(max(id), 0) AS works FROM work
