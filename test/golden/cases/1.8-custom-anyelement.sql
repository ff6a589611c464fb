-- content type: application/yaml
-- main
SELECT "erp"."as_yaml"(r), pg_catalog.count(*) FROM (SELECT t0."id" AS "id", (SELECT pg_catalog.row_to_json(r.*) FROM (SELECT t1."name" AS "name") AS r WHERE (t1."id") IS NOT NULL) AS "customers", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t2."qty" AS "qty" FROM "erp"."order_lines" AS t2 WHERE (t2."order_id" = t0."id")) AS r) AS "order_lines" FROM "erp"."orders" AS t0 LEFT JOIN "erp"."customers" AS t1 ON ((t1."id" = t0."customer_id")) ORDER BY t0."id" LIMIT 2) AS r
-- shape of 2 columns: {}
-- plan: limit=2 opaque; tables "erp"."orders" "erp"."customers" "erp"."order_lines"
