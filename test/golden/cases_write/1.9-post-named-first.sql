SELECT "erp"."place_order"("customer" := b."customer") FROM pg_catalog.json_to_record($1) AS b("customer" "pg_catalog"."int8")
-- $1 = {"customer": 1}
