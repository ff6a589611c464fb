-- main
SELECT sum(t0."total"), avg(t0."total"), max(t0."total"), min(t0."total"), pg_catalog.count(t0."id"), pg_catalog.count(*) FROM "erp"."orders" AS t0
-- shape of 6 columns: {"sum": 0, "avg": 1, "m": 2, "min": 3, "count": 4, "count": 5}
-- plan:; tables "erp"."orders"
