-- main
SELECT t0."id" FROM "erp"."orders" AS t0 INNER JOIN "erp"."customers" AS t1 ON ((t1."id" = t0."customer_id") AND (t1."name" = $1))
-- $1 = Ada
-- shape of 1 columns: {"id": 0}
-- plan:; tables "erp"."orders" "erp"."customers"
