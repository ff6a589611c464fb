-- main
SELECT t0."qty", t0."order_id", t0."line_no" FROM "erp"."order_lines" AS t0 ORDER BY t0."qty", t0."order_id", t0."line_no" LIMIT 5
-- shape of 3 columns: {"qty": 0}
-- plan: limit=5 cheap; tables "erp"."order_lines"
