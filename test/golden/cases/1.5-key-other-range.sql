-- main
SELECT t0."id" FROM "erp"."orders" AS t0 WHERE (t0."total" > $1) ORDER BY t0."placed_on" DESC LIMIT 5
-- $1 = 1
-- shape of 1 columns: {"id": 0}
-- plan: limit=5 cheap; tables "erp"."orders"
