-- One row an author: a person where a source gave an id or ORCID, otherwise a name (is_person 0), which may be several.
SELECT
    a.id AS author,
    a.name,
    a.orcid,
    substr(a.key, 1, instr(a.key, ':') - 1) <> 'name' AS is_person,
    (SELECT count(DISTINCT s.work) FROM authorship s WHERE s.author = a.id) AS works,
    (SELECT min(w.year) FROM authorship s JOIN work w ON w.id = s.work WHERE s.author = a.id) AS first_year,
    (SELECT max(w.year) FROM authorship s JOIN work w ON w.id = s.work WHERE s.author = a.id) AS last_year
FROM author a
