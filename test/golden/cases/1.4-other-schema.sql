-- main
SELECT t0."name", t1."name", t1."code" FROM "erp"."customers" AS t0 LEFT JOIN "ref"."countries" AS t1 ON ((t1."code" = t0."country"))
-- shape of 3 columns: {"name": 0, "countries": 2? {"name": 1}}
-- plan:; tables "erp"."customers" "ref"."countries"
