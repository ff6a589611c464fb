-- main
SELECT t0."id" FROM "erp"."orders" AS t0 ORDER BY t0."id" LIMIT 1000
-- shape of 1 columns: {"id": 0}
-- plan: limit=1000 (server); tables "erp"."orders"
