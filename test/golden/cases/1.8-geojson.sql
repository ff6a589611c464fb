-- content type: application/geo+json; charset=utf-8
-- main
SELECT pg_catalog.json_build_object('type', 'FeatureCollection', 'features', coalesce(pg_catalog.json_agg("erp"."st_asgeojson"(r)::pg_catalog.json), '[]')), pg_catalog.count(*) FROM (SELECT t0."id" AS "id", t0."city" AS "city" FROM "erp"."addresses" AS t0 ORDER BY t0."id" LIMIT 2) AS r
-- shape of 2 columns: {}
-- plan: limit=2 opaque; tables "erp"."addresses"
