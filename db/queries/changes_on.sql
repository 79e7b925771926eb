-- All changes of works on day :on.
SELECT * FROM changes WHERE "on" = :on AND work IS NOT NULL
