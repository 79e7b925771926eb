-- The DOIs that :source was asked for in run :run and does not know.
SELECT value FROM unanswered WHERE run = :run AND source = :source AND scheme = 'doi' AND answer = 'absent' ORDER BY value
