-- main
SELECT t0."id", t0."sku", t0."name", t0."valid", t0."attrs" FROM "erp"."products" AS t0 WHERE (t0."sku" = $1) ORDER BY t0."name" LIMIT 25 OFFSET $2
-- $1 = 3
-- $2 = 25
-- shape of 5 columns: {"id": 0, "sku": 1, "name": 2, "valid": 3, "attrs": 4}
-- plan: limit=25 offset=25 by-key cheap; tables "erp"."products"
-- count
SELECT pg_catalog.count(*) FROM "erp"."products" AS t0 WHERE (t0."sku" = $1)
-- $1 = 3
-- estimate
EXPLAIN (FORMAT JSON) SELECT 1 FROM "erp"."products" AS t0 WHERE (t0."sku" = $1)
-- $1 = 3
