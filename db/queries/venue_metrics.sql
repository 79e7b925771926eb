-- Figures others state about a venue, newest first.
SELECT name, value, year, source FROM venue_metric WHERE venue = :venue ORDER BY year DESC, source, name
