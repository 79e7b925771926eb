-- The open questions about a work, from either side.
SELECT * FROM doubts WHERE work = :work OR candidate = :work ORDER BY review
