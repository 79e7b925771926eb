-- Persons, and names that claim none, as somebody may write them: by ORCID, by key (openalex:A1, semantic_scholar:1, name:...)
-- or by name key. One row a person: whoever bears one ORCID is one. `numbers`: JSON list.
WITH named AS (
    SELECT id, orcid FROM author WHERE orcid = :orcid OR key = :key OR name_key = :name
), person AS (
    SELECT id FROM named UNION SELECT a.id FROM named n CROSS JOIN author a ON a.orcid = n.orcid
)
SELECT json_group_array(DISTINCT a.id) AS numbers, a.name, a.orcid, ifnull(a.orcid, a.key) AS id, count(DISTINCT s.work) AS works
FROM person p JOIN author a ON a.id = p.id LEFT JOIN authorship s ON s.author = a.id
GROUP BY ifnull(a.orcid, a.key) ORDER BY works DESC, id
