-- main
SELECT t0."id" FROM "erp"."orders" AS t0 WHERE (ROW(t0."status", t0."total", t0."id") >= ROW($1, $2, $3))
-- $1 = open
-- $2 = 7
-- $3 = 3
-- shape of 1 columns: {"id": 0}
-- plan:; tables "erp"."orders"
