-- main
SELECT t0."name", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t1."id" AS "id" FROM "erp"."orders" AS t1 WHERE (t1."customer_id" = t0."id") AND (EXISTS (SELECT 1 FROM "erp"."shipments" AS t2 WHERE (t2."order_id" = t1."id")))) AS r) FROM "erp"."customers" AS t0
-- shape of 2 columns: {"name": 0, "orders": 1}
-- plan:; tables "erp"."customers" "erp"."orders" "erp"."shipments"
