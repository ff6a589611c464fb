WITH pgrst_source AS (INSERT INTO "erp"."addresses" AS t0 ("id") SELECT b."id" FROM pg_catalog.json_to_record($1) AS b("id" "pg_catalog"."int8") RETURNING t0."id") SELECT "id" FROM pgrst_source WHERE (SELECT CASE WHEN pg_catalog.count(*) = 1 THEN true ELSE ('bobbin-rows-' || pg_catalog.count(*))::pg_catalog.bool END FROM pgrst_source) AND pg_catalog.set_config('bobbin.document', pg_catalog.json_object(ARRAY['id'], ARRAY["id"::pg_catalog.text])::pg_catalog.text, true) <> ''
-- $1 = {"id": 1, "orders!orders_ship_to_fkey": [{"id": 9}], "orders!bill_to": [{"id": 10}]}
INSERT INTO "erp"."orders" ("ship_to", "id") SELECT (SELECT (pg_catalog.current_setting('bobbin.document')::pg_catalog.json->>'id')::"pg_catalog"."int8"), b."id" FROM pg_catalog.json_to_recordset($1) AS b("id" "pg_catalog"."int8")
-- $1 = [{"id": 9}]
INSERT INTO "erp"."orders" ("bill_to", "id") SELECT (SELECT (pg_catalog.current_setting('bobbin.document')::pg_catalog.json->>'id')::"pg_catalog"."int8"), b."id" FROM pg_catalog.json_to_recordset($1) AS b("id" "pg_catalog"."int8")
-- $1 = [{"id": 10}]
