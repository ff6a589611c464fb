-- main
SELECT t0."id", t1."name", t1."country" FROM "erp"."orders" AS t0 LEFT JOIN "erp"."customers" AS t1 ON ((t1."id" = t0."customer_id"))
-- shape of 3 columns: {"id": 0, "customer": 1, "country": 2}
-- plan:; tables "erp"."orders" "erp"."customers"
