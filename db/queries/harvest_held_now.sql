-- How many counts sources say on :on that are not believed.
SELECT count(*) AS counts FROM held_count WHERE ended_on IS NULL AND last_day = :on
