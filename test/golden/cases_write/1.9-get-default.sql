SELECT t0."id" FROM "erp"."orders_of"("customer" := $1::"pg_catalog"."int8") AS t0 LIMIT 1000
-- $1 = 1
-- shape of 1 columns: "id":0
