-- main
SELECT t0."name", t1."order_no", t2."carrier", t2."order_id", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t3."qty" AS "qty" FROM "erp"."order_lines" AS t3 WHERE (t3."order_id" = t1."id")) AS r), nullif(t1.* IS NULL, true) FROM "erp"."customers" AS t0 LEFT JOIN (LATERAL "erp"."latest_order"(t0.*) AS t1 LEFT JOIN "erp"."shipments" AS t2 ON ((t2."order_id" = t1."id"))) ON (true)
-- shape of 6 columns: {"name": 0, "latest_order": 5? {"order_no": 1, "shipments": 3? {"carrier": 2}, "order_lines": 4}}
-- plan: opaque; tables "erp"."customers" "erp"."orders" "erp"."shipments" "erp"."order_lines"
