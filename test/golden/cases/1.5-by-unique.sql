-- main
SELECT t0."id" FROM "erp"."orders" AS t0 WHERE (t0."order_no" = $1)
-- $1 = A-1
-- shape of 1 columns: {"id": 0}
-- plan: by-key cheap; tables "erp"."orders"
