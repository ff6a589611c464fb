-- main
SELECT t0."id", t0."placed_on" FROM "erp"."orders" AS t0 ORDER BY t0."placed_on", t0."id" LIMIT 5
-- shape of 2 columns: {"id": 0}
-- plan: limit=5 cheap; tables "erp"."orders"
