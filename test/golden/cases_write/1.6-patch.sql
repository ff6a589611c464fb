UPDATE "erp"."orders" AS t0 SET "note" = b."note", "total" = b."total" FROM (SELECT b.* FROM pg_catalog.json_to_record($1) AS b("note" "pg_catalog"."text", "total" "pg_catalog"."numeric") LIMIT 1) AS b WHERE (t0."id" = $2)
-- $1 = {"note": "a", "total": 1}
-- $2 = 1
