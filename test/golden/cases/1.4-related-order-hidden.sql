-- main
SELECT t0."id" FROM "erp"."orders" AS t0 LEFT JOIN "erp"."customers" AS t1 ON ((t1."id" = t0."customer_id")) ORDER BY t1."name"
-- shape of 1 columns: {"id": 0}
-- plan:; tables "erp"."orders" "erp"."customers"
