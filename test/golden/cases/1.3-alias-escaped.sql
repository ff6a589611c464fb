-- main
SELECT t0."order_no" FROM "erp"."orders" AS t0
-- shape of 1 columns: {"q\"x": 0}
-- plan:; tables "erp"."orders"
