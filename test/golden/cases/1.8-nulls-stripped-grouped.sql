-- content type: application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8
-- main
SELECT pg_catalog.json_strip_nulls(pg_catalog.to_json(t0."data"::pg_catalog.jsonb)), pg_catalog.count(*), pg_catalog.json_strip_nulls(pg_catalog.to_json(d1."c0")) FROM "erp"."orders" AS t0 LEFT JOIN "erp"."customers" AS t1 ON ((t1."id" = t0."customer_id")), LATERAL (SELECT (SELECT pg_catalog.row_to_json(r.*) FROM (SELECT t1."name" AS "name", t1."email" AS "email") AS r WHERE (t1."id") IS NOT NULL)::pg_catalog.jsonb AS "c0") AS d1 GROUP BY t0."data"::pg_catalog.jsonb, d1."c0"
-- shape of 3 columns without nulls: {"data": 0, "count": 1, "customers": 2}
-- plan:; tables "erp"."orders" "erp"."customers"
