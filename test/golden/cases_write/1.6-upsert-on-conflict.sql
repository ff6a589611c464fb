INSERT INTO "erp"."orders" AS t0 ("order_no") SELECT b."order_no" FROM json_to_record($1) AS b("order_no" "pg_catalog"."text") WHERE pg_catalog.set_config('bobbin.inserted', (coalesce(nullif(pg_catalog.current_setting('bobbin.inserted', true), ''), '0')::int8 + 1)::text, true) <> '' ON CONFLICT ("order_no") DO UPDATE SET "order_no" = EXCLUDED."order_no" WHERE pg_catalog.set_config('bobbin.inserted', (coalesce(nullif(pg_catalog.current_setting('bobbin.inserted', true), ''), '0')::int8 - 1)::text, true) <> ''
-- $1 = {"order_no": "A"}
SELECT pg_catalog.current_setting('bobbin.inserted', true)
