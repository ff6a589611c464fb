-- main
SELECT t0."name", t1."order_no", t1."total", nullif(t1.* IS NULL, true) FROM "erp"."customers" AS t0 LEFT JOIN LATERAL "erp"."latest_order"(t0.*) AS t1 ON (true)
-- shape of 4 columns: {"name": 0, "latest_order": 3? {"order_no": 1, "total": 2}}
-- plan: opaque; tables "erp"."customers" "erp"."orders"
