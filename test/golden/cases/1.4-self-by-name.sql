-- main
SELECT t0."name", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t1."name" AS "name" FROM "erp"."categories" AS t1 WHERE (t1."parent_id" = t0."id")) AS r) FROM "erp"."categories" AS t0
-- shape of 2 columns: {"name": 0, "categories": 1}
-- plan:; tables "erp"."categories"
