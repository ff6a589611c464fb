-- content type: application/vnd.pgrst.object+json; charset=utf-8
WITH pgrst_source AS (UPDATE "erp"."orders" AS t0 SET "note" = b."note" FROM (SELECT b.* FROM pg_catalog.json_to_record($1) AS b("note" "pg_catalog"."text") LIMIT 1) AS b WHERE (t0."id" = $2) RETURNING t0."id", t0."customer_id"), pgrst_rows AS (SELECT t0."id", t1."name", t1."id" FROM pgrst_source AS t0 LEFT JOIN "erp"."customers" AS t1 ON ((t1."id" = t0."customer_id"))) SELECT * FROM pgrst_rows WHERE (SELECT CASE WHEN pg_catalog.count(*) = 1 THEN true ELSE ('bobbin-rows-' || pg_catalog.count(*))::pg_catalog.bool END FROM pgrst_rows)
-- $1 = {"note": "a"}
-- $2 = 1
-- shape of 3 columns: "id":0 "customers":2? { "name":1 }
