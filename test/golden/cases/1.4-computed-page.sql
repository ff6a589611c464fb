-- main
SELECT t0."name", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t1."order_no" AS "order_no" FROM LATERAL "erp"."open_orders"(t0.*) AS t1) AS r), t0."id" FROM "erp"."customers" AS t0 ORDER BY t0."id" LIMIT 1 OFFSET $1
-- $1 = 1
-- shape of 3 columns: {"name": 0, "open_orders": 1}
-- plan: limit=1 offset=1 opaque; tables "erp"."customers" "erp"."orders"
