-- content type: application/vnd.pgrst.plan+text; for="application/json"; charset=utf-8
EXPLAIN (FORMAT TEXT) SELECT t0."id" FROM pg_catalog.json_to_record($1) AS b("customer" "pg_catalog"."int8"), LATERAL "erp"."orders_of"("customer" := b."customer") AS t0 LIMIT 1000
-- $1 = {"customer": 1}
-- shape of 1 columns: "id":0
