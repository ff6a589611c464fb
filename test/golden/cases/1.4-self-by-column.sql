-- main
SELECT t0."name", t1."name", t1."id" FROM "erp"."categories" AS t0 LEFT JOIN "erp"."categories" AS t1 ON ((t1."id" = t0."parent_id"))
-- shape of 3 columns: {"name": 0, "parent_id": 2? {"name": 1}}
-- plan:; tables "erp"."categories"
