-- main
SELECT t0."status", sum(t0."total"), t0."data"::pg_catalog.jsonb FROM "erp"."orders" AS t0 GROUP BY t0."status", t0."status", t0."data"::pg_catalog.jsonb, t0."data"::pg_catalog.jsonb ORDER BY t0."status"
-- shape of 3 columns: {"status": 0, "s": 0, "sum": 1, "data": 2, "data": 2}
-- plan:; tables "erp"."orders"
