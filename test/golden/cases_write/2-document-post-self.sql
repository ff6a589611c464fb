WITH pgrst_source AS (INSERT INTO "erp"."categories" AS t0 ("id") SELECT b."id" FROM json_to_record($1) AS b("id" "pg_catalog"."int8") RETURNING t0."id") SELECT "id" FROM pgrst_source WHERE (SELECT CASE WHEN count(*) = 1 THEN true ELSE ('bobbin-rows-' || count(*))::bool END FROM pgrst_source) AND pg_catalog.set_config('bobbin.document', pg_catalog.json_object(ARRAY['id'], ARRAY["id"::text])::text, true) <> ''
-- $1 = {"id": 1, "categories": [{"id": 9, "name": "a"}]}
INSERT INTO "erp"."categories" ("parent_id", "id", "name") SELECT (SELECT (pg_catalog.current_setting('bobbin.document')::json->>'id')::"pg_catalog"."int8"), b."id", b."name" FROM json_to_recordset($1) AS b("id" "pg_catalog"."int8", "name" "pg_catalog"."text")
-- $1 = [{"id": 9, "name": "a"}]
