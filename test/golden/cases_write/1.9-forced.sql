-- content type: application/vnd.pgrst.object+json; charset=utf-8
WITH pgrst_source AS MATERIALIZED (SELECT t0.* FROM json_to_record($1) AS b("prefix" "pg_catalog"."text", "tags" "pg_catalog"."_text"), LATERAL "erp"."tag_all"("prefix" := b."prefix", VARIADIC "tags" := b."tags") AS t0(v)), pgrst_rows AS (SELECT t0.v FROM pgrst_source AS t0(v) LIMIT 0) SELECT * FROM pgrst_rows WHERE (SELECT count(*) >= 0 FROM pgrst_source) AND (SELECT CASE WHEN count(*) = 1 THEN true ELSE ('bobbin-rows-' || count(*))::bool END FROM pgrst_rows)
-- $1 = {"prefix": "x", "tags": ["a"]}
