-- main
SELECT t0."id" FROM "erp"."orders" AS t0 WHERE (t0."id" > $1) ORDER BY t0."id" LIMIT 5
-- $1 = 1
-- shape of 1 columns: {"id": 0}
-- plan: limit=5 cheap; tables "erp"."orders"
