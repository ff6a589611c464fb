WITH pgrst_source AS (UPDATE "erp"."orders" AS t0 SET "note" = b."note" FROM (SELECT b.* FROM pg_catalog.json_to_record($1) AS b("note" "pg_catalog"."text") LIMIT 1) AS b WHERE (t0."id" = $2) RETURNING t0."id") SELECT "id" FROM pgrst_source WHERE (SELECT ('bobbin-rows-' || pg_catalog.count(*))::pg_catalog.bool FROM pgrst_source) AND pg_catalog.set_config('bobbin.document', pg_catalog.json_object(ARRAY['id'], ARRAY["id"::pg_catalog.text])::pg_catalog.text, true) <> ''
-- $1 = {"note": "n", "order_lines": []}
-- $2 = 1
