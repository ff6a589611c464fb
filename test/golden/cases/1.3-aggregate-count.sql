-- main
SELECT t0."status", pg_catalog.count(*) FROM "erp"."orders" AS t0 GROUP BY t0."status"
-- shape of 2 columns: {"status": 0, "count": 1}
-- plan:; tables "erp"."orders"
-- count
SELECT pg_catalog.count(*) FROM (SELECT t0."status" AS "c0", pg_catalog.count(*) AS "c1" FROM "erp"."orders" AS t0 GROUP BY t0."status") AS c
-- estimate
EXPLAIN (FORMAT JSON) SELECT t0."status" AS "c0", pg_catalog.count(*) AS "c1" FROM "erp"."orders" AS t0 GROUP BY t0."status"
