-- main
SELECT t0."order_no" FROM "erp"."orders" AS t0 WHERE ((t0."id" = $1) OR (t0."id" = $2))
-- $1 = 1
-- $2 = 2
-- shape of 1 columns: {"order_no": 0}
-- plan:; tables "erp"."orders"
