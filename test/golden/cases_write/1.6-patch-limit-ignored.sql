UPDATE "erp"."orders" AS t0 SET "note" = b."note" FROM (SELECT b.* FROM pg_catalog.json_to_record($1) AS b("note" "pg_catalog"."text") LIMIT 1) AS b
-- $1 = {"note": "a"}
