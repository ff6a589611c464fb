INSERT INTO "erp"."order_lines" AS t0 ("order_id", "line_no") SELECT b."order_id", b."line_no" FROM pg_catalog.json_to_record($1) AS b("order_id" "pg_catalog"."int8", "line_no" "pg_catalog"."int4") RETURNING t0."order_id", t0."line_no"
-- $1 = {"order_id": 1, "line_no": 2}
