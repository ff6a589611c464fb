-- main
SELECT t0."id" FROM "erp"."orders" AS t0 WHERE (NOT (ROW(t0."total", t0."id") < ROW($1, $2)))
-- $1 = 20
-- $2 = 2
-- shape of 1 columns: {"id": 0}
-- plan:; tables "erp"."orders"
