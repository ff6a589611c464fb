SELECT t0."id", pg_catalog.count(*) OVER () FROM "erp"."orders_of"("customer" := $1::"pg_catalog"."int8") AS t0 LIMIT 10 OFFSET $2
-- $1 = 1
-- $2 = 5
-- shape of 2 columns: "id":0
