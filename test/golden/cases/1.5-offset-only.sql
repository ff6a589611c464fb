-- main
SELECT t0."id" FROM "erp"."orders" AS t0 ORDER BY t0."id" OFFSET $1
-- $1 = 5
-- shape of 1 columns: {"id": 0}
-- plan: offset=5; tables "erp"."orders"
