-- main
SELECT t0."id", t1."city", t1."id", t2."name", t2."id" FROM "erp"."orders" AS t0 LEFT JOIN "erp"."addresses" AS t1 ON ((t1."id" = t0."ship_to")) LEFT JOIN "erp"."customers" AS t2 ON ((t2."id" = t0."customer_id"))
-- shape of 5 columns: {"id": 0, "ship_to": 2? {"city": 1}, "customer_id": 4? {"name": 3}}
-- plan:; tables "erp"."orders" "erp"."addresses" "erp"."customers"
