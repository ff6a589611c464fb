-- main
SELECT (SELECT pg_catalog.row_to_json(r.*) FROM (SELECT t2."name" AS "name", max(t2."id") AS "max", avg(t1."total") AS "avg" FROM "erp"."orders" AS t1 LEFT JOIN "erp"."customers" AS t2 ON ((t2."id" = t1."customer_id")) WHERE (t1."id" = t0."order_id") GROUP BY t2."name") AS r) FROM "erp"."order_lines" AS t0 ORDER BY t0."order_id", t0."line_no"
-- shape of 1 columns: {"orders": 0}
-- plan:; tables "erp"."order_lines" "erp"."orders" "erp"."customers"
