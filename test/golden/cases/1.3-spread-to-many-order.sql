-- main
SELECT t0."id", d1."c0" FROM "erp"."orders" AS t0, LATERAL (SELECT coalesce(pg_catalog.json_agg(r."c0"), '[]') AS "c0" FROM (SELECT t1."qty" AS "c0" FROM "erp"."order_lines" AS t1 WHERE (t1."order_id" = t0."id") AND (t1."qty" > $1) ORDER BY t1."line_no" DESC) AS r) AS d1
-- $1 = 1
-- shape of 2 columns: {"id": 0, "qty": 1}
-- plan:; tables "erp"."orders" "erp"."order_lines"
