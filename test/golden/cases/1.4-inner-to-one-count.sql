-- main
SELECT t0."id", t1."name", t1."id" FROM "erp"."orders" AS t0 INNER JOIN "erp"."customers" AS t1 ON ((t1."id" = t0."customer_id") AND (t1."country" = $1))
-- $1 = at
-- shape of 3 columns: {"id": 0, "customers": 2? {"name": 1}}
-- plan:; tables "erp"."orders" "erp"."customers"
-- count
SELECT pg_catalog.count(*) FROM "erp"."orders" AS t0 INNER JOIN "erp"."customers" AS t1 ON ((t1."id" = t0."customer_id") AND (t1."country" = $1))
-- $1 = at
-- estimate
EXPLAIN (FORMAT JSON) SELECT 1 FROM "erp"."orders" AS t0 INNER JOIN "erp"."customers" AS t1 ON ((t1."id" = t0."customer_id") AND (t1."country" = $1))
-- $1 = at
