-- content type: application/yaml
WITH pgrst_source AS (DELETE FROM "erp"."orders" AS t0 WHERE (t0."id" = $1) RETURNING t0."id"), pgrst_rows AS (SELECT t0."id" AS "id" FROM pgrst_source AS t0) SELECT "erp"."as_yaml"(r), count(*) FROM (SELECT * FROM pgrst_rows WHERE (SELECT CASE WHEN count(*) <= $2::int8 THEN true ELSE ('bobbin-rows-' || count(*))::bool END FROM pgrst_source)) AS r
-- $1 = 1
-- $2 = 2
-- shape of 2 columns:
