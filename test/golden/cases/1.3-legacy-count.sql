-- main
SELECT pg_catalog.count(*) FROM "erp"."orders" AS t0
-- shape of 1 columns: {"count": 0}
-- plan:; tables "erp"."orders"
