-- The venue with ISSN :issn, or the venues whose name key is :name.
SELECT v.venue, v.name, v.issn_l, v.issns, v.type, v.publisher, v.works, v.first_year, v.last_year
FROM venues v
WHERE v.venue IN (SELECT venue FROM venue_identifier WHERE scheme = 'issn' AND value = :issn)
   OR v.venue IN (SELECT id FROM venue WHERE name_key = :name)
ORDER BY v.works DESC, v.venue
