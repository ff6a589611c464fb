-- content type: application/yaml
WITH pgrst_source AS (DELETE FROM "erp"."orders" AS t0 WHERE (t0."id" = $1) RETURNING t0."id"), pgrst_rows AS (SELECT t0."id" AS "id" FROM pgrst_source AS t0) SELECT "erp"."as_yaml"(r), pg_catalog.count(*) FROM (SELECT * FROM pgrst_rows WHERE (SELECT CASE WHEN pg_catalog.count(*) <= $2::pg_catalog.int8 THEN true ELSE ('bobbin-rows-' || pg_catalog.count(*))::pg_catalog.bool END FROM pgrst_source)) AS r
-- $1 = 1
-- $2 = 2
-- shape of 2 columns:
