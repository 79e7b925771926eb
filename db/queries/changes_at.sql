-- The changes of work :work on day :on of one kind and source.
SELECT * FROM changes WHERE work = :work AND "on" = :on AND kind = :kind AND source IS :source
