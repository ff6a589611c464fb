-- main
SELECT t0."id", t1."city", t1."id", t2."city", t2."id" FROM "erp"."orders" AS t0 LEFT JOIN "erp"."addresses" AS t1 ON ((t1."id" = t0."ship_to")) LEFT JOIN "erp"."addresses" AS t2 ON ((t2."id" = t0."bill_to"))
-- shape of 5 columns: {"id": 0, "ship": 2? {"city": 1}, "bill": 4? {"city": 3}}
-- plan:; tables "erp"."orders" "erp"."addresses"
