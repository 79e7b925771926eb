-- A place of this connection's own where words are cut to stems, just as the table work_text does it.
CREATE VIRTUAL TABLE IF NOT EXISTS temp.related_word USING fts5 (
    word, content = '', tokenize = 'porter unicode61 remove_diacritics 2'
)
