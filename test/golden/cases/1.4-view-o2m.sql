-- main
SELECT t0."name", (SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (SELECT t1."order_no" AS "order_no", t1."total" AS "total" FROM "erp"."order_overview" AS t1 WHERE (t1."customer_id" = t0."id")) AS r) FROM "erp"."customers" AS t0
-- shape of 2 columns: {"name": 0, "order_overview": 1}
-- plan:; tables "erp"."customers" "erp"."order_overview"
