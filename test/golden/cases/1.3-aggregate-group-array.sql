-- main
SELECT pg_catalog.to_json(t0."tags"), pg_catalog.count(*) FROM "erp"."customers" AS t0 GROUP BY t0."tags"
-- shape of 2 columns: {"tags": 0, "count": 1}
-- plan:; tables "erp"."customers"
