-- The latest vector of each of these works in each model it has one of.
SELECT r.work, e.model, e.length, e.vector, max(e.first_seen) AS since
FROM json_each(:works) w CROSS JOIN record r ON r.work = w.value CROSS JOIN embedding e ON e.record = r.id
GROUP BY r.work, e.model
ORDER BY r.work, e.model
