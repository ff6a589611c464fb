INSERT INTO "erp"."customers" AS t0 ("id", "address") SELECT b."id", b."address" FROM pg_catalog.json_to_record($1) AS b("id" "pg_catalog"."int8", "address" "erp"."address")
-- $1 = {"id": 1, "address": [{"street": "a"}]}
