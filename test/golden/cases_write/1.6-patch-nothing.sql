SELECT WHERE false
-- shape of 0 columns:
