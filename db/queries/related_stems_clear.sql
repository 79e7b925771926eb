INSERT INTO temp.related_word (related_word) VALUES ('delete-all')
