-- main
SELECT t0."status"::"erp"."order_status", t0."note"::"erp"."email" FROM "erp"."orders" AS t0 WHERE (t0."id" = $1)
-- $1 = 2
-- shape of 2 columns: {"status": 0, "email": 1}
-- plan: by-key cheap; tables "erp"."orders"
