-- content type: application/vnd.pgrst.object+json; charset=utf-8
WITH pgrst_source AS (INSERT INTO "erp"."orders" AS t0 ("id") SELECT b."id" FROM pg_catalog.json_to_record($1) AS b("id" "pg_catalog"."int8") RETURNING t0."id") SELECT "id" FROM pgrst_source WHERE (SELECT CASE WHEN pg_catalog.count(*) = 1 THEN true ELSE ('bobbin-rows-' || pg_catalog.count(*))::pg_catalog.bool END FROM pgrst_source) AND pg_catalog.set_config('bobbin.document', pg_catalog.json_object(ARRAY['id'], ARRAY["id"::pg_catalog.text])::pg_catalog.text, true) <> ''
-- $1 = {"id": 1, "order_lines": [{"line_no": 1}]}
-- shape of 1 columns: "id":0
INSERT INTO "erp"."order_lines" ("order_id", "line_no") SELECT (SELECT (pg_catalog.current_setting('bobbin.document')::pg_catalog.json->>'id')::"pg_catalog"."int8"), b."line_no" FROM pg_catalog.json_to_recordset($1) AS b("line_no" "pg_catalog"."int4")
-- $1 = [{"line_no": 1}]
WITH pgrst_rows AS (SELECT t0."id" FROM "erp"."orders" AS t0 WHERE (t0."id" = (SELECT (pg_catalog.current_setting('bobbin.document')::pg_catalog.json->>'id')::"pg_catalog"."int8"))) SELECT * FROM pgrst_rows WHERE (SELECT CASE WHEN pg_catalog.count(*) = 1 THEN true ELSE ('bobbin-rows-' || pg_catalog.count(*))::pg_catalog.bool END FROM pgrst_rows)
