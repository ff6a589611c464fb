-- main
SELECT t0."id", (SELECT pg_catalog.row_to_json(r.*) FROM (SELECT pg_catalog.count(*) AS "count" FROM "erp"."customers" AS t1 WHERE (t1."id" = t0."customer_id")) AS r) FROM "erp"."orders" AS t0 ORDER BY (SELECT t1."name" FROM "erp"."customers" AS t1 WHERE (t1."id" = t0."customer_id") LIMIT 1) DESC, t0."id"
-- shape of 2 columns: {"id": 0, "customers": 1}
-- plan:; tables "erp"."orders" "erp"."customers"
