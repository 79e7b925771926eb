-- The sources that refuse our key, each with what to do.
SELECT source, why FROM problems WHERE kind = 'key' ORDER BY source
