-- content type: application/yaml
WITH pgrst_source AS (INSERT INTO "erp"."orders" AS t0 ("id") SELECT b."id" FROM pg_catalog.json_to_record($1) AS b("id" "pg_catalog"."int8") RETURNING t0."id") SELECT "id" FROM pgrst_source WHERE (SELECT CASE WHEN pg_catalog.count(*) = 1 THEN true ELSE ('bobbin-rows-' || pg_catalog.count(*))::pg_catalog.bool END FROM pgrst_source) AND pg_catalog.set_config('bobbin.document', pg_catalog.json_object(ARRAY['id'], ARRAY["id"::pg_catalog.text])::pg_catalog.text, true) <> ''
-- $1 = {"id": 1, "order_lines": [{"line_no": 1}]}
-- shape of 2 columns:
INSERT INTO "erp"."order_lines" ("order_id", "line_no") SELECT (SELECT (pg_catalog.current_setting('bobbin.document')::pg_catalog.json->>'id')::"pg_catalog"."int8"), b."line_no" FROM pg_catalog.json_to_recordset($1) AS b("line_no" "pg_catalog"."int4")
-- $1 = [{"line_no": 1}]
SELECT "erp"."as_yaml"(r), pg_catalog.count(*) FROM (SELECT t0."id" AS "id", t0."order_no" AS "order_no", t0."customer_id" AS "customer_id", t0."ship_to" AS "ship_to", t0."bill_to" AS "bill_to", t0."status" AS "status", t0."total" AS "total", t0."placed_on" AS "placed_on", t0."note" AS "note", t0."data" AS "data", t0."search" AS "search" FROM "erp"."orders" AS t0 WHERE (t0."id" = (SELECT (pg_catalog.current_setting('bobbin.document')::pg_catalog.json->>'id')::"pg_catalog"."int8"))) AS r
