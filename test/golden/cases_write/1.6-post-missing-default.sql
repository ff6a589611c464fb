INSERT INTO "erp"."orders" AS t0 ("id", "note") SELECT b."id", b."note" FROM pg_catalog.jsonb_array_elements($1::pg_catalog.jsonb) AS e(v), LATERAL pg_catalog.jsonb_to_record(pg_catalog.jsonb_build_object() || e.v) AS b("id" "pg_catalog"."int8", "note" "pg_catalog"."text")
-- $1 = [{"id": 1}]
