INSERT INTO "erp"."orders" AS t0 ("id", "note") SELECT b."id", b."note" FROM jsonb_to_record(jsonb_build_object() || $1::jsonb) AS b("id" "pg_catalog"."int8", "note" "pg_catalog"."text")
-- $1 = {"id": 1}
