-- main
SELECT t0."qty" FROM "erp"."order_lines" AS t0 ORDER BY t0."qty" LIMIT 5
-- shape of 1 columns: {"qty": 0}
-- plan: limit=5 cheap; tables "erp"."order_lines"
