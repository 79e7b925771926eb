-- The day of the last digest before :on that told of :watch (null: of all watches).
SELECT max(on_day) AS "on" FROM digest WHERE on_day < :on AND (watch IS NULL OR watch = :watch)
