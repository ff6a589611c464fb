-- main
SELECT t0."name", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t1."name" AS "name" FROM "erp"."customers" AS t1 WHERE (t1."country" = t0."code")) AS r) FROM "ref"."countries" AS t0
-- shape of 2 columns: {"name": 0, "customers": 1}
-- plan:; tables "ref"."countries" "erp"."customers"
