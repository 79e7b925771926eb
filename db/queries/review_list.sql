-- The open questions, in the order of their numbers.
SELECT * FROM doubts ORDER BY review LIMIT :limit
