-- content type: application/vnd.pgrst.object+json; charset=utf-8
WITH pgrst_source AS (INSERT INTO "erp"."orders" AS t0 ("id") SELECT b."id" FROM pg_catalog.json_to_record($1) AS b("id" "pg_catalog"."int8") RETURNING t0."id") SELECT * FROM pgrst_source WHERE (SELECT CASE WHEN pg_catalog.count(*) = 1 THEN true ELSE ('bobbin-rows-' || pg_catalog.count(*))::pg_catalog.bool END FROM pgrst_source)
-- $1 = {"id": 1}
