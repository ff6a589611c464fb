-- main
SELECT t0."id" FROM "erp"."orders" AS t0
-- shape of 1 columns: {"id": 0}
-- plan:; tables "erp"."orders"
