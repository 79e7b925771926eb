INSERT INTO temp.related_word (rowid, word) SELECT key, value FROM json_each(:words)
