-- main
SELECT t0."status", count(*) FROM "erp"."orders" AS t0 GROUP BY t0."status"
-- shape of 2 columns: {"status": 0, "count": 1}
-- plan:; tables "erp"."orders"
-- count
SELECT count(*) FROM (SELECT t0."status" AS "c0", count(*) AS "c1" FROM "erp"."orders" AS t0 GROUP BY t0."status") AS c
-- estimate
EXPLAIN (FORMAT JSON) SELECT t0."status" AS "c0", count(*) AS "c1" FROM "erp"."orders" AS t0 GROUP BY t0."status"
