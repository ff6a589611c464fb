-- main
SELECT t0."name", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t1."id" AS "id", t2."carrier" AS "carrier" FROM "erp"."orders" AS t1 LEFT JOIN "erp"."shipments" AS t2 ON ((t2."order_id" = t1."id")) WHERE (t1."customer_id" = t0."id")) AS r) FROM "erp"."customers" AS t0
-- shape of 2 columns: {"name": 0, "orders": 1}
-- plan:; tables "erp"."customers" "erp"."orders" "erp"."shipments"
