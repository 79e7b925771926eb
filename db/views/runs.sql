-- One row a run: what it expected (as the sources stated it, identifiers asked included), received and missed, and how it
-- ended. A run that is not complete says so.
SELECT
    n.id AS run,
    n.kind,
    n.on_day AS "on",
    n.status,
    n.started,
    n.finished,
    (SELECT count(*) FROM task t WHERE t.run = n.id) AS asks,
    (SELECT count(*) FROM task t WHERE t.run = n.id AND t.status = 'done') AS asks_done,
    (SELECT sum(ifnull(t.expected, t.received)) FROM task t WHERE t.run = n.id) AS expected,
    ifnull((SELECT sum(t.received) FROM task t WHERE t.run = n.id), n.received) AS received,
    (SELECT sum(max(ifnull(t.expected, t.received) - t.received - t.absent, 0)) FROM task t WHERE t.run = n.id) AS missing,
    (SELECT count(*) FROM unanswered u WHERE u.run = n.id AND u.answer = 'absent') AS absent,
    (SELECT count(*) FROM unanswered u WHERE u.run = n.id AND u.answer = 'failed') AS failed,
    n.quarantined,
    n.new_works,
    n.changed,
    n.requests,
    n.note
FROM run n
