-- main
SELECT t0."status", sum(t0."total") FROM "erp"."orders" AS t0 GROUP BY t0."status" ORDER BY t0."status"
-- shape of 2 columns: {"status": 0, "sum": 1}
-- plan:; tables "erp"."orders"
