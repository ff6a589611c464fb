-- main
SELECT t0."id" FROM "erp"."orders" AS t0 LIMIT 0
-- shape of 1 columns: {"id": 0}
-- plan: limit=0 cheap; tables "erp"."orders"
