-- main
SELECT t0."name", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t1."name" AS "name" FROM "erp"."product_categories" AS j1 INNER JOIN "erp"."categories" AS t1 ON (j1."category_id" = t1."id") WHERE (j1."product_id" = t0."id")) AS r) FROM "erp"."products" AS t0
-- shape of 2 columns: {"name": 0, "categories": 1}
-- plan:; tables "erp"."products" "erp"."categories" "erp"."product_categories"
