-- content type: application/geo+json; charset=utf-8
SELECT pg_catalog.json_build_object('type', 'FeatureCollection', 'features', coalesce(pg_catalog.json_agg("erp"."st_asgeojson"(r)::pg_catalog.json), '[]')), pg_catalog.count(*) FROM (SELECT t0."id" AS "id" FROM pg_catalog.json_to_record($1) AS b("customer" "pg_catalog"."int8"), LATERAL "erp"."orders_of"("customer" := b."customer") AS t0 LIMIT 1000) AS r
-- $1 = {"customer": 1}
