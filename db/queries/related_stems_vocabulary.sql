CREATE VIRTUAL TABLE IF NOT EXISTS temp.related_stem USING fts5vocab (temp, related_word, instance)
