WITH pgrst_source AS (DELETE FROM "erp"."orders" AS t0 WHERE (t0."status" = $1) RETURNING t0."id"), pgrst_rows AS (SELECT t0."id" FROM pgrst_source AS t0) SELECT * FROM pgrst_rows WHERE (SELECT CASE WHEN pg_catalog.count(*) <= $2::pg_catalog.int8 THEN true ELSE ('bobbin-rows-' || pg_catalog.count(*))::pg_catalog.bool END FROM pgrst_source)
-- $1 = done
-- $2 = 5
-- shape of 1 columns: "id":0
