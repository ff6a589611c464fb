-- content type: application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8
SELECT t0."id", pg_catalog.json_strip_nulls(pg_catalog.to_json(t0."data")) FROM pg_catalog.json_to_record($1) AS b("customer" "pg_catalog"."int8"), LATERAL "erp"."orders_of"("customer" := b."customer") AS t0 LIMIT 1000
-- $1 = {"customer": 1}
-- shape of 2 columns without nulls: "id":0 "data":1
