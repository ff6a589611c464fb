-- main
SELECT t0."id" FROM "erp"."orders" AS t0 ORDER BY t0."id" LIMIT 0
-- shape of 1 columns: {"id": 0}
-- plan: limit=0 cheap; tables "erp"."orders"
