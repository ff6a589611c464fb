-- main
SELECT avg((t0."meta"->>'tier')::"pg_catalog"."int4")::"pg_catalog"."int4", t0."active" FROM "erp"."customers" AS t0 GROUP BY t0."active" ORDER BY t0."active"
-- shape of 2 columns: {"avg": 0, "active": 1}
-- plan:; tables "erp"."customers"
