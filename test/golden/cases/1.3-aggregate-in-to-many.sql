-- main
SELECT t0."id", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t1."product_id" AS "product_id", sum(t1."qty") AS "sum" FROM "erp"."order_lines" AS t1 WHERE (t1."order_id" = t0."id") GROUP BY t1."product_id") AS r) FROM "erp"."orders" AS t0
-- shape of 2 columns: {"id": 0, "order_lines": 1}
-- plan:; tables "erp"."orders" "erp"."order_lines"
