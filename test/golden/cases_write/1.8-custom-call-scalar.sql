-- content type: application/yaml
SELECT "erp"."as_yaml"(r.v), pg_catalog.count(*) FROM (SELECT t0.v AS v FROM pg_catalog.json_to_record($1) AS b("customer" "pg_catalog"."int8"), LATERAL "erp"."place_order"("customer" := b."customer") AS t0(v)) AS r
-- $1 = {"customer": 1}
