-- main
SELECT t0."id" FROM "erp"."orders" AS t0 WHERE ((t0."id" = $1) OR (t0."id" = $2))
-- $1 = 1
-- $2 = 2
-- shape of 1 columns: {"id": 0}
-- plan:; tables "erp"."orders"
