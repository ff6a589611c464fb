-- content type: application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8
-- main
SELECT t0."id", pg_catalog.json_strip_nulls(pg_catalog.to_json(d1."c0")), pg_catalog.json_strip_nulls(pg_catalog.to_json(d1."c1")) FROM "erp"."customers" AS t0, LATERAL (SELECT coalesce(pg_catalog.json_agg(r."c0"), '[]') AS "c0", coalesce(pg_catalog.json_agg(r."c1"), '[]') AS "c1" FROM (SELECT t1."note" AS "c0", t1."data" AS "c1" FROM "erp"."orders" AS t1 WHERE (t1."customer_id" = t0."id")) AS r) AS d1 ORDER BY t0."id"
-- shape of 3 columns without nulls: {"id": 0, "note": 1, "data": 2}
-- plan:; tables "erp"."customers" "erp"."orders"
