-- main
SELECT t0."qty" FROM "erp"."order_lines" AS t0 WHERE (t0."order_id" = $1) AND (t0."line_no" = $2)
-- $1 = 1
-- $2 = 2
-- shape of 1 columns: {"qty": 0}
-- plan: by-key cheap; tables "erp"."order_lines"
