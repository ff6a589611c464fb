INSERT INTO "erp"."orders" AS t0 ("id", "total") SELECT b."id", b."total" FROM pg_catalog.json_to_record($1) AS b("id" "pg_catalog"."int8", "total" "pg_catalog"."numeric")
-- $1 = {"id": 1, "total": 5}
