WITH pgrst_source AS (SELECT t0."id" FROM "erp"."customers" AS t0 WHERE (t0."id" = $1) AND (t0."active" IS TRUE)) SELECT "id" FROM pgrst_source WHERE (SELECT CASE WHEN count(*) = 1 THEN true ELSE ('bobbin-rows-' || count(*))::bool END FROM pgrst_source) AND pg_catalog.set_config('bobbin.document', pg_catalog.json_object(ARRAY['id'], ARRAY["id"::text])::text, true) <> ''
-- $1 = 1
-- shape of 10 columns: "id":0 "name":1 "email":2 "address":3 "country":4 "tags":5 "meta":6 "created_at":7 "active":8 "labels":9
WITH b AS (SELECT b.* FROM json_to_recordset($1) AS b("id" "pg_catalog"."int8", "note" "pg_catalog"."text")) UPDATE "erp"."orders" AS t0 SET "note" = b."note" FROM b WHERE t0."id" = b."id" AND t0."customer_id" = (SELECT (pg_catalog.current_setting('bobbin.document')::json->>'id')::"pg_catalog"."int8")
-- $1 = [{"id": 5, "note": "x"},{"id": 6, "note": "z"}]
WITH b AS (SELECT b.* FROM json_to_recordset($1) AS b("id" "pg_catalog"."int8", "note" "pg_catalog"."text")), pgrst_source AS (INSERT INTO "erp"."orders" ("customer_id", "id", "note") SELECT (SELECT (pg_catalog.current_setting('bobbin.document')::json->>'id')::"pg_catalog"."int8"), b."id", b."note" FROM b WHERE NOT EXISTS (SELECT FROM "erp"."orders" AS t0 WHERE t0."id" = b."id" AND t0."customer_id" = (SELECT (pg_catalog.current_setting('bobbin.document')::json->>'id')::"pg_catalog"."int8"))) SELECT FROM b HAVING CASE WHEN count(DISTINCT ROW(b."id")) = $2::int8 THEN false ELSE ('bobbin-rows-' || count(DISTINCT ROW(b."id")))::bool END
-- $1 = [{"id": 5, "note": "x"},{"id": 6, "note": "z"}]
-- $2 = 2
INSERT INTO "erp"."orders" ("customer_id", "note") SELECT (SELECT (pg_catalog.current_setting('bobbin.document')::json->>'id')::"pg_catalog"."int8"), b."note" FROM json_to_recordset($1) AS b("note" "pg_catalog"."text")
-- $1 = [{"note": "y"}]
SELECT t0."id", t0."name", t0."email", to_json(t0."address"), t0."country", to_json(t0."tags"), t0."meta", t0."created_at", t0."active", to_json(t0."labels") FROM "erp"."customers" AS t0 WHERE (t0."id" = (SELECT (pg_catalog.current_setting('bobbin.document')::json->>'id')::"pg_catalog"."int8"))
