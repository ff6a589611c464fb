UPDATE "erp"."orders" AS t0 SET "note" = b."note" FROM (SELECT b.* FROM pg_catalog.json_to_recordset($1) AS b("note" "pg_catalog"."text") LIMIT 1) AS b WHERE (t0."id" = $2)
-- $1 = [{"note": "a"}]
-- $2 = 1
