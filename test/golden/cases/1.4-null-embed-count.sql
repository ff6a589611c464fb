-- main
SELECT t0."id" FROM "erp"."orders" AS t0 WHERE (NOT (EXISTS (SELECT 1 FROM "erp"."shipments" AS t1 WHERE (t1."order_id" = t0."id"))))
-- shape of 1 columns: {"id": 0}
-- plan:; tables "erp"."orders" "erp"."shipments"
-- count
SELECT pg_catalog.count(*) FROM "erp"."orders" AS t0 WHERE (NOT (EXISTS (SELECT 1 FROM "erp"."shipments" AS t1 WHERE (t1."order_id" = t0."id"))))
-- estimate
EXPLAIN (FORMAT JSON) SELECT 1 FROM "erp"."orders" AS t0 WHERE (NOT (EXISTS (SELECT 1 FROM "erp"."shipments" AS t1 WHERE (t1."order_id" = t0."id"))))
