-- main
SELECT t0."qty", t0."line_no" FROM "erp"."order_lines" AS t0 WHERE (t0."order_id" = $1) ORDER BY t0."line_no" LIMIT 2
-- $1 = 10
-- shape of 2 columns: {"qty": 0}
-- plan: limit=2 cheap; tables "erp"."order_lines"
