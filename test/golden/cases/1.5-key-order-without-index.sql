-- main
SELECT t0."id" FROM "erp"."orders" AS t0 ORDER BY t0."status" LIMIT 20
-- shape of 1 columns: {"id": 0}
-- plan: limit=20 cheap; tables "erp"."orders"
