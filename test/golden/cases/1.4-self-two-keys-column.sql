-- main
SELECT t0."name", t1."name", t1."id", t2."name", t2."id" FROM "erp"."employees" AS t0 LEFT JOIN "erp"."employees" AS t1 ON ((t1."id" = t0."manager_id")) LEFT JOIN "erp"."employees" AS t2 ON ((t2."id" = t0."mentor_id"))
-- shape of 5 columns: {"name": 0, "manager_id": 2? {"name": 1}, "mentor": 4? {"name": 3}}
-- plan:; tables "erp"."employees"
