-- main
SELECT t0."status", pg_catalog.count(*) FROM "erp"."orders" AS t0 GROUP BY t0."status" ORDER BY t0."status" LIMIT 2 OFFSET $1
-- $1 = 1
-- shape of 2 columns: {"status": 0, "count": 1}
-- plan: limit=2 offset=1; tables "erp"."orders"
