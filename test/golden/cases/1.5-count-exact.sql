-- main
SELECT t0."id", t1."name", t1."id", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t2."qty" AS "qty" FROM "erp"."order_lines" AS t2 WHERE (t2."order_id" = t0."id")) AS r) FROM "erp"."orders" AS t0 LEFT JOIN "erp"."customers" AS t1 ON ((t1."id" = t0."customer_id")) WHERE (t0."status" = $1) LIMIT 10
-- $1 = open
-- shape of 4 columns: {"id": 0, "customers": 2? {"name": 1}, "order_lines": 3}
-- plan: limit=10 cheap; tables "erp"."orders" "erp"."customers" "erp"."order_lines"
-- count
SELECT pg_catalog.count(*) FROM "erp"."orders" AS t0 WHERE (t0."status" = $1)
-- $1 = open
-- estimate
EXPLAIN (FORMAT JSON) SELECT 1 FROM "erp"."orders" AS t0 WHERE (t0."status" = $1)
-- $1 = open
