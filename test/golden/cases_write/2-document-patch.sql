WITH pgrst_source AS (UPDATE "erp"."orders" AS t0 SET "note" = b."note" FROM (SELECT b.* FROM json_to_record($1) AS b("note" "pg_catalog"."text") LIMIT 1) AS b WHERE (t0."id" = $2) RETURNING t0."id") SELECT "id" FROM pgrst_source WHERE (SELECT CASE WHEN count(*) = 1 THEN true ELSE ('bobbin-rows-' || count(*))::bool END FROM pgrst_source) AND pg_catalog.set_config('bobbin.document', pg_catalog.json_object(ARRAY['id'], ARRAY["id"::text])::text, true) <> ''
-- $1 = {"note": "n", "order_lines": [{"line_no": 1, "qty": 2}, {"line_no": null, "qty": 3}]}
-- $2 = 1
WITH b AS (SELECT b.* FROM json_to_recordset($1) AS b("line_no" "pg_catalog"."int4", "qty" "pg_catalog"."int4")) UPDATE "erp"."order_lines" AS t0 SET "qty" = b."qty" FROM b WHERE t0."line_no" = b."line_no" AND t0."order_id" = (SELECT (pg_catalog.current_setting('bobbin.document')::json->>'id')::"pg_catalog"."int8")
-- $1 = [{"line_no": 1, "qty": 2}]
WITH b AS (SELECT b.* FROM json_to_recordset($1) AS b("line_no" "pg_catalog"."int4", "qty" "pg_catalog"."int4")), pgrst_source AS (INSERT INTO "erp"."order_lines" ("order_id", "line_no", "qty") SELECT (SELECT (pg_catalog.current_setting('bobbin.document')::json->>'id')::"pg_catalog"."int8"), b."line_no", b."qty" FROM b WHERE NOT EXISTS (SELECT FROM "erp"."order_lines" AS t0 WHERE t0."line_no" = b."line_no" AND t0."order_id" = (SELECT (pg_catalog.current_setting('bobbin.document')::json->>'id')::"pg_catalog"."int8"))) SELECT FROM b HAVING CASE WHEN count(DISTINCT ROW(b."line_no")) = $2::int8 THEN false ELSE ('bobbin-rows-' || count(DISTINCT ROW(b."line_no")))::bool END
-- $1 = [{"line_no": 1, "qty": 2}]
-- $2 = 1
INSERT INTO "erp"."order_lines" ("order_id", "qty") SELECT (SELECT (pg_catalog.current_setting('bobbin.document')::json->>'id')::"pg_catalog"."int8"), b."qty" FROM json_to_recordset($1) AS b("qty" "pg_catalog"."int4")
-- $1 = [{"line_no": null, "qty": 3}]
