-- main
SELECT t0."line_no", t1."id", t2."city", t3."name", d4."c0", t3."id" FROM "erp"."order_lines" AS t0 LEFT JOIN ("erp"."orders" AS t1 LEFT JOIN "erp"."addresses" AS t2 ON ((t2."id" = t1."ship_to")) LEFT JOIN "erp"."customers" AS t3 ON ((t3."id" = t1."customer_id"))) ON ((t1."id" = t0."order_id")), LATERAL (SELECT coalesce(pg_catalog.json_agg(r."c0"), '[]') AS "c0" FROM (SELECT t4."line" AS "c0" FROM "erp"."addresses" AS t4 WHERE (t4."customer_id" = t3."id")) AS r) AS d4
-- shape of 6 columns: {"line_no": 0, "orders": 1? {"id": 1, "city": 2, "customers": 5? {"name": 3, "lines": 4}}}
-- plan:; tables "erp"."order_lines" "erp"."orders" "erp"."addresses" "erp"."customers"
