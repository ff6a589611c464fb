-- content type: application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8
-- main
SELECT t0."id", t0."name", pg_catalog.json_strip_nulls(pg_catalog.to_json(t0."address")), pg_catalog.json_strip_nulls(pg_catalog.to_json(t0."tags")), pg_catalog.json_strip_nulls(pg_catalog.to_json(t0."meta")), t0."email", pg_catalog.json_strip_nulls(pg_catalog.to_json((SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t1."id" AS "id", t1."note" AS "note", (SELECT pg_catalog.row_to_json(r.*) FROM (SELECT t2."line" AS "line") AS r WHERE (t2."id") IS NOT NULL) AS "ship_to" FROM "erp"."orders" AS t1 LEFT JOIN "erp"."addresses" AS t2 ON ((t2."id" = t1."ship_to")) WHERE (t1."customer_id" = t0."id")) AS r))) FROM "erp"."customers" AS t0 ORDER BY t0."id"
-- shape of 7 columns without nulls: {"id": 0, "name": 1, "address": 2, "tags": 3, "meta": 4, "email": 5, "orders": 6}
-- plan:; tables "erp"."customers" "erp"."orders" "erp"."addresses"
