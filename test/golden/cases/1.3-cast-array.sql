-- main
SELECT t0."tags"::"pg_catalog"."text" FROM "erp"."customers" AS t0
-- shape of 1 columns: {"tags": 0}
-- plan:; tables "erp"."customers"
