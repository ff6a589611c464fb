-- content type: text/csv; charset=utf-8
SELECT t0."id", t0."search" FROM pg_catalog.json_to_record($1) AS b("customer" "pg_catalog"."int8"), LATERAL "erp"."orders_of"("customer" := b."customer") AS t0 LIMIT 1000
-- $1 = {"customer": 1}
-- shape of 2 columns: "id":0 "search":1
