-- main
SELECT t0."id" FROM "erp"."orders" AS t0 WHERE (t0."note" IS NULL) LIMIT 5
-- shape of 1 columns: {"id": 0}
-- plan: limit=5 cheap; tables "erp"."orders"
