-- main
SELECT t0."id", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t1."qty" AS "qty", (SELECT pg_catalog.row_to_json(r.*) FROM (SELECT t2."name" AS "name") AS r WHERE (t2."id") IS NOT NULL) AS "products" FROM "erp"."order_lines" AS t1 LEFT JOIN "erp"."products" AS t2 ON ((t2."id" = t1."product_id")) WHERE (t1."order_id" = t0."id") ORDER BY t2."name" DESC) AS r) FROM "erp"."orders" AS t0
-- shape of 2 columns: {"id": 0, "order_lines": 1}
-- plan:; tables "erp"."orders" "erp"."order_lines" "erp"."products"
