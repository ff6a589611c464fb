-- main
SELECT sum(t0."total"), d1."c0" FROM "erp"."orders" AS t0, LATERAL (SELECT (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t1."qty" AS "qty" FROM "erp"."order_lines" AS t1 WHERE (t1."order_id" = t0."id")) AS r)::pg_catalog.jsonb AS "c0") AS d1 GROUP BY d1."c0"
-- shape of 2 columns: {"sum": 0, "order_lines": 1}
-- plan:; tables "erp"."orders" "erp"."order_lines"
