-- content type: application/yaml
-- main
SELECT "erp"."as_yaml"(r), pg_catalog.count(*) FROM (SELECT t0."id" AS "id", t1."name" AS "name", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t2."qty" AS "qty" FROM "erp"."order_lines" AS t2 WHERE (t2."order_id" = t0."id")) AS r) AS "order_lines" FROM "erp"."orders" AS t0 LEFT JOIN "erp"."customers" AS t1 ON ((t1."id" = t0."customer_id")) ORDER BY t0."id" LIMIT 2 OFFSET $1) AS r
-- $1 = 1
-- shape of 2 columns: {}
-- plan: limit=2 offset=1 opaque; tables "erp"."orders" "erp"."customers" "erp"."order_lines"
-- count
SELECT pg_catalog.count(*) FROM "erp"."orders" AS t0
-- estimate
EXPLAIN (FORMAT JSON) SELECT 1 FROM "erp"."orders" AS t0
