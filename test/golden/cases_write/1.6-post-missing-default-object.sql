INSERT INTO "erp"."orders" AS t0 ("id", "note") SELECT b."id", b."note" FROM pg_catalog.jsonb_to_record(pg_catalog.jsonb_build_object() || $1::pg_catalog.jsonb) AS b("id" "pg_catalog"."int8", "note" "pg_catalog"."text")
-- $1 = {"id": 1}
