-- main
SELECT 1 FROM "erp"."orders" AS t0 INNER JOIN "erp"."customers" AS t1 ON ((t1."id" = t0."customer_id"))
-- shape of 1 columns: {}
-- plan:; tables "erp"."orders" "erp"."customers"
