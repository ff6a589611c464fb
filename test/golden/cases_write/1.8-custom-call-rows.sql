-- content type: application/yaml
SELECT "erp"."as_yaml"(r), pg_catalog.count(*) FROM (SELECT t0."id" AS "id" FROM pg_catalog.json_to_record($1) AS b("customer" "pg_catalog"."int8"), LATERAL "erp"."orders_of"("customer" := b."customer") AS t0 LIMIT 1000) AS r
-- $1 = {"customer": 1}
