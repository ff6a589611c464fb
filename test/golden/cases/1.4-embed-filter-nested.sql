-- main
SELECT t0."name", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t1."id" AS "id", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t2."qty" AS "qty", (SELECT pg_catalog.row_to_json(r.*) FROM (SELECT t3."name" AS "name") AS r WHERE (t3."id") IS NOT NULL) AS "products" FROM "erp"."order_lines" AS t2 LEFT JOIN "erp"."products" AS t3 ON ((t3."id" = t2."product_id") AND (t3."name" = $1)) WHERE (t2."order_id" = t1."id") ORDER BY t2."line_no") AS r) AS "order_lines" FROM "erp"."orders" AS t1 WHERE (t1."customer_id" = t0."id") AND (t1."status" = $2)) AS r) FROM "erp"."customers" AS t0
-- $1 = Pen
-- $2 = open
-- shape of 2 columns: {"name": 0, "orders": 1}
-- plan:; tables "erp"."customers" "erp"."orders" "erp"."order_lines" "erp"."products"
