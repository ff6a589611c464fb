-- main
SELECT t0."id", t0."order_no", t1."name", t1."id" FROM "erp"."orders" AS t0 LEFT JOIN "erp"."customers" AS t1 ON ((t1."id" = t0."customer_id")) WHERE (t0."order_no" ILIKE $1) ORDER BY t0."id" DESC LIMIT 20
-- $1 = %a%
-- shape of 4 columns: {"id": 0, "order_no": 1, "customer": 3? {"name": 2}}
-- plan: limit=20; tables "erp"."orders" "erp"."customers"
-- count
SELECT pg_catalog.count(*) FROM "erp"."orders" AS t0 WHERE (t0."order_no" ILIKE $1)
-- $1 = %a%
-- estimate
EXPLAIN (FORMAT JSON) SELECT 1 FROM "erp"."orders" AS t0 WHERE (t0."order_no" ILIKE $1)
-- $1 = %a%
