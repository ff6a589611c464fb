-- main
SELECT t0."id" FROM "erp"."order_overview" AS t0 LIMIT 5
-- shape of 1 columns: {"id": 0}
-- plan: limit=5 cheap; tables "erp"."order_overview"
