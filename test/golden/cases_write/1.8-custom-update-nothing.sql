-- content type: application/yaml
SELECT "erp"."as_yaml"(r), pg_catalog.count(*) FROM (SELECT t0."id" AS "id" FROM "erp"."orders" AS t0 LIMIT 0) AS r
-- shape of 2 columns:
