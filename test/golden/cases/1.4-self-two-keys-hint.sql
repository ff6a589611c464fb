-- main
SELECT t0."name", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t1."name" AS "name" FROM "erp"."employees" AS t1 WHERE (t1."manager_id" = t0."id")) AS r), t2."name", t2."id" FROM "erp"."employees" AS t0 LEFT JOIN "erp"."employees" AS t2 ON ((t2."id" = t0."manager_id"))
-- shape of 4 columns: {"name": 0, "reports": 1, "boss": 3? {"name": 2}}
-- plan:; tables "erp"."employees"
