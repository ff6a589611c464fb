INSERT INTO "erp"."order_lines" AS t0 ("order_id", "line_no", "qty") SELECT b."order_id", b."line_no", b."qty" FROM pg_catalog.json_to_record($1) AS b("order_id" "pg_catalog"."int8", "line_no" "pg_catalog"."int4", "qty" "pg_catalog"."int4") WHERE (b."line_no" = $2) AND (b."order_id" = $3) AND pg_catalog.set_config('bobbin.inserted', (coalesce(nullif(pg_catalog.current_setting('bobbin.inserted', true), ''), '0')::pg_catalog.int8 + 1)::pg_catalog.text, true) <> '' ON CONFLICT ("order_id", "line_no") DO UPDATE SET "order_id" = EXCLUDED."order_id", "line_no" = EXCLUDED."line_no", "qty" = EXCLUDED."qty" WHERE pg_catalog.set_config('bobbin.inserted', (coalesce(nullif(pg_catalog.current_setting('bobbin.inserted', true), ''), '0')::pg_catalog.int8 - 1)::pg_catalog.text, true) <> '' RETURNING t0."order_id", t0."line_no", t0."product_id", t0."qty", t0."price"
-- $1 = {"order_id": 1, "line_no": 2, "qty": 3}
-- $2 = 2
-- $3 = 1
-- shape of 5 columns: "order_id":0 "line_no":1 "product_id":2 "qty":3 "price":4
SELECT pg_catalog.current_setting('bobbin.inserted', true)
