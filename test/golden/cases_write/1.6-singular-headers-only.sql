-- content type: application/vnd.pgrst.object+json; charset=utf-8
WITH pgrst_source AS (INSERT INTO "erp"."orders" AS t0 ("id") SELECT b."id" FROM json_to_record($1) AS b("id" "pg_catalog"."int8") RETURNING t0."id") SELECT * FROM pgrst_source WHERE (SELECT CASE WHEN count(*) = 1 THEN true ELSE ('bobbin-rows-' || count(*))::bool END FROM pgrst_source)
-- $1 = {"id": 1}
