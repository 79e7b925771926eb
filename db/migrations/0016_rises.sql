-- The records whose counts have risen most come first where growth is asked for: what has risen little cannot be among the best.
CREATE INDEX standing_rises ON standing (rises);
