-- main
SELECT t0."id", t1."name", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t2."line" AS "line" FROM "erp"."addresses" AS t2 WHERE (t2."customer_id" = t1."id")) AS r), t1."id", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t3."qty" AS "qty" FROM "erp"."order_lines" AS t3 WHERE (t3."order_id" = t0."id")) AS r) FROM "erp"."orders" AS t0 LEFT JOIN "erp"."customers" AS t1 ON ((t1."id" = t0."customer_id")) ORDER BY t0."id" LIMIT 20
-- shape of 5 columns: {"id": 0, "customers": 3? {"name": 1, "addresses": 2}, "order_lines": 4}
-- plan: limit=20 cheap; tables "erp"."orders" "erp"."customers" "erp"."addresses" "erp"."order_lines"
