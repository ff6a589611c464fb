-- main
SELECT t0."id", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t1."qty" AS "qty" FROM "erp"."order_lines" AS t1 WHERE (t1."order_id" = t0."id")) AS r) FROM "erp"."order_overview" AS t0
-- shape of 2 columns: {"id": 0, "order_lines": 1}
-- plan:; tables "erp"."order_overview" "erp"."order_lines"
