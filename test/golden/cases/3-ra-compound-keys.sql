-- main
SELECT t0."order_id", t0."line_no", t0."product_id", t0."qty", t0."price" FROM "erp"."order_lines" AS t0 WHERE (((t0."order_id" = $1) AND (t0."line_no" = $2)) OR ((t0."order_id" = $3) AND (t0."line_no" = $4)))
-- $1 = 1
-- $2 = 2
-- $3 = 1
-- $4 = 1
-- shape of 5 columns: {"order_id": 0, "line_no": 1, "product_id": 2, "qty": 3, "price": 4}
-- plan:; tables "erp"."order_lines"
