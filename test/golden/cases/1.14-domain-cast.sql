-- main
SELECT t0."shade"::"pg_catalog"."int4" FROM "erp"."paints" AS t0 ORDER BY t0."id"
-- shape of 1 columns: {"shade": 0}
-- plan:; tables "erp"."paints"
