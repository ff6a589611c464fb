-- content type: application/geo+json; charset=utf-8
-- main
SELECT json_build_object('type', 'FeatureCollection', 'features', coalesce(json_agg("erp"."st_asgeojson"(r)::json), '[]')), count(*) FROM (SELECT t0."id" AS "id", t0."city" AS "city" FROM "erp"."addresses" AS t0 ORDER BY t0."id" LIMIT 2) AS r
-- shape of 2 columns: {}
-- plan: limit=2 opaque; tables "erp"."addresses"
