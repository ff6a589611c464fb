-- main
SELECT erp.shade_json(t0."shade"), pg_catalog.count(*) FROM "erp"."paints" AS t0 GROUP BY t0."shade" ORDER BY t0."shade"
-- shape of 2 columns: {"shade": 0, "count": 1}
-- plan:; tables "erp"."paints"
