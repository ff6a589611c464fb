INSERT INTO "erp"."orders" AS t0 ("id", "note") SELECT b."id", b."note" FROM pg_catalog.json_to_record($1) AS b("id" "pg_catalog"."int8", "note" "pg_catalog"."text") ON CONFLICT ("id") DO NOTHING
-- $1 = {"id": 1, "note": "a"}
