-- main
SELECT t0."id", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t1."qty" AS "qty" FROM "erp"."order_lines" AS t1 WHERE (t1."order_id" = t0."id") ORDER BY t1."line_no" OFFSET $1) AS r) FROM "erp"."orders" AS t0 WHERE EXISTS (SELECT 1 FROM "erp"."order_lines" AS t1 WHERE (t1."order_id" = t0."id") OFFSET $2)
-- $1 = 1
-- $2 = 1
-- shape of 2 columns: {"id": 0, "order_lines": 1}
-- plan:; tables "erp"."orders" "erp"."order_lines"
