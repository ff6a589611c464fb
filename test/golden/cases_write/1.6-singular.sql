-- content type: application/vnd.pgrst.object+json; charset=utf-8
WITH pgrst_source AS (UPDATE "erp"."orders" AS t0 SET "note" = b."note" FROM (SELECT b.* FROM pg_catalog.json_to_record($1) AS b("note" "pg_catalog"."text") LIMIT 1) AS b WHERE (t0."id" = $2) RETURNING 1) SELECT pg_catalog.count(*) FROM pgrst_source HAVING CASE WHEN pg_catalog.count(*) = 1 THEN true ELSE ('bobbin-rows-' || pg_catalog.count(*))::pg_catalog.bool END
-- $1 = {"note": "a"}
-- $2 = 1
