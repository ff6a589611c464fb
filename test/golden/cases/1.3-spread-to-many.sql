-- main
SELECT t0."id", d1."c0", d1."c1" FROM "erp"."orders" AS t0, LATERAL (SELECT coalesce(pg_catalog.json_agg(r."c0"), '[]') AS "c0", coalesce(pg_catalog.json_agg(r."c1"), '[]') AS "c1" FROM (SELECT t1."qty" AS "c0", t1."price" AS "c1" FROM "erp"."order_lines" AS t1 WHERE (t1."order_id" = t0."id")) AS r) AS d1
-- shape of 3 columns: {"id": 0, "qty": 1, "price": 2}
-- plan:; tables "erp"."orders" "erp"."order_lines"
