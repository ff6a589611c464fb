-- main
SELECT t0."qty" FROM "erp"."order_lines" AS t0 WHERE (t0."order_id" = $1)
-- $1 = 1
-- shape of 1 columns: {"qty": 0}
-- plan:; tables "erp"."order_lines"
