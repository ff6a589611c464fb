-- main
SELECT (t0."meta"->>'tier')::"pg_catalog"."int4" FROM "erp"."customers" AS t0
-- shape of 1 columns: {"t": 0}
-- plan:; tables "erp"."customers"
