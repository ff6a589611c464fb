-- main
SELECT t0."id" FROM "erp"."orders" AS t0 WHERE (t0."status" = $1) LIMIT 20
-- $1 = open
-- shape of 1 columns: {"id": 0}
-- plan: limit=20 cheap; tables "erp"."orders"
