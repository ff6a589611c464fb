-- main
SELECT t0."id" FROM "erp"."orders" AS t0 ORDER BY t0."id" LIMIT 100
-- shape of 1 columns: {"id": 0}
-- plan: limit=100 (server) cheap; tables "erp"."orders"
