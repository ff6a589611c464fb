-- main
SELECT sum((t0."meta"->'tier')::"pg_catalog"."int4")::"pg_catalog"."text", t0."active" FROM "erp"."customers" AS t0 GROUP BY t0."active"
-- shape of 2 columns: {"s": 0, "active": 1}
-- plan:; tables "erp"."customers"
