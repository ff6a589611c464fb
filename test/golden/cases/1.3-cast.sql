-- main
SELECT t0."id"::"pg_catalog"."text", t0."total"::"pg_catalog"."int4", t0."total"::"pg_catalog"."numeric" FROM "erp"."orders" AS t0
-- shape of 3 columns: {"id": 0, "total": 1, "n": 2}
-- plan:; tables "erp"."orders"
