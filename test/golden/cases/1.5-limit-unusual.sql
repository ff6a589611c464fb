-- main
SELECT t0."id" FROM "erp"."orders" AS t0 ORDER BY t0."id" LIMIT $1
-- $1 = 37777
-- shape of 1 columns: {"id": 0}
-- plan: limit=37777; tables "erp"."orders"
