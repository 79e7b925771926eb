-- The works one of whose records was gone by :to and has another that answers in its place: the gain of such a series is that of
-- no record. (+: found by the few successors, not among all works.)
SELECT work FROM record WHERE successor IS NOT NULL AND gone_on <= :to AND +work IS NOT NULL
