-- main
SELECT t0."order_no", t0."id" FROM "erp"."orders" AS t0
-- shape of 2 columns: {"number": 0, "the id": 1}
-- plan:; tables "erp"."orders"
