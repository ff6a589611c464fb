-- main
SELECT pg_catalog.count(*), d1."c0" FROM "erp"."orders" AS t0, LATERAL (SELECT coalesce(pg_catalog.json_agg(r."c0")::pg_catalog.jsonb, '[]') AS "c0" FROM (SELECT t1."qty" AS "c0" FROM "erp"."order_lines" AS t1 WHERE (t1."order_id" = t0."id")) AS r) AS d1 GROUP BY d1."c0"
-- shape of 2 columns: {"count": 0, "qty": 1}
-- plan:; tables "erp"."orders" "erp"."order_lines"
