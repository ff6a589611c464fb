-- main
SELECT pg_catalog.count(*), t0."status" FROM "erp"."orders" AS t0 GROUP BY t0."status"
-- shape of 2 columns: {"n": 0, "status": 1}
-- plan:; tables "erp"."orders"
