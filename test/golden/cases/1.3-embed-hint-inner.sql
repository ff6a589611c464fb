-- main
SELECT t0."id", t1."city", t1."id" FROM "erp"."orders" AS t0 INNER JOIN "erp"."addresses" AS t1 ON ((t1."id" = t0."ship_to"))
-- shape of 3 columns: {"id": 0, "addresses": 2? {"city": 1}}
-- plan:; tables "erp"."orders" "erp"."addresses"
