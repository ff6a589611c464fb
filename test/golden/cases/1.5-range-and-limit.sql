-- main
SELECT t0."id" FROM "erp"."orders" AS t0 ORDER BY t0."id" LIMIT 8 OFFSET $1
-- $1 = 2
-- shape of 1 columns: {"id": 0}
-- plan: limit=8 offset=2 cheap; tables "erp"."orders"
