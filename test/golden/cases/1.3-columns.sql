-- main
SELECT t0."id", t0."order_no" FROM "erp"."orders" AS t0
-- shape of 2 columns: {"id": 0, "order_no": 1}
-- plan:; tables "erp"."orders"
