-- main
SELECT t0."id", t1."name", t1."id" FROM "erp"."orders" AS t0 LEFT JOIN "erp"."customers" AS t1 ON ((t1."id" = t0."customer_id") AND false)
-- shape of 3 columns: {"id": 0, "customers": 2? {"name": 1}}
-- plan:; tables "erp"."orders" "erp"."customers"
