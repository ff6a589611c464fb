-- main
SELECT t0."id" FROM "erp"."orders" AS t0 ORDER BY t0."id" LIMIT 25
-- shape of 1 columns: {"id": 0}
-- plan: limit=25 (server) cheap; tables "erp"."orders"
