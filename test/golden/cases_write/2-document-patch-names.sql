WITH pgrst_source AS (SELECT t0."id" FROM "erp"."customers" AS t0 WHERE (t0."id" = $1)) SELECT "id" FROM pgrst_source WHERE (SELECT CASE WHEN count(*) = 1 THEN true ELSE ('bobbin-rows-' || count(*))::bool END FROM pgrst_source) AND pg_catalog.set_config('bobbin.document', pg_catalog.json_object(ARRAY['id'], ARRAY["id"::text])::text, true) <> ''
-- $1 = 1
WITH b AS (SELECT b.* FROM json_to_recordset($1) AS b("id" "pg_catalog"."int8")) SELECT 1 FROM b, "erp"."orders" AS t0 WHERE t0."id" = b."id" AND t0."customer_id" = (SELECT (pg_catalog.current_setting('bobbin.document')::json->>'id')::"pg_catalog"."int8")
-- $1 = [{"id": 5}]
WITH b AS (SELECT b.* FROM json_to_recordset($1) AS b("id" "pg_catalog"."int8")), pgrst_source AS (INSERT INTO "erp"."orders" ("customer_id", "id") SELECT (SELECT (pg_catalog.current_setting('bobbin.document')::json->>'id')::"pg_catalog"."int8"), b."id" FROM b WHERE NOT EXISTS (SELECT FROM "erp"."orders" AS t0 WHERE t0."id" = b."id" AND t0."customer_id" = (SELECT (pg_catalog.current_setting('bobbin.document')::json->>'id')::"pg_catalog"."int8"))) SELECT FROM b HAVING CASE WHEN count(DISTINCT ROW(b."id")) = $2::int8 THEN false ELSE ('bobbin-rows-' || count(DISTINCT ROW(b."id")))::bool END
-- $1 = [{"id": 5}]
-- $2 = 1
