-- main
SELECT t0."order_no", t1."name", t1."id" FROM "erp"."order_overview" AS t0 LEFT JOIN "erp"."customers" AS t1 ON ((t1."id" = t0."customer_id"))
-- shape of 3 columns: {"order_no": 0, "customers": 2? {"name": 1}}
-- plan:; tables "erp"."order_overview" "erp"."customers"
