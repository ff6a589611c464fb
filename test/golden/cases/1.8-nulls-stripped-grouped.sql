-- content type: application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8
-- main
SELECT json_strip_nulls(to_json(t0."data"::jsonb)), count(*), json_strip_nulls(to_json(d1."c0")) FROM "erp"."orders" AS t0 LEFT JOIN "erp"."customers" AS t1 ON ((t1."id" = t0."customer_id")), LATERAL (SELECT (SELECT row_to_json(r.*) FROM (SELECT t1."name" AS "name", t1."email" AS "email") AS r WHERE (t1."id") IS NOT NULL)::jsonb AS "c0") AS d1 GROUP BY t0."data"::jsonb, d1."c0"
-- shape of 3 columns without nulls: {"data": 0, "count": 1, "customers": 2}
-- plan:; tables "erp"."orders" "erp"."customers"
