-- main
SELECT t0."id" FROM "erp"."orders" AS t0 ORDER BY t0."placed_on" DESC NULLS LAST LIMIT 5
-- shape of 1 columns: {"id": 0}
-- plan: limit=5 cheap; tables "erp"."orders"
