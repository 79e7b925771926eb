SELECT * FROM watches ORDER BY watch
