SELECT t0."id", t1."name", t1."id" FROM "erp"."orders_of"("customer" := $1::"pg_catalog"."int8", "since" := $2::"pg_catalog"."date") AS t0 LEFT JOIN "erp"."customers" AS t1 ON ((t1."id" = t0."customer_id")) WHERE (t0."total" > $3) ORDER BY t0."id" LIMIT 10
-- $1 = 1
-- $2 = 2025-01-01
-- $3 = 5
-- shape of 3 columns: "id":0 "customers":2? { "name":1 }
