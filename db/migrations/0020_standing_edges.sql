-- Who cites a work is mostly asked of the edges that stand: the index says so itself, so that no row is read for it.
DROP INDEX citation_cited;
CREATE INDEX citation_cited ON citation (cited, citing, last_seen);
