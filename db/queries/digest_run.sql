-- The last harvest up to :on, and whether it is complete.
SELECT * FROM runs WHERE kind = 'harvest' AND "on" <= :on ORDER BY run DESC LIMIT 1
