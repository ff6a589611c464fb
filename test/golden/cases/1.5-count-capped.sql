-- main
SELECT t0."id" FROM "erp"."orders" AS t0 WHERE (t0."status" = $1)
-- $1 = open
-- shape of 1 columns: {"id": 0}
-- plan:; tables "erp"."orders"
-- count
SELECT pg_catalog.count(*) FROM (SELECT 1 FROM "erp"."orders" AS t0 WHERE (t0."status" = $1) LIMIT 10001) AS c
-- $1 = open
-- estimate
EXPLAIN (FORMAT JSON) SELECT 1 FROM "erp"."orders" AS t0 WHERE (t0."status" = $1)
-- $1 = open
