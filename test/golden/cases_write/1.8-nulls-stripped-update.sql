-- content type: application/vnd.pgrst.object+json;nulls=stripped; charset=utf-8
WITH pgrst_source AS (UPDATE "erp"."customers" AS t0 SET "name" = b."name" FROM (SELECT b.* FROM pg_catalog.json_to_record($1) AS b("name" "pg_catalog"."text") LIMIT 1) AS b WHERE (t0."id" = $2) RETURNING t0."id", t0."address", t0."meta"), pgrst_rows AS (SELECT t0."id", pg_catalog.json_strip_nulls(pg_catalog.to_json(t0."meta")), pg_catalog.json_strip_nulls(pg_catalog.to_json(t0."address")) FROM pgrst_source AS t0) SELECT * FROM pgrst_rows WHERE (SELECT CASE WHEN pg_catalog.count(*) = 1 THEN true ELSE ('bobbin-rows-' || pg_catalog.count(*))::pg_catalog.bool END FROM pgrst_rows)
-- $1 = {"name": "x"}
-- $2 = 1
-- shape of 3 columns without nulls: "id":0 "meta":1 "address":2
