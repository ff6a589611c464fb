-- main
SELECT t0."id", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t1."name" AS "name" FROM "erp"."product_categories" AS j1 INNER JOIN "erp"."categories" AS t1 ON (j1."category_id" = t1."id") WHERE (j1."product_id" = t0."id") LIMIT 3) AS r) FROM "erp"."products" AS t0 ORDER BY t0."id" LIMIT 2
-- shape of 2 columns: {"id": 0, "categories": 1}
-- plan: limit=2 cheap; tables "erp"."products" "erp"."categories" "erp"."product_categories"
