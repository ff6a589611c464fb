-- main
SELECT t0."name", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t1."order_no" AS "order_no" FROM LATERAL "erp"."open_orders"(t0.*) AS t1) AS r) FROM "erp"."customers" AS t0
-- shape of 2 columns: {"name": 0, "open_orders": 1}
-- plan: opaque; tables "erp"."customers" "erp"."orders"
