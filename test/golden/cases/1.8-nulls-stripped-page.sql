-- content type: application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8
-- main
SELECT p."c0", p."c1", pg_catalog.json_strip_nulls(pg_catalog.to_json((SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t1."id" AS "id", t1."note" AS "note" FROM "erp"."orders" AS t1 WHERE (t1."customer_id" = p."k0")) AS r))) FROM (SELECT t0."id" AS "c0", pg_catalog.json_strip_nulls(pg_catalog.to_json(t0."meta")) AS "c1", t0."id" AS "k0" FROM "erp"."customers" AS t0 ORDER BY t0."id" LIMIT 1 OFFSET $1) AS p
-- $1 = 1
-- shape of 3 columns without nulls: {"id": 0, "meta": 1, "orders": 2}
-- plan: limit=1 offset=1 cheap; tables "erp"."customers" "erp"."orders"
