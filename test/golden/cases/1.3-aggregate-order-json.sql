-- main
SELECT (t0."meta"->>'tier'), pg_catalog.count(*) FROM "erp"."customers" AS t0 GROUP BY (t0."meta"->>'tier') ORDER BY (t0."meta"->>'tier')
-- shape of 2 columns: {"t": 0, "count": 1}
-- plan:; tables "erp"."customers"
